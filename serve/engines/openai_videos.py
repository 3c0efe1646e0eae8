"""A server that speaks OpenAI's Videos API: vLLM-Omni, SGLang, FastVideo, or another Lookreel.

None of them is exact, so little is relied upon: vLLM-Omni takes forms only and answers a failed
job's GET with an error status and the job as its body; FastVideo never says that a job has begun;
SGLang and FastVideo have errors without a code and cannot stop a job: deleted, it is forgotten
and runs to its end; SGLang with a bucket refuses to send the file and names its URL.
"""

import logging
import os
import time
from typing import Any

import httpx

from serve.card import Card
from serve.engines import remote
from serve.engines.remote import Standing, follow, reason_of
from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import StageStarted
from serve.images import contain, cover, to_png
from serve.pipelines.base import Generation, Report
from serve.protocol import Stage, Task

TIMEOUT_SECONDS = 60.0
FAILED = ("failed", "cancelled", "deleted")
STOP_TRIES = 5

log = logging.getLogger(__name__)


class Pipeline:
    """A card whose ``source`` is the server's address, ``http://host:8000/v1``."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._key = os.environ.get(card.api_key_env or "", "")
        if card.api_key_env and not self._key:
            message = f"{card.id}: the environment variable {card.api_key_env} is not set."
            raise ModelUnavailable(message)
        try:
            with self._open() as http:
                http.get("/models")
        except httpx.TransportError as error:
            raise ModelUnavailable(f"{card.id}: {card.source} does not answer: {error}") from error

    def run(self, generation: Generation, report: Report) -> bytes:
        """The mp4 as the server made it."""
        report(StageStarted(Stage.ENCODING_PROMPT))
        with self._open() as http:
            path = f"/videos/{self._create(http, generation)['id']}"
            steps = generation.params.num_inference_steps
            follow(lambda: _look(http, path), lambda: _stop(http, path), report, steps)
            report(StageStarted(Stage.DECODING))
            return _download(http, path)

    def _open(self) -> httpx.Client:
        headers = {"authorization": f"Bearer {self._key}"} if self._key else {}
        return httpx.Client(base_url=self._card.source, timeout=TIMEOUT_SECONDS, headers=headers)

    def _create(self, http: httpx.Client, generation: Generation) -> dict[str, Any]:
        # Fields as parts without a file name: vLLM-Omni takes no other body than multipart.
        fields = [(name, (None, value)) for name, value in _fields(self._card, generation).items()]
        answer = http.post("/videos", files=[*fields, *_pictures(generation)])
        if answer.is_error:
            raise ModelFailed(f"{self._card.title} refused the job: {reason_of(answer)}")
        if "id" not in (job := _body(answer)):
            raise ModelFailed(f"{self._card.source} answered without a job: no Videos API is there")
        return job


def _look(http: httpx.Client, path: str) -> Standing:
    answer = http.get(path)
    job = _body(answer)
    if "status" not in job:
        if answer.is_server_error:  # of a proxy, perhaps, or of one that is overloaded: it may pass
            answer.raise_for_status()
        return Standing(failure=f"The server lost the job: {reason_of(answer)}")
    if job["status"] in FAILED:
        error = job.get("error") or {}
        return Standing(failure=str(error.get("message") or f"The job is {job['status']}."))
    return Standing(job["status"] == "completed", (job.get("progress") or 0) / 100)


def _stop(http: httpx.Client, path: str) -> None:
    """Where there is no route to cancel, as there is in Lookreel, deleting is what may stop."""
    if not http.post(f"{path}/cancel").is_error:
        return
    for _ in range(STOP_TRIES):
        answer = http.delete(path)
        if answer.status_code != httpx.codes.CONFLICT:  # vLLM-Omni: "Cancellation in progress"
            break
        time.sleep(remote.POLL_SECONDS)
    if not _body(answer).get("deleted"):
        server = http.base_url
        log.warning("%s cannot stop a job: it works on %s to its end", server, path)


def _body(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _download(http: httpx.Client, path: str) -> bytes:
    answer = http.get(f"{path}/content", follow_redirects=True)
    if answer.is_error:
        url = _body(http.get(path)).get("url")
        if not url:
            raise ModelFailed(f"The server did not send the clip: {reason_of(answer)}")
        answer = httpx.get(url, timeout=TIMEOUT_SECONDS, follow_redirects=True)
        if answer.is_error:
            raise ModelFailed(f"The clip could not be fetched from {url}: {reason_of(answer)}")
    return answer.content


def _fields(card: Card, generation: Generation) -> dict[str, str]:
    """The request by the names that these servers share; `names` and `call` of the card rule."""
    params = generation.params
    values: dict[str, Any] = {
        "prompt": params.prompt,
        "size": f"{params.width}x{params.height}",
        # All of them count whole seconds only, and go by `num_frames` where there is one.
        "seconds": max(1, round(params.num_frames / params.fps)),
        "num_frames": params.num_frames,
        "fps": params.fps,
        "num_inference_steps": params.num_inference_steps,
        "guidance_scale": params.guidance_scale,
        "seed": params.seed,
    }
    if card.limits.negative_prompt and params.negative_prompt:
        values["negative_prompt"] = params.negative_prompt
    named = {card.names.get(name, name): value for name, value in values.items()}
    return {name: str(value) for name, value in (named | card.call).items() if name is not None}


def _pictures(generation: Generation) -> list[tuple[str, tuple[str, bytes, str]]]:
    """The first frame or person, cropped to the clip's shape; garments and last frame beside it."""
    size = generation.params.width, generation.params.height
    found = []
    for index, image in enumerate(generation.images):
        fitted = contain(image, *size) if index else cover(image, *size)
        found.append(("garment" if index else "input_reference", fitted))
    if generation.last_image is not None and generation.task is Task.IMAGE_TO_VIDEO:
        found.append(("last_image", cover(generation.last_image, *size)))
    return [(name, (f"{name}.png", to_png(picture), "image/png")) for name, picture in found]
