"""The contract of every model: load in ``__init__``, then ``run`` one generation at a time.

It knows no model library; the files beside it do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image

from serve.card import Card
from serve.encoding import Frames
from serve.generation import GenerationEvent
from serve.protocol import ResolvedParams, Role, Task

Report = Callable[[GenerationEvent], None]
"""Takes an event; raises `Cancelled` when the run is to stop."""


class Cancelled(Exception):
    """Stops a run from inside; what `Report` raises once nobody wants the result."""


class DeviceLost(Exception):
    """The GPU refuses all further work of this process; only a new process can go on."""


@dataclass(frozen=True, slots=True)
class Generation:
    """What a pipeline is asked for: settings with every default filled in, and what was given."""

    task: Task
    params: ResolvedParams
    images: tuple[Image.Image, ...] = ()
    """The person or first frame, then the garments."""
    last_image: Image.Image | None = None
    """How the clip is to end, where it begins with a first frame."""
    mask: Image.Image | None = None
    """Grey, in the person's size: white where a still may differ from the person's picture."""
    video: tuple[Image.Image, ...] = ()
    """The clip to repaint: as many frames as are asked for, in their size and at their rate."""
    clips: Mapping[Role, tuple[Image.Image, ...]] = field(default_factory=dict)
    """Those that came beside it, cut alike."""
    films: Mapping[Role, bytes] = field(default_factory=dict)
    """In place of frames for what runs elsewhere: the clips as mp4, whole and in their own size."""
    audio: bytes | None = None
    """The recording to say: WAV, as long as the clip is to be or a little longer."""


class Pipeline(Protocol):
    """One loaded model. ``run`` is called from one thread, one call at a time."""

    def __init__(self, card: Card) -> None:
        """Load everything, so that a constructed pipeline is ready."""

    def run(self, generation: Generation, report: Report) -> Frames | bytes:
        """The clip's frames; or the stills, one per candidate; or a whole mp4.

        Reports each stage when it begins and each step when the device has finished it. The same
        generation gives the same pixels; a run that was stopped leaves no trace in the next.
        """
        ...
