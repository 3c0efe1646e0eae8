"""The job store, on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from serve.job_store import UNFINISHED, JobRecord, JobStore
from serve.protocol import JobError, JobQuery, JobStatus, Task
from tests.jobs import PARAMS, record


@pytest.fixture
def store(database_url: str) -> Iterator[JobStore]:
    store = JobStore(database_url)
    yield store
    store.close()


def test_a_record_comes_back_as_it_was_stored(store: JobStore) -> None:
    job = record(
        images=("a/input-0.png", "a/input-1.png"),
        files={"video": "a/video.mp4"},
        timings={"denoising": 1.5},
        status=JobStatus.FAILED,
        error=JobError(code="model_failed", message="Größe ✂"),
        run_seconds=2.25,
        user="anna",
        metadata={"sku": "A-1"},
    )
    store.add(job)
    assert store.get(job.id) == job


def test_records_are_still_there_when_the_database_is_opened_again(database_url: str) -> None:
    first = JobStore(database_url)
    job = first.add(record())
    first.close()
    second = JobStore(database_url)
    assert second.get(job.id) == job
    second.close()


def test_an_unknown_job_is_none(store: JobStore) -> None:
    assert store.get("video_nowhere") is None


def test_a_second_job_with_the_same_idempotency_key_is_the_first(store: JobStore) -> None:
    first = store.add(record(idempotency_key="k"))
    assert store.add(record(idempotency_key="k")) == first
    assert store.by_idempotency_key("k") == first


def test_the_same_job_stored_twice_is_one(store: JobStore) -> None:
    job = record()
    assert store.add(job) == store.add(job) == job
    assert store.page()[0] == [job]


def test_only_one_of_two_writers_wins_a_change_of_state(store: JobStore) -> None:
    job = store.add(record())
    assert store.change(job, expect=[JobStatus.QUEUED], status=JobStatus.IN_PROGRESS, attempt=1)
    assert not store.change(job, expect=[JobStatus.QUEUED], status=JobStatus.CANCELLED)
    stored = store.get(job.id)
    assert stored is not None
    assert (stored.status, stored.attempt) == (JobStatus.IN_PROGRESS, 1)


def test_an_older_attempt_can_no_longer_write(store: JobStore) -> None:
    old = store.add(record())
    new = store.change(old, expect=UNFINISHED, attempt=1)
    assert new is not None
    assert store.change(old, expect=UNFINISHED, status=JobStatus.COMPLETED) is None
    assert store.change(new, expect=UNFINISHED, status=JobStatus.COMPLETED) is not None


def test_the_list_is_paged_by_age_in_both_orders(store: JobStore) -> None:
    jobs = [store.add(record()) for _ in range(5)]
    newest, more = store.page(JobQuery(limit=2))
    assert (newest, more) == ([jobs[4], jobs[3]], True)
    rest, more = store.page(JobQuery(after=jobs[3].id, limit=3))
    assert (rest, more) == ([jobs[2], jobs[1], jobs[0]], False)
    oldest, more = store.page(JobQuery(limit=2, order="asc"))
    assert (oldest, more) == ([jobs[0], jobs[1]], True)
    assert store.page(JobQuery(after=jobs[1].id, limit=9, order="asc")) == (jobs[2:], False)


def test_the_list_can_be_narrowed_to_a_user_and_a_kind(store: JobStore) -> None:
    anna = store.add(record(user="anna"))
    still = store.add(record(user="anna", object="image"))
    store.add(record(user="ben"))
    assert store.page(JobQuery(user="anna"))[0] == [still, anna]
    assert store.page(JobQuery(user="anna", kind="video"))[0] == [anna]
    assert store.page(JobQuery(user="nobody")) == ([], False)


def test_the_list_can_be_searched_and_narrowed_in_every_way(store: JobStore) -> None:
    first = store.add(record(prompt="Ein ROTES Kleid aus Ägypten", model="wan", user="anna"))
    second = store.add(record(prompt="100% red_dress", status=JobStatus.FAILED, user="anna"))
    third = store.add(record(prompt="a green dress", task=Task.TRY_ON, user="anna"))

    def found(**asked: object) -> list[JobRecord]:
        return store.page(JobQuery.model_validate({"order": "asc", **asked}))[0]

    assert found(q="kleid ägypten") == [first]
    assert found(q="DRESS") == [second, third]
    assert found(q="100%") == [second]
    assert found(q="red_dress") == [second]
    assert found(q="n_dress") == []
    assert found(q="kleid dress") == []
    assert found(status=["failed", "completed"]) == [second]
    assert found(task="try-on") == [third]
    assert found(model="wan") == [first]
    assert found(q="dress", user="ben") == []


def test_the_list_can_be_narrowed_to_jobs_with_a_note(store: JobStore) -> None:
    plain = store.add(record())
    noted = store.add(record(metadata={"lookbook": "a:1", "row": "2"}))
    other = store.add(record(metadata={"lookbook": "b", "the place": "50% off"}))

    def found(*notes: str) -> list[JobRecord]:
        return store.page(JobQuery(order="asc", metadata=list(notes)))[0]

    assert found() == [plain, noted, other]
    assert found("lookbook") == [noted, other]
    assert found("lookbook:a:1") == [noted]
    assert found("lookbook", "row:2") == [noted]
    assert found("the place:50% off") == [other]
    assert found("lookbook:") == found("sku") == found("lookbook:b", "row:2") == []


def test_a_favourite_stays_one_and_the_list_can_be_narrowed_to_them(store: JobStore) -> None:
    marked, unmarked, never = (store.add(record()) for _ in range(3))
    assert store.set_favourite(marked.id, True)
    assert store.set_favourite(unmarked.id, True)
    assert store.set_favourite(unmarked.id, False)
    assert not store.set_favourite("video_nowhere", True)
    marked = replace(marked, favourite=True)
    assert store.get(marked.id) == marked
    assert store.page(JobQuery(favourite=True))[0] == [marked]
    assert store.page(JobQuery(favourite=False))[0] == [never, unmarked]
    # Whoever holds the record of before and writes it does not take the mark away.
    assert store.change(unmarked, expect=UNFINISHED, status=JobStatus.COMPLETED)
    assert store.change(replace(marked, favourite=False), expect=UNFINISHED, started_at=1)
    assert store.page(JobQuery(favourite=True))[0][0].id == marked.id


def test_the_list_can_be_paged_by_length(store: JobStore) -> None:
    def clip(num_frames: int, **changes: object) -> JobRecord:
        params = PARAMS.model_copy(update={"num_frames": num_frames})
        return store.add(replace(record(params=params), **changes))  # type: ignore[arg-type]

    short, long = clip(9), clip(33)
    still = clip(99, object="image")
    alike = clip(33)
    longest = JobQuery(sort="seconds", limit=2)
    assert store.page(longest) == ([alike, long], True)
    rest = longest.model_copy(update={"after": long.id})
    assert store.page(rest) == ([short, still], False)
    shortest = JobQuery(sort="seconds", order="asc", after=short.id)
    assert store.page(shortest) == ([long, alike], False)


def test_unfinished_jobs_come_oldest_first(store: JobStore) -> None:
    waiting = store.add(record())
    store.add(record(status=JobStatus.COMPLETED))
    running = store.add(record(status=JobStatus.IN_PROGRESS))
    assert store.unfinished() == [waiting, running]


def test_a_deleted_job_is_gone_and_its_place_in_the_list_is_not_used_again(
    store: JobStore,
) -> None:
    kept = store.add(record())
    gone = store.add(record())
    assert store.delete(gone.id)
    assert not store.delete(gone.id)
    later = store.add(record())
    assert store.page(JobQuery(order="asc"))[0] == [kept, later]


def test_the_newest_completed_jobs_come_oldest_first(store: JobStore) -> None:
    jobs = [
        store.add(replace(record(status=JobStatus.COMPLETED), run_seconds=float(n)))
        for n in range(4)
    ]
    assert store.recently_completed(2) == jobs[2:]


def test_a_table_of_an_earlier_version_gets_the_columns_that_came_since(database_url: str) -> None:
    old = JobStore(database_url)
    kept = old.add(record())
    with old._engine.begin() as connection:
        for column in ("peak_memory_gb", "metadata", "favourite"):
            connection.execute(text(f"ALTER TABLE jobs DROP COLUMN {column}"))
    old.close()
    new = JobStore(database_url)
    assert new.get(kept.id) == kept
    changed = new.change(kept, expect=UNFINISHED, peak_memory_gb=1.5)
    assert changed is not None and changed.peak_memory_gb == 1.5
    new.close()
