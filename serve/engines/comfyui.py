"""A ComfyUI server: a workflow in its API format, its placeholders filled, run once for each clip.

What becomes of it is read from the server's history, which a lost connection does not lose; the
websocket tells only how far the running node is, and shows previews where the server makes them.
"""

import json
import struct
import uuid
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from serve.card import Card
from serve.engines.remote import Standing, follow, reason_of
from serve.engines.template import fill, pictures_of, settings_of
from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import StageStarted
from serve.images import to_png
from serve.pipelines.base import Generation, Report
from serve.protocol import Stage

TIMEOUT_SECONDS = 60.0
FILMS = (".mp4", ".webm", ".mkv", ".mov", ".gif")
JPEG_PREVIEW = struct.pack(">II", 1, 1)
"""How a binary message with a JPEG of the running node begins."""


class Pipeline:
    """A card whose ``source`` is the server, ``http://host:8188``, and that calls a `workflow`."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._workflow = _read(Path(card.call["workflow"]), card)
        try:
            with self._open() as http:
                http.get("/system_stats")
        except httpx.TransportError as error:
            raise ModelUnavailable(f"{card.id}: {card.source} does not answer: {error}") from error

    def run(self, generation: Generation, report: Report) -> bytes:
        """The film that the workflow puts out."""
        report(StageStarted(Stage.ENCODING_PROMPT))
        client = uuid.uuid4().hex
        address = self._card.source.replace("http", "ws", 1) + f"/ws?clientId={client}"
        try:
            with self._open() as http, connect(address, max_size=None) as socket:
                run = Run(http, socket, self._queue(http, client, generation))
                follow(run.look, run.stop, report, generation.params.num_inference_steps)
                report(StageStarted(Stage.DECODING))
                return run.download()
        except (OSError, WebSocketException) as error:
            raise ModelFailed(f"{self._card.source} does not answer: {error}") from error

    def _open(self) -> httpx.Client:
        return httpx.Client(base_url=self._card.source, timeout=TIMEOUT_SECONDS)

    def _queue(self, http: httpx.Client, client: str, generation: Generation) -> str:
        """The id of the workflow's run."""
        values = settings_of(self._card, generation)
        for name, picture in pictures_of(generation).items():
            file = (f"lookreel-{client}-{name}.png", to_png(picture), "image/png")
            answer = http.post("/upload/image", files={"image": file})
            if answer.is_error:
                raise ModelFailed(f"The server took no picture: {reason_of(answer)}")
            values[name] = answer.json()["name"]
        body = {"prompt": fill(self._workflow, values), "client_id": client}
        answer = http.post("/prompt", json=body)
        if answer.is_error:
            raise ModelFailed(f"{self._card.title} refused the workflow: {_refusal(answer)}")
        return str(answer.json()["prompt_id"])


class Run:
    """One run of a workflow."""

    def __init__(self, http: httpx.Client, socket: ClientConnection, number: str) -> None:
        self._http, self._socket, self._id = http, socket, number
        self._share = 0.0
        self._preview: bytes | None = None
        self._outputs: dict[str, Any] = {}

    def look(self) -> Standing:
        """How far it is."""
        self._listen()
        queued = self._is_queued()
        entry = self._ask(f"/history/{self._id}").get(self._id)
        if entry is None:
            if not queued:
                return Standing(failure="The server lost the job; was it started anew?")
            return Standing(share=self._share, preview=self._preview)
        status = entry.get("status") or {}
        if status.get("status_str") == "error":
            return Standing(failure=_failure(status.get("messages") or []))
        self._outputs = entry["outputs"]
        return Standing(done=True)

    def stop(self) -> None:
        """Whether it waits or runs."""
        self._http.post("/queue", json={"delete": [self._id]})
        self._http.post("/interrupt", json={"prompt_id": self._id})

    def download(self) -> bytes:
        """The film; of several the first that is not temporary."""
        lists = [value for node in self._outputs.values() for value in node.values()]
        files = [file for one in lists if isinstance(one, list) for file in one]
        films = [
            file
            for file in files
            if isinstance(file, dict)
            and PurePosixPath(file.get("filename", "")).suffix.lower() in FILMS
        ]
        if not films:
            raise ModelFailed(f"The workflow put out no film ({', '.join(FILMS)}).")
        film = min(films, key=lambda file: file.get("type") != "output")
        where = {name: film.get(name, "") for name in ("filename", "subfolder", "type")}
        answer = self._http.get("/view", params=where)
        if answer.is_error:
            raise ModelFailed(f"The server did not send the film: {reason_of(answer)}")
        return answer.content

    def _ask(self, path: str) -> dict[str, Any]:
        return dict(self._http.get(path).raise_for_status().json())

    def _is_queued(self) -> bool:
        queue = self._ask("/queue")
        items = queue["queue_running"] + queue["queue_pending"]
        return any(item[1] == self._id for item in items)

    def _listen(self) -> None:
        """Take in what the server has said since."""
        try:
            while True:
                self._hear(self._socket.recv(timeout=0))
        except (TimeoutError, ConnectionClosed):
            return

    def _hear(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            if message.startswith(JPEG_PREVIEW):
                self._preview = message[len(JPEG_PREVIEW) :]
            return
        said = json.loads(message)
        data = said.get("data") or {}
        if said.get("type") == "progress" and data.get("prompt_id") == self._id and data["max"]:
            self._share = data["value"] / data["max"]


def _read(path: Path, card: Card) -> dict[str, Any]:
    try:
        workflow = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{card.id}: {path} cannot be read: {error}") from error
    nodes = workflow.values() if isinstance(workflow, dict) else ()
    if not nodes or not all(isinstance(node, dict) and "class_type" in node for node in nodes):
        reason = "is no workflow in ComfyUI's API format (there: Export (API))"
        raise ModelUnavailable(f"{card.id}: {path} {reason}.")
    return dict(workflow)


def _refusal(answer: httpx.Response) -> str:
    """What is wrong with which node, where the server tells."""
    try:
        nodes = answer.json().get("node_errors") or {}
        name, node = next(iter(nodes.items()))
        error = node["errors"][0]
    except (ValueError, StopIteration, LookupError, AttributeError):
        return reason_of(answer)
    return f"{node['class_type']} (node {name}): {error['message']}: {error['details']}"


def _failure(messages: list[Any]) -> str:
    for kind, data in messages:
        if kind == "execution_error":
            reason = " ".join(str(data["exception_message"]).split())
            return f"{data['node_type']} (node {data['node_id']}): {reason}"[:300]
    return "The workflow was interrupted on the server."
