"""How steady a clip is, and how true to its pictures: plain measures that need no weights.

The first three are those of VBench (arXiv 2311.17982), with simpler means: frames are compared by
edges and colours where VBench has a network, so figures compare clips here, not with papers.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2gray, rgb2lab
from skimage.feature import hog
from skimage.registration import optical_flow_ilk

from serve.encoding import Frames
from serve.protocol import Quality

SIDE = 256
"""Pixels of the longer side at which all clips are compared."""
FLOW_SIDE = 96
"""The same where motion is followed."""
STILL = 0.004
"""Pixels per frame below which nothing moves, on average over the picture."""
BINS = 12
"""Of each axis of colour space."""
GARMENT_AREA = 0.08
"""Share of a frame that a garment covers at least, where it is worn and in view."""

Vector = NDArray[np.float64]


def measure(frames: Frames, garments: Sequence[Image.Image] = ()) -> Quality:
    """A clip's figures; of `garments` the one that is least seen in any frame counts."""
    clip = [_small(Image.fromarray(frame)) for frame in frames]
    colours = [_colours(frame) for frame in clip]
    worn = [_share(_colours_of_garment(one), colours) for one in garments]
    return Quality(
        temporal_flicker=_mean([_difference(*pair) for pair in _pairs(clip)]),
        motion_smoothness=_smoothness(clip),
        subject_consistency=_consistency(clip, colours),
        garment_consistency=min(worn) if worn else None,
    )


def _small(image: Image.Image, side: int = SIDE) -> NDArray[np.uint8]:
    copy = image.convert("RGB")
    copy.thumbnail((side, side))
    return np.asarray(copy)


def _pairs(clip: Sequence[NDArray[np.uint8]]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    return list(zip(clip, clip[1:], strict=False))


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(float) - other).mean() / 255)


def _smoothness(clip: Sequence[NDArray[np.uint8]]) -> float | None:
    """1 less the change of the optical flow from frame to frame, as a share of the flow itself."""
    grey = [rgb2gray(_small(Image.fromarray(frame), FLOW_SIDE)) for frame in clip]
    flows = [
        np.stack(optical_flow_ilk(before, now)) for before, now in zip(grey, grey[1:], strict=False)
    ]
    evenness = []
    for before, now in zip(flows, flows[1:], strict=False):
        moved = float(np.abs(before).sum() + np.abs(now).sum())
        still = moved < STILL * now.size
        evenness.append(1.0 if still else 1 - float(np.abs(now - before).sum()) / moved)
    return _mean(evenness)


def _consistency(clip: Sequence[NDArray[np.uint8]], colours: Sequence[Vector]) -> float | None:
    """How like the frames are to the first and to the one before, by edges and colours."""
    seen = [_features(*one) for one in zip(clip, colours, strict=True)]
    likeness = [
        (float(seen[0] @ now) + float(before @ now)) / 2
        for before, now in zip(seen, seen[1:], strict=False)
    ]
    return _mean(likeness)


def _features(frame: NDArray[np.uint8], colours: Vector) -> Vector:
    edges = hog(rgb2gray(frame), pixels_per_cell=(16, 16), cells_per_block=(1, 1))
    both: Vector = np.concatenate([_unit(edges), _unit(colours.ravel())]) * 0.5**0.5
    return both


def _unit(values: Vector) -> Vector:
    """Of length one; what has no length, such as the edges of an empty wall, equals its like."""
    length = float(np.linalg.norm(values))
    unit: Vector = values / length if length else np.full(values.shape, values.size**-0.5)
    return unit


def _colours(picture: NDArray[np.uint8], where: NDArray[np.bool_] | None = None) -> Vector:
    """Shares of the colours in CIE Lab, a little blurred, for light is never the same."""
    lab = rgb2lab(picture).reshape(-1, 3)
    if where is not None:
        lab = lab[where.ravel()]
    ranges = [(0, 100), (-80, 80), (-80, 80)]
    counts, _ = np.histogramdd(lab, bins=BINS, range=ranges)
    blurred: Vector = gaussian_filter(counts, 0.7)
    shares: Vector = blurred / max(float(blurred.sum()), 1e-9)
    return shares


def _colours_of_garment(garment: Image.Image) -> Vector:
    """Without what surrounds it: all that looks like the picture's border."""
    picture = _small(garment)
    lab = rgb2lab(picture)
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    distance = np.linalg.norm(lab - np.median(border, axis=0), axis=-1)
    garment_itself = distance > 12
    return _colours(picture, garment_itself if garment_itself.mean() > 0.02 else None)


def _share(garment: Vector, frames: Sequence[Vector]) -> float:
    """How much of a garment's colours the frame shows that shows least of them."""
    return min(float(np.minimum(garment, frame / GARMENT_AREA).sum()) for frame in frames)
