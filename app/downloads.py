"""Finished files, fetched once from the backend and kept for a day while browsers show them."""

import hashlib
import time
from pathlib import Path

from app.client import BackendClient
from serve.protocol import Job, Variant

MAX_AGE = 24 * 3600.0


class Downloads:
    """A folder of ``<job id>/<file>``; old jobs' folders go when new ones come."""

    def __init__(self, client: BackendClient, folder: Path) -> None:
        self._client = client
        self._folder = folder

    async def video(self, job: Job) -> str:
        """The clip."""
        path = self._path(job, f"lookreel-{job.id}.mp4")
        if not path.exists():
            await self._client.download(job, path)
        return str(path)

    async def export(self, job: Job, variant: Variant) -> str:
        """A finished job in another format."""
        name = variant.value.replace("_", "-")
        end = f".{name}" if name == variant.suffix else f"-{name}.{variant.suffix}"
        path = self._path(job, f"lookreel-{job.id}{end}")
        if not path.exists():
            await self._client.download(job, path, variant=variant)
        return str(path)

    async def thumbnail(self, job: Job) -> str:
        """A small picture of a finished clip or of the first still."""
        if job.object == "image":
            return (await self.stills(job))[0]
        path = self._path(job, "thumbnail.jpg")
        if not path.exists():
            await self._client.download(job, path, variant=Variant.THUMBNAIL)
        return str(path)

    async def stills(self, job: Job) -> list[str]:
        """Every still, in order."""
        return [await self.still(job, index) for index in range(job.params.n)]

    async def still(self, job: Job, index: int) -> str:
        """One still."""
        path = self._path(job, f"lookreel-{job.id}-{index + 1}.png")
        if not path.exists():
            await self._client.download(job, path, index=index)
        return str(path)

    async def inputs(self, job: Job) -> list[str]:
        """The pictures, clips and recordings that the job was made from."""
        return [await self.input(job, index) for index in range(job.num_inputs)]

    async def input(self, job: Job, index: int) -> str:
        """One picture, clip or recording that the job was made from."""
        path = self._path(job, f"input-{index}.{job.inputs[index].suffix}")
        if not path.exists():
            await self._client.download_input(job, path, index=index)
        return str(path)

    def hold(self, data: bytes, suffix: str) -> str:
        """A picture that came in a file or was made by the page, where the page can show it."""
        path = self._folder / "held" / f"{hashlib.sha256(data).hexdigest()}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return str(path)

    def forget(self, job: Job) -> None:
        """Remove what was fetched of a deleted job."""
        self._remove(self._folder / job.id)

    def _path(self, job: Job, name: str) -> Path:
        folder = self._folder / job.id
        if not folder.exists():
            self._sweep()
            folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def _sweep(self) -> None:
        if not self._folder.exists():
            return
        for folder in self._folder.iterdir():
            if time.time() - folder.stat().st_mtime > MAX_AGE:
                self._remove(folder)

    @staticmethod
    def _remove(folder: Path) -> None:
        # Files first and one by one: a file that is being read elsewhere must not stop the rest.
        if folder.is_dir():
            for file in folder.iterdir():
                file.unlink(missing_ok=True)
            folder.rmdir()
