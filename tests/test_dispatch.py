"""The order of jobs, lost replicas and lost queues, without Ray."""

from dataclasses import replace

import pytest

from serve.dispatch import Interrupted, NoReplica
from serve.protocol import JobStatus
from tests.jobs import record, until
from tests.queues import OpenQueue, Queue

QUEUED, IN_PROGRESS = JobStatus.QUEUED, JobStatus.IN_PROGRESS
COMPLETED, FAILED, CANCELLED = JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED


async def test_jobs_of_a_model_run_one_after_the_other_in_the_order_they_came(
    queue: Queue,
) -> None:
    ids = [(await queue.jobs.submit(record())).id for _ in range(3)]
    await queue.begins(ids[0])
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
    await queue.begins(ids[0])
    await queue.begins(ids[1])
    assert [await queue.status(job_id) for job_id in ids] == [IN_PROGRESS, IN_PROGRESS, QUEUED]


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
