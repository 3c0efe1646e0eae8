"""Runway's models over its public REST API, as its Python client of July 2026 speaks it.

That client is not needed: a few requests of httpx do the same.
"""

from typing import Any

import httpx

from serve.card import Card
from serve.engines.hosted import PERCENT, as_data_url, client, download, key_of, seconds_of, submit
from serve.engines.remote import Standing, follow
from serve.generation import StageStarted
from serve.pipelines.base import Generation, Report
from serve.protocol import Stage

VERSION = "2024-11-06"
POLLS = 5
"""Runway asks for five seconds between two looks at a task."""


class Pipeline:
    """A card whose ``source`` is ``https://api.dev.runwayml.com/v1``; it calls a `model`."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._headers = {"authorization": f"Bearer {key_of(card)}", "x-runway-version": VERSION}

    def run(self, generation: Generation, report: Report) -> bytes:
        """The clip as Runway made it."""
        report(StageStarted(Stage.ENCODING_PROMPT))
        path = "/image_to_video" if generation.images else "/text_to_video"
        with client(self._card, self._headers) as http:
            task = Task(http, submit(http, self._card, path, self._body(generation))["id"])
            follow(task.look, task.stop, report, PERCENT, pace=POLLS)
            report(StageStarted(Stage.DECODING))
            return download(task.url)

    def _body(self, generation: Generation) -> dict[str, Any]:
        params = generation.params
        body: dict[str, Any] = {
            "promptText": params.prompt,
            "ratio": f"{params.width}:{params.height}",
            "duration": seconds_of(generation),
            "seed": params.seed,
        }
        if generation.images:
            body["promptImage"] = as_data_url(generation)
        return body


class Task:
    """One clip on Runway's side."""

    def __init__(self, http: httpx.Client, number: str) -> None:
        self._http, self._path = http, f"/tasks/{number}"
        self.url = ""

    def look(self) -> Standing:
        """How far it is; PENDING and THROTTLED wait for their turn."""
        task = self._http.get(self._path).raise_for_status().json()
        if task["status"] in ("FAILED", "CANCELLED"):
            code = f" ({task['failureCode']})" if task.get("failureCode") else ""
            return Standing(failure=task.get("failure", "Runway cancelled the task.") + code)
        if task["status"] == "SUCCEEDED":
            self.url = task["output"][0]
            return Standing(done=True)
        return Standing(share=task.get("progress", 0.0))

    def stop(self) -> None:
        """Deleting cancels what runs."""
        self._http.delete(self._path)
