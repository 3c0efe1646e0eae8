"""Fetches what a lookbook has become and packs it: thumbnails, contact sheets, the ZIP."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image, ImageOps

from app.client import BackendError
from app.downloads import Downloads
from app.lookbook.book import Book, Standing
from app.lookbook.bundle import pack, safe
from app.lookbook.contact_sheet import Frame, draw
from app.lookbook.workshop import Workshop
from serve.protocol import Job, JobStatus, Variant

FORMATS = {"WebM": Variant.WEBM, "GIF": Variant.GIF}
"""What clips can be handed over as beside mp4."""
AT_ONCE = 4
"""Files fetched beside each other."""
THUMBNAIL = (240, 320)


class Handover:
    """Files of lookbooks, in the folder of each."""

    def __init__(self, workshop: Workshop, downloads: Downloads) -> None:
        self._workshop = workshop
        self._downloads = downloads
        self._fetching = asyncio.Semaphore(AT_ONCE)

    async def pack(self, book: Book, formats: Sequence[Variant] = ()) -> list[Path]:
        """The ZIP of everything that is done, then the contact sheets that are also in it.

        Clips are in it as mp4 and, beside that, in those formats.
        """
        folder = self._workshop.bookcase.folder(book) / "handover"
        done = [one for one in book.standings if one.status is JobStatus.COMPLETED]
        files = await asyncio.gather(*(self._files(one.job, formats) for one in done if one.job))
        frames = await asyncio.gather(*(self._frame(book, one) for one in book.standings))
        sheets = await asyncio.to_thread(draw, book.title, frames, folder)
        numbered = {one.row.number: found for one, found in zip(done, files, strict=True)}
        target = folder / f"{safe(book.title) or 'lookbook'}.zip"
        archive = await asyncio.to_thread(pack, book, numbered, sheets, target)
        return [archive, *sheets]

    async def thumbnails(self, book: Book, most: int) -> dict[int, Path]:
        """Small pictures of finished rows by number; at most so many new ones are made."""
        folder = self._workshop.bookcase.folder(book) / "thumbnails"
        found: dict[int, Path] = {}
        missing: dict[Path, Job] = {}
        for one in book.standings:
            if one.status is JobStatus.COMPLETED and one.job is not None:
                path = folder / f"{one.row.number}-{one.job.id[-12:]}.jpg"
                if path.exists():
                    found[one.row.number] = path
                elif len(missing) < most:
                    missing[path] = one.job
                    found[one.row.number] = path
        made = await asyncio.gather(*(self._thumbnail(job, path) for path, job in missing.items()))
        failed = {path for path, is_made in zip(missing, made, strict=True) if not is_made}
        return {number: path for number, path in found.items() if path not in failed}

    async def _files(self, job: Job, formats: Sequence[Variant]) -> list[Path]:
        """The clip in all its formats, or the still."""
        async with self._fetching:
            if job.object == "image":
                return _paths((await self._downloads.stills(job))[:1])
            clip = await self._downloads.video(job)
            others = [await self._downloads.export(job, variant) for variant in formats]
            return _paths([clip, *others])

    async def _frame(self, book: Book, standing: Standing) -> Frame:
        row, job = standing.row, standing.job
        about = [row.sku, row.person, row.garment]
        result = None
        async with self._fetching:
            if standing.status is JobStatus.COMPLETED and job is not None:
                result = await self._downloads.thumbnail(job)
            else:
                about.append(standing.status.value.replace("_", " "))
            try:
                pictures = await self._workshop.pictures(book, row)
            except BackendError:  # the job is gone with its pictures; the sheet shows the rest
                pictures = []
        person, garment, *_ = [*pictures, None, None]
        return Frame(row.name, " · ".join(filter(None, about)), [person, garment, result])

    async def _thumbnail(self, job: Job, target: Path) -> bool:
        async with self._fetching:
            try:
                source = await self._downloads.thumbnail(job)
                await asyncio.to_thread(_shrink, source, target)
            except (BackendError, OSError):
                return False
        return True


def _shrink(source: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    with Image.open(source) as opened:
        small = ImageOps.contain(opened.convert("RGB"), THUMBNAIL)
    small.save(partial, "JPEG", quality=85)
    partial.replace(target)


def _paths(paths: Iterable[str]) -> list[Path]:
    return [Path(path) for path in paths]
