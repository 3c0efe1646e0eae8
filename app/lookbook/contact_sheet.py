"""Contact sheets: person, garment and result of every row, with their names, as JPEGs to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

PICTURE = (168, 224)
"""Pixels of one thumbnail, all of them 3:4."""
GAP, MARGIN = 8, 40
CAPTION, HEADING = 58, 84
COLUMNS, PER_SHEET = 3, 60
PAPER, INK, QUIET, TRAY = "#fbfaf7", "#1a1816", "#6a645b", "#f0ece4"
FAR_SCRIPTS = ("NotoSansCJK-Regular.ttc", "NotoSans-Regular.ttf", "DejaVuSans.ttf")
"""Fonts of the system for letters that Pillow's own has not, the first found."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Frame:
    """One row of the sheet."""

    name: str
    about: str
    """Who wears what; or why there is no result."""
    pictures: Sequence[str | None]
    """Person, garment, result; None leaves an empty tray."""


def draw(title: str, frames: Sequence[Frame], folder: Path) -> list[Path]:
    """Write ``contact-sheet.jpg``, or several with numbers where one would be too long."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [frames[start : start + PER_SHEET] for start in range(0, len(frames), PER_SHEET)]
    sheets = []
    for number, part in enumerate(parts, 1):
        several = len(parts) > 1
        name = f"contact-sheet-{number}.jpg" if several else "contact-sheet.jpg"
        heading = f"{title} · {number}/{len(parts)}" if several else title
        _sheet(heading, part).save(folder / name, quality=88)
        sheets.append(folder / name)
    return sheets


def _sheet(title: str, frames: Sequence[Frame]) -> Image.Image:
    cell = (3 * PICTURE[0] + 2 * GAP, PICTURE[1] + CAPTION)
    columns = min(COLUMNS, len(frames))
    lines = -(-len(frames) // columns)
    width = 2 * MARGIN + columns * cell[0] + (columns - 1) * MARGIN
    sheet = Image.new("RGB", (width, MARGIN + HEADING + lines * (cell[1] + GAP) + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, MARGIN), _cut(title, 34, width - 2 * MARGIN), INK, _font(title, 34))
    for index, frame in enumerate(frames):
        left = MARGIN + index % columns * (cell[0] + MARGIN)
        top = MARGIN + HEADING + index // columns * (cell[1] + GAP)
        for place, picture in enumerate(frame.pictures):
            sheet.paste(_thumbnail(picture), (left + place * (PICTURE[0] + GAP), top))
        below = top + PICTURE[1] + 8
        pen.text((left, below), _cut(frame.name, 17, cell[0]), INK, _font(frame.name, 17))
        pen.text((left, below + 22), _cut(frame.about, 14, cell[0]), QUIET, _font(frame.about, 14))
    return sheet


def _thumbnail(path: str | None) -> Image.Image:
    tray = Image.new("RGB", PICTURE, TRAY)
    if path is None:
        return tray
    try:
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return tray
    fitted = ImageOps.contain(upright, PICTURE, Image.Resampling.LANCZOS)
    place = ((PICTURE[0] - fitted.width) // 2, (PICTURE[1] - fitted.height) // 2)
    tray.paste(fitted, place, fitted)
    return tray


def _cut(text: str, size: int, width: int) -> str:
    """As much of the text as fits, with an ellipsis for the rest."""
    font = _font(text, size)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _font(text: str, size: int) -> Font:
    if any(ord(letter) > 0x24F and letter not in "·…–—“”’" for letter in text):
        for name in FAR_SCRIPTS:
            try:
                return ImageFont.truetype(name, size)
            except OSError:
                continue
    return ImageFont.load_default(size)
