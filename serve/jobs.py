"""All jobs: accepts, stores, orders and cancels them, and tells how they stand; knows no Ray.

One of it serves all models. Everything it must not lose is in the job store; what it keeps
in memory (progress, previews, places in line) it can do without.
"""

import asyncio
import base64
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from serve.dispatch import MAX_ATTEMPTS, Line, Model, interrupted_too_often
from serve.errors import Conflict, JobNotFound, ModelUnavailable, NotReady, QueueFull, ServeError
from serve.eta import REMEMBERED_RUNS, Run, RunTimes
from serve.job_store import JobRecord, JobStore
from serve.metrics import QueueMetrics
from serve.progress import Progress, describe
from serve.protocol import Job, JobError, JobEvent, JobPage, JobQuery, JobStatus, Readiness
from serve.storage import Storage

logger = logging.getLogger(__name__)

T = TypeVar("T")
ModelStates = dict[str, tuple[Readiness, str]]
"""Of each model, whether it can take work and what there is to say about it."""

MAX_RETRY_AFTER = 120
"""Seconds; clients of OpenAI's API give up at once when told to wait longer."""
UNKNOWN_RETRY_AFTER = 10


class Jobs:
    """All jobs of all models. Every method may be called again with the same result."""

    def __init__(
        self,
        models: Mapping[str, Model],
        store: JobStore,
        storage: Storage,
        states: Callable[[], Awaitable[ModelStates]],
        max_queued_jobs: int,
    ) -> None:
        self._store = store
        self._storage = storage
        self._states = states
        self._max_queued_jobs = max_queued_jobs
        self._metrics = QueueMetrics()
        self._run_times = RunTimes()
        self._unfinished: dict[str, Progress] = {}
        self._submitting = asyncio.Lock()
        # Models that share their replicas share a line.
        lines = {
            model: Line(model, store, self._run_times, self._metrics, self._forget)
            for model in models.values()
        }
        self._lines = {name: lines[model] for name, model in models.items()}

    async def recover(self) -> None:
        """Take up what a former queue left: waiting jobs wait on, cut-off ones wait again."""
        for record in await asyncio.to_thread(self._store.recently_completed, REMEMBERED_RUNS):
            if record.run_seconds is not None:
                run = Run.of(record.model, record.task, record.params)
                self._run_times.learn(run, record.run_seconds)
        for record in await asyncio.to_thread(self._store.unfinished):
            await self._take_up(record)

    async def submit(self, record: JobRecord) -> Job:
        """Accept a job: once this returns it is stored and will be brought to an end."""
        return await _unbroken(self._submit(record))

    async def repeated(self, idempotency_key: str, fingerprint: str) -> Job | None:
        """The job this key was used for before, or None; a conflict if that was another request."""
        record = await asyncio.to_thread(self._store.by_idempotency_key, idempotency_key)
        if record is None:
            return None
        return self._describe(_same_request(record, fingerprint))

    async def get(self, job_id: str, user: str | None = None) -> Job:
        """The job as it stands now; for a user, only one of theirs or of nobody."""
        record = await self._find(job_id)
        if user is not None and record.user not in (None, user):
            raise JobNotFound(f"There is no job {job_id!r}.")
        return self._describe(record).model_copy(
            update={"user": record.user if user is not None else None}
        )

    async def page(self, asked: JobQuery) -> JobPage:
        """One page of the list of jobs."""
        if asked.after is not None:
            await self._find(asked.after)
        records, has_more = await asyncio.to_thread(self._store.page, asked)
        known = {"user": asked.user}  # to who asks; nobody learns another's from the list
        jobs = [self._describe(record).model_copy(update=known) for record in records]
        return JobPage(
            data=jobs,
            first_id=jobs[0].id if jobs else None,
            last_id=jobs[-1].id if jobs else None,
            has_more=has_more,
        )

    async def update(self, job_id: str, favourite: bool) -> Job:
        """Mark the job as a favourite or unmark it, in whatever state it is."""
        return await _unbroken(self._update(job_id, favourite))

    async def cancel(self, job_id: str) -> Job:
        """Stop a job, waiting or running; a conflict if it has ended."""
        return await _unbroken(self._cancel(job_id))

    async def delete(self, job_id: str) -> None:
        """Stop the job if it runs, and forget it and its files."""
        await _unbroken(self._delete(job_id))

    async def record(self, job_id: str) -> JobRecord:
        """The stored record, for a remix."""
        return await self._find(job_id)

    async def file(self, job_id: str, name: str) -> str:
        """The storage key of one of a completed job's files."""
        record = await self._find(job_id)
        if record.status is not JobStatus.COMPLETED:
            reason = f": {record.error.message}" if record.error else ""
            raise NotReady(f"The job {job_id} is {record.status}{reason}, it has no {name}.")
        if name not in record.files:
            has = ", ".join(sorted(record.files))
            raise NotReady(f"The job {job_id} has no {name}; it has: {has}.", param="variant")
        return record.files[name]

    async def input(self, job_id: str, index: int) -> str:
        """The storage key of one of the pictures, clips and recordings that came with the job."""
        record = await self._find(job_id)
        if not 0 <= index < len(record.images):
            raise NotReady(
                f"The job {job_id} has no input {index}; it came with {len(record.images)}.",
                param="index",
            )
        return record.images[index]

    async def preview(self, job_id: str) -> bytes:
        """The newest half-denoised frame of a running job, a JPEG."""
        record = await self._find(job_id)
        progress = self._unfinished.get(job_id)
        if progress is None or progress.preview is None:
            raise NotReady(f"The job {job_id} is {record.status} and has no preview.")
        return progress.preview

    async def follow(self, job_id: str) -> AsyncIterator[JobEvent]:
        """The job now and after every change, until it has ended."""
        shown: bytes | None = None
        while (progress := self._unfinished.get(job_id)) is not None:
            change = progress.next_change()
            is_new = progress.preview is not None and progress.preview is not shown
            shown = progress.preview
            yield JobEvent(
                job=self._describe(progress.record),
                preview=_data_url(progress.preview) if is_new and progress.preview else None,
            )
            await change.wait()
        record = await asyncio.to_thread(self._store.get, job_id)
        if record is not None:  # it may have been deleted meanwhile
            yield JobEvent(job=describe(record))

    async def states(self) -> ModelStates:
        """Whether each model can take work."""
        return await self._states()

    async def counts(self) -> tuple[int, int]:
        """How many jobs wait and how many run."""
        lines = self._lines.values()
        return sum(len(line.waiting) for line in lines), sum(len(line.running) for line in lines)

    async def metrics(self) -> bytes:
        """The queue's Prometheus series."""
        for name, line in self._lines.items():
            self._metrics.queued.labels(name).set(len(line.waiting))
            self._metrics.in_progress.labels(name).set(len(line.running))
        return self._metrics.render()

    async def _take_up(self, record: JobRecord) -> None:
        changes: dict[str, Any] = {"status": JobStatus.QUEUED}
        error: ServeError | None = None
        if record.model not in self._lines:
            error = ModelUnavailable(f"The model {record.model!r} is no longer served here.")
        elif record.status is JobStatus.IN_PROGRESS and record.attempt >= MAX_ATTEMPTS:
            error = interrupted_too_often()
        if error is not None:
            changes = {
                "status": JobStatus.FAILED,
                "error": JobError(code=error.code or "failed", message=error.message),
                "completed_at": int(time.time()),
            }
        changed = await asyncio.to_thread(
            lambda: self._store.change(record, expect=(record.status,), **changes)
        )
        logger.info("%s: found %s, now %s", record.id, record.status, changes["status"])
        if changed is not None and not changed.status.is_final:
            self._enqueue(changed)

    async def _submit(self, record: JobRecord) -> Job:
        line = self._lines[record.model]
        async with self._submitting:
            if record.idempotency_key is not None:
                earlier = await self.repeated(record.idempotency_key, record.fingerprint)
                if earlier is not None:
                    return earlier
            await self._refuse_if_hopeless(record.model)
            if len(line.waiting) >= self._max_queued_jobs:
                raise self._queue_full(record.model, line)
            stored = await asyncio.to_thread(self._store.add, record)
            if stored.id not in self._unfinished and not stored.status.is_final:
                self._enqueue(stored)
        return self._describe(_same_request(stored, record.fingerprint))

    async def _refuse_if_hopeless(self, model: str) -> None:
        state, detail = (await self._states()).get(model, (Readiness.LOADING, ""))
        if state is Readiness.FAILED:
            raise ModelUnavailable(f"The model {model!r} could not be loaded: {detail}")

    def _queue_full(self, model: str, line: Line) -> QueueFull:
        seconds = line.seconds_until_free()
        wait = UNKNOWN_RETRY_AFTER if seconds is None else math.ceil(seconds)
        return QueueFull(
            f"{self._max_queued_jobs} jobs already wait for {model!r}, the most it takes.",
            retry_after=min(max(wait, 1), MAX_RETRY_AFTER),
        )

    async def _update(self, job_id: str, favourite: bool) -> Job:
        progress = self._unfinished.get(job_id)
        if progress is None:
            await asyncio.to_thread(self._store.set_favourite, job_id, favourite)
            return self._describe(await self._find(job_id))
        async with progress.lock:
            await asyncio.to_thread(self._store.set_favourite, job_id, favourite)
            progress.record = replace(progress.record, favourite=favourite)
        progress.notify()
        return self._describe(progress.record)

    async def _cancel(self, job_id: str) -> Job:
        record = await self._find(job_id)
        progress = self._unfinished.get(job_id)
        if progress is None or not await self._lines[record.model].cancel(progress):
            status = (await self._find(job_id)).status
            raise Conflict(f"The job {job_id} is {status} and can't be cancelled.")
        return self._describe(progress.record)

    async def _delete(self, job_id: str) -> None:
        record = await self._find(job_id)
        progress = self._unfinished.get(job_id)
        if progress is not None:
            await self._lines[record.model].cancel(progress)
        await asyncio.to_thread(self._store.delete, job_id)
        await asyncio.to_thread(self._storage.delete, job_id)

    def _enqueue(self, record: JobRecord) -> None:
        progress = Progress(record)
        self._unfinished[record.id] = progress
        self._lines[record.model].add(progress)

    def _forget(self, progress: Progress) -> None:
        self._unfinished.pop(progress.record.id, None)

    async def _find(self, job_id: str) -> JobRecord:
        progress = self._unfinished.get(job_id)
        if progress is not None:
            return progress.record
        record = await asyncio.to_thread(self._store.get, job_id)
        if record is None:
            raise JobNotFound(f"There is no job {job_id!r}.")
        return record

    def _describe(self, record: JobRecord) -> Job:
        progress = self._unfinished.get(record.id)
        if progress is None:
            return describe(record)
        line = self._lines[record.model]
        waiting = line.waiting
        return describe(
            progress.record,
            progress,
            queue_position=waiting.index(progress) if progress in waiting else None,
            eta_seconds=line.expected_seconds(progress),
        )


def _same_request(record: JobRecord, fingerprint: str) -> JobRecord:
    if record.fingerprint != fingerprint:
        raise Conflict(
            f"The Idempotency-Key was used before, for another request (job {record.id}).",
            code="idempotency_key_reused",
        )
    return record


def _data_url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


async def _unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Finish `work` even if the caller hangs up, which must not leave a change half done."""
    return await asyncio.shield(asyncio.ensure_future(work))
