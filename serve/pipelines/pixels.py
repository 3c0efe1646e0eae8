"""What a model's decoder returns, as frames of bytes."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from serve.encoding import Frames

Picture = NDArray[np.uint8]
"""One frame, shape (height, width, 3)."""


def to_frames(sample: Tensor) -> Frames:
    """Frames from values in -1..1, shape (frames, 3, height, width)."""
    scaled = (sample.float() * 127.5 + 127.5).round().clamp(0, 255).byte()
    frames: Frames = scaled.permute(0, 2, 3, 1).cpu().numpy()
    return frames


def only_frame(clip: Tensor) -> Picture:
    """The frame of a decoded clip of one, values in -1..1, shape (1, 3, 1, height, width)."""
    picture: Picture = to_frames(clip[0].transpose(0, 1))[0]
    return picture
