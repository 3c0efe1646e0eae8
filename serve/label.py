"""The visible label that says a machine made a picture; it knows fonts and pixels.

White on a dark, half-transparent plate, it is legible on light and on dark pictures alike.
"""

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

SHARE = 0.042
"""Height of the letters, of the picture's shorter side."""
SMALLEST = 9
"""Pixels; smaller letters cannot be read."""
WIDEST = 0.9
"""Of the picture's width that a long text may take."""
PLATE = (12, 12, 14, 175)
INK = (255, 255, 255, 245)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Label:
    """One text in one font, drawn into the lower right corner."""

    def __init__(self, text: str, font: str | None = None) -> None:
        """`font` is a TrueType or OpenType file; a `ValueError` names what it cannot draw."""
        self._text = text
        self._file = font
        try:
            missing = _missing(text, self._font(32))
        except OSError as error:
            raise ValueError(f"label_font {font!r} cannot be read as a font: {error}") from None
        if missing:
            raise ValueError(
                f"label_text is {text!r}: the font has no {', '.join(missing)}. "
                "Name a font that has, by label_font."
            )

    def draw(self, picture: Image.Image) -> Image.Image:
        """The picture with the label."""
        labelled = picture.convert("RGB")
        overlay = self._overlay(*picture.size)
        labelled.paste(overlay, (0, 0), overlay)
        return labelled

    def png(self, width: int, height: int) -> bytes:
        """The label alone, on a transparent picture of that size."""
        buffer = io.BytesIO()
        self._overlay(width, height).save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()

    def _font(self, size: float) -> Font:
        if self._file is None:
            return ImageFont.load_default(size)
        return ImageFont.truetype(self._file, size)

    @lru_cache(maxsize=8)  # noqa: B019 - a server has one label, for good
    def _overlay(self, width: int, height: int) -> Image.Image:
        size = max(SHARE * min(width, height), SMALLEST)
        longest = self._font(size).getlength(self._text) + 1.4 * size
        size *= min(1.0, WIDEST * width / longest)
        font = self._font(size)
        left, top, right, bottom = font.getbbox(self._text)
        pad_x, pad_y, margin = 0.55 * size, 0.4 * size, max(2, round(0.5 * size))
        plate_width, plate_height = right - left + 2 * pad_x, bottom - top + 2 * pad_y
        x, y = width - margin - plate_width, height - margin - plate_height
        overlay = Image.new("RGBA", (width, height))
        canvas = ImageDraw.Draw(overlay)
        box = (x, y, x + plate_width, y + plate_height)
        canvas.rounded_rectangle(box, radius=plate_height / 3, fill=PLATE)
        canvas.text((x + pad_x - left, y + pad_y - top), self._text, font=font, fill=INK)
        return overlay


def _missing(text: str, font: Font) -> list[str]:
    """Characters for which the font draws only its sign of a missing one."""
    nothing = bytes(font.getmask("\uffff"))
    return [sign for sign in dict.fromkeys(text) if bytes(font.getmask(sign)) == nothing != b""]
