"""`POST /v1/videos` with a clip to repaint: what is taken of it, and what is refused."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.api import GARMENT, MAX_BYTES, PERSON, UPSCALER, Api, error_of, film

EXTENDER = "skyreels-v2-df-1.3b-540p"
EXTENDS = {"model": EXTENDER}
VACE = {"model": "wan2.1-vace-1.3b"}


def clip(field: str, num_frames: int = 17) -> tuple[str, tuple[str, bytes, str]]:
    return field, ("clip.mp4", film(num_frames), "video/mp4")


def mask(
    size: tuple[int, int] = (96, 128), *, white: bool = True
) -> tuple[str, tuple[str, bytes, str]]:
    """White below, or nowhere; in the shape of a film."""
    picture, buffer = Image.new("L", size), io.BytesIO()
    if white:
        picture.paste(255, (0, size[1] // 2, *size))
    picture.save(buffer, "PNG")
    return "mask", ("mask.png", buffer.getvalue(), "image/png")


def video(data: bytes | None = None) -> tuple[str, tuple[str, bytes, str]]:
    return "video", ("walk.mp4", film() if data is None else data, "video/mp4")


async def test_a_clip_is_repainted_by_a_model_that_can(api: Api) -> None:
    form = {"prompt": "in a park"}
    job = (await api.post("/v1/videos", data=form, files=[video()])).json()
    assert (job["model"], job["task"]) == ("croquis-t2v", "video-to-video")
    assert (job["num_inputs"], job["inputs"]) == (1, ["video"])
    params = job["params"]
    assert (params["strength"], params["num_frames"], params["fps"]) == (0.7, 17, 8)
    stored = await api.get(f"/v1/videos/{job['id']}/input/0")
    assert stored.headers["content-type"] == "video/mp4"
    assert b"ftyp" in stored.content[:16]
    assert b"a street" not in stored.content


async def test_a_clip_may_come_as_a_data_url_in_json(api: Api) -> None:
    url = "data:video/mp4;base64," + base64.b64encode(film()).decode()
    body = {"prompt": "in a park", "video": url, "strength": 0.5}
    job = (await api.post("/v1/videos", json=body)).json()
    assert (job["task"], job["params"]["strength"]) == ("video-to-video", 0.5)


async def test_openais_route_repaints_a_clip_that_is_sent_or_named(api: Api) -> None:
    form = {"prompt": "in a park", "strength": "0.5"}
    sent = (await api.post("/v1/videos/edits", data=form, files=[video()])).json()
    assert (sent["task"], sent["params"]["strength"]) == ("video-to-video", 0.5)
    api.models["croquis-t2v"].contents["video"] = film()
    api.go()
    await api.ended(sent["id"])
    for named in (
        {"data": form | {"video[id]": sent["id"]}},
        {"json": form | {"video": {"id": sent["id"]}}},
    ):
        job = (await api.post("/v1/videos/edits", **named)).json()
        assert (job["task"], job["inputs"]) == ("video-to-video", ["video"]), job


@pytest.mark.parametrize(
    ("fields", "status", "param", "words"),
    [
        ({}, 400, "video", "video is required"),
        ({"video": {"id": "video_none"}}, 404, None, "video_none"),
        ({"video": {"name": "x"}}, 400, "video", "only image_url"),
    ],
)
async def test_a_clip_that_is_not_there_cannot_be_repainted(
    api: Api, fields: dict[str, Any], status: int, param: str | None, words: str
) -> None:
    answer = await api.post("/v1/videos/edits", json={"prompt": "x"} | fields)
    error = error_of(answer, status)
    assert error["param"] == param
    assert words in error["message"]


@pytest.mark.parametrize(
    ("num_frames", "fps", "asked", "taken"),
    [
        (17, 8, {}, (17, 8)),
        (60, 24, {}, (17, 8)),  # 2.5 seconds are 20 frames of the model's: 17 is the next it makes
        (100, 24, {}, (33, 8)),  # as long as the model can
        (60, 24, {"fps": "16"}, (33, 16)),
        (60, 24, {"num_frames": "9"}, (9, 8)),
        (60, 24, {"seconds": "1.2"}, (9, 8)),
        (17, 8, {"seconds": "12"}, (17, 8)),
    ],
)
async def test_a_clip_decides_the_length_within_what_the_model_can(
    api: Api, num_frames: int, fps: int, asked: dict[str, str], taken: tuple[int, int]
) -> None:
    files = [video(film(num_frames, fps))]
    job = (await api.post("/v1/videos", data={"prompt": "x"} | asked, files=files)).json()
    assert (job["params"]["num_frames"], job["params"]["fps"]) == taken


@pytest.mark.parametrize(
    ("num_frames", "asked", "taken"),
    [
        (17, {}, (97, 24)),  # as long as the model makes them, whatever the clip is
        (60, {"num_frames": "33"}, (33, 24)),
        (30, {"seconds": "2"}, (49, 24)),
    ],
)
async def test_a_clip_that_is_continued_is_not_the_measure_of_what_is_made(
    api: Api, num_frames: int, asked: dict[str, str], taken: tuple[int, int]
) -> None:
    form = {"prompt": "x", "model": EXTENDER} | asked
    sent = await api.post("/v1/videos", data=form, files=[video(film(num_frames, 24))])
    job = sent.json()
    assert (job["params"]["num_frames"], job["params"]["fps"]) == taken
    assert job["task"] == "video-to-video"


@pytest.mark.parametrize(
    ("fps", "asked", "taken"),
    [
        (16, {}, (25, 16)),  # all of its 32 frames that the model can
        (30, {}, (57, 30)),
        (2, {"fps": "16"}, (25, 16)),
        (16, {"fps": "8"}, (9, 8)),
        (16, {"seconds": "1"}, (9, 16)),
    ],
)
async def test_an_upscaler_takes_no_prompt_and_keeps_the_clip_s_frame_rate(
    api: Api, fps: int, asked: dict[str, str], taken: tuple[int, int]
) -> None:
    files = [video(film(2 * fps, fps))]
    sent = await api.post("/v1/videos", data={"model": UPSCALER} | asked, files=files)
    job = sent.json()
    assert (job["params"]["num_frames"], job["params"]["fps"]) == taken
    assert (job["prompt"], job["size"]) == ("", "1024x1536")
    said = {"model": UPSCALER, "prompt": "x"} | asked
    refused = await api.post("/v1/videos", data=said, files=files)
    assert error_of(refused, 400)["param"] == "prompt"


@pytest.mark.parametrize("where", ["mask", "mask_video"])
@pytest.mark.parametrize("route", ["/v1/videos", "/v1/videos/edits"])
async def test_a_part_of_a_clip_is_painted_anew_in_the_clothing_of_a_picture(
    api: Api, route: str, where: str
) -> None:
    files = [video(), GARMENT, mask() if where == "mask" else clip("mask_video")]
    job = (await api.post(route, data=VACE | {"prompt": "a coat"}, files=files)).json()
    assert (job["task"], job["params"]["strength"]) == ("video-to-video", 1)
    assert sorted(job["inputs"]) == ["garment", where, "video"]
    stored = await api.get(f"/v1/videos/{job['id']}/input/{job['inputs'].index(where)}")
    assert stored.status_code == 200


@pytest.mark.parametrize(
    ("form", "files", "param", "words"),
    [
        ({"strength": "1.5"}, [video()], "strength", "is '1.5': should be less than or equal to 1"),
        ({"strength": "0.05"}, [video()], "strength", "croquis-t2v takes 0.1 to 1"),
        (
            {"strength": "0.2", "num_inference_steps": "4"},
            [video()],
            "strength",
            "of 4 num_inference_steps none would be done. At least 0.25 is needed",
        ),
        ({"strength": "0.5"}, [], "strength", "there is no video that could be kept"),
        ({"num_frames": "21"}, [video()], "num_frames", "is 21: video has 17 at 8 per second"),
        (EXTENDS, [video(film(16, 24))], "video", "16 frames at 24 per second"),
        (EXTENDS | {"num_frames": "17"}, [video(film(30, 24))], "num_frames", "more are needed"),
        ({}, [video(film(3))], "video", "3 frames at 8 per second: croquis-t2v needs at least 5"),
        ({}, [video(), video()], "video", "video is given 2 times: one is taken"),
        ({}, [video(), GARMENT], "garment", "croquis-t2v takes at most 0"),
        ({}, [video(), clip("face_video")], "face_video", "is given with video, where it has no"),
        ({}, [video(), mask()], "mask", "mask is given, but croquis-t2v takes none"),
        ({}, [video(), clip("mask_video")], "mask_video", "but croquis-t2v takes none"),
        ({}, [mask()], "video", "mask is given without video"),
        (VACE, [video(), mask(), clip("mask_video")], "mask_video", "given beside mask: one is"),
        (VACE, [video(), mask((90, 30))], "mask", "they must have the same shape"),
        (VACE, [video(), mask(white=False)], "mask", "nothing may be edited"),
        ({"model": "croquis-tryon"}, [video()], "model", "can't do video-to-video"),
        ({"prompt": ""}, [video()], "prompt", "prompt is required"),
        ({}, [video(b"no clip")], "video", "this is no clip"),
        ({}, [video(film(size=(400, 300)))], "video", "400x300 pixels; at most 100,000"),
        ({}, [video(film(60))], "video", "lasts longer than 5 seconds"),
    ],
)
async def test_what_a_clip_cannot_be_used_for_is_refused_by_name(
    api: Api, tmp_path: Path, form: dict[str, str], files: list[Any], param: str, words: str
) -> None:
    answer = await api.post("/v1/videos", data={"prompt": "x"} | form, files=files)
    error = error_of(answer, 400)
    assert error["param"] == param
    assert words in error["message"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


async def test_a_clip_of_too_many_bytes_is_refused(api: Api) -> None:
    heavy = [video(b"x" * (MAX_BYTES + 1))]
    error = error_of(await api.post("/v1/videos", data={"prompt": "x"}, files=heavy), 413)
    assert "video: the file has 200,001 bytes, the limit is 200,000" in error["message"]


async def test_a_remix_repaints_the_same_clip_and_a_repeated_key_does_not(api: Api) -> None:
    key = {"Idempotency-Key": "once"}
    sent: dict[str, Any] = {"data": {"prompt": "x"}, "files": [video()], "headers": key}
    job, again = [(await api.post("/v1/videos", **sent)).json() for _ in range(2)]
    assert job["id"] == again["id"]
    other = await api.post("/v1/videos", **sent | {"files": [video(film(9))]})
    assert error_of(other, 409)["code"] == "idempotency_key_reused"
    remix = (await api.post(f"/v1/videos/{job['id']}/remix", json={"prompt": "y"})).json()
    assert (remix["task"], remix["inputs"]) == ("video-to-video", ["video"])
    assert remix["params"] == job["params"] | {"prompt": "y"}
    clips = [await api.get(f"/v1/videos/{one['id']}/input/0") for one in (job, remix)]
    assert clips[0].content == clips[1].content


async def test_without_a_face_of_its_own_a_clip_of_poses_goes_to_a_model_that_needs_none(
    api: Api,
) -> None:
    job = (await api.post("/v1/videos", files=[PERSON, clip("video")])).json()
    assert (job["model"], job["task"]) == (VACE["model"], "motion-transfer")
    assert job["params"]["strength"] is None


async def test_a_person_takes_over_the_motion_of_a_clip(api: Api) -> None:
    files = [clip("face_video"), clip("video", 33), PERSON]
    job = (await api.post("/v1/videos", files=files)).json()
    assert (job["model"], job["task"]) == ("wan2.2-animate-14b", "motion-transfer")
    assert job["inputs"] == ["input_reference", "video", "face_video"]
    assert job["params"]["prompt"] == "People in the video are doing actions."
    assert (job["params"]["fps"], job["params"]["strength"]) == (30, None)
    # 33 frames at 8 per second are 124 at 30, of which the model makes 121.
    assert job["params"]["num_frames"] == 121


async def test_with_a_background_and_a_mask_somebody_is_replaced(api: Api) -> None:
    more = [clip("face_video"), clip("background_video"), clip("mask_video")]
    job = (await api.post("/v1/videos", files=[PERSON, clip("video"), *more])).json()
    roles = ["input_reference", "video", "face_video", "background_video", "mask_video"]
    assert job["inputs"] == roles


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        (["video"], "face_video", "is missing: wan2.2-animate-14b is told the face apart"),
        (["video", "face_video", "mask_video"], "background_video", "go together"),
        (["face_video"], "video", "face_video is given without video"),
    ],
)
async def test_what_a_transfer_of_motion_lacks_is_named(
    api: Api, fields: list[str], param: str, words: str
) -> None:
    files = [PERSON, *(clip(field) for field in fields)]
    form = {"prompt": "x", "model": "wan2.2-animate-14b"}
    error = error_of(await api.post("/v1/videos", data=form, files=files), 400)
    assert error["param"] == param
    assert words in error["message"]
