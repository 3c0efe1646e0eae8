"""The places a figure can be in: seven fixed, soft, simple settings."""

from functools import lru_cache

import skia

from examples.croquis.ink import RGB, fill, polygon

WIDTH, HEIGHT = 192, 256
BACKDROPS: tuple[str, ...] = ("studio", "white", "runway", "park", "city", "beach", "boutique")


@lru_cache(maxsize=64)
def backdrop_image(name: str, width: int, height: int) -> skia.Image:
    """The place, drawn once for each size."""
    surface = skia.Surface(width, height)
    with surface as canvas:
        canvas.scale(width / WIDTH, height / HEIGHT)
        _DRAWINGS[name](canvas)
    return surface.makeImageSnapshot()


def _gradient(
    canvas: skia.Canvas, top: RGB, bottom: RGB, y0: float = 0, y1: float = HEIGHT
) -> None:
    inks = [skia.Color(*top), skia.Color(*bottom)]
    shader = skia.GradientShader.MakeLinear([skia.Point(0, y0), skia.Point(0, y1)], inks)
    canvas.drawRect(skia.Rect(0, y0, WIDTH, y1), skia.Paint(Shader=shader))


def _glow(canvas: skia.Canvas, x: float, y: float, radius: float, rgb: RGB, alpha: int) -> None:
    inks = [skia.Color(*rgb, alpha), skia.Color(*rgb, 0)]
    shader = skia.GradientShader.MakeRadial(skia.Point(x, y), radius, inks)
    canvas.drawCircle(x, y, radius, skia.Paint(Shader=shader))


def _studio(canvas: skia.Canvas) -> None:
    _gradient(canvas, (176, 180, 188), (206, 208, 212), 0, 206)
    _gradient(canvas, (190, 192, 196), (158, 160, 166), 206, HEIGHT)
    _glow(canvas, 96, 100, 110, (255, 255, 255), 90)


def _white(canvas: skia.Canvas) -> None:
    _gradient(canvas, (255, 255, 255), (240, 240, 242))


def _runway(canvas: skia.Canvas) -> None:
    _gradient(canvas, (22, 18, 36), (44, 36, 66))
    _glow(canvas, 96, 96, 120, (150, 110, 196), 150)
    canvas.drawPath(polygon([(66, 150), (126, 150), (196, 256), (-4, 256)]), fill((168, 160, 186)))
    for x in (24, 168):
        canvas.drawPath(
            polygon([(x - 5, 0), (x + 5, 0), (96 + 54, 256), (96 - 54, 256)]),
            fill((255, 240, 214), 26),
        )
        canvas.drawCircle(x, 4, 9, fill((255, 244, 216)))


def _park(canvas: skia.Canvas) -> None:
    _gradient(canvas, (124, 196, 244), (208, 236, 252), 0, 170)
    for x, y, radius in ((14, 118, 36), (180, 108, 42), (52, 142, 22), (142, 144, 20)):
        canvas.drawCircle(x, y, radius, fill((66, 146, 76)))
    _gradient(canvas, (124, 192, 92), (86, 160, 70), 160, HEIGHT)


_TOWERS: tuple[tuple[float, float, float, RGB], ...] = (
    (0, 40, 40, (122, 134, 156)),
    (40, 92, 66, (150, 160, 178)),
    (128, 76, 154, (150, 158, 172)),
    (154, 24, 192, (112, 122, 146)),
)


def _city(canvas: skia.Canvas) -> None:
    _gradient(canvas, (186, 208, 232), (228, 232, 238), 0, 195)
    for left, top, right, rgb in _TOWERS:
        canvas.drawRect(skia.Rect(left, top, right, 196), fill(rgb))
    for x in (8, 23, 162, 177):
        for y in (52, 80, 108, 136):
            canvas.drawRect(skia.Rect(x, y, x + 9, y + 16), fill((238, 226, 176)))
    _gradient(canvas, (120, 122, 130), (92, 94, 102), 194, HEIGHT)


def _beach(canvas: skia.Canvas) -> None:
    _gradient(canvas, (246, 124, 96), (255, 214, 140), 0, 140)
    _glow(canvas, 148, 108, 60, (255, 246, 200), 200)
    canvas.drawCircle(148, 112, 21, fill((255, 240, 176)))
    _gradient(canvas, (72, 128, 176), (104, 164, 190), 138, 190)
    _gradient(canvas, (240, 214, 164), (222, 190, 138), 188, HEIGHT)


_RACKS: tuple[tuple[float, RGB], ...] = (
    (12, (150, 92, 120)),
    (26, (96, 140, 150)),
    (40, (196, 150, 90)),
    (146, (196, 110, 100)),
    (160, (104, 112, 160)),
    (174, (140, 160, 110)),
)


def _boutique(canvas: skia.Canvas) -> None:
    _gradient(canvas, (244, 214, 206), (236, 196, 188), 0, 204)
    canvas.drawRect(skia.Rect(6, 40, 52, 170), fill((252, 236, 226)))
    canvas.drawRect(skia.Rect(140, 40, 186, 170), fill((252, 236, 226)))
    for x, rgb in _RACKS:
        canvas.drawRoundRect(skia.Rect(x - 4, 60, x + 8, 136), 4, 4, fill(rgb))
    for left in (6, 140):
        canvas.drawRect(skia.Rect(left, 54, left + 46, 58), fill((176, 128, 84)))
    _gradient(canvas, (196, 142, 102), (168, 116, 80), 204, HEIGHT)


_DRAWINGS = {
    "studio": _studio,
    "white": _white,
    "runway": _runway,
    "park": _park,
    "city": _city,
    "beach": _beach,
    "boutique": _boutique,
}
