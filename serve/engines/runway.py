"""Runway's models, through Runway's own package `runwayml`.

The package knows addresses, versions and types; waiting, progress and stopping are `remote`'s, as
for every engine: the package's own way to wait tells neither how far a task is nor stops it.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from runwayml import APIConnectionError, APIStatusError, RunwayML

from serve.card import Card
from serve.engines.hosted import PERCENT, as_data_url, download, key_of, named, seconds_of
from serve.engines.remote import Standing, follow, reason_of
from serve.errors import ModelFailed
from serve.generation import StageStarted
from serve.pipelines.base import Generation, Report
from serve.protocol import Stage

POLLS = 5
"""Runway asks for five seconds between two looks at a task."""


class Pipeline:
    """A card whose ``source`` is ``https://api.dev.runwayml.com``; it calls a `model`."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._key = key_of(card)

    def run(self, generation: Generation, report: Report) -> bytes:
        """The clip as Runway made it."""
        report(StageStarted(Stage.ENCODING_PROMPT))
        address = self._card.source.removesuffix("/").removesuffix("/v1")
        # Sent again by itself, a job whose answer was lost would be paid for twice.
        with RunwayML(api_key=self._key, base_url=address, max_retries=0) as runway:
            task = Task(runway, self._submit(runway, generation))
            follow(task.look, task.stop, report, PERCENT, pace=POLLS)
            report(StageStarted(Stage.DECODING))
            return download(task.url)

    def _submit(self, runway: RunwayML, generation: Generation) -> str:
        """The id of the task; what the package has no name for is sent as it is."""
        create: Any = (runway.image_to_video if generation.images else runway.text_to_video).create
        body = named(self._card, self._body(generation))
        known = inspect.signature(create).parameters.keys()
        arguments = {name: body.pop(name) for name in body.keys() & known}
        try:
            with _failures_of_httpx():
                return str(create(**arguments, extra_body=body).id)
        except httpx.HTTPStatusError as error:
            reason = reason_of(error.response)
            raise ModelFailed(f"{self._card.title} refused the job: {reason}") from error
        except httpx.TransportError as error:
            raise ModelFailed(f"{self._card.source} does not answer: {error}") from error

    def _body(self, generation: Generation) -> dict[str, Any]:
        params = generation.params
        body: dict[str, Any] = {
            "prompt_text": params.prompt,
            "ratio": f"{params.width}:{params.height}",
            "duration": seconds_of(generation),
            "seed": params.seed,
        }
        if generation.images:
            body["prompt_image"] = as_data_url(generation)
        return body


class Task:
    """One clip on Runway's side."""

    def __init__(self, runway: RunwayML, number: str) -> None:
        self._runway, self._id = runway, number
        self.url = ""

    def look(self) -> Standing:
        """How far it is; PENDING and THROTTLED wait for their turn."""
        with _failures_of_httpx():
            task = self._runway.tasks.retrieve(self._id)
        if task.status == "SUCCEEDED":
            self.url = task.output[0]
            return Standing(done=True)
        if task.status == "FAILED":
            code = getattr(task, "failure_code", None)  # where Runway leaves fields out, it lacks
            reason = getattr(task, "failure", None) or "Runway gives no reason."
            return Standing(failure=f"{reason} ({code})" if code else reason)
        if task.status == "CANCELLED":
            return Standing(failure="Runway cancelled the task.")
        return Standing(share=task.progress if task.status == "RUNNING" else 0.0)

    def stop(self) -> None:
        """Deleting cancels what runs."""
        with _failures_of_httpx():
            self._runway.tasks.delete(self._id)


@contextmanager
def _failures_of_httpx() -> Iterator[None]:
    """The package's errors of bad and missing answers as those of httpx, which it is built upon."""
    try:
        yield
    except APIStatusError as error:
        error.response.raise_for_status()
        raise
    except APIConnectionError as error:
        raise httpx.TransportError(str(error.__cause__ or error)) from error
