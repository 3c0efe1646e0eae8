"""The HTTP API in one process: real queue, store and storage, models that do as they are told."""

import base64
import io
import json
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from PIL import Image

from serve.api import build_api
from serve.backend import Backend
from serve.card import Card, Lora
from serve.catalog import find, load_catalog
from serve.config import ServeArgs
from serve.deployment import ModelDeployment
from serve.dispatch import Model
from serve.encoding import encode_mp4
from serve.exports import Exports
from serve.job_store import JobStore
from serve.jobs import Jobs, ModelStates
from serve.marks import Marks
from serve.protocol import Range, Readiness
from serve.storage import Storage
from tests.jobs import ScriptedModel

BETWEEN = "wan2.1-flf2v-14b-720p"
UPSCALER = "ltx-spatial-upscaler-0.9.7"
TALKERS = ("sadtalker", "musetalk-1.5")
MODELS = (
    *("croquis-t2v", "croquis-tryon", "flux.2-klein-4b", BETWEEN, "wan2.2-animate-14b"),
    *TALKERS,
    UPSCALER,
    "wan2.1-vace-1.3b",
    "skyreels-v2-df-1.3b-540p",
)
MAX_BYTES = 200_000


class Api(httpx.AsyncClient):
    """A client of the API, with the models behind it at hand."""

    models: dict[str, ScriptedModel]
    states: ModelStates
    jobs: Jobs
    app: FastAPI

    def go(self) -> None:
        """Let every model run to the end."""
        for model in self.models.values():
            model.go()

    async def ended(self, job_id: str, kind: str = "video") -> dict[str, Any]:
        """The job when its event stream has ended."""
        text = (await self.get(f"/v1/{kind}s/{job_id}/events")).text
        last: dict[str, Any] = json.loads(text.strip().split("\n\n")[-1].removeprefix("data: "))
        job: dict[str, Any] = last["job"]
        return job


def card(name: str) -> Card:
    """The catalog's card, with values that stay put when a model is tuned."""
    found = find(name)
    if not found.sketch:
        return found
    defaults = {"num_frames": 17, "fps": 8, "num_inference_steps": 8, "guidance_scale": 4.0}
    ranges = {
        "num_frames": Range(minimum=5, maximum=33, step=4),
        "fps": Range(minimum=4, maximum=24),
        "num_inference_steps": Range(minimum=1, maximum=50),
        "guidance_scale": Range(minimum=1, maximum=10, step=0.1),
    }
    changes = {
        "defaults": found.defaults.model_copy(update={**defaults, "prompt": "a person"}),
        "limits": found.limits.model_copy(update=ranges),
    }
    walk = Lora(source="lab/walk", weight_name="walk.safetensors")
    return found.model_copy(update=changes | {"loras": {"walk": walk}})


class Replica(ModelDeployment):
    """A model that really runs, in this process."""

    slots = 1

    async def failure(self) -> str | None:
        """None: one that cannot be loaded fails its jobs here."""
        return None


@asynccontextmanager
async def open_api(
    folder: Path, catalog: str | None = None, real: Sequence[Card] = (), **marking: Any
) -> AsyncIterator[Api]:
    """A client of a service that stores below `folder`, and marks nothing unless told to.

    The models of the `real` cards run as they do in production, without Ray around them.
    """
    args = ServeArgs.model_validate(
        {
            "models": [{"id": name} for name in MODELS],
            "allow_non_commercial": True,
            "output_dir": str(folder),
            "max_upload_bytes": MAX_BYTES,
            "max_pixels": 1_000_000,
            "max_video_bytes": MAX_BYTES,
            "max_video_pixels": 100_000,
            "max_video_seconds": 5,
            "max_audio_bytes": MAX_BYTES,
            "max_audio_seconds": 30,
            "max_queued_jobs": 2,
            "marking": {"label": False, "sign": False} | marking,
        }
    )
    storage = Storage(args.output_dir)
    store = JobStore(args.database)
    models = {name: ScriptedModel(storage) for name in MODELS}
    replicas = {one.id: Replica(one, args.output_dir) for one in real}
    served: dict[str, Model] = {**models, **replicas}
    states: ModelStates = dict.fromkeys(served, (Readiness.READY, ""))

    async def ask() -> ModelStates:
        return states

    jobs = Jobs(served, store, storage, ask, args.max_queued_jobs)
    exports = Exports(storage, Marks(args.marking))
    known = load_catalog(catalog)
    cards = [*(card(name) for name in MODELS), *real]
    app = build_api(Backend(args, cards, jobs, storage, exports, known))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with Api(transport=transport, base_url="http://test") as client:
        client.models, client.states, client.jobs, client.app = models, states, jobs, app
        yield client
    for progress in list(jobs._unfinished.values()):
        if progress.task is not None:
            progress.task.cancel()
    store.close()


def picture(size: tuple[int, int] = (30, 40), form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, form)
    return buffer.getvalue()


def data_url(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def error_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error object of a refusal, whose shape and status are checked."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "param", "code"}
    error: dict[str, Any] = body["error"]
    return error


def film(num_frames: int = 17, fps: int = 8, size: tuple[int, int] = (48, 64)) -> bytes:
    """An mp4 that grows brighter from frame to frame, with a comment in it."""
    shades = np.linspace(0, 255, num_frames).astype(np.uint8)
    frames = np.broadcast_to(shades[:, None, None, None], (num_frames, size[1], size[0], 3))
    return encode_mp4(np.ascontiguousarray(frames), fps=fps, record={"secret": "a street"})


def speech(seconds: float = 2, rate: int = 8_000) -> bytes:
    """A WAV file: a hum that grows louder, with a note of who made it."""
    at = np.arange(round(seconds * rate))
    hum = 0.5 * at / len(at) * np.sin(2 * np.pi * 220 * at / rate)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((hum * 32_767).astype("<i2").tobytes())
    note = b"INFOIART\x08\x00\x00\x00a street"
    data = buffer.getvalue() + b"LIST" + len(note).to_bytes(4, "little") + note
    return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]


PERSON = ("input_reference", ("person.png", picture(), "image/png"))
GARMENT = ("garment", ("garment.jpg", picture(form="JPEG"), "image/jpeg"))
