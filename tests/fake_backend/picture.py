"""Frames as pictures, and as previews with noise in them."""

import base64
import io
from typing import Any

import numpy as np
from PIL import Image


def jpeg(frame: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG")
    return buffer.getvalue()


def small(picture: bytes) -> bytes:
    """A copy that travels in a file: as an argument of ffmpeg's, all of them have 128 kB."""
    with Image.open(io.BytesIO(picture)) as whole:
        whole.thumbnail((192, 192))
        return jpeg(np.asarray(whole.convert("RGB")))


def data_url(frame: np.ndarray[Any, Any], noise: float) -> str:
    grain = np.random.default_rng(0).integers(0, 256, frame.shape)
    mixed = (frame * (1 - noise) + grain * noise).astype(np.uint8)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(mixed)).decode()}"
