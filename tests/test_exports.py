"""Finished clips and stills are had in the formats that people need."""

import io
import json
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from serve.encoding import Frames, decode_mp4, encode_jpeg, encode_mp4, encode_png
from tests.api import GARMENT, PERSON, Api, error_of

RECORD: dict[str, Any] = {"model": "croquis-t2v", "prompt": "a red dress", "seed": 7}


def clip(frames: int = 5) -> Frames:
    """A dark picture that becomes a light one."""
    shades = np.linspace(40, 200, frames, dtype=np.uint8)
    return np.broadcast_to(shades[:, None, None, None], (frames, 96, 64, 3)).copy()


def shades(frames: Frames) -> NDArray[np.float64]:
    """How light each frame is."""
    means: NDArray[np.float64] = frames.mean((1, 2, 3))
    return means


@cache
def master() -> bytes:
    return encode_mp4(clip(), fps=8, record=RECORD)


async def finished_clip(
    api: Api,
    *,
    record: dict[str, Any] = RECORD,
    form: dict[str, Any] | None = None,
    files: Sequence[Any] = (),
) -> str:
    """The URL of a clip's content."""
    video = master() if record is RECORD else encode_mp4(clip(), fps=8, record=record)
    for model in api.models.values():
        model.contents = {
            "video": video,
            "record": json.dumps(record).encode(),
            "thumbnail": encode_jpeg(clip()[2]),
            **{f"still-{i}": encode_png(still, record=record) for i, still in enumerate(clip(3))},
        }
    api.go()
    fields = {"prompt": "a red dress"} | (form or {})
    job = (await api.post("/v1/videos", data=fields, files=list(files))).json()
    await api.ended(job["id"])
    return f"/v1/videos/{job['id']}/content"


async def finished_stills(api: Api, record: dict[str, Any] = RECORD, **fields: str) -> str:
    """The URL of three stills' content."""
    await finished_clip(api, record=record)
    form = {"n": "3", "background": "true"} | fields
    files = [("image[]", PERSON[1]), ("image[]", GARMENT[1])]
    job = (await api.post("/v1/images/edits", data=form, files=files)).json()
    await api.ended(job["id"], "image")
    return f"/v1/images/{job['id']}/content"


async def test_a_clip_is_had_as_webm_with_every_frame(api: Api) -> None:
    url = await finished_clip(api)
    answer = await api.get(url, params={"variant": "webm"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/webm")
    assert answer.headers["content-disposition"].endswith('-video.webm"')
    shown = decode_mp4(answer.content)  # ffmpeg looks into the file, not at its name
    assert np.abs(shades(shown) - shades(clip())).max() < 6
    assert b"a red dress" in answer.content
    part = await api.get(url, params={"variant": "webm"}, headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"\x1aE\xdf\xa3")


async def test_a_clip_is_had_as_an_endless_gif_with_every_frame_at_its_rate(api: Api) -> None:
    url = await finished_clip(api)
    answer = await api.get(url, params={"variant": "gif"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    gif = Image.open(io.BytesIO(answer.content))
    shown = [(np.asarray(one.convert("RGB")), one.info) for one in ImageSequence.Iterator(gif)]
    assert np.abs(shades(np.stack([frame for frame, _ in shown])) - shades(clip())).max() < 6
    assert [info["loop"] for _, info in shown] == [0] * 5
    assert abs(sum(info["duration"] for _, info in shown) - 5000 / 8) < 40


async def test_a_format_is_made_once(api: Api, tmp_path: Path) -> None:
    url = await finished_clip(api)
    first = await api.get(url, params={"variant": "gif"})
    (made,) = tmp_path.glob("video_*/**/*.gif")
    made.write_bytes(b"was here")
    assert (await api.get(url, params={"variant": "gif"})).content == b"was here"
    known = {"if-none-match": first.headers["etag"]}
    assert (await api.get(url, params={"variant": "gif"}, headers=known)).status_code == 304


async def test_the_first_and_last_frame_are_pictures_with_the_settings(api: Api) -> None:
    url = await finished_clip(api)
    for variant, frame in (("first_frame", clip()[0]), ("last_frame", clip()[-1])):
        answer = await api.get(url, params={"variant": variant})
        assert answer.headers["content-type"] == "image/png"
        picture = Image.open(io.BytesIO(answer.content))
        assert np.abs(np.asarray(picture).astype(int) - frame).max() < 6
        assert json.loads(picture.info["Comment"]) == RECORD


async def test_all_frames_come_as_an_archive_of_pictures(api: Api) -> None:
    url = await finished_clip(api)
    answer = await api.get(url, params={"variant": "frames"})
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == [f"frame-{number:04}.png" for number in range(1, 6)]
    frames = [np.asarray(Image.open(archive.open(name))) for name in archive.namelist()]
    assert np.abs(shades(np.stack(frames)) - shades(clip())).max() < 6


async def test_all_stills_come_as_an_archive(api: Api) -> None:
    url = await finished_stills(api)
    answer = await api.get(url, params={"variant": "zip"})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == ["still-0001.png", "still-0002.png", "still-0003.png"]
    for index, name in enumerate(archive.namelist()):
        still = await api.get(url, params={"index": index})
        assert archive.read(name) == still.content


async def test_a_variant_of_the_other_kind_is_refused_with_the_allowed_ones(api: Api) -> None:
    stills = await finished_stills(api)
    error = error_of(await api.get(stills, params={"variant": "gif"}), 400)
    assert error["param"] == "variant"
    assert "'gif': for /v1/images it must be zip, thumbnail, record; a single" in error["message"]
    url = await finished_clip(api)
    error = error_of(await api.get(url, params={"variant": "zip"}), 400)
    assert "must be video, thumbnail, spritesheet, record, webm, gif, frames" in error["message"]


async def test_a_format_of_an_unfinished_clip_is_not_ready(api: Api) -> None:
    job = (await api.post("/v1/videos", json={"prompt": "x"})).json()
    answer = await api.get(f"/v1/videos/{job['id']}/content", params={"variant": "webm"})
    assert error_of(answer, 404)["code"] == "not_ready"


async def test_a_deleted_job_takes_its_formats_with_it(api: Api, tmp_path: Path) -> None:
    url = await finished_clip(api)
    await api.get(url, params={"variant": "gif"})
    await api.delete(url.removesuffix("/content"))
    assert not list(tmp_path.glob("video_*"))
