"""What leaves the studio: a finished job's files as they are sent, made when first asked for.

The stored results are the masters and are never sent as they are where something is to be added;
what is made from them is stored beside them, so that it is made once.
"""

import asyncio
import json
from collections.abc import Sequence
from weakref import WeakValueDictionary

from serve.encoding import decode_mp4, encode_png
from serve.errors import BadRequest
from serve.formats import to_gif, to_webm, to_zip
from serve.job_store import JobRecord, ObjectKind
from serve.protocol import JsonObject, Variant
from serve.storage import Storage

AT_ONCE = 2
"""Conversions; each keeps several cores busy, which the models need, too."""

ALLOWED: dict[ObjectKind, tuple[Variant, ...]] = {
    "video": tuple(variant for variant in Variant if variant is not Variant.ZIP),
    "image": (Variant.ZIP, Variant.THUMBNAIL, Variant.RECORD),
}
"""The variants of each kind of job."""

FILENAMES = {
    Variant.WEBM: "video.webm",
    Variant.GIF: "video.gif",
    Variant.FRAMES: "frames.zip",
    Variant.FIRST_FRAME: "first-frame.png",
    Variant.LAST_FRAME: "last-frame.png",
    Variant.ZIP: "stills.zip",
}
"""Of what is made on demand; the others are there already."""


def chosen(kind: ObjectKind, variant: str | None, index: int) -> str:
    """The file's name that a request means; what such jobs do not have is refused."""
    if variant is None:
        return Variant.VIDEO if kind == "video" else f"still-{index}"
    allowed = ALLOWED[kind]
    if variant not in allowed:
        others = "" if kind == "video" else "; a single still is chosen by index"
        raise BadRequest(
            f"variant is {variant!r}: for /v1/{kind}s it must be {', '.join(allowed)}{others}.",
            param="variant",
        )
    return variant


class Exports:
    """The files of finished jobs as clients get them."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def key(self, record: JobRecord, name: str) -> str:
        """The storage key of the file `name` of a completed job, which is made if need be."""
        if name not in FILENAMES:
            return record.files[name]
        key = f"{record.id}/exports/{FILENAMES[Variant(name)]}"
        lock = self._making.setdefault(key, asyncio.Lock())
        async with lock, self._slots:
            await asyncio.to_thread(self._make_once, record, name, key)
        return key

    def _make_once(self, record: JobRecord, name: str, key: str) -> None:
        if self._storage.exists(key):
            return
        self._storage.put_new(key, self._made(record, name))
        if not any(self._storage.exists(master) for master in record.files.values()):
            self._storage.delete(record.id)  # the job was deleted meanwhile

    def _made(self, record: JobRecord, name: str) -> bytes:
        if name == Variant.ZIP:
            keys = [record.files[f"still-{index}"] for index in range(record.params.n)]
            return to_zip(numbered("still", [self._storage.read(key) for key in keys]))
        settings: JsonObject = json.loads(self._storage.read(record.files[Variant.RECORD]))
        return clip_as(name, self._storage.read(record.files[Variant.VIDEO]), settings)


def source_of(kind: ObjectKind, name: str) -> str:
    """The stored result that the file `name` is made from."""
    if name not in FILENAMES:
        return name
    return Variant.VIDEO if kind == "video" else "still-0"


def clip_as(name: str, video: bytes, settings: JsonObject) -> bytes:
    """The mp4 `video` as the variant `name`, with its settings where that format has a place."""
    if name == Variant.WEBM:
        return to_webm(video, comment=json.dumps(settings))
    if name == Variant.GIF:
        return to_gif(video)
    frames = decode_mp4(video)
    if name == Variant.FRAMES:
        pictures = [encode_png(frame, record=settings) for frame in frames]
        return to_zip(numbered("frame", pictures))
    return encode_png(frames[0 if name == Variant.FIRST_FRAME else -1], record=settings)


def numbered(word: str, pictures: Sequence[bytes]) -> dict[str, bytes]:
    """Pictures by the names that they have in an archive."""
    return {f"{word}-{number:04}.png": data for number, data in enumerate(pictures, 1)}
