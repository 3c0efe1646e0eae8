"""The HTTP API in one process: real queue, store and storage, models that do as they are told."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from serve.api import build_api
from serve.backend import Backend
from serve.catalog import Card, find
from serve.config import ServeArgs
from serve.job_store import JobStore
from serve.jobs import Jobs, ModelStates
from serve.protocol import Range, Readiness
from serve.storage import Storage
from tests.jobs import ScriptedModel

MODELS = ("croquis-t2v", "croquis-tryon", "flux.2-klein-4b")
MAX_BYTES = 200_000


class Api(httpx.AsyncClient):
    """A client of the API, with the models behind it at hand."""

    models: dict[str, ScriptedModel]
    states: ModelStates

    def go(self) -> None:
        """Let every model run to the end."""
        for model in self.models.values():
            model.go()

    async def ended(self, job_id: str, kind: str = "video") -> dict[str, Any]:
        """The job when its event stream has ended."""
        text = (await self.get(f"/v1/{kind}s/{job_id}/events")).text
        last: dict[str, Any] = json.loads(text.strip().split("\n\n")[-1].removeprefix("data: "))
        job: dict[str, Any] = last["job"]
        return job


def card(name: str) -> Card:
    """The catalog's card, with values that stay put when a model is tuned."""
    found = find(name)
    if not found.sketch:
        return found
    defaults = {"num_frames": 17, "fps": 8, "num_inference_steps": 16, "guidance_scale": 4.0}
    ranges = {
        "num_frames": Range(minimum=5, maximum=33, step=4),
        "fps": Range(minimum=4, maximum=24),
        "num_inference_steps": Range(minimum=1, maximum=50),
        "guidance_scale": Range(minimum=1, maximum=10, step=0.1),
    }
    changes = {
        "defaults": found.defaults.model_copy(update={**defaults, "prompt": "a person"}),
        "limits": found.limits.model_copy(update=ranges),
    }
    return found.model_copy(update=changes)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    args = ServeArgs.model_validate(
        {
            "models": [{"id": name} for name in MODELS],
            "output_dir": str(tmp_path),
            "max_upload_bytes": MAX_BYTES,
            "max_pixels": 1_000_000,
            "max_queued_jobs": 2,
        }
    )
    storage = Storage(args.output_dir)
    store = JobStore(args.database)
    models = {name: ScriptedModel(storage) for name in MODELS}
    states: ModelStates = dict.fromkeys(MODELS, (Readiness.READY, ""))

    async def ask() -> ModelStates:
        return states

    jobs = Jobs(models, store, storage, ask, args.max_queued_jobs)
    app = build_api(Backend(args, [card(name) for name in MODELS], jobs, storage))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with Api(transport=transport, base_url="http://test") as client:
        client.models, client.states = models, states
        yield client
    for progress in list(jobs._unfinished.values()):
        if progress.task is not None:
            progress.task.cancel()
    store.close()


def picture(size: tuple[int, int] = (30, 40), form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, form)
    return buffer.getvalue()


