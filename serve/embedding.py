"""Small copies of a job's pictures, to travel in its files beside the settings."""

import base64
from collections.abc import Sequence

import numpy as np

from serve.encoding import encode_jpeg
from serve.generation import role_of
from serve.images import from_png
from serve.protocol import JsonObject
from serve.storage import Storage

MAX_BYTES = 500_000
"""Of all copies together; readers of PNG files stop at texts of 1 MB."""
SIDES = (1024, 768, 512, 384, 256)
"""Pixels of the longer side: the largest with which all copies fit."""


def embedded(storage: Storage, images: Sequence[str]) -> list[JsonObject]:
    """A JPEG in base64 of each picture, and what it was in the job; all else is too large."""
    images = [key for key in images if role_of(key).is_picture]
    pictures = [np.asarray(from_png(storage.read(key))) for key in images]
    copies: list[bytes] = []
    for side in SIDES:
        copies = [encode_jpeg(picture, max_side=side) for picture in pictures]
        if sum(map(len, copies)) <= MAX_BYTES:
            break
    return [
        {"role": str(role_of(key)), "jpeg": base64.b64encode(copy).decode()}
        for key, copy in zip(images, copies, strict=True)
    ]
