"""Cloth as skia paint: each pattern is a small tile that a shader repeats, moving with the body.

The main colour always covers more than the accent, or nobody could tell which one is which.
"""

import math
from functools import lru_cache

import skia

from examples.croquis.ink import RGB, fill, shade
from examples.croquis.wardrobe import Garment

GOLD: RGB = (250, 206, 50)
BROWN: RGB = (120, 60, 30)
_SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear)


def _striped(canvas: skia.Canvas, accent: RGB, color: RGB) -> None:
    canvas.drawRect(skia.Rect(0, 0, 28, 5.5), fill(accent))
    canvas.drawRect(skia.Rect(0, 14, 28, 19.5), fill(accent))


def _polka_dot(canvas: skia.Canvas, accent: RGB, color: RGB) -> None:
    canvas.drawCircle(5, 5, 4.5, fill(accent))
    canvas.drawCircle(15, 15, 4.5, fill(accent))


def _checked(canvas: skia.Canvas, accent: RGB, color: RGB) -> None:
    blend = fill(tuple((a + c) // 2 for a, c in zip(accent, color, strict=True)))
    canvas.drawRect(skia.Rect(0, 0, 16, 7), blend)
    canvas.drawRect(skia.Rect(0, 0, 7, 16), blend)
    canvas.drawRect(skia.Rect(0, 0, 7, 7), fill(accent))


def _floral(canvas: skia.Canvas, accent: RGB, color: RGB) -> None:
    yellowish = GOLD if accent[2] > 90 or accent[0] < 150 else BROWN
    heart = BROWN if color[0] > 220 and 160 < color[1] < 230 else yellowish
    for x, y in ((6.5, 6.5), (19.5, 19.5)):
        for petal in range(5):
            angle = petal * 2 * math.pi / 5 - math.pi / 2
            canvas.drawCircle(
                x + 3.5 * math.cos(angle), y + 3.5 * math.sin(angle), 2.7, fill(accent)
            )
        canvas.drawCircle(x, y, 2.3, fill(heart))


def _chevron(canvas: skia.Canvas, accent: RGB, color: RGB) -> None:
    path = skia.Path()
    for top in (-16, 0, 16):
        path.addPoly(
            [
                skia.Point(x, top + y)
                for x, y in ((0, 8), (9, 0), (18, 8), (18, 14.5), (9, 6.5), (0, 14.5))
            ],
            True,
        )
    canvas.drawPath(path, fill(accent))


_TILES = {
    "striped": (28, 28, _striped),
    "polka dot": (20, 20, _polka_dot),
    "checked": (16, 16, _checked),
    "floral": (26, 26, _floral),
    "chevron": (18, 16, _chevron),
}


@lru_cache(maxsize=1024)
def _tile(pattern: str, color: RGB, accent: RGB) -> skia.Image:
    width, height, draw = _TILES[pattern]
    detail = 3
    surface = skia.Surface(width * detail, height * detail)
    with surface as canvas:
        canvas.clear(skia.Color(*color))
        canvas.scale(detail, detail)
        draw(canvas, accent, color)
    return surface.makeImageSnapshot().resize(
        width * 2, height * 2, skia.SamplingOptions(skia.CubicResampler.Mitchell())
    )


def cloth(
    garment: Garment, x: float, y: float, angle: float = 0.0, scroll: float = 0.0
) -> skia.Paint:
    """The garment's cloth with its pattern hung from (x, y), turned by `angle` degrees and shifted
    sideways by `scroll` periods. Colour-block cloth is the main colour: see `blocks`."""
    if garment.pattern not in _TILES:
        return fill(garment.rgb)
    tile = _tile(garment.pattern, garment.rgb, garment.accent_rgb)
    matrix = skia.Matrix.Translate(x, y)
    if angle:
        matrix.preRotate(angle)
    matrix.preScale(0.5, 0.5)
    if scroll:
        matrix.preTranslate(scroll * tile.width(), 0)
    shader = tile.makeShader(skia.TileMode.kRepeat, skia.TileMode.kRepeat, _SAMPLING, matrix)
    return skia.Paint(AntiAlias=True, Shader=shader)


def blocks(garment: Garment, top: float, bottom: float, share: float = 0.5) -> skia.Paint:
    """Colour-block cloth: the main colour above, the accent below."""
    return _block_paint(garment.rgb, garment.accent_rgb, round(top, 1), round(bottom, 1), share)


@lru_cache(maxsize=4096)
def _block_paint(color: RGB, accent: RGB, top: float, bottom: float, share: float) -> skia.Paint:
    edge = 0.5 / max(1.0, bottom - top)
    inks = [skia.Color(*color)] * 2 + [skia.Color(*accent)] * 2
    shader = skia.GradientShader.MakeLinear(
        [skia.Point(0, top), skia.Point(0, bottom)], inks, [0.0, share - edge, share + edge, 1.0]
    )
    return skia.Paint(AntiAlias=True, Shader=shader)


def seam_color(garment: Garment) -> RGB:
    """The ink for seams and folds: darker than the cloth, or lighter where it is nearly black."""
    return shade(garment.rgb, 1.3) if sum(garment.rgb) < 200 else shade(garment.rgb, 0.55)
