"""The job queue without Ray: a scripted model, a real store and real storage."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from serve.dispatch import Interrupted, NoReplica
from serve.errors import Conflict, JobNotFound, ModelUnavailable, NotReady, QueueFull
from serve.job_store import JobStore
from serve.jobs import Jobs, ModelStates
from serve.protocol import JobEvent, JobStatus, Readiness
from serve.storage import Storage
from tests.jobs import MODEL, PARAMS, ScriptedModel, record, until

QUEUED, IN_PROGRESS = JobStatus.QUEUED, JobStatus.IN_PROGRESS
COMPLETED, FAILED, CANCELLED = JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED


@dataclass
class Queue:
    """The queue under test and what it stands on."""

    jobs: Jobs
    model: ScriptedModel
    store: JobStore
    storage: Storage
    states: ModelStates

    async def status(self, job_id: str) -> JobStatus:
        return (await self.jobs.get(job_id)).status

    async def begins(self, job_id: str) -> None:
        """Wait until its run has begun."""
        while await self.status(job_id) is JobStatus.QUEUED:
            await asyncio.sleep(0.001)

    async def ends(self, job_id: str) -> JobEvent:
        """The last event of a job, and so its end."""
        return [event async for event in self.jobs.follow(job_id)][-1]


OpenQueue = Callable[..., Awaitable[Queue]]


@pytest.fixture
async def open_queue(database_url: str, tmp_path: Path) -> AsyncIterator[OpenQueue]:
    stores = []

    async def open_one(slots: int = 1) -> Queue:
        store = JobStore(database_url)
        stores.append(store)
        storage = Storage(str(tmp_path / "outputs"))
        model = ScriptedModel(storage, slots)
        states: ModelStates = {MODEL: (Readiness.READY, "")}

        async def ask() -> ModelStates:
            return states

        queue = Queue(Jobs({MODEL: model}, store, storage, ask, 3), model, store, storage, states)
        await queue.jobs.recover()
        return queue

    yield open_one
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()  # the store is used in there
    for store in stores:
        store.close()


@pytest.fixture
async def queue(open_queue: OpenQueue) -> Queue:
    return await open_queue()


async def test_a_job_runs_to_its_end_and_its_files_can_be_had(queue: Queue) -> None:
    queue.model.go()
    job = await queue.jobs.submit(record())
    assert (job.status, job.progress) == (QUEUED, 0)
    ended = (await queue.ends(job.id)).job
    assert (ended.status, ended.progress) == (COMPLETED, 100)
    assert ended.timings == {"denoising": 1.5, "writing": 0.25}
    assert await queue.jobs.file(job.id, "video") == f"{job.id}/video.mp4"
    with pytest.raises(NotReady, match="it has: record, thumbnail, video"):
        await queue.jobs.file(job.id, "spritesheet")


async def test_progress_is_reported_step_by_step_and_never_runs_backwards(queue: Queue) -> None:
    job = await queue.jobs.submit(record())
    seen = []
    async for event in queue.jobs.follow(job.id):
        seen.append(event.job)
        queue.model.go(1)
    steps = [job.step for job in seen if job.stage == "denoising"]
    assert {1, 2, 3} <= set(steps)
    assert steps == sorted(steps, key=lambda step: step or 0)
    percents = [job.progress for job in seen]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert all(job.progress < 100 for job in seen if job.status is not COMPLETED)


async def test_a_preview_is_told_once_and_kept_for_whoever_asks(queue: Queue) -> None:
    job = await queue.jobs.submit(record())
    with pytest.raises(NotReady, match="has no preview"):
        await queue.jobs.preview(job.id)
    queue.model.go(2)
    await until(lambda: bool(queue.jobs._unfinished[job.id].step == 2))
    assert await queue.jobs.preview(job.id) == b"jpeg 2"
    assert (await queue.jobs.get(job.id)).has_preview


async def test_jobs_of_a_model_run_one_after_the_other_in_the_order_they_came(
    queue: Queue,
) -> None:
    ids = [(await queue.jobs.submit(record())).id for _ in range(3)]
    await until(lambda: len(queue.model.requests) == 1)
    positions = [(await queue.jobs.get(job_id)).queue_position for job_id in ids[1:]]
    assert positions == [0, 1]
    queue.model.go()
    await queue.ends(ids[-1])
    assert [request.job_id for request in queue.model.requests] == ids


async def test_as_many_jobs_are_handed_over_as_there_may_be_replicas(
    open_queue: OpenQueue,
) -> None:
    queue = await open_queue(slots=2)
    ids = [(await queue.jobs.submit(record())).id for _ in range(3)]
    await queue.begins(ids[1])
    assert [await queue.status(job_id) for job_id in ids] == [IN_PROGRESS, IN_PROGRESS, QUEUED]


async def test_a_full_queue_refuses_and_says_when_to_come_back(queue: Queue) -> None:
    running = await queue.jobs.submit(record())
    await queue.begins(running.id)
    for _ in range(3):
        await queue.jobs.submit(record())
    with pytest.raises(QueueFull) as refused:
        await queue.jobs.submit(record())
    assert refused.value.retry_after == 10  # nothing is learnt yet
    assert len(queue.store.page()[0]) == 4


async def test_a_waiting_job_is_cancelled_at_once_and_never_runs(queue: Queue) -> None:
    first = await queue.jobs.submit(record())
    second = await queue.jobs.submit(record())
    assert (await queue.jobs.cancel(second.id)).status is CANCELLED
    queue.model.go()
    await queue.ends(first.id)
    assert [request.job_id for request in queue.model.requests] == [first.id]


async def test_cancelling_a_running_job_closes_its_stream_and_starts_the_next(
    queue: Queue,
) -> None:
    first = await queue.jobs.submit(record())
    second = await queue.jobs.submit(record())
    queue.model.go(1)
    await until(lambda: queue.jobs._unfinished[first.id].step == 1)
    assert (await queue.jobs.cancel(first.id)).status is CANCELLED
    assert queue.model.stopped == [first.id]
    queue.model.go()
    assert (await queue.ends(second.id)).job.status is COMPLETED
    assert await queue.status(first.id) is CANCELLED


async def test_a_job_that_has_ended_cannot_be_cancelled(queue: Queue) -> None:
    queue.model.go()
    job = await queue.jobs.submit(record())
    await queue.ends(job.id)
    with pytest.raises(Conflict, match="is completed"):
        await queue.jobs.cancel(job.id)


async def test_deleting_a_running_job_stops_it_and_removes_record_and_files(queue: Queue) -> None:
    job = record(images=("x",))
    queue.storage.put(f"{job.id}/input-0.png", b"png")
    await queue.jobs.submit(job)
    await until(lambda: len(queue.model.requests) == 1)
    await queue.jobs.delete(job.id)
    assert queue.model.stopped == [job.id]
    assert not queue.storage.exists(f"{job.id}/input-0.png")
    with pytest.raises(JobNotFound):
        await queue.jobs.get(job.id)


async def test_whoever_follows_a_job_that_is_deleted_sees_its_end(queue: Queue) -> None:
    job = await queue.jobs.submit(record())
    events = queue.jobs.follow(job.id)
    assert (await anext(events)).job.id == job.id
    await queue.jobs.delete(job.id)
    assert COMPLETED not in [event.job.status async for event in events]


async def test_what_the_model_says_is_wrong_becomes_the_jobs_error(queue: Queue) -> None:
    queue.model.raises = [ValueError("out of memory")]
    job = (await queue.ends((await queue.jobs.submit(record())).id)).job
    assert job.status is FAILED
    assert job.error is not None
    assert (job.error.code, job.error.message) == ("model_failed", "The model failed unexpectedly.")


async def test_a_failed_job_does_not_stop_the_next(queue: Queue) -> None:
    queue.model.raises = [ValueError("once")]
    queue.model.go()
    first = await queue.jobs.submit(record())
    second = await queue.jobs.submit(record())
    assert (await queue.ends(second.id)).job.status is COMPLETED
    assert await queue.status(first.id) is FAILED


async def test_a_run_that_loses_its_replica_is_repeated_before_the_next_job(queue: Queue) -> None:
    queue.model.raises = [Interrupted("killed"), Interrupted("killed")]
    queue.model.go()
    first = await queue.jobs.submit(record())
    second = await queue.jobs.submit(record())
    assert (await queue.ends(second.id)).job.status is COMPLETED
    assert await queue.status(first.id) is COMPLETED
    runs = [(request.job_id, request.attempt) for request in queue.model.requests]
    assert runs == [(first.id, 1), (first.id, 2), (first.id, 3), (second.id, 1)]


@pytest.mark.parametrize("begun", [True, False])
async def test_a_job_that_takes_its_replica_down_three_times_fails(
    queue: Queue, begun: bool
) -> None:
    deaths: list[Exception] = [Interrupted("killed") for _ in range(3)]
    if begun:
        queue.model.raises = deaths
    else:
        queue.model.refuses = deaths
    job = (await queue.ends((await queue.jobs.submit(record())).id)).job
    assert job.status is FAILED
    assert job.error is not None
    assert job.error.code == "interrupted"
    assert len(queue.model.requests) == 3


async def test_a_job_waits_for_a_replica_without_using_up_its_attempts(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serve.dispatch.RETRY_SECONDS", 0)
    queue.model.refuses = [NoReplica("none yet") for _ in range(9)]
    queue.model.go()
    job = await queue.jobs.submit(record())
    assert (await queue.ends(job.id)).job.status is COMPLETED
    assert queue.model.requests[-1].attempt == 1


async def test_a_job_fails_with_the_reason_when_its_model_can_never_be_loaded(
    queue: Queue,
) -> None:
    queue.model.refuses = [NoReplica("none")]
    queue.model.broken = "no such folder"
    job = (await queue.ends((await queue.jobs.submit(record())).id)).job
    assert job.error is not None
    assert job.error.code == "model_unavailable"
    assert "no such folder" in job.error.message


async def test_a_model_that_could_not_be_loaded_takes_no_jobs(queue: Queue) -> None:
    queue.states[MODEL] = (Readiness.FAILED, "no such folder")
    with pytest.raises(ModelUnavailable, match="no such folder"):
        await queue.jobs.submit(record())
    assert queue.store.page()[0] == []


async def test_a_loading_model_takes_jobs(queue: Queue) -> None:
    queue.states[MODEL] = (Readiness.LOADING, "")
    queue.model.go()
    job = await queue.jobs.submit(record())
    assert (await queue.ends(job.id)).job.status is COMPLETED


async def test_a_repeated_idempotency_key_gives_the_first_job(queue: Queue) -> None:
    first = await queue.jobs.submit(record(idempotency_key="k", fingerprint="f"))
    again = await queue.jobs.submit(record(idempotency_key="k", fingerprint="f"))
    assert again.id == first.id
    assert await queue.jobs.repeated("k", "f") == await queue.jobs.get(first.id)
    with pytest.raises(Conflict, match="Idempotency-Key"):
        await queue.jobs.submit(record(idempotency_key="k", fingerprint="other"))
    with pytest.raises(Conflict, match="Idempotency-Key"):
        await queue.jobs.repeated("k", "other")


async def test_two_simultaneous_requests_with_one_key_make_one_job(queue: Queue) -> None:
    submitted = [queue.jobs.submit(record(idempotency_key="k", fingerprint="f")) for _ in range(5)]
    jobs = await asyncio.gather(*submitted)
    assert len({job.id for job in jobs}) == 1


async def test_submitting_the_same_job_again_does_not_run_it_twice(queue: Queue) -> None:
    job = record()
    await queue.jobs.submit(job)
    await queue.jobs.submit(job)
    queue.model.go()
    await queue.ends(job.id)
    await queue.jobs.submit(job)
    assert len(queue.model.requests) == 1


async def test_a_caller_who_hangs_up_does_not_lose_the_job(queue: Queue) -> None:
    job = record()
    caller = asyncio.create_task(queue.jobs.submit(job))
    await asyncio.sleep(0)
    caller.cancel()
    queue.model.go()
    await until(lambda: bool(queue.model.requests))
    assert (await queue.ends(job.id)).job.status is COMPLETED


async def test_a_new_queue_takes_up_what_the_old_one_left(
    open_queue: OpenQueue,
) -> None:
    old = await open_queue()
    jobs = [(await old.jobs.submit(record())).id for _ in range(3)]
    await old.begins(jobs[0])
    new = await open_queue()
    new.model.go()
    for job_id in jobs:
        assert (await new.ends(job_id)).job.status is COMPLETED
    runs = [(request.job_id, request.attempt) for request in new.model.requests]
    assert runs == [(jobs[0], 2), (jobs[1], 1), (jobs[2], 1)]


async def test_an_old_queue_cannot_overwrite_what_its_successor_does(
    open_queue: OpenQueue,
) -> None:
    old = await open_queue()
    job = await old.jobs.submit(record())
    await old.begins(job.id)
    new = await open_queue()
    await new.begins(job.id)
    old.model.go()  # the old run completes, but is no longer the one that counts
    await until(lambda: not old.jobs._unfinished)
    assert await new.status(job.id) is IN_PROGRESS
    new.model.go()
    assert (await new.ends(job.id)).job.status is COMPLETED


async def test_a_job_cut_off_three_times_by_restarts_is_failed_at_the_next(
    open_queue: OpenQueue,
) -> None:
    first = await open_queue()
    job = record(status=IN_PROGRESS, attempt=3)
    first.store.add(job)
    second = await open_queue()
    ended = await second.jobs.get(job.id)
    assert ended.status is FAILED
    assert ended.error is not None
    assert ended.error.code == "interrupted"


async def test_a_job_of_a_model_that_is_no_longer_served_fails_with_the_reason(
    open_queue: OpenQueue,
) -> None:
    first = await open_queue()
    job = first.store.add(record(model="retired"))
    second = await open_queue()
    ended = await second.jobs.get(job.id)
    assert ended.error is not None
    assert "'retired' is no longer served" in ended.error.message


async def test_the_time_left_is_learnt_from_past_jobs_even_those_before_a_restart(
    open_queue: OpenQueue,
) -> None:
    first = await open_queue()
    first.store.add(replace(record(status=COMPLETED), run_seconds=8.0))
    queue = await open_queue()
    running = await queue.jobs.submit(record())
    await queue.begins(running.id)
    waiting = [(await queue.jobs.submit(record())).id for _ in range(2)]
    etas = [(await queue.jobs.get(job_id)).eta_seconds for job_id in (running.id, *waiting)]
    assert etas == [pytest.approx(8, abs=2), pytest.approx(16, abs=2), pytest.approx(24, abs=2)]


async def test_an_unfinished_job_has_no_files_and_says_how_it_stands(queue: Queue) -> None:
    job = await queue.jobs.submit(record(images=(f"{PARAMS.seed}.png",)))
    with pytest.raises(NotReady, match="queued|in_progress"):
        await queue.jobs.file(job.id, "video")
    assert await queue.jobs.input(job.id, 0) == "7.png"
    with pytest.raises(NotReady, match="has no picture 1; it came with 1"):
        await queue.jobs.input(job.id, 1)


async def test_the_metrics_count_what_happened(queue: Queue) -> None:
    queue.model.go()
    queue.model.raises = [Interrupted("killed")]
    await queue.ends((await queue.jobs.submit(record())).id)
    text = (await queue.jobs.metrics()).decode()
    assert 'lookreel_jobs_total{model="croquis-t2v",status="completed"} 1.0' in text
    assert 'lookreel_interruptions_total{model="croquis-t2v"} 1.0' in text
    assert 'lookreel_stage_seconds_sum{model="croquis-t2v",stage="denoising"} 1.5' in text
    assert 'lookreel_queued_jobs{model="croquis-t2v"} 0.0' in text
