"""Lookbooks are made, left, found again, cancelled and mended: the real client, a fake backend."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.lookbook.book import Book, Kind
from app.lookbook.workshop import AHEAD, Workshop
from serve.protocol import JobStatus, Task
from tests.fake_backend import FakeBackend
from tests.lookbooks import CLIPS, book_of, workshop_at


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(step_seconds=0.001)


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.002)


async def made(workshop: Workshop, book: Book) -> Book:
    await workshop.begin(book)
    await until(lambda: book.is_done)
    return book


async def test_every_row_becomes_a_job_of_its_browser_with_the_same_seed(
    backend: FakeBackend, tmp_path: Path
) -> None:
    async with workshop_at(backend, tmp_path) as workshop:
        book = await made(workshop, book_of(tmp_path, 2, 2))
    assert [one.status for one in book.standings] == [JobStatus.COMPLETED] * 4
    jobs = list(backend.jobs.values())
    assert {(job.user, job.task, job.params.seed) for job in jobs} == {("anna", Task.IMAGE_EDIT, 7)}
    assert [job.metadata["row"] for job in jobs] == ["1", "2", "3", "4"]
    assert {job.metadata["lookbook_title"] for job in jobs} == {"Spring"}
    person, garment = backend.inputs[jobs[1].id]
    assert person == (tmp_path / "person-0.png").read_bytes()
    assert garment == (tmp_path / "garment-1.png").read_bytes()


async def test_a_clip_goes_through_a_still_where_its_model_cannot_dress(
    backend: FakeBackend, tmp_path: Path
) -> None:
    book = book_of(tmp_path, 1, 1, CLIPS, dresses_first=True, dress_prompt="Dress the person.")
    async with workshop_at(backend, tmp_path) as workshop:
        await made(workshop, book)
    still, clip = backend.jobs.values()
    assert (still.task, still.prompt) == (Task.IMAGE_EDIT, "")
    assert (clip.task, clip.prompt) == (Task.IMAGE_TO_VIDEO, "turning around")
    assert backend.inputs[clip.id] == backend.files[still.id]


async def test_wishes_follow_the_dresser_s_own_instruction(
    backend: FakeBackend, tmp_path: Path
) -> None:
    book = book_of(tmp_path, 1, 2, dress_prompt="Dress the person.")
    book.rows[1].prompt = "worn open"
    async with workshop_at(backend, tmp_path) as workshop:
        await made(workshop, book)
    assert [job.prompt for job in backend.jobs.values()] == ["", "Dress the person. worn open"]


async def test_a_full_backend_is_waited_for(
    backend: FakeBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.max_queued_jobs = 1
    waits: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await sleep(min(seconds, 0.01))

    monkeypatch.setattr("app.lookbook.workshop.asyncio.sleep", noted)
    async with workshop_at(backend, tmp_path) as workshop:
        book = await made(workshop, book_of(tmp_path, 1, 3))
    assert book.number_of(JobStatus.COMPLETED) == 3
    assert 1.0 in waits  # as the refusal's Retry-After says


async def test_the_queue_keeps_room_for_others(backend: FakeBackend, tmp_path: Path) -> None:
    backend.step_seconds = 60
    async with workshop_at(backend, tmp_path) as workshop:
        book = book_of(tmp_path, 1, AHEAD + 5)
        await workshop.begin(book)
        await until(lambda: len(backend.jobs) == AHEAD)
        await asyncio.sleep(0.03)
        assert len(backend.jobs) == AHEAD
        assert book.number_of(JobStatus.QUEUED) == AHEAD + 5


async def test_cancelling_stops_what_runs_and_queues_no_more(
    backend: FakeBackend, tmp_path: Path
) -> None:
    backend.step_seconds = 60
    async with workshop_at(backend, tmp_path) as workshop:
        book = book_of(tmp_path, 1, AHEAD + 2)
        await workshop.begin(book)
        await until(lambda: len(backend.jobs) == AHEAD)
        await workshop.cancel(book)
        await until(lambda: book.is_done)
        await asyncio.sleep(0.03)
    assert {job.status for job in backend.jobs.values()} == {JobStatus.CANCELLED}
    assert len(backend.jobs) == AHEAD
    assert book.number_of(JobStatus.CANCELLED) == AHEAD + 2


async def test_only_what_failed_is_made_again(backend: FakeBackend, tmp_path: Path) -> None:
    async with workshop_at(backend, tmp_path) as workshop:
        book = book_of(tmp_path, 1, 2, CLIPS, dresses_first=True)
        await made(workshop, book)
        assert len(backend.jobs) == 4
        backend.fail_with = "the GPU is out of memory"
        other = await made(workshop, book_of(tmp_path, 1, 1))
        (failed,) = other.standings
        assert (failed.status, failed.error) == (JobStatus.FAILED, "the GPU is out of memory")
        backend.fail_with = None
        await workshop.retry(other)
        await workshop.retry(book)
        await until(lambda: other.is_done)
    assert other.number_of(JobStatus.COMPLETED) == 1
    assert len(backend.jobs) == 6
    assert [job.metadata["try"] for job in list(backend.jobs.values())[4:]] == ["0", "1"]


async def test_a_failed_clip_is_made_again_from_the_still_that_there_is(
    backend: FakeBackend, tmp_path: Path
) -> None:
    book = book_of(tmp_path, 1, 1, CLIPS, dresses_first=True)
    async with workshop_at(backend, tmp_path) as workshop:
        await workshop.begin(book)
        await until(lambda: book.job(book.rows[0], Kind.CLIP))
        backend.change(list(backend.jobs)[1], status=JobStatus.FAILED)
        await until(lambda: book.is_done)
        await workshop.retry(book)
        await until(lambda: book.is_done)
    assert book.number_of(JobStatus.COMPLETED) == 1
    tasks = [job.task for job in backend.jobs.values()]
    assert tasks == [Task.IMAGE_EDIT, Task.IMAGE_TO_VIDEO, Task.IMAGE_TO_VIDEO]


async def test_a_row_that_is_refused_says_why_and_holds_up_no_other(
    backend: FakeBackend, tmp_path: Path
) -> None:
    book = book_of(tmp_path, 1, 2)
    book.rows[0].prompt = "x" * 4001
    async with workshop_at(backend, tmp_path) as workshop:
        await made(workshop, book)
    refused, done = book.standings
    assert (refused.status, done.status) == (JobStatus.FAILED, JobStatus.COMPLETED)
    assert "prompt" in refused.error


async def test_a_restarted_app_goes_on_and_makes_nothing_twice(
    backend: FakeBackend, tmp_path: Path
) -> None:
    backend.step_seconds = 0.01
    async with workshop_at(backend, tmp_path) as first:
        book = book_of(tmp_path, 1, 3)
        await first.begin(book)
        await until(lambda: len(backend.jobs) == 3)
    written = tmp_path / "books" / book.id / "lookbook.json"
    lost = Book.model_validate_json(written.read_text())
    lost.jobs = {}  # as if the app had died before it could write them down
    written.write_text(lost.model_dump_json())
    async with workshop_at(backend, tmp_path) as second:
        second.resume()
        (found,) = await second.books("anna")
        await until(lambda: found.is_done)
    assert found.number_of(JobStatus.COMPLETED) == 3
    assert len(backend.jobs) == 3


async def test_a_lookbook_is_found_again_in_its_jobs_alone_and_can_be_mended(
    backend: FakeBackend, tmp_path: Path
) -> None:
    async with workshop_at(backend, tmp_path) as first:
        book = book_of(tmp_path, 1, 2, CLIPS)
        await made(first, book)
    done, failed = backend.jobs
    gone = {"status": JobStatus.FAILED, "error": None}
    backend.jobs[failed] = backend.jobs[failed].model_copy(update=gone)
    shutil.rmtree(tmp_path / "books")
    async with workshop_at(backend, tmp_path) as second:
        assert await second.books("ben") == []
        (found,) = await second.books("anna")
        assert (found.id, found.title, found.size) == (book.id, "Spring", 2)
        assert [row.person for row in found.rows] == ["person-0", "person-0"]
        assert found.number_of(JobStatus.COMPLETED, JobStatus.FAILED) == 2
        await second.retry(found)
        await until(lambda: found.is_done)
        again = list(backend.jobs)[2]
    assert found.number_of(JobStatus.COMPLETED) == 2
    assert backend.inputs[again] == backend.inputs[failed]
    assert backend.jobs[again].prompt == "turning around"
    assert done in {job.id for job in found.jobs.values()}


async def test_another_browser_s_lookbook_cannot_be_opened(
    backend: FakeBackend, tmp_path: Path
) -> None:
    async with workshop_at(backend, tmp_path) as workshop:
        book = await made(workshop, book_of(tmp_path, 1, 1))
        assert workshop.find(book.id, "anna") is book
        assert workshop.find(book.id, "ben") is None
        assert workshop.find(book.id, None) is None


async def test_a_forgotten_lookbook_leaves_nothing(backend: FakeBackend, tmp_path: Path) -> None:
    async with workshop_at(backend, tmp_path) as workshop:
        book = await made(workshop, book_of(tmp_path, 1, 2))
        await workshop.forget(book)
        assert await workshop.books("anna") == []
    assert backend.jobs == {}
    assert list((tmp_path / "books").iterdir()) == []
