"""Lookbooks on disk, with the pictures they are made of; and those that only jobs remember."""

import hashlib
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from app.client import BackendClient
from app.lookbook.book import Book, Kind, Recipe, Row, key
from serve.protocol import Job, JobQuery, Task

KEPT_SECONDS = 30 * 24 * 3600.0
"""How long a finished lookbook's own files stay; its jobs stay in the backend."""
MOST_JOBS = 2000
"""Of a browser's newest jobs, how many are looked through for lookbooks without files."""
PAGE = 100
FILE = "lookbook.json"


class Bookcase:
    """``<folder>/<id>/``: ``lookbook.json`` and ``pictures/``. The ids cannot be guessed."""

    def __init__(self, folder: Path, client: BackendClient) -> None:
        self._folder = folder
        self._client = client

    def folder(self, book: Book) -> Path:
        """Where that lookbook's files are."""
        return self._folder / book.id

    def add(self, book: Book) -> None:
        """Keep a new lookbook and copies of its pictures, which uploads are not for long."""
        for row in book.rows:
            self.keep(book, row, row.pictures)
        self.save(book)

    def keep(self, book: Book, row: Row, pictures: Sequence[str]) -> None:
        """Copy a row's pictures; one that several rows have is there once."""
        folder = self.folder(book) / "pictures"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = []
        for path in pictures:
            digest = hashlib.sha256(path.encode()).hexdigest()[:16]
            target = folder / f"{digest}{Path(path).suffix.lower()}"
            if not target.exists():
                shutil.copyfile(path, target)
            kept.append(str(target))
        row.pictures = kept

    def save(self, book: Book) -> None:
        """Write down how far it has come."""
        target = self.folder(book) / FILE
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = target.with_suffix(".part")
        partial.write_text(book.model_dump_json(), encoding="utf-8")
        partial.replace(target)

    def all(self) -> list[Book]:
        """Every lookbook on disk, newest first; those long finished go."""
        books = [book for path in self._folder.glob(f"*/{FILE}") if (book := _read(path))]
        for book in books:
            if book.is_done and time.time() - book.created_at > KEPT_SECONDS:
                self.remove(book)
        kept = [book for book in books if self.folder(book).exists()]
        return sorted(kept, key=lambda book: book.created_at, reverse=True)

    def remove(self, book: Book) -> None:
        """Forget its files."""
        shutil.rmtree(self.folder(book), ignore_errors=True)

    async def remembered(self, user: str) -> list[Book]:
        """A browser's lookbooks as their jobs tell of them, newest first."""
        return put_together(await self.jobs(user))

    async def jobs(self, user: str, book_id: str = "") -> list[Job]:
        """A browser's jobs that were made for lookbooks, or for one, newest first."""
        note = f"lookbook:{book_id}" if book_id else "lookbook"
        jobs: list[Job] = []
        after = None
        while len(jobs) < MOST_JOBS:
            asked = JobQuery(user=user, kind="all", metadata=[note], limit=PAGE, after=after)
            page = await self._client.list_jobs(asked)
            jobs += page.data
            if not page.has_more:
                break
            after = page.data[-1].id
        return jobs


def put_together(jobs: Iterable[Job]) -> list[Book]:
    """The lookbooks that these jobs, newest first, were made for."""
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(job.metadata["lookbook"], []).append(job)
    return [_from_jobs(group) for group in groups.values()]


def _from_jobs(jobs: list[Job]) -> Book:
    """One lookbook out of its jobs; rows that were never queued are not among them."""
    rows: dict[int, Row] = {}
    newest: dict[str, Job] = {}
    tries: dict[int, int] = {}
    for job in jobs:
        row = _row(job)
        rows.setdefault(row.number, row)
        newest.setdefault(key(row, Kind(job.metadata["step"])), job)
        tries[row.number] = max(tries.get(row.number, 0), int(job.metadata.get("try", "0")))
    first = jobs[-1]
    return Book(
        id=first.metadata["lookbook"],
        title=first.metadata.get("lookbook_title", ""),
        user=first.user,
        created_at=float(first.created_at),
        recipe=_recipe(jobs),
        rows=[rows[number] for number in sorted(rows)],
        size=max(int(first.metadata.get("rows", "0")), len(rows)),
        jobs=newest,
        tries=tries,
    )


def _row(job: Job) -> Row:
    noted = job.metadata
    prompt = "" if noted["step"] != noted["what"] else job.prompt
    return Row(
        number=int(noted["row"]),
        name=noted["name"],
        person=noted["person"],
        garment=noted["garment"],
        sku=noted.get("sku", ""),
        what=Kind(noted["what"]),
        prompt=prompt,
        seed=job.params.seed,
    )


def _recipe(jobs: list[Job]) -> Recipe:
    stills = [job for job in jobs if job.task is Task.IMAGE_EDIT]
    clips = [job for job in jobs if job.object == "video"]
    return Recipe(
        still=_fields(stills[0]) if stills else {},
        clip=_fields(clips[0]) if clips else {},
        dresses_first=any(job.metadata["step"] != job.metadata["what"] for job in jobs),
    )


def _fields(job: Job) -> dict[str, object]:
    params = job.params
    fields: dict[str, object] = {
        "model": job.model,
        "size": job.size,
        "num_inference_steps": params.num_inference_steps,
        "guidance_scale": params.guidance_scale,
    }
    if job.object == "video":
        fields |= {"num_frames": params.num_frames, "fps": params.fps}
    return fields


def _read(path: Path) -> Book | None:
    """None for what a crash or a later version has left."""
    try:
        return Book.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
