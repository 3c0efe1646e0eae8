"""A person, and how a dressed person in a pose is drawn, layer by layer."""

import random
from dataclasses import dataclass

import skia

from examples.croquis.body import GROUND, SHOULDER_WIDTH, Body, Joint
from examples.croquis.details import draw_details
from examples.croquis.garments import Worn
from examples.croquis.head import Head
from examples.croquis.ink import BLACK, RGB, along, fill, limb, line, shade, spline
from examples.croquis.motion import Pose
from examples.croquis.wardrobe import Garment

SKINS: tuple[RGB, ...] = (
    (252, 222, 200), (240, 198, 164), (222, 172, 128), (190, 132, 90), (146, 94, 62), (98, 62, 44),
)  # fmt: skip
HAIR_COLORS: dict[str, RGB] = {
    "black": (34, 28, 32),
    "brown": (98, 58, 32),
    "blonde": (232, 190, 96),
    "red": (184, 70, 28),
    "grey": (168, 168, 176),
    "auburn": (122, 36, 28),
}
HAIR_STYLES: tuple[str, ...] = ("short", "bob", "long", "bun", "ponytail", "curly")
MEN_STYLES: tuple[str, ...] = ("short", "short", "curly", "bun")
SHOE: RGB = (48, 40, 46)


@dataclass(frozen=True)
class Person:
    """Who is drawn."""

    gender: str
    skin: int
    hair_color: str
    hair_style: str
    beard: bool = False

    @property
    def skin_rgb(self) -> RGB:
        return SKINS[self.skin]


def sample_person(rng: random.Random) -> Person:
    """A random person: about two women for each man."""
    skin, hair = rng.randrange(len(SKINS)), rng.choice(list(HAIR_COLORS))
    if rng.random() < 0.36:
        return Person("man", skin, hair, rng.choice(MEN_STYLES), beard=rng.random() < 0.4)
    return Person("woman", skin, hair, rng.choice(HAIR_STYLES))


def draw_figure(
    canvas: skia.Canvas, person: Person, outfit: tuple[Garment, ...], pose: Pose
) -> None:
    """Draw the person wearing the outfit in this pose, from back to front."""
    body = Body(person.gender, pose)
    head = Head(
        body, person.skin_rgb, HAIR_COLORS[person.hair_color], person.hair_style, person.beard
    )
    worn = [Worn(garment, body) for garment in sorted(outfit, key=lambda g: g.cut.part != "bottom")]
    far, near = _arm_order(body)
    _draw_shadow(canvas, body)
    head.draw_back_hair(canvas)
    for index in far:
        _draw_arm(canvas, body, index, person, worn)
    head.draw_neck(canvas)
    _draw_legs(canvas, body, person)
    _draw_trunk(canvas, body, person)
    for piece in worn:
        piece.draw_legs(canvas)
        piece.draw_trunk(canvas)
        draw_details(canvas, piece)
    for index in near:
        _draw_arm(canvas, body, index, person, worn)
    head.draw(canvas)


def _arm_order(body: Body) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The arms behind the trunk, and those in front of it."""
    if abs(body.sin) < 0.3:
        return ((), (0, 1)) if body.cos > 0 else ((), (0, 1))
    return ((0,), (1,)) if body.arms[0][0].depth < body.arms[1][0].depth else ((1,), (0,))


def _draw_shadow(canvas: skia.Canvas, body: Body) -> None:
    x = body.axis(GROUND)
    for grow, alpha in ((-2, 24), (4, 22), (10, 16)):
        canvas.drawOval(
            skia.Rect(x - 34 - grow, GROUND - 7, x + 34 + grow, GROUND + 7 + grow / 3),
            fill(BLACK, alpha),
        )


def _draw_arm(
    canvas: skia.Canvas, body: Body, index: int, person: Person, worn: list[Worn]
) -> None:
    shoulder, elbow, wrist = (joint.at for joint in body.arms[index])
    side = -1 if index == 0 else 1
    shoulder = (shoulder[0] - side * 2.0 * body.cos, shoulder[1])
    man = 0.9 if body.gender == "man" else 0.0
    skin = person.skin_rgb
    path = limb([shoulder, elbow, wrist], [5.6 + man, 4.7 + man, 3.8 + man])
    canvas.drawPath(path, fill(skin))
    dx, dy = wrist[0] - elbow[0], wrist[1] - elbow[1]
    length = max(1.0, (dx * dx + dy * dy) ** 0.5)
    palm = (wrist[0] + dx / length * 5, wrist[1] + dy / length * 5)
    tip = (wrist[0] + dx / length * 10, wrist[1] + dy / length * 10)
    canvas.drawPath(limb([wrist, palm, tip], [3.9 + man, 4.4 + man, 2.6 + man]), fill(skin))
    for piece in worn:
        piece.draw_sleeve(canvas, index)


def _draw_legs(canvas: skia.Canvas, body: Body, person: Person) -> None:
    order = (0, 1) if body.legs[0][2].depth < body.legs[1][2].depth else (1, 0)
    for index in order:
        hip, knee, ankle, toe, heel = body.legs[index]
        skin = person.skin_rgb if index == order[1] else shade(person.skin_rgb, 0.93)
        calf = along(knee.at, ankle.at, 0.36)
        canvas.drawPath(limb([hip.at, knee.at, calf, ankle.at], [10, 6.8, 6.5, 4.6]), fill(skin))
        _draw_shoe(canvas, body, ankle, toe, heel)


def _draw_shoe(canvas: skia.Canvas, body: Body, ankle: Joint, toe: Joint, heel: Joint) -> None:
    woman = body.gender == "woman"
    ink = fill(SHOE)
    if woman:
        canvas.drawLine(heel.x, heel.y - 6, heel.x, heel.y + 2, line(SHOE, 2.6))
        canvas.drawPath(limb([heel.at, toe.at], [4.4, 4.0]), ink)
        canvas.drawPath(limb([(ankle.x, ankle.y + 4), toe.at], [5.0, 4.2]), ink)
    else:
        canvas.drawPath(limb([(heel.x, heel.y - 2), toe.at], [5.8, 5.2]), ink)
        canvas.drawPath(limb([(ankle.x, ankle.y + 2), toe.at], [5.6, 5.0]), ink)


def _draw_trunk(canvas: skia.Canvas, body: Body, person: Person) -> None:
    heights = (61, 68, 77, 88, 95, 108, 118, 132)
    left, right = body.edges(heights, -1, -1.0), body.edges(heights, 1, -1.0)
    path = skia.Path()
    neck = body.axis(54)
    path.moveTo(neck - 6, 53 + body.pose.drop)
    path.lineTo(neck + 6, 53 + body.pose.drop)
    path.quadTo(neck + 8, right[0][1] - 4, *right[0])
    spline(path, right[1:])
    path.lineTo(*left[-1])
    spline(path, left[-2::-1])
    path.quadTo(neck - 8, left[0][1] - 4, neck - 6, 53 + body.pose.drop)
    canvas.drawPath(path, fill(person.skin_rgb))
    if abs(body.cos) > 0.5:
        width = SHOULDER_WIDTH[body.gender] * 0.4
        pen = line(shade(person.skin_rgb, 0.8), 1.2)
        for side in (-1, 1):
            canvas.drawLine(
                neck + side * 3, 62 + body.pose.drop, neck + side * width, 60 + body.pose.drop, pen
            )
