"""Uploaded pictures: checked, made plain RGB, and fitted to a size without stretching."""

import io
import warnings

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from serve.errors import UnreadableImage

LYING = (5, 6, 7, 8)
"""EXIF orientations with width and height swapped."""
FORMATS = ("JPEG", "PNG", "WEBP")
WHITE = (255, 255, 255)


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


def aspect_ratio(data: bytes) -> float | None:
    """Width by height as it is looked at, read from the header; None if there is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = image.size
        lies = image.getexif().get(ExifTags.Base.Orientation, 1) in LYING
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None  # `read_image` will say what is wrong with it
    return height / width if lies else width / height


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
