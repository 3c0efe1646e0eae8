"""What travels between the job queue, a model deployment and its pipeline.

Requests go down as one `GenerationRequest`; everything that happens comes back up the same stream
as `GenerationEvent` values. Nothing here knows HTTP, the database or a model library.
"""

from dataclasses import dataclass, field

from serve.protocol import ResolvedParams, Role, Stage, Task


def input_key(job_id: str, index: int, role: Role) -> str:
    """Where a job's `index`-th input is stored."""
    return f"{job_id}/input-{index}-{role}.{role.suffix}"


def role_of(key: str) -> Role:
    """What the input with that storage key is."""
    return Role(key.rpartition("/")[2].rpartition(".")[0].split("-", 2)[2])


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
    """Storage keys of validated pictures and clips, as `input_key` makes them: the person or first
    frame, then the garments, then the last frame; or the clip to repaint."""


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
