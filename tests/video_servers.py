"""Servers of OpenAI's Videos API as they really are: each with the deviations of its kind.

What is written here is what vLLM-Omni 0.30, SGLang 0.5.23 and FastVideo 0.2.1 do by their sources.
"""

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from PIL import Image
from starlette.datastructures import UploadFile

from serve.encoding import encode_mp4


@dataclass
class VideoServer:
    """One server; a job goes on by a quarter each time somebody looks at it."""

    kind: str
    fail_with: str | None = None
    endless: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    """Of the last job."""
    pictures: dict[str, Image.Image] = field(default_factory=dict)
    key: str | None = None
    looks: int = 0
    stopped: bool = False

    def app(self) -> FastAPI:
        """Its HTTP side."""
        app = FastAPI()
        app.get("/v1/models")(lambda: {"data": []})
        app.post("/v1/videos", response_model=None)(self._create)
        app.get("/v1/videos/{job_id}", response_model=None)(self._retrieve)
        app.get("/v1/videos/{job_id}/content", response_model=None)(self._content)
        app.delete("/v1/videos/{job_id}", response_model=None)(self._delete)
        app.get("/bucket/clip.mp4", response_model=None)(self._clip)
        return app

    async def _create(self, request: Request) -> Response | dict[str, Any]:
        self.key = request.headers.get("authorization")
        if not request.headers["content-type"].startswith("multipart/form-data"):
            return JSONResponse({"detail": "only forms are taken"}, status_code=422)
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    self.pictures[name] = Image.open(io.BytesIO(await value.read()))
                else:
                    self.fields[name] = value
        if int(self.fields["num_inference_steps"]) > 50:
            return JSONResponse({"detail": "num_inference_steps must be <= 50"}, status_code=400)
        self.looks, self.stopped = 0, False
        return self._job()

    def _job(self) -> dict[str, Any]:
        running = self.endless or self.looks < 4
        status = "in_progress" if running else "failed" if self.fail_with else "completed"
        real = self.kind == "sglang"
        job: dict[str, Any] = {
            "id": "video_gen_1",
            "object": "video",
            "status": status,
            "progress": 25 * min(self.looks, 3) if real else 0 if running else 100,
        }
        if status == "failed":
            job["error"] = {"message": self.fail_with}
            if self.kind == "vllm-omni":
                job["error"]["code"] = 500
        return job

    async def _retrieve(self, request: Request, job_id: str) -> Response | dict[str, Any]:
        self.looks += 1
        job = self._job()
        if self.kind == "sglang":
            job["url"] = f"{request.base_url}bucket/clip.mp4"
        if self.kind == "vllm-omni" and job["status"] == "failed":
            return JSONResponse(job, status_code=500)
        return job

    async def _content(self, job_id: str) -> Response:
        if self.kind == "sglang":
            return JSONResponse({"detail": "use the cloud URL"}, status_code=400)
        return self._clip()

    def _clip(self) -> Response:
        width, height = (int(side) for side in self.fields["size"].split("x"))
        frames = np.full((int(self.fields["num_frames"]), height, width, 3), 200, np.uint8)
        mp4 = encode_mp4(frames, fps=int(self.fields["fps"]), record={})
        return Response(mp4, media_type="video/mp4")

    async def _delete(self, job_id: str) -> dict[str, Any]:
        self.stopped = True
        return {"id": job_id, "object": "video.deleted", "deleted": True}
