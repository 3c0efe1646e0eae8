"""`POST /v1/videos`: what is taken, what is filled in, what is refused."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from serve.generation import role_of
from serve.protocol import Role
from tests.api import BETWEEN, GARMENT, MAX_BYTES, PERSON, Api, data_url, error_of, picture


async def test_a_clip_is_queued_with_every_parameter_filled_in(api: Api) -> None:
    answer = await api.post("/v1/videos", json={"prompt": "a red dress", "user": "anna"})
    job = answer.json()
    assert answer.status_code == 200
    assert (job["object"], job["model"], job["task"]) == ("video", "croquis-t2v", "text-to-video")
    assert (job["status"], job["progress"]) == ("queued", 0)
    assert (job["size"], job["seconds"]) == ("192x256", "2.125")
    params = job["params"]
    assert (params["num_frames"], params["fps"], params["num_inference_steps"]) == (17, 8, 8)
    assert 0 <= params["seed"] < 2**32
    assert answer.headers["openai-poll-after-ms"] == "1000"


async def test_a_missing_seed_is_chosen_anew_for_every_job(api: Api) -> None:
    seeds = set()
    for _ in range(2):
        answer = await api.post("/v1/videos", json={"prompt": "x"})
        seeds.add(answer.json()["params"]["seed"])
    assert len(seeds) == 2


async def test_form_fields_are_read_as_the_numbers_they_spell(api: Api) -> None:
    form = {"prompt": "x", "num_frames": "9", "guidance_scale": "4.25", "seed": "7", "model": ""}
    params = (await api.post("/v1/videos", data=form)).json()["params"]
    assert (params["num_frames"], params["guidance_scale"], params["seed"]) == (9, 4.25, 7)


async def test_the_model_follows_from_the_pictures(api: Api) -> None:
    async def task_of(files: list[Any]) -> tuple[str, str]:
        answer = await api.post("/v1/videos", data={"prompt": "walks"}, files=files)
        job = answer.json()
        return job["model"], job["task"]

    assert await task_of([PERSON]) == ("croquis-tryon", "image-to-video")
    assert await task_of([PERSON, GARMENT]) == ("croquis-tryon", "try-on")


async def test_the_prompt_may_be_left_out_where_the_pictures_say_enough(api: Api) -> None:
    job = (await api.post("/v1/videos", files=[PERSON, GARMENT])).json()
    assert job["prompt"] == ""
    assert job["params"]["prompt"] == "a person"
    error = error_of(await api.post("/v1/videos", json={}), 400)
    assert (error["param"], error["code"]) == ("prompt", "missing_required_parameter")


@pytest.mark.parametrize("name", ["input_reference[image_url]", "input_reference"])
async def test_a_picture_may_come_as_a_data_url_in_a_form(api: Api, name: str) -> None:
    form = {"prompt": "x", name: data_url(picture())}
    job = (await api.post("/v1/videos", data=form)).json()
    assert (job["task"], job["num_inputs"]) == ("image-to-video", 1)


@pytest.mark.parametrize("wrap", [lambda url: url, lambda url: {"image_url": url}])
async def test_pictures_may_come_in_json(api: Api, wrap: Any) -> None:
    url = data_url(picture())
    body = {"prompt": "x", "input_reference": wrap(url), "garment": [wrap(url), url]}
    job = (await api.post("/v1/videos", json=body)).json()
    assert (job["task"], job["num_inputs"]) == ("try-on", 3)
    stored = await api.get(f"/v1/videos/{job['id']}/input/2")
    assert stored.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(stored.content)).size == (30, 40)
    error = error_of(await api.get(f"/v1/videos/{job['id']}/input/3"), 404)
    assert "came with 3" in error["message"]


async def test_garments_may_be_sent_in_the_clients_list_notation(api: Api) -> None:
    files = [PERSON, ("garment[]", GARMENT[1]), ("garment[]", GARMENT[1])]
    job = (await api.post("/v1/videos", data={"prompt": "x"}, files=files)).json()
    assert (job["task"], job["num_inputs"]) == ("try-on", 3)


async def test_a_dressed_person_may_come_with_the_garments_to_be_kept(api: Api) -> None:
    form = {"prompt": "x", "task": "image-to-video"}
    job = (await api.post("/v1/videos", data=form, files=[PERSON, GARMENT])).json()
    assert (job["task"], job["num_inputs"]) == ("image-to-video", 2)


async def test_a_task_that_the_pictures_do_not_allow_is_refused(api: Api) -> None:
    form = {"prompt": "x", "task": "try-on"}
    error = error_of(await api.post("/v1/videos", data=form, files=[PERSON]), 400)
    assert error["param"] == "task"
    assert error["message"] == "task is 'try-on': with these files it can be image-to-video."


async def test_a_last_frame_is_stored_behind_the_first_and_kept_by_a_remix(api: Api) -> None:
    form = {"prompt": "x", "model": BETWEEN}
    files = [("last_image", GARMENT[1]), PERSON]
    job = (await api.post("/v1/videos", data=form, files=files)).json()
    assert (job["task"], job["num_inputs"]) == ("image-to-video", 2)
    record = await api.jobs.record(job["id"])
    assert [role_of(key) for key in record.images] == [Role.INPUT_REFERENCE, Role.LAST_IMAGE]
    remix = (await api.post(f"/v1/videos/{job['id']}/remix", json={"prompt": "y"})).json()
    copied = await api.jobs.record(remix["id"])
    assert [role_of(key) for key in copied.images] == [Role.INPUT_REFERENCE, Role.LAST_IMAGE]


@pytest.mark.parametrize(
    ("model", "fields", "words"),
    [
        (None, ["input_reference", "last_image"], "croquis-tryon takes none"),
        (BETWEEN, ["input_reference"], "is missing: wan2.1-flf2v-14b-720p makes the clip betw"),
        (BETWEEN, ["input_reference", "last_image", "last_image"], "is given 2 times"),
        (None, ["last_image"], "only end with it where it begins"),
        (None, ["input_reference", "garment", "last_image"], "only end with it where it begins"),
    ],
)
async def test_a_last_frame_is_taken_only_where_it_makes_sense(
    api: Api, model: str | None, fields: list[str], words: str
) -> None:
    form = {"prompt": "x"} | ({"model": model} if model else {})
    files = [(name, PERSON[1]) for name in fields]
    error = error_of(await api.post("/v1/videos", data=form, files=files), 400)
    assert error["param"] == "last_image"
    assert words in error["message"]


@pytest.mark.parametrize(
    "url", ["https://example.com/a.png", "/etc/passwd", "file:///etc/passwd", "data:text/html,x"]
)
async def test_nothing_is_fetched_and_no_path_is_opened(api: Api, url: str) -> None:
    for body in ({"input_reference": {"image_url": url}}, {"input_reference": url}):
        error = error_of(await api.post("/v1/videos", json={"prompt": "x", **body}), 400)
        assert error["param"] == "input_reference"
        assert "not fetched" in error["message"]


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"num_frames": 12}, "num_frames", "is 12: croquis-t2v takes 5, 9, 13, … 33 (steps of 4)"),
        ({"num_frames": 0}, "num_frames", "is 0: should be greater than or equal to 1"),
        ({"num_inference_steps": 51}, "num_inference_steps", "takes 1 to 50"),
        ({"guidance_scale": 0.5}, "guidance_scale", "is 0.5: croquis-t2v takes 1 to 10"),
        ({"guidance_scale": "NaN"}, "guidance_scale", "finite"),
        ({"fps": 60}, "fps", "takes 4 to 24"),
        ({"size": "640x480"}, "size", "is '640x480': croquis-t2v makes 192x256"),
        ({"size": "big"}, "size", "is 'big': must be WIDTHxHEIGHT in pixels"),
        ({"seconds": 0}, "seconds", "is 0: should be greater than 0"),
        ({"seed": -1}, "seed", "is -1: should be greater than or equal to 0"),
        ({"seed": "abc"}, "seed", "is 'abc': should be a valid integer"),
        ({"model": "gpt-5"}, "model", "croquis-t2v, croquis-tryon, flux.2-klein-4b"),
        ({"model": "flux.2-klein-4b"}, "model", "that can: croquis-t2v, croquis-tryon"),
        ({"num_frame": 17}, "num_frame", "Did you mean 'num_frames'?"),
        ({"output_path": "/tmp/x"}, "output_path", "Unknown field 'output_path'"),
    ],
)
async def test_a_wrong_value_is_refused_with_field_value_and_range(
    api: Api, fields: dict[str, Any], param: str, words: str
) -> None:
    body = {"prompt": "x", **fields}
    for answer in (
        await api.post("/v1/videos", json=body),
        await api.post("/v1/videos", data=body),  # numbers arrive as text
    ):
        error = error_of(answer, 404 if fields == {"model": "gpt-5"} else 400)
        assert error["param"] == param
        assert words.replace("'", "") in error["message"].replace("'", "")
        assert error["type"] == "invalid_request_error"
    assert (await api.get("/v1/videos")).json()["data"] == []


async def test_a_length_in_seconds_becomes_the_nearest_length_there_is(api: Api) -> None:
    for seconds, frames, told in ((4, 33, "4.125"), ("1.2", 9, "1.125"), (12, 33, "4.125")):
        body = {"prompt": "x", "seconds": seconds}
        job = (await api.post("/v1/videos", json=body)).json()
        assert (job["params"]["num_frames"], job["seconds"]) == (frames, told)
        await api.delete(f"/v1/videos/{job['id']}")  # else the queue may be full


async def test_frames_win_over_seconds(api: Api) -> None:
    body = {"prompt": "x", "seconds": 4, "num_frames": 9}
    assert (await api.post("/v1/videos", json=body)).json()["params"]["num_frames"] == 9


async def test_pictures_that_make_no_sense_together_are_refused(api: Api) -> None:
    async def refused(files: list[Any]) -> str:
        answer = await api.post("/v1/videos", data={"prompt": "x"}, files=files)
        return str(error_of(answer, 400)["message"])

    assert "the person to dress is missing" in await refused([GARMENT])
    assert "one is taken" in await refused([PERSON, PERSON])
    assert "takes at most 2" in await refused([PERSON, GARMENT, GARMENT, GARMENT])
    assert "mask is given without video" in await refused([("mask", PERSON[1])])
    assert "a file is only taken as" in await refused([("still", PERSON[1])])


async def test_a_bad_upload_is_refused_and_leaves_nothing_behind(api: Api, tmp_path: Path) -> None:
    text = [PERSON, ("garment", ("a.png", b"not a picture", "image/png"))]
    error = error_of(await api.post("/v1/videos", data={"prompt": "x"}, files=text), 400)
    assert (error["param"], error["code"]) == ("garment", "invalid_image")
    large = [("input_reference", ("a.png", picture((1001, 1000)), "image/png"))]
    error = error_of(await api.post("/v1/videos", data={"prompt": "x"}, files=large), 400)
    assert "at most 1,000,000" in error["message"]
    heavy = [("input_reference", ("a.png", b"x" * (MAX_BYTES + 1), "image/png"))]
    error = error_of(await api.post("/v1/videos", data={"prompt": "x"}, files=heavy), 413)
    assert "200,000" in error["message"]
    flood = await api.post("/v1/videos", content=b" " * 4_000_000)
    assert "more than" in error_of(flood, 413)["message"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


async def test_what_is_no_good_body_is_refused(api: Api) -> None:
    json_type = {"content-type": "application/json"}
    broken = await api.post("/v1/videos", content=b"{", headers=json_type)
    assert "not valid JSON" in error_of(broken, 400)["message"]
    array = await api.post("/v1/videos", content=b"[]", headers=json_type)
    assert "must be a JSON object" in error_of(array, 400)["message"]
    other = await api.post("/v1/videos", content=b"x", headers={"content-type": "text/plain"})
    assert "text/plain" in error_of(other, 400)["message"]
    cut = {"content-type": "multipart/form-data"}
    error_of(await api.post("/v1/videos", content=b"x", headers=cut), 400)


async def test_a_clip_has_the_shape_of_its_first_frame(api: Api) -> None:
    for shape, size in (((48, 27), "1280x720"), ((27, 48), "720x1280"), ((30, 33), "960x960")):
        first = ("input_reference", ("a.png", picture(shape), "image/png"))
        last = ("last_image", ("b.png", picture(shape), "image/png"))
        form = {"prompt": "x", "model": BETWEEN}
        job = (await api.post("/v1/videos", data=form, files=[first, last])).json()
        assert job["size"] == size
        await api.delete(f"/v1/videos/{job['id']}")


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"loras": {"walk": 0.8}}},
        {"data": {"loras": '{"walk": 0.8}'}},
        {"data": {"loras[walk]": "0.8"}},
    ],
)
async def test_lora_weights_are_asked_for_by_name_and_scale(api: Api, body: dict[str, Any]) -> None:
    (kind, fields), *_ = body.items()
    answer = await api.post("/v1/videos", **{kind: fields | {"prompt": "x"}})
    assert answer.json()["params"]["loras"] == {"walk": 0.8}


@pytest.mark.parametrize(
    ("loras", "words"),
    [
        ({"silk": 1}, "loras names 'silk': croquis-t2v has walk."),
        ({"walk": 9}, "loras.walk is 9: should be less than or equal to 4"),
        ("walk", "loras is 'walk': should be a valid dictionary"),
    ],
)
async def test_lora_weights_that_the_model_does_not_have_are_refused(
    api: Api, loras: Any, words: str
) -> None:
    error = error_of(await api.post("/v1/videos", json={"prompt": "x", "loras": loras}), 400)
    assert error["param"].startswith("loras")
    assert words in error["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"metadata": {"batch": "spring", "sku": "A-1"}}},
        {"data": {"metadata": '{"batch": "spring", "sku": "A-1"}'}},
        {"data": {"metadata[batch]": "spring", "metadata[sku]": "A-1"}},
    ],
)
async def test_what_a_client_notes_on_a_job_comes_back_with_it(
    api: Api, body: dict[str, Any]
) -> None:
    body = {name: fields | {"prompt": "x"} for name, fields in body.items()}
    job = (await api.post("/v1/videos", **body)).json()
    noted = {"batch": "spring", "sku": "A-1"}
    assert job["metadata"] == noted
    assert (await api.get(f"/v1/videos/{job['id']}")).json()["metadata"] == noted
    assert (await api.get("/v1/videos")).json()["data"][0]["metadata"] == noted


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"batch": "x" * 513}, "metadata.batch is"),
        ({"batch": 7}, "metadata.batch is 7: should be a valid string"),
        ({str(key): "" for key in range(17)}, "at most 16"),
        ("words", "metadata is 'words': should be a valid dictionary"),
    ],
)
async def test_notes_on_a_job_are_bounded(api: Api, metadata: Any, words: str) -> None:
    error = error_of(await api.post("/v1/videos", json={"prompt": "x", "metadata": metadata}), 400)
    assert words in error["message"]
