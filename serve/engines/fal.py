"""Models on fal's queue, by its REST API; the cards that ship are Pika's."""

import math
from typing import Any

import httpx

from serve.card import Card
from serve.engines.hosted import PERCENT, as_data_url, client, download, key_of, seconds_of, submit
from serve.engines.remote import Standing, follow, reason_of
from serve.errors import ModelFailed
from serve.generation import StageStarted
from serve.pipelines.base import Generation, Report
from serve.protocol import Stage


class Pipeline:
    """A card whose ``source`` is the model, ``https://queue.fal.run/owner/model``.

    The paths below it have the names of Lookreel's tasks: ``text-to-video``, ``image-to-video``.
    """

    def __init__(self, card: Card) -> None:
        self._card = card
        self._headers = {"authorization": f"Key {key_of(card)}"}

    def run(self, generation: Generation, report: Report) -> bytes:
        """The clip as the model made it."""
        report(StageStarted(Stage.ENCODING_PROMPT))
        with client(self._card, self._headers) as http:
            body = self._body(generation)
            request = Request(http, submit(http, self._card, f"/{generation.task}", body))
            follow(request.look, request.stop, report, PERCENT)
            report(StageStarted(Stage.DECODING))
            return download(request.film())

    def _body(self, generation: Generation) -> dict[str, Any]:
        params = generation.params
        body: dict[str, Any] = {
            "prompt": params.prompt,
            "resolution": f"{min(params.width, params.height)}p",
            "duration": seconds_of(generation),
            "seed": params.seed,
        }
        if params.negative_prompt:
            body["negative_prompt"] = params.negative_prompt
        if generation.images:
            body["image_url"] = as_data_url(generation)
        else:
            part = math.gcd(params.width, params.height)
            body["aspect_ratio"] = f"{params.width // part}:{params.height // part}"
        return body


class Request:
    """One clip on fal's queue; its addresses are those that the queue gave."""

    def __init__(self, http: httpx.Client, accepted: dict[str, Any]) -> None:
        self._http, self._accepted = http, accepted

    def look(self) -> Standing:
        """Whether it is done; the queue tells no share."""
        status = self._http.get(self._accepted["status_url"]).raise_for_status().json()
        if status.get("error"):
            return Standing(failure=str(status["error"])[:300])
        return Standing(done=status["status"] == "COMPLETED")

    def stop(self) -> None:
        """Works while it waits; what runs already is finished and paid for."""
        self._http.put(self._accepted["cancel_url"])

    def film(self) -> str:
        """Its address."""
        answer = self._http.get(self._accepted["response_url"])
        if answer.is_error:
            raise ModelFailed(f"The model failed: {reason_of(answer)}")
        return str(answer.json()["video"]["url"])