def data_url(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def error_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error object of a refusal, whose shape and status are checked."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "param", "code"}
    error: dict[str, Any] = body["error"]
    return error


PERSON = ("input_reference", ("person.png", picture(), "image/png"))
GARMENT = ("garment", ("garment.jpg", picture(form="JPEG"), "image/jpeg"))


async def test_a_clip_is_queued_with_every_parameter_filled_in(api: Api) -> None:
    answer = await api.post("/v1/videos", json={"prompt": "a red dress", "user": "anna"})
    job = answer.json()
    assert answer.status_code == 200
    assert (job["object"], job["model"], job["task"]) == ("video", "croquis-t2v", "text-to-video")
    assert (job["status"], job["progress"]) == ("queued", 0)
    assert (job["size"], job["seconds"]) == ("192x256", "2.125")
    params = job["params"]
    assert (params["num_frames"], params["fps"], params["num_inference_steps"]) == (17, 8, 16)
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


async def test_frames_win_over_seconds(api: Api) -> None:
    body = {"prompt": "x", "seconds": 4, "num_frames": 9}
    assert (await api.post("/v1/videos", json=body)).json()["params"]["num_frames"] == 9


async def test_pictures_that_make_no_sense_together_are_refused(api: Api) -> None:
    async def refused(files: list[Any]) -> str:
        answer = await api.post("/v1/videos", data={"prompt": "x"}, files=files)
        return str(error_of(answer, 400)["message"])

    assert "the person to dress is missing" in await refused([GARMENT])
    assert "one picture is taken" in await refused([PERSON, PERSON])
    assert "takes at most 2" in await refused([PERSON, GARMENT, GARMENT, GARMENT])
    assert "a file is only taken as" in await refused([("mask", PERSON[1])])


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


async def test_routes_and_methods_that_do_not_exist_are_openai_errors(api: Api) -> None:
    assert error_of(await api.get("/v1/nothing"), 404)["code"] == "not_found"
    assert error_of(await api.put("/v1/videos"), 405)["code"] == "method_not_allowed"
    for path in ("", "/content", "/events", "/preview", "/input/0"):
        error = error_of(await api.get(f"/v1/videos/video_none{path}"), 404)
        assert error["code"] == "job_not_found"


async def test_the_list_is_paged_and_belongs_to_its_user(api: Api) -> None:
    api.go()
    ids = []
    for user in ("anna", "anna", "anna", "ben"):
        job = (await api.post("/v1/videos", json={"prompt": "x", "user": user})).json()
        ids.append((await api.ended(job["id"]))["id"])
    page = (await api.get("/v1/videos", params={"user": "anna", "limit": 2})).json()
    assert page["object"] == "list"
    assert [job["id"] for job in page["data"]] == [ids[2], ids[1]]
    assert (page["first_id"], page["last_id"], page["has_more"]) == (ids[2], ids[1], True)
    rest = {"user": "anna", "after": page["last_id"]}
    page = (await api.get("/v1/videos", params=rest)).json()
    assert ([job["id"] for job in page["data"]], page["has_more"]) == ([ids[0]], False)
    error = error_of(await api.get("/v1/videos", params={"limit": 0}), 400)
    assert error["param"] == "limit"
    assert error_of(await api.get("/v1/videos?order=up"), 400)["param"] == "order"
    assert error_of(await api.get("/v1/videos?after=video_none"), 404)["code"] == "job_not_found"


async def test_a_finished_clip_is_downloaded_whole_or_in_ranges(api: Api) -> None:
    api.go()
    job = (await api.post("/v1/videos", json={"prompt": "x"})).json()
    await api.ended(job["id"])
    url = f"/v1/videos/{job['id']}/content"
    whole = await api.get(url)
    body = f"contents of {job['id']}/video.mp4".encode()
    assert (whole.status_code, whole.content) == (200, body)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, start, end in (
        ("bytes=0-7", 0, 8), ("bytes=9-", 9, len(body)), ("bytes=-4", len(body) - 4, len(body)),
    ):  # fmt: skip
        part = await api.get(url, headers={"range": asked})
        assert (part.status_code, part.content) == (206, body[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(body)}"
    beyond = await api.get(url, headers={"range": "bytes=9999-"})
    assert error_of(beyond, 416)["code"] == "range_not_satisfiable"
    known = await api.get(url, headers={"if-none-match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = await api.head(url)
    assert (head.headers["content-length"], head.content) == (str(len(body)), b"")
    thumbnail = await api.get(url, params={"variant": "thumbnail"})
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert error_of(await api.get(url, params={"variant": "gif"}), 400)["param"] == "variant"
    assert error_of(await api.get(url, params={"variant": "spritesheet"}), 404)


async def test_content_before_the_end_is_a_404_that_clients_do_not_retry(api: Api) -> None:
    job = (await api.post("/v1/videos", json={"prompt": "x"})).json()
    answer = await api.get(f"/v1/videos/{job['id']}/content")
    assert error_of(answer, 404)["code"] == "not_ready"
    assert answer.headers["x-should-retry"] == "false"


async def test_a_failed_job_is_an_answer_not_an_error(api: Api) -> None:
    api.models["croquis-t2v"].raises = [ValueError("boom")]
    job = (await api.post("/v1/videos", json={"prompt": "x"})).json()
    await api.ended(job["id"])
    answer = await api.get(f"/v1/videos/{job['id']}")
    assert answer.status_code == 200
    assert answer.json()["status"] == "failed"
    assert answer.json()["error"]["code"] == "model_failed"
    content = await api.get(f"/v1/videos/{job['id']}/content")
    assert "is failed: The model failed" in error_of(content, 404)["message"]


async def test_a_full_queue_answers_429_and_when_to_come_back(api: Api) -> None:
    answers = [await api.post("/v1/videos", json={"prompt": "x"}) for _ in range(4)]
    answer = answers[-1]
    error = error_of(answer, 429)
    assert (error["type"], error["code"]) == ("rate_limit_error", "queue_full")
    assert int(answer.headers["retry-after"]) >= 1
    assert "x-should-retry" not in answer.headers


async def test_cancel_and_delete_over_http(api: Api) -> None:
    first = (await api.post("/v1/videos", json={"prompt": "x"})).json()["id"]
    cancelled = await api.post(f"/v1/videos/{first}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert error_of(await api.post(f"/v1/videos/{first}/cancel"), 409)["code"] == "conflict"
    deleted = await api.delete(f"/v1/videos/{first}")
    assert deleted.json() == {"id": first, "object": "video.deleted", "deleted": True}
    error_of(await api.get(f"/v1/videos/{first}"), 404)
    error_of(await api.delete(f"/v1/videos/{first}"), 404)


async def test_a_remix_keeps_settings_seed_and_pictures_even_when_its_source_is_deleted(
    api: Api,
) -> None:
    form = {"prompt": "walks", "num_frames": "9"}
    source = (await api.post("/v1/videos", data=form, files=[PERSON, GARMENT])).json()
    remix = (await api.post(f"/v1/videos/{source['id']}/remix", json={"prompt": "turns"})).json()
    assert remix["remixed_from_video_id"] == source["id"]
    assert remix["prompt"] == "turns"
    assert remix["params"] == source["params"] | {"prompt": "turns"}
    await api.delete(f"/v1/videos/{source['id']}")
    assert (await api.get(f"/v1/videos/{remix['id']}/input/1")).status_code == 200
    url = f"/v1/videos/{remix['id']}/remix"
    assert error_of(await api.post(url, json={"prompt": "x", "seed": 1}), 400)["param"] == "seed"
    assert error_of(await api.post(url, json={}), 400)["param"] == "prompt"


async def test_an_idempotency_key_makes_one_job_of_repeated_requests(
    api: Api, tmp_path: Path
) -> None:
    async def create(key: str, prompt: str) -> httpx.Response:
        form = {"prompt": prompt}
        headers = {"idempotency-key": key}
        return await api.post("/v1/videos", data=form, files=[PERSON], headers=headers)

    first = (await create("k1", "walks")).json()
    assert (await create("k1", "walks")).json()["id"] == first["id"]
    error = error_of(await create("k1", "turns"), 409)
    assert error["code"] == "idempotency_key_reused"
    assert (await create("k2", "walks")).json()["id"] != first["id"]
    assert error_of(await create("k" * 256, "walks"), 400)["param"] == "Idempotency-Key"
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2


async def test_events_stream_until_the_job_has_ended(api: Api) -> None:
    body = {"prompt": "x", "num_inference_steps": 3}
    job = (await api.post("/v1/videos", json=body)).json()

    async def step_by_step() -> None:
        for _ in range(3):
            await asyncio.sleep(0.02)
            api.models["croquis-t2v"].go(1)

    stepping = asyncio.create_task(step_by_step())
    answer = await api.get(f"/v1/videos/{job['id']}/events")
    await stepping
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n")[:-1]]
    assert events[-1]["job"]["status"] == "completed"
    assert any((event["preview"] or "").startswith("data:image/jpeg;base64,") for event in events)
    again = await api.get(f"/v1/videos/{job['id']}/events")
    assert again.text.count("data: ") == 1


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


async def test_models_are_listed_with_what_they_can_and_how_they_stand(api: Api) -> None:
    api.states["croquis-tryon"] = (Readiness.LOADING, "reading weights")
    cards = (await api.get("/v1/models")).json()
    assert cards["object"] == "list"
    assert [card["id"] for card in cards["data"]] == list(MODELS)
    assert [card["readiness"] for card in cards["data"]] == ["ready", "loading", "ready"]
    assert cards["data"][1]["detail"] == "reading weights"
    assert cards["data"][2]["limits"]["max_garments"] == 3
    card = (await api.get("/v1/models/black-forest-labs/FLUX.2-klein-4B")).json()
    assert card["id"] == "flux.2-klein-4b"
    assert error_of(await api.get("/v1/models/x"), 404)["code"] == "model_not_found"


async def test_health_tells_loading_from_degraded_from_down(api: Api) -> None:
    answer = await api.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    api.states["croquis-t2v"] = (Readiness.LOADING, "")
    assert (await api.get("/health")).json()["status"] == "loading"
    api.states["croquis-t2v"] = (Readiness.FAILED, "no weights")
    answer = await api.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    for model in MODELS:
        api.states[model] = (Readiness.FAILED, "no weights")
    assert (await api.get("/health")).status_code == 503
    refused = await api.post("/v1/videos", json={"prompt": "x"})
    assert "no weights" in error_of(refused, 503)["message"]


async def test_metrics_measure_requests_by_route(api: Api) -> None:
    await api.get("/v1/videos/video_none")
    text = (await api.get("/metrics")).text
    labels = 'method="GET",route="/v1/videos/{job_id}",status="404"'
    assert f"lookreel_request_seconds_count{{{labels}}} 1.0" in text
    assert 'lookreel_queued_jobs{model="croquis-t2v"} 0.0' in text


async def test_the_api_describes_itself(api: Api) -> None:
    schema = (await api.get("/openapi.json")).json()
    body = schema["paths"]["/v1/videos"]["post"]["requestBody"]["content"]
    fields = body["multipart/form-data"]["schema"]["properties"]
    assert {"prompt", "garment", "input_reference", "num_frames"} <= fields.keys()
    assert (await api.get("/")).json()["openapi"] == "/openapi.json"
