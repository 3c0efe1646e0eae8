"""Files by key, in a folder or any fsspec URL; it knows nothing of jobs, pictures or clips."""

import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import fsspec
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from serve.errors import BadRequest, NotReady

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class Storage:
    """Keys look like ``<job id>/video.mp4``; a file appears under its key whole or not at all."""

    def __init__(self, url: str) -> None:
        """Open `url`: a folder, or an fsspec URL such as ``s3://bucket/folder``."""
        filesystem, root = url_to_fs(url)
        self._filesystem = cast(fsspec.AbstractFileSystem, filesystem)
        self._root = str(root).rstrip("/")
        self._is_local = isinstance(filesystem, LocalFileSystem)

    def put(self, key: str, data: bytes | Path) -> None:
        """Store `data`, or the file at that path, replacing what was under `key`."""
        content = data.read_bytes() if isinstance(data, Path) else data
        path = self._path(key)
        self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        if self._is_local:
            _write_file(Path(path), content, Path.replace)
        else:
            self._filesystem.pipe_file(path, content)  # object stores show whole files only

    def put_new(self, key: str, data: bytes) -> None:
        """Store `data` where no file is yet under `key`; of two writers the first wins."""
        path = self._path(key)
        self._filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        with suppress(FileExistsError):
            if self._is_local:
                _write_file(Path(path), data, os.link)
            else:
                self._filesystem.pipe_file(path, data, mode="create")

    def read(self, key: str, start: int | None = None, end: int | None = None) -> bytes:
        """The bytes of a file from `start` up to but without `end`; all of it by default."""
        try:
            return cast(bytes, self._filesystem.cat_file(self._path(key), start=start, end=end))
        except FileNotFoundError:
            raise _missing(key) from None

    def open(self, key: str) -> IO[bytes]:
        """The file as a readable stream."""
        try:
            return cast(IO[bytes], self._filesystem.open(self._path(key), "rb"))
        except FileNotFoundError:
            raise _missing(key) from None

    def size(self, key: str) -> int:
        """Bytes in the file."""
        try:
            return int(self._filesystem.size(self._path(key)))
        except FileNotFoundError:
            raise _missing(key) from None

    def exists(self, key: str) -> bool:
        """Whether there is a file under `key`."""
        return bool(self._filesystem.isfile(self._path(key)))

    def local_path(self, key: str) -> Path | None:
        """Where the file lies on this machine's disk; None when it is kept elsewhere."""
        return Path(self._path(key)) if self._is_local else None

    def delete(self, prefix: str) -> None:
        """Remove the file `prefix`, or all files below it; nothing there is fine."""
        path = self._path(prefix)
        self._filesystem.invalidate_cache()
        if self._filesystem.exists(path):
            self._filesystem.rm(path, recursive=True)

    def _path(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise BadRequest(f"{key!r} is not a storage key: names of A-Z a-z 0-9 . _ - and '/'.")
        return f"{self._root}/{key}"


def _write_file(path: Path, content: bytes, publish: Callable[[Path, Path], object]) -> None:
    """Write beside `path`, then let it appear there at once."""
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        publish(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _missing(key: str) -> NotReady:
    return NotReady(f"There is no file {key!r} in storage.")
