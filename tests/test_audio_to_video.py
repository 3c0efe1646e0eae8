"""`POST /v1/videos` with a recording: who says it, how long that takes, and what is refused."""

import base64
from pathlib import Path
from typing import Any

import pytest

from serve.embedding import embedded
from serve.generation import input_key
from serve.protocol import Role
from serve.storage import Storage
from tests.api import GARMENT, MAX_BYTES, PERSON, Api, error_of, film, picture, speech


def audio(data: bytes | None = None) -> tuple[str, tuple[str, bytes, str]]:
    return "audio", ("hello.wav", speech() if data is None else data, "audio/wav")


def video(field: str = "video") -> tuple[str, tuple[str, bytes, str]]:
    return field, ("walk.mp4", film(), "video/mp4")


async def test_a_photo_says_a_recording_for_as_long_as_it_lasts(api: Api) -> None:
    job = (await api.post("/v1/videos", files=[audio(), PERSON])).json()
    assert (job["model"], job["task"]) == ("sadtalker", "audio-to-video")
    assert job["inputs"] == ["input_reference", "audio"]
    assert (job["params"]["num_frames"], job["params"]["fps"]) == (50, 25)
    stored = await api.get(f"/v1/videos/{job['id']}/input/1")
    assert stored.headers["content-type"] == "audio/wav"
    assert stored.content[:4] == b"RIFF"
    assert b"a street" not in stored.content


async def test_a_filmed_person_is_given_to_a_model_that_takes_clips(api: Api) -> None:
    job = (await api.post("/v1/videos", files=[audio(), video()])).json()
    assert (job["model"], job["inputs"]) == ("musetalk-1.5", ["video", "audio"])


async def test_a_recording_may_come_as_a_data_url_in_json(api: Api) -> None:
    def url(kind: str, data: bytes) -> str:
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"

    body = {"input_reference": url("image/png", PERSON[1][1]), "audio": url("audio/wav", speech())}
    job = (await api.post("/v1/videos", json=body)).json()
    assert job["task"] == "audio-to-video"


@pytest.mark.parametrize(
    ("asked", "frames"),
    [({"seconds": "1"}, 25), ({"num_frames": "30"}, 30), ({"seconds": "12"}, 50)],
)
async def test_less_of_a_recording_may_be_asked_for(
    api: Api, asked: dict[str, str], frames: int
) -> None:
    job = (await api.post("/v1/videos", data=asked, files=[audio(), PERSON])).json()
    assert job["params"]["num_frames"] == frames


@pytest.mark.parametrize(
    ("form", "files", "param", "words"),
    [
        ({}, [audio()], "input_reference", "audio is given without input_reference or video"),
        ({}, [audio(), PERSON, video()], "video", "only one of them can say it"),
        ({}, [audio(), PERSON, GARMENT], "garment", "garment is given with audio"),
        ({}, [audio(), audio(), PERSON], "audio", "audio is given 2 times: one is taken"),
        ({}, [audio(b"RIFF"), PERSON], "audio", "this is no recording: WAV, MP3, M4A or MP4, Ogg"),
        (
            {},
            [audio(speech(0.2)), PERSON],
            "audio",
            "lasts 0.2 seconds: sadtalker takes 0.52 to 20",
        ),
        ({}, [audio(speech(21, 2_000)), PERSON], "audio", "seconds says how much to take"),
        ({}, [audio(speech(31, 2_000)), PERSON], "audio", "lasts longer than 30 seconds"),
        ({"seconds": "0.1"}, [audio(), PERSON], "seconds", "seconds is 0.1: sadtalker takes 0.52"),
        ({"num_frames": "60"}, [audio(), PERSON], "num_frames", "audio has 50 at 25 per second"),
        ({"fps": "8"}, [audio(), PERSON], "fps", "sadtalker takes only 25"),
        ({"prompt": "hello"}, [audio(), PERSON], "prompt", "sadtalker takes none"),
        ({"model": "sadtalker"}, [audio(), video()], "video", "sadtalker takes a picture of who"),
        ({"model": "croquis-tryon"}, [audio(), PERSON], "model", "can't do audio-to-video"),
        ({"model": "sadtalker"}, [PERSON], "model", "can't do image-to-video"),
        ({"task": "image-to-video"}, [audio(), PERSON], "task", "it can be audio-to-video"),
    ],
)
async def test_what_a_recording_cannot_be_used_for_is_refused_by_name(
    api: Api, tmp_path: Path, form: dict[str, str], files: list[Any], param: str, words: str
) -> None:
    error = error_of(await api.post("/v1/videos", data=form, files=files), 400)
    assert error["param"] == param
    assert words in error["message"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


async def test_a_recording_of_too_many_bytes_is_refused(api: Api) -> None:
    heavy = [audio(b"x" * (MAX_BYTES + 1)), PERSON]
    error = error_of(await api.post("/v1/videos", files=heavy), 413)
    assert "audio: the file has 200,001 bytes, the limit is 200,000" in error["message"]


async def test_another_recording_is_another_request(api: Api) -> None:
    key = {"Idempotency-Key": "once"}
    sent: dict[str, Any] = {"files": [audio(), PERSON], "headers": key}
    job, again = [(await api.post("/v1/videos", **sent)).json() for _ in range(2)]
    assert job["id"] == again["id"]
    other = await api.post("/v1/videos", files=[audio(speech(1)), PERSON], headers=key)
    assert error_of(other, 409)["code"] == "idempotency_key_reused"


def test_the_small_copies_in_a_file_leave_the_recording_out(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    keys = [
        input_key("video_1", index, role)
        for index, role in enumerate((Role.INPUT_REFERENCE, Role.AUDIO))
    ]
    for key, data in zip(keys, (picture(), speech()), strict=True):
        storage.put(key, data)
    assert [copy["role"] for copy in embedded(storage, keys)] == ["input_reference"]
