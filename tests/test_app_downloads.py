"""Finished files are fetched once, kept a while and forgotten with their job."""

import os
import time
from pathlib import Path

import httpx
import pytest

from app.client import BackendClient, BackendError
from app.downloads import MAX_AGE, Downloads
from serve.protocol import Job, Variant, VideoCreateRequest
from tests.fake_backend import FakeBackend, build


async def finished(client: BackendClient) -> Job:
    job = await client.create_video(VideoCreateRequest(prompt="a red dress"))
    return [event.job async for event in client.follow(job)][-1]


def fetching_from(backend: FakeBackend, folder: Path) -> tuple[BackendClient, Downloads]:
    client = BackendClient("http://fake", transport=httpx.ASGITransport(build(backend)))
    return client, Downloads(client, folder)


async def test_a_clip_is_fetched_once(tmp_path: Path) -> None:
    backend = FakeBackend(step_seconds=0.001)
    client, downloads = fetching_from(backend, tmp_path)
    job = await finished(client)
    first = await downloads.video(job)
    backend.files.clear()
    assert await downloads.video(job) == first
    assert b"ftyp" in Path(first).read_bytes()[:16]


async def test_a_deleted_job_leaves_no_files(tmp_path: Path) -> None:
    client, downloads = fetching_from(FakeBackend(step_seconds=0.001), tmp_path)
    job = await finished(client)
    await downloads.thumbnail(job)
    downloads.forget(job)
    assert list(tmp_path.iterdir()) == []


async def test_files_of_another_day_make_room(tmp_path: Path) -> None:
    old = tmp_path / "video_old"
    old.mkdir()
    (old / "clip.mp4").write_bytes(b"old")
    yesterday = time.time() - MAX_AGE - 60
    os.utime(old, (yesterday, yesterday))
    client, downloads = fetching_from(FakeBackend(step_seconds=0.001), tmp_path)
    await downloads.video(await finished(client))
    assert not old.exists()


async def test_a_clip_is_fetched_in_other_formats_by_names_that_say_so(tmp_path: Path) -> None:
    client, downloads = fetching_from(FakeBackend(step_seconds=0.001), tmp_path)
    job = await finished(client)
    starts = {
        Variant.WEBM: (".webm", b"\x1aE\xdf\xa3"),
        Variant.GIF: (".gif", b"GIF89a"),
        Variant.FRAMES: ("-frames.zip", b"PK"),
        Variant.LAST_FRAME: ("-last-frame.png", b"\x89PNG"),
    }
    for variant, (end, start) in starts.items():
        path = await downloads.export(job, variant)
        assert path.endswith(f"lookreel-{job.id}{end}")
        assert Path(path).read_bytes().startswith(start)
    with pytest.raises(BackendError, match="variant is 'zip': for /v1/videos it must be video"):
        await downloads.export(job, Variant.ZIP)
