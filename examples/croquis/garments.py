"""Garments drawn on a body: trunk, skirt, trouser legs and sleeves, from the cut of each kind."""

import math

import skia

from examples.croquis.body import ANKLE, CROTCH, SHOULDER, WAIST, Body, Joint
from examples.croquis.fabric import blocks, cloth, seam_color
from examples.croquis.ink import BLACK, Point, along, fill, limb, line, spline, wider
from examples.croquis.wardrobe import Garment

SHADOW = fill(BLACK, 38)
HEM_WAVES = 6
UNDER_TOPS = 128
"""Down to here tops cover what is worn below them."""
MAIN_SHARE = {"top": 0.7, "bottom": 0.7, "one-piece": 0.75}
"""Of colour-block cloth, how much is of the main colour; hem and cuffs are of the accent. Skirts of
dresses are wide."""


class Worn:
    """One garment on one body."""

    def __init__(self, garment: Garment, body: Body) -> None:
        self.garment, self.cut, self.body = garment, garment.cut, body
        self.seam = seam_color(garment)
        self.outline = line(self.seam, 1.3)
        self.fold = line(self.seam, 1.2, 120)
        self.scroll = 2 * body.pose.yaw / (2 * math.pi)
        self.split = self._split()

    def _split(self) -> float:
        """Where colour-block cloth changes its colour, so that most of what can be seen is the main
        one's."""
        top = UNDER_TOPS if self.cut.part == "bottom" else self.cut.top
        return top + MAIN_SHARE[self.cut.part] * (self.cut.hem - top)

    def trunk_paint(self) -> skia.Paint:
        """The cloth of everything that hangs from shoulders or waist."""
        if self.garment.pattern == "colour-block":
            top = self.body.pose.drop
            return blocks(self.garment, top, top + 256, self.split / 256)
        return cloth(
            self.garment, self.body.axis(WAIST), self.body.pose.drop + SHOULDER, scroll=self.scroll
        )

    def draw_legs(self, canvas: skia.Canvas) -> None:
        """Trouser legs, the far one first."""
        if not self.cut.legs:
            return
        order = (0, 1) if self.body.legs[0][1].depth < self.body.legs[1][1].depth else (1, 0)
        for index in order:
            self._trouser_leg(canvas, *self.body.legs[index][:3])

    def _trouser_leg(self, canvas: skia.Canvas, hip: Joint, knee: Joint, ankle: Joint) -> None:
        wide = self.cut.leg_width
        end, radii = ankle.at, [11.5, 8.4 + wide * 0.6, 6.5 + wide]
        joints = [(hip.x, hip.y + 1), knee.at, end]
        if self.cut.hem < ANKLE - 10:
            joints = [joints[0], along(joints[0], knee.at, 0.72)]
            radii = [11.5, 9.6 + wide * 0.5]
        canvas.drawPath(limb(joints, wider(radii), flat_end=True), fill(self.seam))
        canvas.drawPath(limb(joints, radii, flat_end=True), self._leg_paint(hip))
        self._limb_end(canvas, joints, radii[-1])
        canvas.drawLine(
            *along(joints[0], joints[1], 0.3), *along(joints[-2], joints[-1], 0.85), self.fold
        )

    def _leg_paint(self, hip: Joint) -> skia.Paint:
        if self.garment.pattern == "colour-block":
            return self.trunk_paint()
        return cloth(self.garment, hip.x, self.body.pose.drop + SHOULDER, scroll=self.scroll)

    def draw_trunk(self, canvas: skia.Canvas) -> None:
        """The part around the trunk, down to the hem or (with legs) the crotch."""
        path = self.trunk_path()
        canvas.drawPath(path, self.trunk_paint())
        self._shade_side(canvas)
        self._folds(canvas)
        canvas.drawPath(self._side_lines() if self.cut.legs else path, self.outline)

    def _side_lines(self) -> skia.Path:
        """The outline without its lower edge, where trousers go on into the legs."""
        path = skia.Path()
        for points in (self._side(-1), self._side(1)):
            path.moveTo(*points[0])
            spline(path, points[1:-1])
        return path

    def trunk_path(self) -> skia.Path:
        """The outline: neckline, right side, hem, left side."""
        body, cut = self.body, self.cut
        left, right = self._side(-1), self._side(1)
        path = skia.Path()
        path.moveTo(*left[0])
        self._neckline(path, left[0], right[0])
        path.lineTo(*right[0])
        spline(path, right[1:])
        if cut.legs:
            path.lineTo(body.axis(CROTCH), CROTCH + 8 + body.pose.drop)
            path.lineTo(*left[-1])
        else:
            self._hem(path, right[-1], left[-1])
        back = left[::-1]
        spline(path, back[1:])
        path.close()
        return path

    def _side(self, side: int) -> list[Point]:
        """The outline of one side from the top to the hem."""
        cut, body = self.cut, self.body
        bottom = CROTCH + 2 if cut.legs else cut.hem
        stops = [y for y in (57.5, 61, 68, 77, 88, 95, 106, 118, 131) if cut.top <= y <= bottom - 4]
        points = body.edges(stops, side, cut.ease)
        if cut.top > SHOULDER:
            points.insert(0, body.edge(cut.top, side, cut.ease))
        if cut.legs:
            return [*points, body.edge(bottom, side, cut.ease - 2.0)]
        if bottom <= 140:
            return [*points, body.edge(bottom, side, cut.ease + 0.5)]
        return [*points, *self._skirt_side(side, bottom)]

    def _skirt_side(self, side: int, bottom: float) -> list[Point]:
        """The side of a skirt below the hips: it flares, and swings with the motion."""
        body, cut = self.body, self.cut
        points = []
        for y in (150.0, 170.0, 200.0, bottom):
            if y > bottom:
                break
            fall = (y - CROTCH) / (bottom - CROTCH)
            wide = body.half_width(CROTCH, cut.ease) + cut.flare * fall
            swing = body.pose.sway * 7 * fall * (0.4 if cut.neck == "coat" else 1.0)
            points.append(
                (body.axis(y) + swing + side * wide, y + body.pose.drop * (1 - fall * 0.6))
            )
        return points

    def _hem(self, path: skia.Path, right: Point, left: Point) -> None:
        """A hem from right to left: gently waved on a flared skirt, curved otherwise."""
        if self.cut.flare < 12:
            path.quadTo((right[0] + left[0]) / 2, max(right[1], left[1]) + 4, *left)
            return
        phase = self.body.pose.yaw * 2 + self.body.pose.sway
        step = (left[0] - right[0]) / HEM_WAVES
        for wave in range(HEM_WAVES):
            x = right[0] + step * wave
            bulge = 5.0 + 2.0 * math.sin(wave * 2.1 + phase)
            path.quadTo(x + step / 2, (right[1] + left[1]) / 2 + bulge, x + step, left[1] + 1.0)

    def _neckline(self, path: skia.Path, left: Point, right: Point) -> None:
        """The opening at the neck, from the left shoulder to the right one."""
        cut, body = self.cut, self.body
        if cut.neck == "none":
            return
        depth = 2 + (cut.neck_depth - 2) * body.front
        middle = body.axis(SHOULDER) + 5 * body.sin
        if cut.neck == "strapless":
            bust = 3.0 * body.front
            path.quadTo((left[0] + middle) / 2, left[1] - 2 * bust, middle, left[1] + bust)
            path.quadTo((right[0] + middle) / 2, right[1] - 2 * bust, *right)
            return
        half = (9.0 if cut.neck in ("scoop", "wrap") else 7.5) * max(0.75, abs(body.cos))
        base = 54.5 + body.pose.drop
        path.lineTo(middle - half, base + body.tilt(58, -1) * 0.4)
        if cut.neck in ("wrap", "lapel", "coat", "collar"):
            path.lineTo(middle, base + depth)
            path.lineTo(middle + half, base + body.tilt(58, 1) * 0.4)
        else:
            path.cubicTo(
                middle - half,
                base + depth * 1.3,
                middle + half,
                base + depth * 1.3,
                middle + half,
                base,
            )

    def _shade_side(self, canvas: skia.Canvas) -> None:
        """One soft tone down the right-hand side."""
        right = self._side(1)
        last = len(right) - 1
        inner = [
            (x - (5.5 + 0.03 * max(0.0, y - 100)) * self._shade_depth(i, last), y)
            for i, (x, y) in enumerate(right)
        ]
        inner = inner[1:]
        path = skia.Path()
        path.moveTo(*right[1])
        spline(path, right[2:])
        path.lineTo(*inner[-1])
        spline(path, inner[-2::-1])
        canvas.drawPath(path, SHADOW)

    def _shade_depth(self, index: int, last: int) -> float:
        """The side tone runs out where the trunk becomes trouser legs."""
        return max(0.0, (last - 1 - index) / last * 1.5) if self.cut.legs else 1.0

    def _folds(self, canvas: skia.Canvas) -> None:
        """A few lines where the cloth hangs."""
        body, cut = self.body, self.cut
        if cut.legs or cut.hem <= 140:
            return
        left, right = self._side(-1)[-1], self._side(1)[-1]
        for share in (0.22, 0.42, 0.62, 0.82):
            top = (
                body.axis(112) + (share - 0.5) * 26 * max(0.6, abs(body.cos)),
                116 + body.pose.drop,
            )
            bottom = along(left, right, share)
            canvas.drawLine(*along(top, bottom, 0.25), bottom[0], bottom[1] - 3, self.fold)

    def draw_sleeve(self, canvas: skia.Canvas, index: int) -> None:
        """One sleeve, over the arm."""
        cut = self.cut
        if not cut.sleeve:
            return
        shoulder, elbow, wrist = (joint.at for joint in self.body.arms[index])
        side = -1 if index == 0 else 1
        shoulder = (shoulder[0] - side * 2.5 * self.body.cos, shoulder[1] + 0.5)
        wide = cut.sleeve_width
        if cut.sleeve <= 0.5:
            joints, radii = (
                [shoulder, along(shoulder, elbow, cut.sleeve * 2)],
                [5.6 + wide * 0.6, 5.0 + wide],
            )
        else:
            end = along(elbow, wrist, 2 * cut.sleeve - 1)
            joints, radii = [shoulder, elbow, end], [5.5 + wide * 0.6, 4.8 + wide, 4.2 + wide * 0.8]
        canvas.drawPath(limb(joints, wider(radii), flat_end=True), fill(self.seam))
        canvas.drawPath(limb(joints, radii, flat_end=True), self._sleeve_paint(shoulder, elbow))
        if self.garment.pattern == "colour-block":
            self._sleeve_accent(canvas, joints, radii[-1])
        self._limb_end(canvas, joints, radii[-1])
        if len(joints) == 3:
            self._cuff(canvas, joints[1], joints[2], radii[2])

    def _sleeve_accent(self, canvas: skia.Canvas, joints: list[Point], radius: float) -> None:
        """The end of a colour-block sleeve: of a long one most of the forearm."""
        start = along(joints[-2], joints[-1], 0.25 if len(joints) == 3 else 0.7)
        paint = fill(self.garment.accent_rgb)
        canvas.drawPath(limb([start, joints[-1]], [radius, radius], True, True), paint)

    def _limb_end(self, canvas: skia.Canvas, joints: list[Point], radius: float) -> None:
        """The edge of a sleeve or trouser leg."""
        (ax, ay), (bx, by) = joints[-2:]
        size = radius / (math.hypot(bx - ax, by - ay) or 1.0)
        nx, ny = (by - ay) * size, (ax - bx) * size
        canvas.drawLine(bx - nx, by - ny, bx + nx, by + ny, self.outline)

    def _sleeve_paint(self, shoulder: Point, elbow: Point) -> skia.Paint:
        if self.garment.pattern == "colour-block":
            return fill(self.garment.rgb)
        angle = math.degrees(math.atan2(elbow[1] - shoulder[1], elbow[0] - shoulder[0])) - 90
        return cloth(self.garment, *shoulder, angle=angle)

    def _cuff(self, canvas: skia.Canvas, elbow: Point, end: Point, radius: float) -> None:
        knitted = self.cut.neck in ("ribbed", "hood")
        start = along(elbow, end, 0.78 if knitted else 0.86)
        if knitted:
            canvas.drawPath(limb([start, end], [radius, radius], True, True), fill(self.seam, 120))
        else:
            nx, ny = end[1] - elbow[1], elbow[0] - end[0]
            size = radius / (math.hypot(nx, ny) or 1.0)
            canvas.drawLine(
                start[0] - nx * size,
                start[1] - ny * size,
                start[0] + nx * size,
                start[1] + ny * size,
                self.fold,
            )
