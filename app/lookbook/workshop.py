"""Makes lookbooks: queues their rows, follows the jobs, waits where the backend is full.

A lookbook is worked on by a task of the app, not of a page: whoever began it may leave. What is
written down after every step is enough to go on after a restart, and the idempotency key of each
row keeps what was sent twice from being made twice.
"""

import asyncio
import logging
from pathlib import Path

from app.client import BackendClient, BackendError, build_request
from app.downloads import Downloads
from app.lookbook.book import Book, Kind, Row, key
from app.lookbook.bookcase import Bookcase
from serve.protocol import ImageEditRequest, Job, JobStatus, VideoCreateRequest

logger = logging.getLogger(__name__)

AHEAD = 16
"""Unfinished jobs of one lookbook at a time: enough to keep a machine busy, and a queue that has
room for everybody else."""
FULL_SECONDS = 10.0
"""Wait where a full backend does not say how long."""


class Workshop:
    """All lookbooks that are being made, and the shelf of those that were."""

    def __init__(
        self,
        client: BackendClient,
        downloads: Downloads,
        folder: Path,
        *,
        poll_seconds: float = 1.0,
    ) -> None:
        self.bookcase = Bookcase(folder, client)
        self._client = client
        self._downloads = downloads
        self._poll_seconds = poll_seconds
        self._open: dict[str, Book] = {}
        self._work: dict[str, asyncio.Task[None]] = {}

    def resume(self) -> None:
        """Go on with what a restart has cut off."""
        for book in self.bookcase.all():
            if book.user is None:  # an endpoint's, whose caller is gone
                self.bookcase.remove(book)
            elif self._open.setdefault(book.id, book) is book and not book.is_done:
                self._go_on(book)

    async def close(self) -> None:
        """Stop working; what is written down is taken up by the next."""
        for task in self._work.values():
            task.cancel()
        await asyncio.gather(*self._work.values(), return_exceptions=True)

    async def begin(self, book: Book) -> None:
        """Keep a new lookbook and start to make it."""
        await asyncio.to_thread(self.bookcase.add, book)
        self._open[book.id] = book
        self._go_on(book)

    async def books(self, user: str) -> list[Book]:
        """A browser's lookbooks, newest first; also those of which only the jobs are left."""
        known = {book.id: book for book in await asyncio.to_thread(self.bookcase.all)}
        known |= self._open
        found = {book.id: book for book in known.values() if book.user == user}
        for book in await self.bookcase.remembered(user):
            if book.id not in found:
                found[book.id] = self._open.setdefault(book.id, book)
                if not book.is_done:
                    self._go_on(found[book.id])
        return sorted(found.values(), key=lambda book: book.created_at, reverse=True)

    def find(self, book_id: str, user: str | None) -> Book | None:
        """A lookbook of that browser which is in use."""
        book = self._open.get(book_id)
        return book if book is not None and book.user == user else None

    async def cancel(self, book: Book) -> None:
        """Stop every job of it, waiting or running, and queue no more."""
        book.cancelled = True
        await asyncio.gather(*(self._stop(book, place) for place in list(book.unfinished)))
        self._go_on(book)

    async def retry(self, book: Book) -> None:
        """Make again what failed or was cancelled."""
        for row in book.to_retry:
            if not row.pictures:  # only its job knows them, which is about to be replaced
                pictures = await self.pictures(book, row)
                await asyncio.to_thread(self.bookcase.keep, book, row, pictures)
        book.begin_anew()
        self._go_on(book)

    async def forget(self, book: Book) -> None:
        """Stop it and remove it with everything that was made for it."""
        book.cancelled = True
        task = self._work.pop(book.id, None)
        if task is not None:
            task.cancel()
        self._open.pop(book.id, None)
        made = {job.id: job for job in book.jobs.values()}
        if book.user is not None:  # earlier tries, too, or they would bring it back
            made |= {job.id: job for job in await self.bookcase.jobs(book.user, book.id)}
        for job in made.values():
            await self._client.delete(job)
            self._downloads.forget(job)
        await asyncio.to_thread(self.bookcase.remove, book)

    async def pictures(self, book: Book, row: Row) -> list[str]:
        """The person and the garments of a row, from disk or from the backend."""
        if row.pictures and all(Path(path).exists() for path in row.pictures):
            return row.pictures
        job = book.job(row, book.steps(row)[0])
        return await self._downloads.inputs(job) if job is not None else []

    def _go_on(self, book: Book) -> None:
        task = self._work.get(book.id)
        if task is None or task.done():
            self._work[book.id] = asyncio.create_task(self._make(book))

    async def _make(self, book: Book) -> None:
        while True:
            pause = self._poll_seconds
            try:
                await self._look(book)
                pause = max(pause, await self._queue_rows(book))
                await asyncio.to_thread(self.bookcase.save, book)
            except BackendError as error:
                book.trouble = error.message
            except OSError as error:
                logger.warning("%s: %s", book.id, error)
                book.trouble = str(error)
            if book.is_done and not book.unfinished and not book.trouble:
                return
            await asyncio.sleep(pause)

    async def _look(self, book: Book) -> None:
        """Ask how the unfinished jobs stand."""
        places = list(book.unfinished)
        await asyncio.gather(*(self._look_at(book, place) for place in places))
        book.trouble = ""

    async def _look_at(self, book: Book, place: str) -> None:
        try:
            book.jobs[place] = await self._client.retrieve(book.jobs[place])
        except BackendError as error:
            if error.status != 404:
                raise
            job = book.jobs.pop(place)
            book.refused[int(place.split()[0])] = error.message
            logger.info("%s: %s is gone", book.id, job.id)

    async def _queue_rows(self, book: Book) -> float:
        """Queue the next steps there is room for; returns the seconds to wait before the next."""
        for row in book.rows:
            step = book.next_step(row)
            if step is None:
                continue
            if len(book.unfinished) >= AHEAD:
                return 0.0
            try:
                job = await self._queue(book, row, step)
            except BackendError as error:
                if error.status == 429:
                    return error.retry_after or FULL_SECONDS
                if error.is_unreachable and error.code != "model_unavailable":
                    raise
                book.refused[row.number] = error.message
                continue
            book.jobs[key(row, step)] = job
            if book.cancelled:
                await self._stop(book, key(row, step))
        return 0.0

    async def _queue(self, book: Book, row: Row, step: Kind) -> Job:
        fields = {
            "seed": row.seed,
            "user": book.user,
            "metadata": book.notes(row, step),
            "prompt": row.prompt if step is row.what else "",
        }
        unique = f"{book.id} {key(row, step)} {book.tries.get(row.number, 0)}"
        pictures = [Path(path) for path in await self._pictures_for(book, row, step)]
        if not pictures:
            raise BackendError("The pictures of this row are no longer there.", status=404)
        if step is Kind.STILL:
            fields["prompt"] = book.recipe.instruction(row, row.prompt if step is row.what else "")
            request = build_request(ImageEditRequest, book.recipe.still | fields)
            return await self._client.edit_images(request, images=pictures, idempotency_key=unique)
        first, *garments = pictures
        asked = build_request(VideoCreateRequest, book.recipe.clip | fields)
        return await self._client.create_video(
            asked, input_reference=first, garments=garments, idempotency_key=unique
        )

    async def _pictures_for(self, book: Book, row: Row, step: Kind) -> list[str]:
        """What a step is made of: the person and the garments, or the dressed still."""
        still = book.job(row, Kind.STILL)
        if step is Kind.CLIP and still is not None:
            return (await self._downloads.stills(still))[:1]
        return await self.pictures(book, row)

    async def _stop(self, book: Book, place: str) -> None:
        try:
            book.jobs[place] = await self._client.cancel(book.jobs[place])
        except BackendError as error:
            if error.status not in (404, 409):  # it has ended by itself
                book.trouble = error.message


def seconds_left(book: Book) -> float | None:
    """Until the last row is done; None: not known yet.

    The backend tells it of what is queued; past rows of the lookbook are the measure of the rest.
    """
    left = [job.eta_seconds for job in book.unfinished.values()]
    known = [seconds for seconds in left if seconds is not None]
    todo = sum(book.next_step(row) is not None for row in book.rows)
    if book.recipe.dresses_first:
        todo += sum(place.endswith(Kind.STILL) for place in book.unfinished)
    if len(known) < len(left):
        return None
    if not todo:
        return max(known, default=None)
    done = [job for job in book.jobs.values() if job.status is JobStatus.COMPLETED]
    spans = [sum(job.timings.values()) for job in done if job.timings]
    return max(known, default=0.0) + todo * sum(spans) / len(spans) if spans else None
