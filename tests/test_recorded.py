"""A file that was made here is read as the job that made it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.client import BackendClient, BackendError
from app.downloads import Downloads
from app.recorded import read_file
from serve.encoding import encode_png
from serve.protocol import FileRecord, Job, Role, Task
from tests.fake_backend import FakeBackend, build
from tests.test_exports import clip

PARAMS: dict[str, Any] = {
    "prompt": "turning",
    "negative_prompt": "",
    "width": 192,
    "height": 256,
    "num_frames": 9,
    "fps": 8,
    "num_inference_steps": 4,
    "guidance_scale": 4.0,
    "seed": 11,
}


async def read(folder: Path, record: dict[str, Any]) -> tuple[Job, list[str], FileRecord]:
    file = folder / "still.png"
    file.write_bytes(encode_png(clip()[0], record=record))
    transport = httpx.ASGITransport(build(FakeBackend()))
    client = BackendClient("http://fake", transport=transport)
    return await read_file(client, Downloads(client, folder / "cache"), file)


async def test_settings_and_pictures_come_back(tmp_path: Path) -> None:
    sent = [{"role": "input_reference", "jpeg": "AAAA"}, {"role": "garment", "jpeg": "AAAB"}]
    record = {"model": "croquis-tryon", "task": "try-on", **PARAMS, "inputs": sent}
    job, pictures, _ = await read(tmp_path, record)
    assert (job.model, job.task, job.object) == ("croquis-tryon", Task.TRY_ON, "video")
    assert (job.prompt, job.size, job.params.seed) == ("turning", "192x256", 11)
    assert job.inputs == [Role.INPUT_REFERENCE, Role.GARMENT]
    assert [Path(one).read_bytes() for one in pictures] == [b"\0\0\0", b"\0\0\1"]


@pytest.mark.parametrize(
    ("task", "missing"), [("text-to-video", 0), ("image-edit", 1), ("video-to-video", 1)]
)
async def test_pictures_that_did_not_travel_are_missed(
    tmp_path: Path, task: str, missing: int
) -> None:
    job, pictures, _ = await read(tmp_path, {"model": "x", "task": task, **PARAMS})
    assert (job.num_inputs, pictures) == (missing, [])
    assert (job.object == "image") == (task == "image-edit")


async def test_settings_that_lack_something_are_refused_in_words(tmp_path: Path) -> None:
    short = {name: value for name, value in PARAMS.items() if name != "width"}
    with pytest.raises(BackendError, match="another version"):
        await read(tmp_path, {"model": "x", "task": "text-to-video", **short})
