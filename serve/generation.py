"""What travels between the job queue, a model deployment and its pipeline.

Requests go down as one `GenerationRequest`; everything that happens comes back up the same stream
as `GenerationEvent` values. Nothing here knows HTTP, the database or a model library.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from serve.protocol import ResolvedParams, Stage, Task


class Role(StrEnum):
    """What a picture is in a run, by the field it came in."""

    INPUT_REFERENCE = "input_reference"
    """The person, or the first frame."""
    GARMENT = "garment"
    LAST_IMAGE = "last_image"

    def key(self, job_id: str, index: int) -> str:
        """Where such a picture is stored, the job's `index`-th."""
        return f"{job_id}/input-{index}-{self}.png"

    @classmethod
    def of(cls, key: str) -> "Role":
        """What the picture with that storage key is."""
        return cls(key.rpartition("/")[2].removesuffix(".png").split("-", 2)[2])


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One run of a model."""

    job_id: str
    attempt: int
    """1 for the first try; results of an older attempt are thrown away."""
    model: str
    """The card's id."""
    task: Task
    params: ResolvedParams
    images: tuple[str, ...] = ()
    """Storage keys of validated PNG pictures, as `Role.key` makes them: the person or first frame,
    then the garments, then the last frame."""


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage began; for denoising, ``step`` of ``num_steps`` is done."""

    stage: Stage
    step: int = 0
    num_steps: int = 0


@dataclass(frozen=True, slots=True)
class StepDone:
    """One denoising step has really finished on the device."""

    step: int
    num_steps: int
    preview: bytes | None = None
    """A JPEG of one frame as far as it has come, every few steps."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over and its files are in storage."""

    files: dict[str, str]
    """Variant or ``still-0``, ``still-1``, … to storage key."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds per stage."""
    peak_memory_gb: float | None = None
    """Most GiB that the run filled, of the GPU or of the process."""


GenerationEvent = StageStarted | StepDone | Finished
