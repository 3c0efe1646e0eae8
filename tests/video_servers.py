"""Servers of OpenAI's Videos API as they really are: each with the deviations of its kind.

What is written here is what vLLM-Omni 0.30, SGLang 0.5.23 and FastVideo 0.2.1 do by their sources.
"""

import io
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from PIL import Image
from pydantic import BaseModel, Field, StringConstraints, ValidationError
from starlette.datastructures import UploadFile

from serve.encoding import encode_mp4

WHOLE = StringConstraints(pattern=r"^[1-9]\d*$")
SIZE = StringConstraints(pattern=r"^\d+x\d+$")


class Form(BaseModel):
    """What SGLang and FastVideo read of a form; they leave out what they do not know."""

    prompt: str = Field(min_length=1)
    size: str | None = None
    seconds: int | None = None
    num_frames: int | None = None
    fps: int | None = None
    seed: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    negative_prompt: str | None = None
    enable_teacache: bool | None = None


class VllmForm(Form):
    """What vLLM-Omni reads of one; it has limits besides."""

    size: Annotated[str, SIZE] | None = None
    seconds: Annotated[str, WHOLE] | None = None  # type: ignore[assignment]
    num_frames: int | None = Field(None, ge=1)
    fps: int | None = Field(None, ge=1)
    num_inference_steps: int | None = Field(None, ge=1, le=200)
    guidance_scale: float | None = Field(None, ge=0, le=20)


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
    busy: int = 0
    """How many more times it answers a look as a proxy does whose server is overloaded."""
    stopping: int = 0
    """How many more times vLLM-Omni says that it is still about to stop the job."""
    stopped: bool = False
    """Whether it has left off working at the job, which vLLM-Omni alone can."""
    forgotten: bool = False
    """Whether it knows the job no more."""

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
        if request.headers["content-type"].startswith("multipart/form-data"):
            async with request.form() as form:
                for name, value in form.multi_items():
                    if isinstance(value, UploadFile):
                        self.pictures[name] = Image.open(io.BytesIO(await value.read()))
                    else:
                        self.fields[name] = value
        elif self.kind == "vllm-omni":
            return _failure(422, "[{'type': 'missing', 'loc': ('body', 'prompt')}]", self.kind)
        else:
            self.fields = {name: str(value) for name, value in (await request.json()).items()}
        try:
            (VllmForm if self.kind == "vllm-omni" else Form).model_validate(self.fields)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False)
            return _failure(
                400 if self.kind == "vllm-omni" else 422,
                str(faults) if self.kind == "vllm-omni" else faults,
                self.kind,
            )
        self.looks, self.stopped, self.forgotten = 0, False, False
        return self._job()

    def _status(self) -> str:
        if not self.endless and self.looks >= 4:
            return "failed" if self.fail_with else "completed"
        # FastVideo never says that it has begun.
        return "queued" if self.kind == "fastvideo" or not self.looks else "in_progress"

    def _job(self) -> dict[str, Any]:
        status = self._status()
        told = 25 * min(self.looks, 3) if self.kind == "sglang" else 0
        job: dict[str, Any] = {
            "id": "video_gen_1",
            "object": "video",
            "status": status,
            "progress": 100 if status == "completed" else told,
        }
        if status == "failed":
            job["error"] = {"message": self.fail_with}
            if self.kind == "vllm-omni":
                job["error"]["code"] = 500
        return job

    async def _retrieve(self, request: Request, job_id: str) -> Response | dict[str, Any]:
        if self.busy:
            self.busy -= 1
            return Response("<html>502 Bad Gateway</html>", 502, media_type="text/html")
        if self.forgotten:
            return _failure(404, "Video not found")
        self.looks += 1
        job = self._job()
        if self.kind == "sglang":
            job["url"] = f"{request.base_url}bucket/clip.mp4"
        if self.kind == "vllm-omni" and job["status"] == "failed":
            return JSONResponse(job, status_code=500)
        return job

    async def _content(self, job_id: str) -> Response:
        if self.kind == "sglang":
            return _failure(400, "Video has been uploaded to cloud storage. Use the cloud URL.")
        return self._clip()

    def _clip(self) -> Response:
        width, height = (int(side) for side in self.fields["size"].split("x"))
        frames = np.full((int(self.fields["num_frames"]), height, width, 3), 200, np.uint8)
        mp4 = encode_mp4(frames, fps=int(self.fields["fps"]), record={})
        return Response(mp4, media_type="video/mp4")

    async def _delete(self, job_id: str) -> Response | dict[str, Any]:
        if self.forgotten:
            return _failure(404, "Video not found")
        if self.kind == "vllm-omni":
            if self.stopping:
                self.stopping -= 1
                return _failure(409, "Cancellation in progress. Please try again later.")
            self.stopped = self.forgotten = True
            return {"id": job_id, "object": "video.deleted", "deleted": True}
        self.forgotten = True  # and the work goes on
        return {**self._job(), "status": "deleted"}


def _failure(status: int, message: Any, kind: str = "") -> JSONResponse:
    """FastAPI's own shape, or that in which vLLM answers to what it cannot read."""
    told = {"error": {"message": message, "type": "Bad Request", "code": status}}
    return JSONResponse(told if kind == "vllm-omni" else {"detail": message}, status_code=status)
