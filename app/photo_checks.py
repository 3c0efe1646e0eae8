"""What a photographer would say of an uploaded picture: hints, never a refusal.

Faces are looked for with the LBP cascade that ships inside scikit-image; nothing is downloaded.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from app.words import t

Grey = NDArray[np.float64]

MIN_SIDE = {"person": 384, "garment": 256}
"""Pixels of the shorter side below which detail is missing."""
FACE_SIDE = 480
"""Pixels of the longer side at which faces are looked for: quick, and no face is too small."""
CHECK_SIDE = 512
"""Pixels of the longer side at which everything else is looked at."""
DARK = 50.0
"""Mean grey, of 255, below which a photo is called dark."""
SHARP = 25.0
"""Variance of the Laplacian below which a photo of `CHECK_SIDE` pixels looks blurred."""
DRAWN_SHARE = 0.5
"""A drawing is smooth: at least this share of its subject's pixels equal their neighbours."""
EDGE_SHARE = 0.06
"""Share of a picture's edge that a cropped garment covers at least."""


def person_hints(path: str) -> list[str]:
    """What may keep a photo of a person from dressing well."""
    picture = _open(path)
    if picture is None:
        return [t("This file cannot be read as a picture.")]
    hints = _quality_hints(picture, "person")
    if not is_drawn(picture):
        hints += _face_hints(count_faces(picture))
    return hints


def garment_hints(path: str) -> list[str]:
    """What may keep a photo of a garment from being worn well."""
    picture = _open(path)
    if picture is None:
        return [t("This file cannot be read as a picture.")]
    hints = _quality_hints(picture, "garment")
    if is_cropped(picture):
        hints.append(t("The garment seems to touch the edge of the picture; show it whole."))
    return hints


def count_faces(picture: Image.Image) -> int:
    """How many faces look at the camera, as far as the cascade can tell."""
    small = _scaled(picture, FACE_SIDE)
    found = _cascade().detect_multi_scale(
        img=np.asarray(small),
        scale_factor=1.1,
        step_ratio=1.2,
        min_size=(24, 24),
        max_size=(small.height // 2 + 24, small.height // 2 + 24),
        min_neighbor_number=6,
    )
    boxes = sorted(found, key=lambda box: -int(box["width"]))
    faces: list[dict[str, int]] = []
    for box in boxes:
        # Wrong finds are mostly much smaller than the face; so are passers-by, which do no harm.
        if not faces or (box["width"] > 0.6 * faces[0]["width"] and not _overlaps(box, faces)):
            faces.append(box)
    return len(faces)


def is_drawn(picture: Image.Image) -> bool:
    """Whether it is a drawing: flat areas without the grain that every photo has."""
    grey = _grey(_scaled(picture, CHECK_SIDE))
    steps = np.abs(np.diff(grey, axis=1))[:-1] + np.abs(np.diff(grey, axis=0))[:, :-1]
    subject = np.abs(grey[:-1, :-1] - _background(grey)) > 12
    if subject.mean() < 0.01:
        return False
    return bool((steps[subject] < 1.0).mean() >= DRAWN_SHARE)


def is_cropped(picture: Image.Image) -> bool:
    """Whether something lies across the edge of a picture whose background is plain."""
    rgb = np.asarray(_scaled(picture, CHECK_SIDE), dtype=np.float64)
    edge = np.concatenate([rgb[0], rgb[-1], rgb[1:-1, 0], rgb[1:-1, -1]])
    background = np.median(edge, axis=0)
    other = np.abs(edge - background).max(axis=1) > 40
    plain = (np.abs(rgb - background).max(axis=2) <= 40).mean() > 0.25
    return bool(plain and EDGE_SHARE < other.mean() < 0.6)


def _quality_hints(picture: Image.Image, kind: str) -> list[str]:
    hints, least = [], MIN_SIDE[kind]
    if min(picture.size) < least:
        hints.append(
            t(
                "This picture is small ({width} × {height}); "
                "from {least} pixels on the shorter side detail survives.",
                width=picture.width,
                height=picture.height,
                least=least,
            )
        )
    grey = _grey(_scaled(picture, CHECK_SIDE))
    if grey.mean() < DARK:
        hints.append(t("This picture is very dark; daylight or an even lamp works better."))
    elif not is_drawn(picture) and _sharpness(grey) < SHARP:
        hints.append(t("This picture looks blurred; a sharp one keeps pattern and seams."))
    return hints


def _face_hints(faces: int) -> list[str]:
    if faces == 0:
        return [t("No face was found; a front view in good light works best.")]
    if faces > 1:
        return [t("{n} faces were found; a photo of one person works best.", n=faces)]
    return []


def _open(path: str) -> Image.Image | None:
    try:
        with Image.open(path) as picture:
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def _scaled(picture: Image.Image, side: int) -> Image.Image:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.BILINEAR)
    return small


def _grey(picture: Image.Image) -> Grey:
    return np.asarray(picture.convert("L"), dtype=np.float64)


def _background(grey: Grey) -> float:
    return float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def _sharpness(grey: Grey) -> float:
    picture = Image.fromarray(grey.astype(np.uint8))
    kernel = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
    return float(np.asarray(picture.filter(kernel), dtype=np.float64)[1:-1, 1:-1].var())


def _overlaps(box: dict[str, int], others: list[dict[str, int]]) -> bool:
    """Whether the middle of the box lies in one of the others."""
    row, column = box["r"] + box["height"] / 2, box["c"] + box["width"] / 2
    return any(
        other["r"] <= row <= other["r"] + other["height"]
        and other["c"] <= column <= other["c"] + other["width"]
        for other in others
    )


@cache
def _cascade() -> Any:
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())
