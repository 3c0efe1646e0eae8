"""The calls that wait for their result: `/v1/images/…` and `/generate_video`."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from serve.catalog import find
from serve.errors import BadRequest
from serve.protocol import SamplingParams, Task
from serve.resolution import resolve
from serve.wish import Wish
from tests.api import BETWEEN, GARMENT, PERSON, Api, data_url, error_of, picture


async def test_stills_are_waited_for_and_can_be_downloaded(api: Api) -> None:
    api.go()
    files = [("image[]", PERSON[1]), ("image[]", GARMENT[1])]
    form = {"prompt": "", "n": "2", "size": "192x256"}
    answer = await api.post("/v1/images/edits", data=form, files=files)
    assert answer.status_code == 200, answer.text
    stills = answer.json()
    assert len(stills["data"]) == 2
    for still in stills["data"]:
        assert still["url"].startswith(f"http://test/v1/images/{stills['id']}/content?index=")
        assert (await api.get(still["url"])).headers["content-type"] == "image/png"
    job = (await api.get(f"/v1/images/{stills['id']}")).json()
    assert (job["object"], job["status"], job["params"]["n"]) == ("image", "completed", 2)
    error_of(await api.get(f"/v1/images/{stills['id']}/content?index=2"), 404)
    error = error_of(await api.get(f"/v1/videos/{stills['id']}"), 404)
    assert "/v1/images" in error["message"]
    assert (await api.get("/v1/videos")).json()["data"] == []
    assert len((await api.get("/v1/videos?kind=all")).json()["data"]) == 1


async def test_stills_in_the_background_are_answered_with_the_job(api: Api) -> None:
    body = {"image": [data_url(picture())], "background": True, "model": "flux.2-klein-4b"}
    answer = await api.post("/v1/images/edits", json=body)
    assert answer.status_code == 202
    job = answer.json()
    assert (job["object"], job["model"], job["seconds"]) == ("image", "flux.2-klein-4b", "0")
    api.go()
    assert (await api.ended(job["id"], "image"))["status"] == "completed"


async def test_a_still_that_fails_is_an_error_that_is_not_retried(api: Api) -> None:
    api.models["croquis-tryon"].raises = [ValueError("boom")]
    answer = await api.post("/v1/images/edits", files=[("image", PERSON[1])])
    assert error_of(answer, 500)["code"] == "model_failed"
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 9}, "n"),
        ({"n": 5}, "n"),
        ({"num_frames": 17}, "num_frames"),
        ({"response_format": "b64_json"}, "response_format"),
        ({"image": []}, "image"),
    ],
)
async def test_wrong_wishes_for_stills_are_refused(
    api: Api, fields: dict[str, Any], param: str
) -> None:
    body = {"image": [data_url(picture())], **fields}
    assert error_of(await api.post("/v1/images/edits", json=body), 400)["param"] == param


async def test_stills_of_words_are_waited_for_and_can_be_downloaded(api: Api) -> None:
    api.go()
    body = {"prompt": "a red dress", "n": 2, "response_format": "url", "metadata": {"sku": "7"}}
    answer = await api.post("/v1/images/generations", json=body)
    assert answer.status_code == 200, answer.text
    stills = answer.json()
    assert len(stills["data"]) == 2
    for still in stills["data"]:
        assert (await api.get(still["url"])).headers["content-type"] == "image/png"
    job = (await api.get(f"/v1/images/{stills['id']}")).json()
    assert (job["task"], job["model"], job["num_inputs"]) == ("text-to-image", "croquis-t2v", 0)
    assert (job["params"]["num_frames"], job["params"]["n"]) == (1, 2)
    assert job["metadata"] == {"sku": "7"}


async def test_stills_of_words_in_the_background_can_be_cancelled(api: Api) -> None:
    body = {"prompt": "a red dress", "background": True, "model": "flux.2-klein-4b"}
    answer = await api.post("/v1/images/generations", json=body)
    assert answer.status_code == 202
    job = answer.json()
    assert (job["object"], job["size"]) == ("image", "768x1024")
    await api.post(f"/v1/images/{job['id']}/cancel")
    assert (await api.ended(job["id"], "image"))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"prompt": ""}, "prompt", "prompt is required"),
        ({"n": 5}, "n", "n is 5: croquis-t2v takes 1 to 4"),
        ({"size": "1024x1024"}, "size", "croquis-t2v makes 192x256"),
        ({"num_frames": 17}, "num_frames", "does not apply to stills"),
        ({"motion_bucket_id": 9}, "motion_bucket_id", "croquis-t2v can't be told how much"),
        ({"model": BETWEEN}, "model", "can't do text-to-image"),
        ({"model": "flux.2-klein-4b", "negative_prompt": "blur"}, "negative_prompt", "takes none"),
        ({"response_format": "b64_json"}, "response_format", "'url'"),
        ({"quality": "high"}, "quality", "quality"),
    ],
)
async def test_wrong_wishes_for_stills_of_words_are_refused(
    api: Api, fields: dict[str, Any], param: str, words: str
) -> None:
    body = {"prompt": "a red dress", **fields}
    error = error_of(await api.post("/v1/images/generations", json=body), 400)
    assert error["param"] == param
    assert words in error["message"]


async def test_the_fastvideo_demo_gets_its_clip_as_a_data_url(api: Api) -> None:
    api.go()
    body = {
        "prompt": "a red dress",
        "negative_prompt": "blurry",
        "use_negative_prompt": True,
        "seed": 1000,
        "guidance_scale": 1.0,
        "num_frames": 17,
        "height": 256,
        "width": 192,
        "randomize_seed": False,
        "return_frames": False,
        "model_path": "./weights/croquis-t2v",
    }
    answer = await api.post("/generate_video", json=body)
    assert answer.status_code == 200, answer.text
    clip = answer.json()
    assert (clip["success"], clip["error_message"], clip["seed"]) == (True, None, 1000)
    kind, _, content = clip["video_data"].partition(",")
    assert kind == "data:video/mp4;base64"
    assert base64.b64decode(content).startswith(b"contents of video_")
    assert clip["stage_names"] == ["denoising", "writing"]
    assert (clip["inference_time"], clip["encoding_time"]) == (1.5, 0.25)
    assert clip["total_time"] > 0
    [job] = (await api.get("/v1/videos")).json()["data"]
    assert job["params"]["negative_prompt"] == "blurry"


async def test_the_fastvideo_demo_may_send_a_first_frame(api: Api) -> None:
    api.go()
    for image in (data_url(picture()), base64.b64encode(picture()).decode()):
        body = {"prompt": "walks", "image_data": image, "model_type": "i2v"}
        assert (await api.post("/generate_video", json=body)).json()["success"]
    body = {"prompt": "x", "image_data": "/etc/passwd"}
    answer = await api.post("/generate_video", json=body)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"width": 832, "height": 480}, 400, "size"),
        ({"width": 192}, 400, "height"),
        ({"model_path": "nobody/nothing"}, 404, "model"),
        ({"model_type": "i2v"}, 400, "model_type"),
        ({"steps": 3}, 400, "steps"),
        ({"return_frames": True}, 400, "return_frames"),
    ],
)
async def test_the_fastvideo_demo_sees_failures_in_both_shapes(
    api: Api, fields: dict[str, Any], status: int, param: str
) -> None:
    answer = await api.post("/generate_video", json={"prompt": "x", **fields})
    assert answer.status_code == status
    failure = answer.json()
    assert failure["success"] is False
    assert failure["error_message"] == failure["error"]["message"]
    assert failure["error"]["param"] == param
    assert failure["video_data"] is None


def grey(size: tuple[int, int], shade: int = 255) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, shade).save(buffer, "PNG")
    return buffer.getvalue()


async def test_a_mask_is_kept_with_the_job_and_comes_back_as_it_was_understood(api: Api) -> None:
    mask = ("mask", ("mask.png", grey((30, 40)), "image/png"))
    files = [("image[]", PERSON[1]), mask]
    form = {"prompt": "x", "model": "flux.2-klein-4b", "background": "true"}
    job = (await api.post("/v1/images/edits", data=form, files=files)).json()
    assert job["inputs"] == ["input_reference", "mask"]
    stored = await api.get(f"/v1/images/{job['id']}/input/1")
    image = Image.open(io.BytesIO(stored.content))
    assert (image.mode, image.size, image.getpixel((5, 5))) == ("L", (30, 40), 255)


@pytest.mark.parametrize(
    ("model", "masks", "words"),
    [
        ("flux.2-klein-4b", [grey((40, 30))], "the mask has 40x30 pixels, the first image 30x40"),
        ("flux.2-klein-4b", [grey((30, 40), 0)], "nothing may be edited"),
        ("flux.2-klein-4b", [b"no picture"], "mask: this is not a JPEG, PNG or WebP picture"),
        ("flux.2-klein-4b", [grey((30, 40))] * 2, "mask is given 2 times"),
    ],
)
async def test_a_mask_that_fits_nothing_is_refused(
    api: Api, model: str, masks: list[bytes], words: str
) -> None:
    files = [("image", PERSON[1]), *(("mask", ("m.png", mask, "image/png")) for mask in masks)]
    error = error_of(await api.post("/v1/images/edits", data={"model": model}, files=files), 400)
    assert error["param"] == "mask"
    assert words in error["message"]


def test_a_model_without_masks_says_so() -> None:
    wish = Wish(Task.IMAGE_EDIT, "x", SamplingParams(), has_mask=True)
    with pytest.raises(BadRequest, match="mask is given, but qwen-image-edit-2511 takes none"):
        resolve(find("qwen-image-edit-2511"), wish)
