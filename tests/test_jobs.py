"""Accepting, following, cancelling and deleting jobs, without Ray."""

import asyncio

import pytest

from serve.dispatch import Interrupted
from serve.errors import Conflict, JobNotFound, ModelUnavailable, NotReady, QueueFull
from serve.generation import input_key
from serve.jobs import Jobs, ModelStates
from serve.protocol import JobStatus, Readiness, Role, Stage
from tests.jobs import MODEL, record, until
from tests.queues import Queue

QUEUED, IN_PROGRESS = JobStatus.QUEUED, JobStatus.IN_PROGRESS
COMPLETED, FAILED, CANCELLED = JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED


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
    job = record(images=("video_1/input-0-garment.png",))
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


async def test_an_unfinished_job_has_no_files_and_says_how_it_stands(queue: Queue) -> None:
    job = await queue.jobs.submit(record(images=(key := input_key("video_1", 0, Role.GARMENT),)))
    with pytest.raises(NotReady, match="queued|in_progress"):
        await queue.jobs.file(job.id, "video")
    assert await queue.jobs.input(job.id, 0) == key
    assert job.inputs == ["garment"]
    with pytest.raises(NotReady, match="has no input 1; it came with 1"):
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


async def test_models_that_share_replicas_take_turns_in_one_line(queue: Queue) -> None:
    async def states() -> ModelStates:
        return {"a": (Readiness.ON_DEMAND, ""), "b": (Readiness.ON_DEMAND, "")}

    shared = Jobs({"a": queue.model, "b": queue.model}, queue.store, queue.storage, states, 3)
    first, second = [await shared.submit(record(model=name)) for name in ("a", "b")]
    queue.model.go(1)
    while (await shared.get(first.id)).status is QUEUED:
        await asyncio.sleep(0.001)
    assert (await shared.get(second.id)).queue_position == 0
    queue.model.go()
    for job in (first, second):
        assert [event async for event in shared.follow(job.id)][-1].job.status is COMPLETED
    assert [request.model for request in queue.model.requests] == ["a", "b"]


async def test_the_time_to_load_a_model_is_not_expected_of_the_next_run(queue: Queue) -> None:
    queue.model.timings = {Stage.DOWNLOADING: 1_000.0, Stage.LOADING: 100.0}
    queue.model.go()
    job = await queue.jobs.submit(record())
    await queue.ends(job.id)
    waiting = await queue.jobs.submit(record())
    assert (waiting.eta_seconds or 0) < 1
