"""Runway and fal as their clients expect them, each with its own words.

Runway: the types of the package runwayml 5.24. fal: fal_client of August 2026, its
documents of the queue, and the schema of Pika 2.2.
"""

import base64
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from PIL import Image

from serve.encoding import encode_mp4

SIDEWAYS = ["1280:720", "720:1280"]
VEO_RATIOS = [*SIDEWAYS, "1080:1920", "1920:1080"]
RATIOS = {
    "/v1/text_to_video": {"gen4.5": SIDEWAYS, "veo3.1": VEO_RATIOS, "veo3.1_fast": VEO_RATIOS},
    "/v1/image_to_video": {
        "gen4.5": (shapes := [*SIDEWAYS, "1104:832", "832:1104", "960:960", "1584:672"]),
        "gen4_turbo": shapes,
        "veo3.1": VEO_RATIOS,
        "veo3.1_fast": VEO_RATIOS,
    },
}
"""What each model can be asked for at each address."""
SECONDS = {
    "gen4.5": range(2, 11),
    "gen4_turbo": (5, 10),
    "veo3.1": (4, 6, 8),
    "veo3.1_fast": (4, 6, 8),
}
OF_VEO = {"audio", "negativePrompt"}


def picture_in(url: str) -> Image.Image:
    """The picture of a data URL."""
    kind, _, data = url.partition(";base64,")
    assert kind == "data:image/jpeg"
    return Image.open(io.BytesIO(base64.b64decode(data)))


@dataclass
class Hosted:
    """What both have; a job goes on each time somebody looks at it."""

    fail_with: str | None = None
    endless: bool = False
    hiccups: int = 0
    """Looks that are answered with an error of the server's."""
    body: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    looks: int = 0
    stopped: bool = False
    keys_at_the_clip: list[str | None] = field(default_factory=list)

    async def _take(self, request: Request) -> None:
        self.body, self.path = await request.json(), request.url.path
        self.headers = dict(request.headers)
        self.looks, self.stopped = 0, False

    def _stumbles(self) -> bool:
        self.hiccups -= 1
        return self.hiccups >= 0

    async def _clip(self, request: Request) -> Response:
        self.keys_at_the_clip.append(request.headers.get("authorization"))
        frames = np.full((8, 32, 48, 3), 200, np.uint8)
        return Response(encode_mp4(frames, fps=8, record={}), media_type="video/mp4")


@dataclass
class RunwayServer(Hosted):
    """`api.dev.runwayml.com`."""

    def app(self) -> FastAPI:
        """Its HTTP side."""
        app = FastAPI()
        app.post("/v1/text_to_video", response_model=None)(self._create)
        app.post("/v1/image_to_video", response_model=None)(self._create)
        app.get("/v1/tasks/{number}", response_model=None)(self._task)
        app.delete("/v1/tasks/{number}", response_model=None)(self._delete)
        app.get("/clips/1.mp4", response_model=None)(self._clip)
        return app

    async def _create(self, request: Request) -> Response:
        await self._take(request)
        if self.headers["x-runway-version"] != "2024-11-06":
            return JSONResponse({"error": "a version is needed"}, status_code=400)
        model = self.body["model"]
        if (
            self.body["ratio"] not in RATIOS[self.path].get(model, ())
            or self.body["duration"] not in SECONDS[model]
            or (self.body.keys() & OF_VEO and not model.startswith("veo"))
        ):
            return JSONResponse({"error": "Validation of body failed"}, status_code=400)
        return JSONResponse({"id": "17f20503"})

    async def _task(self, request: Request, number: str) -> Response:
        if self._stumbles():
            return Response("bad gateway", status_code=502)
        self.looks += 1
        task: dict[str, Any] = {"id": number, "createdAt": "2026-11-25T00:00:00Z"}
        if self.looks == 1:
            task |= {"status": "THROTTLED", "estimatedCost": {"credits": 120}}
        elif self.endless or self.looks < 5:
            task |= {"status": "RUNNING", "progress": min(self.looks, 4) / 5}
            task |= {"estimatedCost": {"credits": 120}}
        elif self.fail_with:
            task |= {"status": "FAILED", "failure": self.fail_with, "failureCode": "INTERNAL"}
            task |= {"cost": {"credits": 0}}
        else:
            task |= {"status": "SUCCEEDED", "output": [f"{request.base_url}clips/1.mp4?token=x"]}
            task |= {"cost": {"credits": 120}}
        return JSONResponse(task)

    async def _delete(self, number: str) -> Response:
        self.stopped = True
        return Response(status_code=204)


@dataclass
class FalServer(Hosted):
    """`queue.fal.run` with Pika 2.2."""

    def app(self) -> FastAPI:
        """Its HTTP side; the addresses of a request leave the model's version out, as fal's do."""
        app, one = FastAPI(), "/fal-ai/pika/requests/{number}"
        app.post("/fal-ai/pika/v2.2/text-to-video", response_model=None)(self._submit)
        app.post("/fal-ai/pika/v2.2/image-to-video", response_model=None)(self._submit)
        app.get(f"{one}/status", response_model=None)(self._status)
        app.get(one, response_model=None)(self._result)
        app.put(f"{one}/cancel", response_model=None)(self._cancel)
        app.get("/files/1.mp4", response_model=None)(self._clip)
        return app

    async def _submit(self, request: Request) -> Response:
        await self._take(request)
        if not self.headers["authorization"].startswith("Key "):
            return JSONResponse({"detail": "Authentication is required"}, status_code=401)
        url = f"{request.base_url}fal-ai/pika/requests/764"
        accepted = {"request_id": "764", "response_url": url, "queue_position": 0}
        accepted |= {"status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}
        return JSONResponse({"status": "IN_QUEUE", **accepted})

    async def _status(self, number: str) -> Response:
        if self._stumbles():
            return Response("bad gateway", status_code=502)
        self.looks += 1
        if self.looks == 1:
            return JSONResponse({"status": "IN_QUEUE", "queue_position": 1}, status_code=202)
        if self.endless or self.looks < 4:
            return JSONResponse({"status": "IN_PROGRESS", "logs": None}, status_code=202)
        failed = {"error": self.fail_with} if self.fail_with == "Runner lost" else {}
        return JSONResponse({"status": "COMPLETED", "logs": None, "metrics": {}, **failed})

    async def _result(self, request: Request, number: str) -> Response:
        if self.fail_with:
            fault = {"loc": ["body"], "msg": self.fail_with, "type": "content_policy_violation"}
            return JSONResponse({"detail": [fault]}, status_code=422)
        return JSONResponse({"video": {"url": f"{request.base_url}files/1.mp4"}})

    async def _cancel(self, number: str) -> Response:
        self.stopped = True
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, status_code=202)
