"""What tells one kind of garment from another: collars, lapels, hoods, buttons, pockets, belts."""

import skia

from examples.croquis.body import WAIST
from examples.croquis.garments import Worn
from examples.croquis.ink import BLACK, RGB, Point, along, fill, line, polygon, shade

BLOUSE: RGB = (246, 246, 242)
GILT: RGB = (238, 200, 90)


def draw_details(canvas: skia.Canvas, piece: Worn) -> None:
    """Draw everything that lies on top of the cloth of the trunk."""
    drawing = _DETAILS.get(piece.garment.kind)
    if drawing:
        drawing(canvas, piece)


def _point(piece: Worn, y: float, angle: float) -> Point:
    joint = piece.body.on_surface(y, angle, piece.cut.ease)
    return (joint.x, joint.y)


def _front(piece: Worn) -> bool:
    return piece.body.cos > 0.15


def _buttons(
    canvas: skia.Canvas, piece: Worn, heights: tuple[float, ...], angle: float, radius: float = 1.7
) -> None:
    ink = fill(GILT if sum(piece.garment.rgb) < 420 else shade(piece.garment.rgb, 0.4))
    for y in heights:
        canvas.drawCircle(*_point(piece, y, angle), radius, ink)


def _placket(canvas: skia.Canvas, piece: Worn, top: float, bottom: float) -> None:
    middle = (_point(piece, y, 0.0) for y in (top, (top + bottom) / 2, bottom))
    a, b, c = middle
    canvas.drawLine(*a, *b, piece.outline)
    canvas.drawLine(*b, *c, piece.outline)


def _collar(canvas: skia.Canvas, piece: Worn, drop: float = 15.0) -> None:
    """Two collar points."""
    body = piece.body
    paint = fill(shade(piece.garment.rgb, 1.25 if sum(piece.garment.rgb) < 560 else 0.9))
    middle = body.axis(58) + 5 * body.sin
    top = 53.0 + body.pose.drop
    for side in (-1, 1):
        tip = (middle + side * 9 * max(0.4, abs(body.cos)), top + drop)
        shape = polygon(
            [
                (middle + side * 7, top - 1),
                (middle + side * 10, top + 4),
                tip,
                (middle, top + drop * 0.75),
            ]
        )
        if _front(piece):
            canvas.drawPath(shape, paint)
            canvas.drawPath(shape, piece.outline)
    if not _front(piece):
        middle = body.axis(58) - 2.5 * body.sin
        half = 4 + 4.5 * abs(body.cos)
        canvas.drawRoundRect(skia.Rect(middle - half, top - 3, middle + half, top + 5), 3, 3, paint)


def _shirt(canvas: skia.Canvas, piece: Worn) -> None:
    if _front(piece):
        _placket(canvas, piece, 68, 123)
        _buttons(canvas, piece, (76, 89, 102, 115), 0.0)
    _collar(canvas, piece)


def _t_shirt(canvas: skia.Canvas, piece: Worn) -> None:
    _hem_stitch(canvas, piece, piece.cut.hem - 3)


def _hem_stitch(canvas: skia.Canvas, piece: Worn, y: float) -> None:
    left, right = piece.body.edge(y, -1, piece.cut.ease), piece.body.edge(y, 1, piece.cut.ease)
    path = skia.Path()
    path.moveTo(*left)
    path.quadTo((left[0] + right[0]) / 2, max(left[1], right[1]) + 4, *right)
    canvas.drawPath(path, piece.fold)


def _rib(canvas: skia.Canvas, piece: Worn) -> None:
    """A knitted band round the hem."""
    hem = piece.cut.hem
    left, right = (
        piece.body.edge(hem - 1, -1, piece.cut.ease),
        piece.body.edge(hem - 1, 1, piece.cut.ease),
    )
    band = polygon(
        [
            (left[0], left[1] - 8),
            (right[0], right[1] - 8),
            (right[0], right[1] + 1),
            (left[0], left[1] + 1),
        ]
    )
    canvas.drawPath(band, fill(shade(piece.garment.rgb, 0.8)))
    for share in (0.1, 0.26, 0.42, 0.58, 0.74, 0.9):
        x, y = along(left, right, share)
        canvas.drawLine(x, y - 7, x, y, piece.fold)


def _sweater(canvas: skia.Canvas, piece: Worn) -> None:
    _rib(canvas, piece)
    body = piece.body
    middle, top = body.axis(56) + 2 * body.sin, 52 + body.pose.drop
    collar = skia.RRect.MakeRectXY(skia.Rect(middle - 8.5, top - 3, middle + 8.5, top + 6), 4, 4)
    canvas.drawRRect(collar, fill(shade(piece.garment.rgb, 0.85)))
    canvas.drawRRect(collar, piece.outline)


