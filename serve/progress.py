"""How far an unfinished job has come: kept in memory, heard from its event stream."""

import asyncio
import time
from dataclasses import dataclass, field

from serve.generation import GenerationEvent, StageStarted, StepDone, role_of
from serve.job_store import JobRecord
from serve.protocol import Job, JobStatus, Stage

# Percent at which each stage begins. Denoising fills its share step by step; 100 is only said of
# a job whose files are stored.
_BEGIN = {
    Stage.DOWNLOADING: 0,
    Stage.LOADING: 0,
    Stage.ENCODING_PROMPT: 2,
    Stage.DENOISING: 5,
    Stage.DECODING: 90,
    Stage.WRITING: 97,
}


@dataclass(eq=False)
class Progress:
    """One unfinished job as the queue sees it."""

    record: JobRecord
    percent: int = 0
    stage: Stage | None = None
    step: int | None = None
    num_steps: int | None = None
    preview: bytes | None = None
    started: float = 0.0
    """`time.monotonic()` when its run began."""
    task: "asyncio.Task[None] | None" = None
    """What follows its run, once dispatched."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while its stored state changes."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def elapsed(self) -> float:
        """Seconds since its run began."""
        return time.monotonic() - self.started

    @property
    def steps(self) -> tuple[int, int]:
        """Denoising steps that are done, and all of them, as far as they are known."""
        if self.stage is Stage.DOWNLOADING:
            return 0, 0
        return self.step or 0, self.num_steps or 0

    def reset(self) -> None:
        """Its run was cut off; the next begins anew."""
        self.percent, self.stage, self.step, self.num_steps = 0, None, None, None
        self.preview = None

    def apply(self, event: GenerationEvent) -> None:
        """Take note of what its run reports."""
        if isinstance(event, StageStarted):
            self.stage = event.stage
            if event.num_steps:
                self.step, self.num_steps = event.step, event.num_steps
            self._advance(_BEGIN[event.stage])
        elif isinstance(event, StepDone):
            self.stage, self.step, self.num_steps = Stage.DENOISING, event.step, event.num_steps
            self.preview = event.preview or self.preview
            share = _BEGIN[Stage.DECODING] - _BEGIN[Stage.DENOISING]
            self._advance(_BEGIN[Stage.DENOISING] + share * event.step // max(event.num_steps, 1))
        self.notify()

    def notify(self) -> None:
        """Wake everybody who waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    def next_change(self) -> asyncio.Event:
        """Is set when something changes after now."""
        return self._changed

    def _advance(self, percent: int) -> None:
        # With several stills a stage comes back for each of them; progress never runs backwards.
        self.percent = max(self.percent, percent)


def describe(
    record: JobRecord,
    progress: Progress | None = None,
    *,
    queue_position: int | None = None,
    eta_seconds: float | None = None,
) -> Job:
    """The job as the wire shows it; `progress` is None once nothing can change any more.

    It does not say whose it is: who knows that may have all that is theirs.
    """
    params = record.params
    return Job(
        id=record.id,
        object=record.object,
        model=record.model,
        task=record.task,
        status=record.status,
        progress=_percent(record, progress),
        created_at=record.created_at,
        started_at=record.started_at,
        completed_at=record.completed_at,
        prompt=record.prompt,
        seconds=f"{params.num_frames / params.fps:g}" if record.object == "video" else "0",
        size=f"{params.width}x{params.height}",
        error=record.error,
        remixed_from_video_id=record.remixed_from,
        metadata=record.metadata,
        params=params,
        stage=progress.stage if progress else None,
        step=progress.step if progress else None,
        num_steps=progress.num_steps if progress else None,
        queue_position=queue_position,
        eta_seconds=None if eta_seconds is None else round(eta_seconds, 1),
        has_preview=progress is not None and progress.preview is not None,
        favourite=record.favourite,
        num_inputs=len(record.images),
        inputs=[role_of(key) for key in record.images],
        timings=record.timings,
        peak_memory_gb=record.peak_memory_gb,
    )


def _percent(record: JobRecord, progress: Progress | None) -> int:
    if record.status is JobStatus.COMPLETED:
        return 100
    return progress.percent if progress else 0
