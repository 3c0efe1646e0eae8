"""Cached skia paints and the few path shapes every drawing here is made of."""

import math
from collections.abc import Sequence
from functools import lru_cache

import skia

RGB = tuple[int, int, int]
Point = tuple[float, float]

BLACK: RGB = (0, 0, 0)


def shade(rgb: RGB, factor: float) -> RGB:
    """The colour darkened (factor < 1) or lightened towards white (factor > 1)."""
    if factor <= 1:
        return (round(rgb[0] * factor), round(rgb[1] * factor), round(rgb[2] * factor))
    mix = factor - 1
    return (
        round(rgb[0] + (255 - rgb[0]) * mix),
        round(rgb[1] + (255 - rgb[1]) * mix),
        round(rgb[2] + (255 - rgb[2]) * mix),
    )


@lru_cache(maxsize=4096)
def fill(rgb: RGB, alpha: int = 255) -> skia.Paint:
    """A paint that fills with one colour."""
    return skia.Paint(AntiAlias=True, Color=skia.Color(*rgb, alpha))


@lru_cache(maxsize=4096)
def line(rgb: RGB, width: float, alpha: int = 255) -> skia.Paint:
    """A pen of one colour and width, with round ends."""
    return skia.Paint(
        AntiAlias=True,
        Color=skia.Color(*rgb, alpha),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=width,
        StrokeCap=skia.Paint.kRound_Cap,
        StrokeJoin=skia.Paint.kRound_Join,
    )


def polygon(points: Sequence[Point], closed: bool = True) -> skia.Path:
    """A path of straight lines through the points."""
    return skia.Path.Polygon([skia.Point(x, y) for x, y in points], closed)


def spline(path: skia.Path, points: Sequence[Point]) -> None:
    """Continue the path by a smooth curve guided by the points, ending at the last one."""
    for (ax, ay), (bx, by) in zip(points[:-2], points[1:-1], strict=True):
        path.quadTo(ax, ay, (ax + bx) / 2, (ay + by) / 2)
    if len(points) == 1:
        path.lineTo(*points[0])
    else:
        path.quadTo(*points[-2], *points[-1])


def limb(
    points: Sequence[Point],
    radii: Sequence[float],
    flat_end: bool = False,
    flat_start: bool = False,
) -> skia.Path:
    """A tapering limb with round joints; the flat ends are cut straight, as a cuff or hem is."""
    path = skia.Path()
    for (ax, ay), (bx, by), ra, rb in zip(points, points[1:], radii, radii[1:], strict=False):
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = (ay - by) / length, (bx - ax) / length
        path.addPoly(
            [
                skia.Point(ax + nx * ra, ay + ny * ra),
                skia.Point(ax - nx * ra, ay - ny * ra),
                skia.Point(bx - nx * rb, by - ny * rb),
                skia.Point(bx + nx * rb, by + ny * rb),
            ],
            True,
        )
    joints = list(zip(points, radii, strict=True))
    for (x, y), radius in joints[1 if flat_start else 0 : -1 if flat_end else None]:
        path.addCircle(x, y, radius)
    return path


def wider(radii: Sequence[float], by: float = 1.2) -> list[float]:
    """The radii of the same limb drawn a little larger, as its outline."""
    return [radius + by for radius in radii]


def along(a: Point, b: Point, t: float) -> Point:
    """The point a share `t` of the way from a to b."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)
