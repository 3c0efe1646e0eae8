"""Heads: neck, face and hair, seen from any side."""

import math

import skia

from examples.croquis.body import Body
from examples.croquis.ink import RGB, fill, limb, line, shade, spline

HEAD_Y = 31.0
RADIUS = 11.0
EYE_WHITE: RGB = (250, 246, 242)
EYE_INK: RGB = (40, 26, 26)
LIPS: RGB = (196, 62, 78)


class Head:
    """One head in one pose; the drawing order is back hair, neck, head."""

    def __init__(self, body: Body, skin: RGB, hair: RGB, style: str, beard: bool) -> None:
        self.body, self.skin, self.hair, self.style, self.beard = body, skin, hair, style, beard
        self.x = body.axis(HEAD_Y)
        self.y = HEAD_Y + body.pose.drop
        self.facing = body.cos
        self.dark_hair = shade(hair, 0.72 if sum(hair) > 240 else 1.16)

    def across(self, degrees: float, radius: float = RADIUS) -> float:
        """Where a point of the head at this angle from the nose is; the edge if it is hidden."""
        angle = math.radians(degrees) + self.body.pose.yaw
        angle = math.atan2(math.sin(angle), math.cos(angle))
        return self.x + radius * math.sin(min(max(angle, -math.pi / 2), math.pi / 2))

    def seen(self, degrees: float) -> bool:
        return math.cos(math.radians(degrees) + self.body.pose.yaw) > 0.12

    def draw_neck(self, canvas: skia.Canvas) -> None:
        body = self.body
        man = body.gender == "man"
        base = body.axis(58) - 1.5 * body.sin
        radius = 6.0 if man else 4.8
        path = limb(
            [(self.x - 1.5 * body.sin, self.y + 8), (base, 60 + body.pose.drop)],
            [radius, radius + 1],
        )
        canvas.drawPath(path, fill(shade(self.skin, 0.84)))

    def draw_back_hair(self, canvas: skia.Canvas) -> None:
        """The hair that hangs behind the shoulders when the face is towards the camera."""
        if self.facing > -0.25:
            self._hanging_hair(canvas)

    def draw(self, canvas: skia.Canvas) -> None:
        x, y, skin = self.x, self.y, fill(self.skin)
        back = -2.0 * self.body.sin
        if self.style == "curly":
            canvas.drawCircle(x + back, y - 5, 17.5, fill(self.hair))
            for angle in range(0, 360, 45):
                cx, cy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
                canvas.drawCircle(x + back + 14 * cx, y - 5 + 13 * cy, 5.5, fill(self.hair))
        self._ears(canvas)
        jaw = skia.Path()
        jaw.addOval(skia.Rect(x - RADIUS + 0.6, y - 14, x + RADIUS - 0.6, y + 14))
        canvas.drawPath(jaw, skin)
        self._hair_mass(canvas)
        if self.facing > -0.9:
            self._face(canvas)
        if self.facing <= -0.25:
            self._hanging_hair(canvas)
        self._knot(canvas)

    def _hair_mass(self, canvas: skia.Canvas) -> None:
        """The hair on the skull; the face is laid over it."""
        x, y = self.x - 1.2 * self.body.sin, self.y
        low = {"short": 6, "curly": 9, "bun": 8, "ponytail": 8}.get(self.style, 12)
        ease = 2.0 if self.style in ("short", "bun", "ponytail") else 3.0
        width = RADIUS + ease
        path = skia.Path()
        path.moveTo(x - width + 0.5, y + low)
        path.cubicTo(x - width - 2, y - 24, x + width + 2, y - 24, x + width - 0.5, y + low)
        path.quadTo(x, y + low + 7, x - width + 0.5, y + low)
        canvas.drawPath(path, fill(self.hair))
        if self.style != "curly":
            self._sheen(canvas, x, y)

    def _sheen(self, canvas: skia.Canvas, x: float, y: float) -> None:
        """A soft light on the crown."""
        path = skia.Path()
        path.moveTo(x - 7.5, y - 9.5)
        path.quadTo(x - 3, y - 14.5, x + 3, y - 14)
        canvas.drawPath(path, line(shade(self.hair, 1.3), 2.2))

    def _face(self, canvas: skia.Canvas) -> None:
        left, right = self.across(-72, RADIUS - 0.4), self.across(72, RADIUS - 0.4)
        if right - left < 1.5:
            return
        y, sin = self.y, self.body.sin
        chin = self.x + 6.0 * sin
        jaw = 5.4 if self.body.gender == "woman" else 7.2
        path = skia.Path()
        path.moveTo(left, y - 3)
        path.cubicTo(left, y - 11.5, right, y - 11.5, right, y - 3)
        path.cubicTo(right, y + 8, chin + jaw, y + 15.5, chin, y + 15.5)
        path.cubicTo(chin - jaw, y + 15.5, left, y + 8, left, y - 3)
        canvas.drawPath(path, fill(self.skin))
        if abs(sin) > 0.45:
            self._profile_nose(canvas)
        if self.beard:
            self._beard(canvas, left, right, chin, jaw)
        self._fringe(canvas, left, right)
        self._features(canvas)

    def _profile_nose(self, canvas: skia.Canvas) -> None:
        side = math.copysign(1.0, self.body.sin)
        edge = self.x + side * (RADIUS - 1.2)
        length = 4.6 * (abs(self.body.sin) - 0.35)
        path = skia.Path()
        path.moveTo(edge, self.y - 4)
        path.lineTo(edge + side * (length + 1), self.y + 4)
        path.lineTo(edge - side, self.y + 6)
        canvas.drawPath(path, fill(self.skin))

    def _beard(
        self, canvas: skia.Canvas, left: float, right: float, chin: float, jaw: float
    ) -> None:
        y = self.y
        middle = self.across(0, RADIUS * 0.7)
        path = skia.Path()
        path.moveTo(left, y + 1)
        path.cubicTo(left, y + 10, chin - jaw - 1, y + 18, chin, y + 18)
        path.cubicTo(chin + jaw + 1, y + 18, right, y + 10, right, y + 1)
        path.quadTo(right - 1, y + 8, middle + 3, y + 5.6)
        path.lineTo(middle - 3, y + 5.6)
        path.quadTo(left + 1, y + 8, left, y + 1)
        canvas.drawPath(path, fill(shade(self.hair, 1.1)))

    def _fringe(self, canvas: skia.Canvas, left: float, right: float) -> None:
        """The hairline: a side parting, or straight bangs on a bob."""
        y, hair = self.y, fill(self.hair)
        path = skia.Path()
        path.moveTo(left - 0.6, y - 1)
        if self.style == "bob":
            spline(
                path,
                [
                    (left, y - 5),
                    (left + 1, y - 5.2),
                    (right - 1, y - 5.2),
                    (right, y - 5),
                    (right + 0.6, y - 1),
                ],
            )
        else:
            part = left + (right - left) * 0.32
            spline(path, [(left + 0.8, y - 6), (part, y - 11)])
            spline(
                path,
                [(part + (right - part) * 0.45, y - 6), (right, y - 6.5), (right + 0.6, y - 0.5)],
            )
        path.cubicTo(right + 1.5, y - 16, left - 1.5, y - 16, left - 0.6, y - 1)
        canvas.drawPath(path, hair)

    def _features(self, canvas: skia.Canvas) -> None:
        y, woman = self.y, self.body.gender == "woman"
        brow = line(shade(self.hair, 0.7) if sum(self.hair) < 420 else shade(self.hair, 0.6), 1.3)
        for degrees in (-27, 27):
            if not self.seen(degrees):
                continue
            x = self.across(degrees, RADIUS - 1)
            narrow = max(0.45, math.cos(math.radians(degrees) + self.body.pose.yaw))
            white = skia.Rect(x - 3.0 * narrow, y - 2.8, x + 3.0 * narrow, y + 1.3)
            canvas.drawOval(white, fill(EYE_WHITE))
            canvas.drawCircle(x, y - 0.7, 1.8 * narrow, fill(EYE_INK))
            outer = math.copysign(2.8, degrees) * narrow
            canvas.drawLine(x - outer, y - 5.8, x + outer, y - (5.4 if woman else 5.5), brow)
        if not self.seen(0):
            return
        middle = self.across(0, RADIUS - 0.5)
        if abs(self.body.sin) < 0.6:
            canvas.drawLine(
                middle + 0.4, y + 1.5, middle + 1.0, y + 4.6, line(shade(self.skin, 0.74), 1.4)
            )
        narrow = max(0.5, self.facing)
        mouth = self.across(0, RADIUS - 1.2)
        lips = LIPS if woman else (190, 96, 88) if self.beard else shade(self.skin, 0.62)
        size = 3.6 * narrow
        path = skia.Path()
        path.moveTo(mouth - size, y + 7.2)
        path.quadTo(mouth, y + 8.0, mouth + size, y + 7.2)
        path.quadTo(mouth, y + (13.0 if woman else 11.0), mouth - size, y + 7.2)
        canvas.drawPath(path, fill(lips))

    def _ears(self, canvas: skia.Canvas) -> None:
        if self.style in ("long", "bob", "curly"):
            return
        for side in (-1, 1):
            if -side * self.body.sin > -0.4:
                x = self.x + side * RADIUS * self.facing
                canvas.drawOval(
                    skia.Rect(x - 2.2, self.y - 2.5, x + 2.2, self.y + 4),
                    fill(shade(self.skin, 0.9)),
                )

    def _hanging_hair(self, canvas: skia.Canvas) -> None:
        """Long hair, a bob's sides, or a ponytail."""
        body, x, y = self.body, self.x, self.y
        back = x - 5.0 * body.sin
        sway = 2.5 * body.pose.sway
        if self.style == "ponytail":
            aside = 13.0 * max(0.0, self.facing)  # in front view it falls beside the neck
            root = (x - 10.0 * body.sin + 0.3 * aside, y - 6)
            bend = (x - 18.0 * body.sin - 0.5 * sway + aside, y + 8)
            tip = (x - 15.0 * body.sin - 1.5 * sway + 0.9 * aside, y + 34)
            canvas.drawPath(limb([root, bend, tip], [4, 5.5, 2]), fill(self.hair))
        elif self.style in ("long", "bob"):
            length, width = (44, 15.5) if self.style == "long" else (17, 15.0)
            width *= max(0.8, abs(self.facing))
            path = skia.Path()
            path.moveTo(back - 9, y - 12)
            path.cubicTo(
                back - width - 4,
                y - 6,
                back - width - sway,
                y + length * 0.6,
                back - width + 1 - sway,
                y + length,
            )
            path.quadTo(back - sway, y + length + 4, back + width - 1 - sway, y + length)
            path.cubicTo(
                back + width - sway, y + length * 0.6, back + width + 4, y - 6, back + 9, y - 12
            )
            canvas.drawPath(path, fill(self.hair if self.facing < 0 else self.dark_hair))

    def _knot(self, canvas: skia.Canvas) -> None:
        if self.style != "bun":
            return
        x = self.x - 6.0 * self.body.sin
        canvas.drawCircle(x, self.y - 19.5, 7.5, fill(self.hair))
        canvas.drawCircle(x, self.y - 19.5, 7.5, line(self.dark_hair, 1.2))
