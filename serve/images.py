"""Uploaded pictures: checked, made plain RGB, and fitted to a size without stretching."""

import io
import warnings
from collections.abc import Sequence

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from serve.errors import UnreadableImage

LYING = (5, 6, 7, 8)
"""EXIF orientations with width and height swapped."""
FORMATS = ("JPEG", "PNG", "WEBP")
LOSSLESS = ("PNG", "WEBP")
WHITE = (255, 255, 255)
SAME_SHAPE = 0.02
"""By how much, of one, shapes that count as the same may differ."""


def read_image(data: bytes, *, field: str, max_pixels: int) -> Image.Image:
    """Decode an upload into upright RGB without metadata, transparency laid onto white.

    Of an animation the first frame is taken. `field` is the request field that errors name.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own bomb warning is replaced by the limit below, checked before decoding.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > max_pixels:
            raise _too_large(field, max_pixels)
        image.seek(0)
        return _to_rgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise UnreadableImage(
            f"{field}: this is not a JPEG, PNG or WebP picture.", param=field
        ) from None
    except Image.DecompressionBombError:
        raise _too_large(field, max_pixels) from None
    except (OSError, SyntaxError, ValueError) as error:
        # What Pillow's decoders raise on damaged files.
        raise UnreadableImage(
            f"{field}: the picture is damaged or cut off ({error}).", param=field
        ) from error


def read_mask(data: bytes, *, field: str, max_pixels: int, size: tuple[int, int]) -> Image.Image:
    """Decode an uploaded mask into grey, white where the picture of that size may be edited.

    Transparency says where that is, as OpenAI has it; a mask that is opaque everywhere says it by
    brightness.
    """
    mask = _read_mask(data, field, max_pixels)
    if mask.size != size:
        raise UnreadableImage(
            f"{field}: the mask has {mask.width}x{mask.height} pixels, the first image "
            f"{size[0]}x{size[1]}: they must be the same.",
            param=field,
        )
    return mask


def read_clip_mask(
    data: bytes, *, field: str, max_pixels: int, size: tuple[int, int]
) -> Image.Image:
    """As `read_mask`, for every frame of a clip; it may be larger or smaller, in the same shape."""
    mask = _read_mask(data, field, max_pixels)
    if abs(mask.width * size[1] / (mask.height * size[0]) - 1) > SAME_SHAPE:
        raise UnreadableImage(
            f"{field}: the mask has {mask.width}x{mask.height} pixels, a frame of the clip "
            f"{size[0]}x{size[1]}: they must have the same shape.",
            param=field,
        )
    return mask


def _read_mask(data: bytes, field: str, max_pixels: int) -> Image.Image:
    plain = read_image(data, field=field, max_pixels=max_pixels)  # checked like any picture
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.format not in LOSSLESS:
        raise UnreadableImage(f"{field}: this is no PNG, but {image.format}.", param=field)
    mask = plain.convert("L")
    if image.has_transparency_data:
        opacity = ImageOps.exif_transpose(image).convert("RGBA").getchannel("A")
        if opacity.getextrema() != (255, 255):
            mask = ImageOps.invert(opacity)
    if mask.getextrema() == (0, 0):
        raise UnreadableImage(
            f"{field}: nothing may be edited: no pixel is transparent, and none is white.",
            param=field,
        )
    return mask


def upright_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as it is looked at, read from the header; None if there is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = image.size
        lies = image.getexif().get(ExifTags.Base.Orientation, 1) in LYING
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None  # `read_image` will say what is wrong with it
    return (height, width) if lies else (width, height)


def aspect_ratio(data: bytes) -> float | None:
    """Width by height as it is looked at; None if there is no picture."""
    size = upright_size(data)
    return size[0] / size[1] if size else None


def to_png(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)  # inputs are read once or twice: speed over size
    return buffer.getvalue()


def from_png(data: bytes) -> Image.Image:
    """The picture in a PNG that `to_png` made."""
    return Image.open(io.BytesIO(data), formats=("PNG",)).convert("RGB")


def cover(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scale and crop around the centre so that `image` fills the size; never stretched."""
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)


def contain(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scale so that all of `image` is inside the size, white around it; never stretched."""
    return ImageOps.pad(image, (width, height), Image.Resampling.LANCZOS, color=WHITE)


def beside(images: Sequence[Image.Image]) -> Image.Image:
    """All of them in a row, each in its size: one picture for a model that takes only one."""
    row = Image.new("RGB", (sum(one.width for one in images), images[0].height), WHITE)
    left = 0
    for one in images:
        row.paste(one, (left, 0))
        left += one.width
    return row


def in_rows(images: Sequence[Image.Image], in_each: Sequence[int]) -> list[Image.Image]:
    """The pictures, all of one size, in as many rows as there are numbers, so many in each."""
    left = iter(images)
    return [beside([next(left) for _ in range(number)]) for number in in_each]


def alike(images: Sequence[Image.Image], max_pixels: int) -> list[Image.Image]:
    """All of them in the size of the widest, white around the others, none with more pixels."""
    width, height = max(one.width for one in images), max(one.height for one in images)
    scale = min(1.0, (max_pixels / (width * height)) ** 0.5)
    return [contain(one, int(width * scale), int(height * scale)) for one in images]


def keep_outside(still: Image.Image, person: Image.Image, mask: Image.Image) -> Image.Image:
    """`still` where `mask` is white, and elsewhere `person`, both brought to its size."""
    return Image.composite(still, cover(person, *still.size), cover(mask, *still.size))


def _too_large(field: str, max_pixels: int) -> UnreadableImage:
    return UnreadableImage(
        f"{field}: the picture has too many pixels; at most {max_pixels:,} are taken.", param=field
    )


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow clips 16-bit grey to 255 when it converts, which turns pictures white.
        image = image.convert("I").point(lambda value: value * (1 / 256), "L")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        canvas = Image.new("RGBA", rgba.size, (*WHITE, 255))
        canvas.alpha_composite(rgba)
        image = canvas
    plain = image.convert("RGB")
    plain.info.clear()
    return plain
