"""What a request asks for, before a model's card says what becomes of it."""

from dataclasses import dataclass

from serve.protocol import Role, SamplingParams, Task


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for, the same for clips and stills; None is left to the model."""

    task: Task
    prompt: str
    sampling: SamplingParams
    model: str | None = None
    size: str | None = None
    seconds: float | None = None
    n: int = 1
    num_garments: int = 0
    has_last_image: bool = False
    has_mask: bool = False
    roles: frozenset[Role] = frozenset()
    """What else came with it."""
    aspect_ratio: float | None = None
    """Width by height of the person, first frame or clip, which decides where no size is given."""
    clip_seconds: float | None = None
    """How long the clip to repaint lasts, or whose motion is taken."""
    clip_fps: float | None = None
    """Its frames per second, where they are known."""
    audio_seconds: float | None = None
    """How long the recording lasts."""
