"""A ComfyUI server as its `server.py` and `execution.py` are (read at a125cd84, October 2025).

It knows four nodes: a picture that was uploaded, a text, a sampler and a writer of films.
"""

import asyncio
import io
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse
from PIL import Image
from starlette.datastructures import UploadFile

from serve.encoding import encode_jpeg, encode_mp4

WORKFLOW: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "{image}"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "{prompt}, {of|various} styles"}},
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "positive": ["2", 0],
            "steps": "{num_inference_steps}",
            "seed": "{seed}",
            "width": "{width}",
            "height": "{height}",
            "length": "{num_frames}",
        },
    },
    "4": {"class_type": "SaveVideo", "inputs": {"video": ["3", 0], "fps": "{fps}"}},
}
TEXT_WORKFLOW = {name: node for name, node in WORKFLOW.items() if name != "1"}


@dataclass
class ComfyServer:
    """One server; a sampler's step takes a moment."""

    fail_with: str | None = None
    endless: bool = False
    stills_only: bool = False
    busy: bool = False
    """Somebody else's workflow runs, and ours waits."""
    prompt: dict[str, Any] = field(default_factory=dict)
    """The last workflow that was queued."""
    uploads: dict[str, Image.Image] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    history: dict[str, Any] = field(default_factory=dict)
    interrupted: list[str] = field(default_factory=list)
    films: dict[str, bytes] = field(default_factory=dict)
    sockets: dict[str, WebSocket] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def app(self) -> FastAPI:
        """Its HTTP and websocket side."""
        app = FastAPI()
        app.get("/system_stats")(lambda: {"system": {}})
        app.post("/upload/image", response_model=None)(self._upload)
        app.post("/prompt", response_model=None)(self._prompt)
        app.get("/queue")(self._queue)
        app.post("/queue", response_model=None)(self._delete)
        app.post("/interrupt", response_model=None)(self._interrupt)
        app.get("/history/{number}")(self._history)
        app.get("/view", response_model=None)(self._view)
        app.websocket("/ws")(self._socket)
        return app

    def forget(self) -> None:
        """As if it was started anew."""
        self.running, self.pending, self.history = [], [], {}

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        client = socket.query_params["clientId"]
        self.sockets[client] = socket
        await socket.send_json({"type": "status", "data": {"status": {}, "sid": client}})
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            del self.sockets[client]

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            file = form["image"]
            assert isinstance(file, UploadFile) and file.filename
            name = Path(file.filename).name
            self.uploads[name] = Image.open(io.BytesIO(await file.read()))
        return JSONResponse({"name": name, "subfolder": "", "type": "input"})

    async def _prompt(self, request: Request) -> Response:
        body = await request.json()
        self.prompt = body["prompt"]
        for name, node in self.prompt.items():
            picture = node["inputs"].get("image")
            if picture is not None and picture not in self.uploads:
                return self._invalid(name, node["class_type"], f"image - no file {picture}")
            if not isinstance(node["inputs"].get("steps", 1), int):
                return self._invalid(name, node["class_type"], "steps")
        number = f"run-{len(self.history) + 1}"
        self.pending.append(number)
        if not self.busy:
            self._start(number, body["client_id"])
        return JSONResponse({"prompt_id": number, "number": 1, "node_errors": {}})

    def _invalid(self, name: str, kind: str, details: str) -> Response:
        error = {"type": "custom_validation_failed", "message": "Invalid input", "details": details}
        whole = {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed"}
        node = {"errors": [error], "dependent_outputs": ["4"], "class_type": kind}
        return JSONResponse({"error": whole, "node_errors": {name: node}}, status_code=400)

    def _start(self, number: str, client: str) -> None:
        self.pending.remove(number)
        self.running.append(number)
        task = asyncio.create_task(self._execute(number, client))
        self.tasks.add(task)

    async def _execute(self, number: str, client: str) -> None:
        sampler = self.prompt["3"]["inputs"]
        steps, step = sampler["steps"], 0
        await self._say(client, "execution_start", prompt_id=number)
        await self._say(client, "executing", node="3", prompt_id=number)
        while (step < steps or self.endless) and number not in self.interrupted:
            await asyncio.sleep(0.05)
            step += 1
            await self._say(client, "progress", value=step % steps, max=steps, prompt_id=number)
            await self._say(client, "progress", value=1, max=1, prompt_id="somebody-else's")
            await self._show(client)
        if number in self.running:
            self.running.remove(number)
            self.history[number] = self._entry(number, sampler)

    def _entry(self, number: str, sampler: dict[str, Any]) -> dict[str, Any]:
        where = {"prompt_id": number, "node_id": "3", "node_type": "KSampler"}
        messages: list[Any] = [["execution_start", {"prompt_id": number}]]
        if number in self.interrupted:
            messages.append(["execution_interrupted", where])
        if self.fail_with:
            messages.append(["execution_error", {**where, "exception_message": self.fail_with}])
        if len(messages) > 1:
            status = {"status_str": "error", "completed": False, "messages": messages}
            return {"outputs": {}, "status": status}
        shape = (sampler["length"], sampler["height"], sampler["width"], 3)
        frames = np.full(shape, 200, np.uint8)
        self.films["film_00001_.mp4"] = encode_mp4(
            frames, fps=self.prompt["4"]["inputs"]["fps"], record={}
        )
        film = {"filename": "film_00001_.mp4", "subfolder": "video", "type": "output"}
        look = {"filename": "look.mp4", "subfolder": "", "type": "temp"}
        still = {"filename": "still.png", "subfolder": "", "type": "output"}
        outputs: dict[str, Any] = {"5": {"images": [still], "text": ["a dress"]}}
        if not self.stills_only:
            outputs |= {"4": {"images": [film], "animated": [True]}, "6": {"gifs": [look]}}
        status = {"status_str": "success", "completed": True, "messages": messages}
        return {"outputs": outputs, "status": status}

    async def _say(self, client: str, kind: str, **data: Any) -> None:
        if client in self.sockets:
            await self.sockets[client].send_json({"type": kind, "data": data})

    async def _show(self, client: str) -> None:
        jpeg = encode_jpeg(np.full((8, 8, 3), 90, np.uint8))
        if client in self.sockets:
            await self.sockets[client].send_bytes(struct.pack(">II", 1, 1) + jpeg)

    async def _queue(self) -> dict[str, Any]:
        return {
            "queue_running": [[0, number, {}, {}, []] for number in self.running],
            "queue_pending": [[1, number, {}, {}, []] for number in self.pending],
        }

    async def _delete(self, request: Request) -> Response:
        for number in (await request.json())["delete"]:
            if number in self.pending:
                self.pending.remove(number)
        return Response()

    async def _interrupt(self, request: Request) -> Response:
        number = (await request.json())["prompt_id"]
        if number in self.running:
            self.interrupted.append(number)
        return Response()

    async def _history(self, number: str) -> dict[str, Any]:
        return {number: self.history[number]} if number in self.history else {}

    async def _view(self, filename: str, subfolder: str, type: str) -> Response:
        if (subfolder, type) != ("video", "output"):
            return Response(status_code=404)
        return Response(self.films[filename], media_type="video/mp4")
