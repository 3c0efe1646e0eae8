"""What the APIs of hosted models have in common: a key, a JSON request, a clip at an address."""

import base64
import os
from typing import Any

import httpx
import numpy as np

from serve.card import Card
from serve.encoding import encode_jpeg
from serve.engines.remote import reason_of
from serve.engines.template import pictures_of
from serve.errors import ModelFailed, ModelUnavailable
from serve.pipelines.base import Generation

TIMEOUT_SECONDS = 60.0
PERCENT = 100
"""The steps in which progress is told: nobody knows how many the model takes."""


def key_of(card: Card) -> str:
    """The key, from the environment variable that the card names."""
    key = os.environ.get(card.api_key_env or "", "")
    if not key:
        message = f"{card.id}: the environment variable {card.api_key_env} is not set."
        raise ModelUnavailable(message)
    return key


def client(card: Card, headers: dict[str, str]) -> httpx.Client:
    """For the API that the card's source is."""
    return httpx.Client(base_url=card.source, timeout=TIMEOUT_SECONDS, headers=headers)


def named(card: Card, body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a request as `names` and `call` of the card have them."""
    fields = {card.names.get(name, name): value for name, value in body.items()} | card.call
    return {name: value for name, value in fields.items() if name is not None}


def submit(http: httpx.Client, card: Card, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the API says of the job that it took."""
    answer = http.post(path, json=named(card, body))
    if answer.is_error:
        raise ModelFailed(f"{card.title} refused the job: {reason_of(answer)}")
    return dict(answer.json())


def seconds_of(generation: Generation) -> int:
    """The clip's length; a card's frames and their rate see to it that it is whole."""
    return round(generation.params.num_frames / generation.params.fps)


def as_data_url(generation: Generation) -> str:
    """The first frame, cropped to the clip; a JPEG, since what APIs take has a limit."""
    picture = np.asarray(pictures_of(generation)["image"])
    return "data:image/jpeg;base64," + base64.b64encode(encode_jpeg(picture)).decode()


def download(url: str) -> bytes:
    """The clip; without the key, for it lies with somebody else."""
    answer = httpx.get(url, timeout=TIMEOUT_SECONDS, follow_redirects=True)
    if answer.is_error:
        raise ModelFailed(f"The clip could not be fetched: {reason_of(answer)}")
    return answer.content
