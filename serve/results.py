"""The files of a finished job: what they are called, what is in them, and the record they carry.

It knows frames and storage; not how frames are made or who asked for them.
"""

import json
from importlib.metadata import version

from serve.card import Card
from serve.encoding import (
    Frames,
    adopt_mp4,
    decode_mp4,
    encode_jpeg,
    encode_mp4,
    encode_png,
    spritesheet,
)
from serve.protocol import JsonObject, ResolvedParams, Task, Variant
from serve.storage import Storage

THUMBNAIL_SIDE = 512

FILENAMES = {
    Variant.VIDEO: "video.mp4",
    Variant.THUMBNAIL: "thumbnail.jpg",
    Variant.SPRITESHEET: "spritesheet.jpg",
    Variant.RECORD: "record.json",
}


def record_of(card: Card, task: Task, params: ResolvedParams) -> JsonObject:
    """All it takes to make the same frames again, given the same pictures.

    It holds no time and no job id: the same request gives the same file, byte for byte.
    """
    return {
        "model": card.id,
        "source": card.source,
        "revision": card.revision,
        "task": task,
        **params.model_dump(),
        "versions": {name: version(name) for name in ("lookreel", "diffusers", "torch")},
    }


def write_clip(
    storage: Storage, job_id: str, clip: Frames | bytes, *, fps: int, record: JsonObject
) -> dict[str, str]:
    """Store a clip, frames or an mp4; the answer maps each variant to its storage key."""
    frames = decode_mp4(clip) if isinstance(clip, bytes) else clip
    contents = {
        Variant.VIDEO: adopt_mp4(clip, record=record)
        if isinstance(clip, bytes)
        else encode_mp4(clip, fps=fps, record=record),
        Variant.THUMBNAIL: encode_jpeg(frames[len(frames) // 2], max_side=THUMBNAIL_SIDE),
        Variant.SPRITESHEET: encode_jpeg(spritesheet(frames)),
        Variant.RECORD: _json(record),
    }
    return _write(storage, job_id, {FILENAMES[v]: (v, data) for v, data in contents.items()})


def write_stills(
    storage: Storage, job_id: str, stills: Frames, *, record: JsonObject
) -> dict[str, str]:
    """Store candidates; each carries the record that makes this one alone."""
    contents: dict[str, tuple[str, bytes]] = {}
    for index, still in enumerate(stills):
        own = record | {"seed": record["seed"] + index, "n": 1}
        contents[f"still-{index}.png"] = (f"still-{index}", encode_png(still, record=own))
    contents[FILENAMES[Variant.THUMBNAIL]] = (
        Variant.THUMBNAIL,
        encode_jpeg(stills[0], max_side=THUMBNAIL_SIDE),
    )
    contents[FILENAMES[Variant.RECORD]] = (Variant.RECORD, _json(record))
    return _write(storage, job_id, contents)


def _write(storage: Storage, job_id: str, contents: dict[str, tuple[str, bytes]]) -> dict[str, str]:
    files = {}
    for filename, (name, data) in contents.items():
        files[str(name)] = f"{job_id}/{filename}"
        storage.put(files[str(name)], data)
    return files


def _json(record: JsonObject) -> bytes:
    return json.dumps(record, indent=2, ensure_ascii=False).encode()