def _hoodie(canvas: skia.Canvas, piece: Worn) -> None:
    _rib(canvas, piece)
    body = piece.body
    middle, top = body.axis(58), 50 + body.pose.drop
    hood = fill(shade(piece.garment.rgb, 0.82))
    if _front(piece):
        pocket = polygon(
            [
                _point(piece, y, a)
                for y, a in (
                    (95, -0.5),
                    (95, 0.5),
                    (109, 0.9),
                    (114, 0.9),
                    (114, -0.9),
                    (109, -0.9),
                )
            ]
        )
        canvas.drawPath(pocket, fill(BLACK, 40))
        canvas.drawPath(pocket, piece.outline)
        for side in (-1, 1):
            roll = skia.Path()
            roll.moveTo(middle + side * 7, top - 3)
            roll.cubicTo(
                middle + side * 21,
                top - 1,
                middle + side * 17,
                top + 14,
                middle + 4 * body.sin,
                top + 18,
            )
            roll.quadTo(middle + side * 9, top + 9, middle + side * 7, top - 3)
            canvas.drawPath(roll, hood)
            canvas.drawPath(roll, piece.outline)
            x, y = _point(piece, 68, side * 0.16)
            canvas.drawLine(x, y, x, y + 16, line(BLOUSE, 1.8))
    else:
        bag = skia.Path()
        bag.moveTo(middle - 15, top + 2)
        bag.cubicTo(middle - 18, top + 34, middle + 18, top + 34, middle + 15, top + 2)
        bag.close()
        canvas.drawPath(bag, hood)
        canvas.drawPath(bag, piece.outline)


def _lapels(canvas: skia.Canvas, piece: Worn, low: float, wide: float) -> None:
    """The turned-back fronts, and the white blouse between them."""
    body = piece.body
    middle, top = body.axis(58) + 5 * body.sin, 53 + body.pose.drop
    bottom = _point(piece, low, 0.0)
    canvas.drawPath(polygon([(middle - 7, top + 2), (middle + 7, top + 2), bottom]), fill(BLOUSE))
    paint = fill(
        shade(piece.garment.rgb, 0.8)
        if sum(piece.garment.rgb) > 200
        else shade(piece.garment.rgb, 1.2)
    )
    for side in (-1, 1):
        notch = (middle + side * wide * max(0.4, body.cos), top + 20)
        lapel = polygon([(middle + side * 7, top), (middle + side * 11, top + 6), notch, bottom])
        canvas.drawPath(lapel, paint)
        canvas.drawPath(lapel, piece.outline)


def _blazer(canvas: skia.Canvas, piece: Worn) -> None:
    if not _front(piece):
        return
    _placket(canvas, piece, 96, 136)
    _lapels(canvas, piece, 96, 15)
    _buttons(canvas, piece, (102, 113), 0.0, 2.0)
    for side in (-1, 1):
        canvas.drawLine(
            *_point(piece, 118, side * 0.4), *_point(piece, 117, side * 0.95), line(piece.seam, 2.2)
        )


def _coat(canvas: skia.Canvas, piece: Worn) -> None:
    if not _front(piece):
        return
    body = piece.body
    hem = piece.cut.hem
    canvas.drawLine(
        *_point(piece, 86, 0.0),
        body.axis(hem) + body.pose.sway * 3,
        hem + body.pose.drop,
        piece.outline,
    )
    _lapels(canvas, piece, 86, 17)
    for side in (-0.4, 0.4):
        _buttons(canvas, piece, (92, 106, 120, 132), side, 2.2)
    for side in (-1, 1):
        canvas.drawLine(
            *_point(piece, 126, side * 0.7), *_point(piece, 124, side * 1.1), line(piece.seam, 2.4)
        )


def _waistband(canvas: skia.Canvas, piece: Worn, y: float, height: float, rgb: RGB) -> None:
    left, right = (
        piece.body.edge(y, -1, piece.cut.ease + 0.6),
        piece.body.edge(y, 1, piece.cut.ease + 0.6),
    )
    band = polygon([left, right, (right[0], right[1] + height), (left[0], left[1] + height)])
    canvas.drawPath(band, fill(rgb))


def _trousers(canvas: skia.Canvas, piece: Worn) -> None:
    _waistband(canvas, piece, 94, 5, shade(piece.garment.rgb, 0.75))
    body = piece.body
    canvas.drawLine(
        body.axis(118), 101 + body.pose.drop, body.axis(130), 136 + body.pose.drop, piece.fold
    )


def _skirt(canvas: skia.Canvas, piece: Worn) -> None:
    _waistband(canvas, piece, 94, 5, shade(piece.garment.rgb, 0.75))


def _dress(canvas: skia.Canvas, piece: Worn) -> None:
    _waistband(canvas, piece, WAIST - 2, 4, shade(piece.garment.rgb, 0.7))


def _gown(canvas: skia.Canvas, piece: Worn) -> None:
    body = piece.body
    for side in (-1, 1):
        start = (body.axis(58) + side * 12 * body.cos, 58 + body.pose.drop)
        canvas.drawLine(*start, *body.edge(70, side, -5), line(piece.garment.rgb, 2.6))
    _waistband(canvas, piece, WAIST - 1, 3, shade(piece.garment.rgb, 0.7))


def _jumpsuit(canvas: skia.Canvas, piece: Worn) -> None:
    _waistband(canvas, piece, WAIST - 3, 7, shade(piece.garment.rgb, 0.55))
    if _front(piece):
        x, y = _point(piece, WAIST, 0.0)
        canvas.drawRect(skia.Rect(x - 4, y - 3.5, x + 4, y + 4), fill(GILT))
    _collar(canvas, piece, 18)


_DETAILS = {
    "t-shirt": _t_shirt,
    "shirt": _shirt,
    "sweater": _sweater,
    "hoodie": _hoodie,
    "blazer": _blazer,
    "trousers": _trousers,
    "shorts": _trousers,
    "skirt": _skirt,
    "dress": _dress,
    "gown": _gown,
    "coat": _coat,
    "jumpsuit": _jumpsuit,
}
