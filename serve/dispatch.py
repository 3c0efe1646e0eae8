"""Runs the jobs of one model in the order they came, and follows each run to its end.

It knows models only as streams of events, so it works the same with or without Ray.
"""

import asyncio
import contextvars
import heapq
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Protocol

from serve.errors import ModelFailed, ModelUnavailable, ServeError
from serve.eta import Run, RunTimes, time_left
from serve.generation import Finished, GenerationEvent, GenerationRequest
from serve.job_store import UNFINISHED, JobRecord, JobStore
from serve.metrics import QueueMetrics
from serve.progress import Progress
from serve.protocol import JobError, JobStatus, Stage

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
RETRY_SECONDS = 1.0
PREPARATION = (Stage.DOWNLOADING, Stage.LOADING)


class Interrupted(Exception):
    """A run ended through no fault of its request: its replica is gone."""


class NoReplica(Interrupted):
    """No run began: the model has no replica, now or for good."""


class Model(Protocol):
    """One served model, however many replicas it has."""

    slots: int
    """Runs to hand over at once."""

    def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        """Run it; closing the stream stops the run. Raises `Interrupted` if its replica dies."""
        ...

    async def failure(self) -> str | None:
        """Why the model can't be loaded; None while there is hope."""
        ...


class Line:
    """The jobs of one model: a few handed over, the others waiting, first come first served."""

    def __init__(
        self,
        model: Model,
        store: JobStore,
        run_times: RunTimes,
        metrics: QueueMetrics,
        on_gone: Callable[[Progress], None],
    ) -> None:
        self._model = model
        self._store = store
        self._run_times = run_times
        self._metrics = metrics
        self._on_gone = on_gone
        self._jobs: list[Progress] = []
        """All unfinished jobs in order; those with a task are handed over."""

    @property
    def waiting(self) -> list[Progress]:
        """Jobs whose run has not begun, the next first."""
        return [job for job in self._jobs if job.record.status is JobStatus.QUEUED]

    @property
    def running(self) -> list[Progress]:
        """Jobs whose run has begun."""
        return [job for job in self._jobs if job.record.status is JobStatus.IN_PROGRESS]

    def add(self, progress: Progress) -> None:
        """Queue a stored job."""
        self._jobs.append(progress)
        self._fill()

    async def cancel(self, progress: Progress) -> bool:
        """End a job, waiting or running; False if it came to its end first."""
        done = await self.move(
            progress, UNFINISHED, status=JobStatus.CANCELLED, completed_at=int(time.time())
        )
        if done and progress.task is not None:
            progress.task.cancel()
            await asyncio.wait([progress.task])
        return done

    async def move(self, progress: Progress, expect: tuple[JobStatus, ...], **changes: Any) -> bool:
        """Write a change of state; False if the stored job is no longer in an expected one."""
        async with progress.lock:
            changed = await asyncio.to_thread(
                self._store.change, progress.record, expect=expect, **changes
            )
            if changed is not None:
                progress.record = changed
            elif not progress.record.status.is_final:
                # Deleted, or taken over by another queue: no longer ours to run.
                logger.warning("%s: was changed elsewhere", progress.record.id)
                self._drop(progress)
        self._settle(progress)
        return changed is not None

    def expected_seconds(self, progress: Progress) -> float | None:
        """Until this job is done, all those before it included; None: not known."""
        if progress.record.status is JobStatus.IN_PROGRESS:
            return self._time_left(progress)
        left = [self._time_left(job) for job in self.running]
        free_at = sorted(seconds for seconds in left if seconds is not None) or [0.0]
        for job in self.waiting:
            own = self._estimate(job.record)
            if own is None or None in left:
                return None
            done = free_at[0] + own
            if job is progress:
                return done
            heapq.heapreplace(free_at, done)
        return None

    def seconds_until_free(self) -> float | None:
        """Until the next waiting job can begin; None: not known."""
        known = [left for job in self.running if (left := self._time_left(job)) is not None]
        return min(known, default=None)

    def _estimate(self, record: JobRecord) -> float | None:
        return self._run_times.estimate(Run.of(record.model, record.task, record.params))

    def _time_left(self, progress: Progress) -> float | None:
        return time_left(
            self._estimate(progress.record),
            progress.elapsed,
            *progress.steps,
        )

    def _fill(self) -> None:
        handed_over = sum(job.task is not None for job in self._jobs)
        for progress in self._jobs:
            if handed_over >= self._model.slots:
                break
            if progress.task is None:
                # An empty context: the run belongs to no HTTP request, whose end would stop it.
                progress.task = asyncio.create_task(
                    self._run(progress), context=contextvars.Context()
                )
                handed_over += 1

    def _settle(self, progress: Progress) -> None:
        """After a change of state: whoever watches hears of it, a finished job leaves the line."""
        if progress.record.status.is_final and progress in self._jobs:
            self._metrics.jobs.labels(progress.record.model, progress.record.status).inc()
            self._drop(progress)
        progress.notify()
        for job in self.waiting:
            job.notify()

    def _drop(self, progress: Progress) -> None:
        self._jobs.remove(progress)
        self._on_gone(progress)
        self._fill()

    async def _run(self, progress: Progress) -> None:
        try:
            while progress in self._jobs:
                await self._attempt(progress)
        finally:
            if progress in self._jobs:
                # Its state could not be written; the database may come back.
                progress.task = None
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self._fill)

    async def _attempt(self, progress: Progress) -> None:
        try:
            await self._follow(progress)
        except NoReplica:
            await self._await_replica(progress)
        except Interrupted as error:
            await self._try_again(progress, error)
        except ServeError as error:
            await self._fail(progress, error)
        except Exception:
            # One job's failure must not stop the queue.
            logger.exception("%s: failed", progress.record.id)
            await self._fail(progress, ModelFailed("The model failed unexpectedly."))

    async def _follow(self, progress: Progress) -> None:
        record = progress.record
        request = GenerationRequest(
            job_id=record.id,
            attempt=record.attempt + 1,
            model=record.model,
            task=record.task,
            params=record.params,
            images=record.images,
        )
        async with aclosing(self._model.generate(request)) as events:
            async for event in events:
                if progress.record.status is JobStatus.QUEUED:
                    await self._begin(progress, request.attempt)
                if isinstance(event, Finished):
                    return await self._complete(progress, event)
                progress.apply(event)
        raise Interrupted("the stream of events ended without a result")

    async def _begin(self, progress: Progress, attempt: int) -> None:
        now = int(time.time())
        logger.info("%s: attempt %d begins", progress.record.id, attempt)
        progress.started = time.monotonic()
        self._metrics.wait_seconds.labels(progress.record.model).observe(
            now - progress.record.created_at
        )
        await self.move(
            progress,
            (JobStatus.QUEUED,),
            status=JobStatus.IN_PROGRESS,
            attempt=attempt,
            started_at=now,
        )

    async def _complete(self, progress: Progress, finished: Finished) -> None:
        # The next run of a model that was loaded for this one will not wait for that.
        waited = sum(finished.timings.get(stage, 0.0) for stage in PREPARATION)
        seconds = max(0.0, progress.elapsed - waited)
        done = await self.move(
            progress,
            (JobStatus.IN_PROGRESS,),
            status=JobStatus.COMPLETED,
            files=finished.files,
            timings=finished.timings,
            peak_memory_gb=finished.peak_memory_gb,
            run_seconds=seconds,
            completed_at=int(time.time()),
        )
        if done:
            record = progress.record
            logger.info("%s: completed in %.1f s", record.id, seconds)
            self._run_times.learn(Run.of(record.model, record.task, record.params), seconds)
            for stage, duration in finished.timings.items():
                self._metrics.stage_seconds.labels(record.model, stage).observe(duration)

    async def _fail(self, progress: Progress, error: ServeError) -> None:
        logger.warning("%s: failed: %s", progress.record.id, error.message)
        await self.move(
            progress,
            UNFINISHED,
            status=JobStatus.FAILED,
            error=JobError(code=error.code or "failed", message=error.message),
            completed_at=int(time.time()),
        )

    async def _try_again(self, progress: Progress, error: Interrupted) -> None:
        record = progress.record
        attempt = record.attempt + (record.status is JobStatus.QUEUED)  # cut off before it began
        logger.warning("%s: attempt %d was interrupted: %s", record.id, attempt, error)
        self._metrics.interruptions.labels(record.model).inc()
        if attempt >= MAX_ATTEMPTS:
            await self._fail(progress, interrupted_too_often())
            return
        progress.reset()
        await self.move(progress, UNFINISHED, status=JobStatus.QUEUED, attempt=attempt)

    async def _await_replica(self, progress: Progress) -> None:
        failure = await self._model.failure()
        if failure is not None:
            await self._fail(
                progress, ModelUnavailable(f"The model could not be loaded: {failure}")
            )
        else:
            await asyncio.sleep(RETRY_SECONDS)


def interrupted_too_often() -> ModelFailed:
    """What a job is told that no attempt brought to its end."""
    return ModelFailed(
        f"The model stopped during each of {MAX_ATTEMPTS} attempts at this job.",
        code="interrupted",
    )
