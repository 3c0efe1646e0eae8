"""What leaves the studio: a finished job's files as they are sent, made when first asked for.

The stored results are the masters, without label or signature, so that the next model never sees
a label. What is sent is made from them and stored beside them, so that it is made once.
"""

import asyncio
import hashlib
import io
import json
from collections.abc import Sequence
from weakref import WeakValueDictionary

import numpy as np
from PIL import Image

from serve import xmp
from serve.embedding import embedded
from serve.encoding import Frames, decode_mp4, encode_png
from serve.errors import BadRequest
from serve.formats import to_gif, to_mp4, to_webm, to_zip
from serve.job_store import JobRecord, ObjectKind
from serve.marks import Mark, Marks
from serve.protocol import Variant
from serve.storage import Storage

AT_ONCE = 2
"""Conversions; each keeps several cores busy, which the models need, too."""
JPEG_QUALITY = 92
XMP_WITHIN = 2**17
"""Bytes from the start of a picture, and from the end of an mp4, that hold its XMP packet."""

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
"""Of what exists only as an export."""


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


def source_of(kind: ObjectKind, name: str) -> str:
    """The stored result that the file `name` is made from."""
    if name not in FILENAMES:
        return name
    return Variant.VIDEO if kind == "video" else "still-0"


class Exports:
    """The files of finished jobs as clients get them."""

    def __init__(self, storage: Storage, marks: Marks) -> None:
        self.marks = marks
        self._storage = storage
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def key(self, record: JobRecord, name: str) -> str:
        """The storage key of the file `name` of a completed job, which is made if need be."""
        if name == Variant.RECORD or not (name in FILENAMES or self.marks.touch(record.params)):
            return record.files[name]
        filename = FILENAMES.get(Variant(name)) if name in FILENAMES else None
        filename = filename or record.files[name].rpartition("/")[2]
        key = f"{record.id}/exports-{self.marks.digest}/{filename}"
        lock = self._making.setdefault(key, asyncio.Lock())
        async with lock, self._slots:
            await asyncio.to_thread(self._make_once, record, name, key)
        return key

    def clean(self, upload: bytes) -> bytes | None:
        """The master of a still, frame or mp4 that was sent from here, if `upload` is such a file.

        So a label never reaches a model with the picture that a client hands back to be animated.
        A file that was changed in any way is another picture.
        """
        identifier = xmp.identifier(upload[:XMP_WITHIN] + upload[-XMP_WITHIN:])
        if identifier is None or not self._storage.exists(_receipt(identifier, upload)):
            return None
        master = self._storage.read(_receipt(identifier, upload)).decode()
        name = identifier.rpartition("/")[2]
        data = self._storage.read(master)
        return data if name not in FILENAMES else encode_png(_frame(name, data), record={})

    def _make_once(self, record: JobRecord, name: str, key: str) -> None:
        if self._storage.exists(key):
            return
        data = self._made(record, name)
        if key.endswith((".png", ".mp4")):
            master = record.files[source_of(record.object, name)]
            self._storage.put(_receipt(f"{record.id}/{name}", data), master.encode())
        self._storage.put_new(key, data)
        if not any(self._storage.exists(master) for master in record.files.values()):
            self._storage.delete(record.id)  # the job was deleted meanwhile

    def _made(self, record: JobRecord, name: str) -> bytes:
        if name == Variant.ZIP:
            stills = [self._made(record, f"still-{index}") for index in range(record.params.n)]
            return to_zip(numbered("still", stills))
        if name not in FILENAMES and not self.marks.touch(record.params):
            return self._storage.read(record.files[name])
        master = self._storage.read(record.files[source_of(record.object, name)])
        if name.startswith("still-"):
            settings = json.loads(_picture(master).info["Comment"])
        else:
            settings = json.loads(self._storage.read(record.files[Variant.RECORD]))
        if record.params.embed_inputs:
            settings["inputs"] = embedded(self._storage, record.images)
            if record.metadata:  # which may say which of them is what
                settings["metadata"] = record.metadata
        return export(name, master, self.marks.on(record.params, settings, f"{record.id}/{name}"))


def export(name: str, master: bytes, mark: Mark) -> bytes:
    """The result `master` as it leaves under `name`, with its mark."""
    comment = json.dumps(mark.record)
    if name == Variant.VIDEO:
        video = to_mp4(master, label=mark.label, comment=comment)
        return mark.sign(xmp.into_mp4(video, mark.xmp) if mark.xmp else video, "mp4")
    if name == Variant.WEBM:
        return to_webm(master, label=mark.label, comment=comment)
    if name == Variant.GIF:
        return mark.sign(to_gif(master, label=mark.label), "gif")
    if name == Variant.FRAMES:
        frames = [_png(Image.fromarray(frame), mark) for frame in decode_mp4(master)]
        return to_zip(numbered("frame", frames))
    if name in (Variant.THUMBNAIL, Variant.SPRITESHEET):
        return _jpeg(_picture(master), mark)
    if name in FILENAMES:
        return _png(Image.fromarray(_frame(name, master)), mark)
    return _png(_picture(master), mark)


def sent_key(key: str) -> str:
    """Where a job's picture is as it was sent, if the model is given its clean master instead."""
    return key.replace("/input-", "/sent-")


def numbered(word: str, pictures: Sequence[bytes]) -> dict[str, bytes]:
    """Pictures by the names that they have in an archive."""
    return {f"{word}-{number:04}.png": data for number, data in enumerate(pictures, 1)}


def _frame(name: str, video: bytes) -> Frames:
    """One frame, shape (height, width, 3)."""
    frame: Frames = decode_mp4(video)[0 if name == Variant.FIRST_FRAME else -1]
    return frame


def _picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))


def _png(picture: Image.Image, mark: Mark) -> bytes:
    shown = mark.label.draw(picture) if mark.label else picture
    return mark.sign(encode_png(np.asarray(shown), record=mark.record, xmp=mark.xmp), "png")


def _jpeg(picture: Image.Image, mark: Mark) -> bytes:
    shown = mark.label.draw(picture) if mark.label else picture
    buffer = io.BytesIO()
    # A JPEG's comment ends at 64 kB: the pictures that the record may hold do not fit.
    settings = {name: value for name, value in mark.record.items() if name != "inputs"}
    comment = json.dumps(settings).encode()
    shown.save(buffer, "JPEG", quality=JPEG_QUALITY, comment=comment, xmp=mark.xmp or b"")
    return mark.sign(buffer.getvalue(), "jpg")


def _receipt(identifier: str, file: bytes) -> str:
    """Where it is noted that this very file was sent."""
    job_id = identifier.partition("/")[0]
    return f"{job_id}/sent/{hashlib.sha256(file).hexdigest()}"
