"""Contact sheets: what was asked for and what came of it, line by line, as one PNG."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from examples.croquis.classifier import Frames, moments_of

THUMBNAIL = (144, 192)
GAP = 4
LINE = 22
INK, FAINT, PAPER = (34, 30, 38), (150, 146, 152), (252, 250, 247)


@dataclass(frozen=True)
class Line:
    """One line of a sheet: a prompt, the pictures that came with it, and the result."""

    prompt: str
    given: tuple[NDArray[np.uint8], ...]
    made: Frames


def contact_sheet(lines: Sequence[Line]) -> Image.Image:
    """The lines below each other: given pictures, a gap, then moments of the clip."""
    width, height = THUMBNAIL
    drawn = [(line, [*line.given], [*moments_of(line.made)]) for line in lines]
    columns = max(len(given) + len(made) for _, given, made in drawn)
    gaps = (columns + 4) * GAP
    sheet = Image.new(
        "RGB", (columns * width + gaps, len(lines) * (height + LINE + GAP) + GAP), PAPER
    )
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for index, (line, given, made) in enumerate(drawn):
        top = GAP + index * (height + LINE + GAP)
        pen.text((GAP, top + 2), fitted(line.prompt, sheet.width - 2 * GAP, font), INK, font)
        left = GAP
        for number, picture in enumerate(given + made):
            if number == len(given) and given:
                left += GAP
                pen.line([(left, top + LINE), (left, top + LINE + height)], FAINT, 1)
                left += 2 * GAP
            thumbnail = Image.fromarray(picture).resize(THUMBNAIL, Image.Resampling.LANCZOS)
            sheet.paste(thumbnail, (left, top + LINE))
            left += width + GAP
    return sheet


def fitted(text: str, width: float, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The text, cut so that it fits."""
    length = font.getlength(text)
    if length <= width:
        return text
    return text[: int(len(text) * 0.95 * width / length)].rstrip() + "…"


def save_sheet(lines: Sequence[Line], path: Path) -> None:
    """Write the sheet of these lines as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(lines).save(path, optimize=True)
