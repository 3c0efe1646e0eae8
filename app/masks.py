"""Where a person's photo may change, as pictures: what is painted on it, and the mask that is sent.

A mask is grey and has the photo's size: white where the photo may change, black where it stays.
Paint is a picture in RGBA of any size: opaque where the photo may change.
"""

import base64
import hashlib
import io
from pathlib import Path

from PIL import Image, ImageOps

LEAST_SIDE, MOST_SIDE = 640, 1024
"""Pixels of the longer side of what is painted on: large enough to aim at, quick to send."""
PAINT = (194, 57, 29)
MIDDLE = 128
"""From this brightness or opacity on a pixel counts: a brush's rim fades out."""
MOST_DIFFERENCE = 0.02
"""By how much the shapes of mask and photo may differ, as a share."""
PNG_URL = "data:image/png;base64,"


def backdrop(photo: str) -> Image.Image:
    """The photo, upright and in RGB, in the size in which it is painted on."""
    with Image.open(photo) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    side = max(picture.size)
    wanted = min(max(side, LEAST_SIDE), MOST_SIDE)
    return picture if side == wanted else ImageOps.contain(picture, (wanted, wanted))


def paint(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The mask as paint of that size."""
    covered = mask.resize(size, Image.Resampling.NEAREST)
    layer = Image.new("RGBA", size, (*PAINT, 0))
    layer.putalpha(covered.point(_clear_cut))
    return layer


def painted(layer: Image.Image, photo: str) -> Image.Image | None:
    """The paint as a mask for the photo; None if there is none."""
    with Image.open(photo) as opened:
        size = ImageOps.exif_transpose(opened).size
    opacity = layer.convert("RGBA").getchannel("A")
    mask = opacity.resize(size, Image.Resampling.NEAREST).point(_clear_cut)
    return mask if mask.getbbox() else None


def read_mask(path: str) -> Image.Image:
    """A mask that was made elsewhere: white is free, or where there is any, what is transparent.

    An `OSError` if it is no picture.
    """
    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGBA")
    opacity = picture.getchannel("A")
    if opacity.getextrema() == (255, 255):
        return picture.convert("L")
    return ImageOps.invert(opacity)


def has_shape_of(mask: Image.Image, picture: Image.Image) -> bool:
    """Whether both lie on one another without being stretched."""
    share = (mask.width / mask.height) / (picture.width / picture.height)
    return abs(share - 1) <= MOST_DIFFERENCE


def digest(photo: str) -> str:
    """What tells a photo from others, wherever it lies."""
    return hashlib.sha256(Path(photo).read_bytes()).hexdigest()


def to_url(layer: Image.Image) -> str:
    """The paint as a data URL."""
    return PNG_URL + base64.b64encode(png(layer)).decode("ascii")


def from_url(url: str) -> Image.Image | None:
    """The paint in a data URL; None if there is none in it, or no picture."""
    try:
        data = base64.b64decode(url.removeprefix(PNG_URL), validate=True)
        return Image.open(io.BytesIO(data), formats=("PNG",)) if data else None
    except (ValueError, OSError):
        return None


def png(picture: Image.Image) -> bytes:
    """The picture as a file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _clear_cut(value: int) -> int:
    return 255 if value >= MIDDLE else 0
