"""What a replica that is still loading has to tell: Ray Serve has no word for it but "updating"."""

import re
import time
from types import TracebackType

from serve.storage import Storage

FOLDER = "loading"
STALE_SECONDS = 30.0
"""Older notes are of a replica that died while it loaded."""


class LoadingNote:
    """The note of one model, gone when its replica is ready or has failed."""

    def __init__(self, storage: Storage, model: str) -> None:
        self._storage = storage
        self._key = _key(model)

    def __enter__(self) -> "LoadingNote":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._storage.delete(self._key)

    def download(self, here: int, whole: int) -> None:
        """So many bytes of a download are here, of so many."""
        words = download_words(here, whole)
        self._storage.put(self._key, f"{time.time():.0f} {words}".encode())


def download_words(here: int, whole: int) -> str:
    """How far a download of `whole` bytes is."""
    share = f"{100 * here // max(whole, 1)} %"
    if whole < 1e9:
        return f"downloading, {here / 1e6:.0f} of {whole / 1e6:.0f} MB ({share})"
    return f"downloading, {here / 1e9:.1f} of {whole / 1e9:.1f} GB ({share})"


def read_note(storage: Storage, model: str) -> str:
    """What the model's replica last told, in words; empty if nothing."""
    if not storage.exists(_key(model)):
        return ""
    when, _, words = storage.read(_key(model)).decode().partition(" ")
    return words if time.time() - float(when) < STALE_SECONDS else ""


def _key(model: str) -> str:
    return f"{FOLDER}/{re.sub(r'[^A-Za-z0-9._-]+', '-', model)}.txt"
