"""Product shots: one garment alone, clean on white or as a seller's camera would take it."""

import random

import numpy as np
import skia
from numpy.typing import NDArray

from examples.croquis.backdrop import HEIGHT, WIDTH
from examples.croquis.body import CENTER, Body
from examples.croquis.details import draw_details
from examples.croquis.garments import Worn
from examples.croquis.ink import RGB, fill, shade
from examples.croquis.motion import Arm, Leg, Pose
from examples.croquis.wardrobe import ONE_PIECES, Garment

_ARM = Arm(elbow=(13.0, 28.0, 0.0), wrist=(22.0, 55.0, 0.0))
_LEG = Leg(knee=(5.0, 0.0, 0.0), ankle=(11.0, 0.0, 0.0))
LAID_OUT = Pose(left_arm=_ARM, right_arm=_ARM, left_leg=_LEG, right_leg=_LEG)

SHADOW_SHRINK = 8

PLAIN_BACKGROUNDS: tuple[RGB, ...] = (
    (232, 232, 234), (214, 220, 226), (246, 236, 222), (226, 214, 206), (200, 212, 204),
    (240, 220, 222), (188, 190, 196), (96, 98, 104), (222, 226, 240), (180, 160, 140),
)  # fmt: skip


def garment_photo(
    garment: Garment,
    rng: random.Random,
    width: int = WIDTH,
    height: int = HEIGHT,
    flat: bool = False,
) -> NDArray[np.uint8]:
    """The garment alone, uint8 [H, W, 3]; `flat` is the catalogue view: centred, on white."""
    background = (
        np.full((height, width, 3), 255, np.uint8) if flat else _background(rng, width, height)
    )
    pixels = np.dstack([background, np.full((height, width), 255, np.uint8)])
    unit = height / HEIGHT
    aim = skia.Matrix.Translate((width - WIDTH * unit) / 2, 0).preScale(unit, unit)
    aim.preConcat(_aim(garment, None if flat else rng))
    gender = "woman" if flat or rng.random() < 0.7 else "man"
    with skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType) as canvas:
        if not flat:
            _draw_shadow(canvas, garment, gender, aim)
        canvas.concat(aim)
        draw_garment(canvas, garment, gender)
    picture = pixels[..., :3]
    return np.ascontiguousarray(picture) if flat else _expose(picture, rng)


def draw_garment(canvas: skia.Canvas, garment: Garment, gender: str) -> None:
    """The garment as if worn by nobody."""
    piece = Worn(garment, Body(gender, LAID_OUT))
    if garment.cut.neck not in ("none", "strapless"):
        canvas.drawOval(skia.Rect(CENTER - 9, 51, CENTER + 9, 64), fill(shade(garment.rgb, 0.55)))
    piece.draw_legs(canvas)
    piece.draw_trunk(canvas)
    draw_details(canvas, piece)
    piece.draw_sleeve(canvas, 0)
    piece.draw_sleeve(canvas, 1)


def _draw_shadow(canvas: skia.Canvas, garment: Garment, gender: str, aim: skia.Matrix) -> None:
    """A soft shadow: the garment drawn tiny and black, and enlarged. Far faster than a blur."""
    size = canvas.getBaseLayerSize()
    surface = skia.Surface(size.width() // SHADOW_SHRINK, size.height() // SHADOW_SHRINK)
    with surface as tiny:
        tiny.scale(1 / SHADOW_SHRINK, 1 / SHADOW_SHRINK)
        tiny.concat(aim)
        draw_garment(tiny, garment, gender)
    black = skia.ColorFilters.Blend(skia.ColorBLACK, skia.BlendMode.kSrcIn)
    shift = 0.012 * size.height()
    place = skia.Rect.MakeXYWH(shift, shift, size.width(), size.height())
    paint = skia.Paint(ColorFilter=black, Alphaf=0.36)
    sampling = skia.SamplingOptions(skia.CubicResampler.Mitchell())
    canvas.drawImageRect(surface.makeImageSnapshot(), place, sampling, paint)


def _aim(garment: Garment, rng: random.Random | None) -> skia.Matrix:
    """Centre the garment and fill the picture, give or take what the photographer varies."""
    cut = garment.cut
    top = min(cut.top, 50.0 if cut.part != "bottom" else cut.top)
    wide = 2 * (46.0 if cut.sleeve > 0.5 else 38.0 if garment.kind in ONE_PIECES else 34.0)
    fit = min(0.88 * HEIGHT / (cut.hem - top), 0.84 * WIDTH / max(wide, 2 * (24 + cut.flare)), 1.9)
    x, y, angle = WIDTH / 2, HEIGHT / 2, 0.0
    if rng is not None:
        fit *= rng.uniform(0.7, 1.25) if rng.random() < 0.7 else 1.0
        x, y = x + rng.uniform(-14, 14), y + rng.uniform(-16, 16)
        angle = rng.uniform(-20, 20) if rng.random() < 0.5 else rng.uniform(-3, 3)
    matrix = skia.Matrix.Translate(x, y)
    matrix.preRotate(angle)
    matrix.preScale(fit, fit)
    return matrix.preTranslate(-CENTER, -(top + cut.hem) / 2)


def _background(rng: random.Random, width: int, height: int) -> NDArray[np.uint8]:
    """White most of the time, else a plain colour, a gradient, noise, boards or woven cloth."""
    kind = rng.choices(
        ("white", "plain", "gradient", "noise", "wood", "weave"), (50, 16, 12, 8, 7, 7)
    )[0]
    if kind == "white":
        return np.full((height, width, 3), rng.randrange(238, 256), np.uint8)
    base = np.broadcast_to(
        np.array(rng.choice(PLAIN_BACKGROUNDS), np.float32), (height, width, 3)
    ).copy()
    noise = np.random.default_rng(rng.getrandbits(32))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if kind == "gradient":
        other = np.array(rng.choice(PLAIN_BACKGROUNDS), np.float32)
        share = (y / height if rng.random() < 0.6 else x / width)[..., None]
        base += (other - base) * share
    elif kind == "noise":
        base += noise.normal(0, 9, (height, width, 1)).astype(np.float32)
    elif kind == "wood":
        base = np.broadcast_to(np.array((186, 142, 98), np.float32), base.shape) * rng.uniform(
            0.7, 1.15
        )
        grain = 8 * np.sin(x / 5 + 2 * np.sin(y / 60)) - 40 * (x % 40 < 1.5)
        base = base + grain[..., None]
    elif kind == "weave":
        base += (10 * (np.sin(x * 1.3) * np.sin(y * 1.3)))[..., None]
    return np.clip(base, 0, 255).astype(np.uint8)


def _expose(picture: NDArray[np.uint8], rng: random.Random) -> NDArray[np.uint8]:
    """A little more or less light and contrast."""
    gain, lift = rng.uniform(0.88, 1.08), rng.uniform(-10, 10)
    ramp = np.clip((np.arange(256) - 128) * gain + 128 + lift, 0, 255).astype(np.uint8)
    exposed: NDArray[np.uint8] = ramp[picture]
    return exposed
