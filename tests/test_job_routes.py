"""What can be done with a job over HTTP once it exists."""

import asyncio
import json
from pathlib import Path

import httpx

from tests.api import GARMENT, PERSON, Api, error_of


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


async def test_whose_a_job_is_learns_only_who_asks_as_that_user(api: Api) -> None:
    form = {"prompt": "x", "user": "anna"}
    job = (await api.post("/v1/videos", json=form, headers={"Idempotency-Key": "one"})).json()
    assert job["user"] == "anna"
    url = f"/v1/videos/{job['id']}"
    again = (await api.post("/v1/videos", json=form, headers={"Idempotency-Key": "one"})).json()
    assert (again["id"], again["user"]) == (job["id"], "anna")
    assert (await api.get(url, params={"user": "anna"})).json()["user"] == "anna"
    error = error_of(await api.get(url, params={"user": "ben"}), 404)
    assert error["code"] == "job_not_found"
    marked = await api.post(url, json={"favourite": True})
    remixed = await api.post(f"{url}/remix", json={"prompt": "y"})
    told = [await api.get("/v1/videos"), await api.get(url), marked, remixed]
    api.go()
    await api.ended(remixed.json()["id"])
    told += [await api.get(f"{url}/events"), await api.get("/v1/videos?user=ben")]
    assert "anna" not in "".join(answer.text for answer in told)
    mine = (await api.get("/v1/videos?user=anna")).json()["data"]
    assert [one["user"] for one in mine] == ["anna", "anna"]
    nobodys = (await api.post("/v1/videos", json={"prompt": "x"})).json()
    url = f"/v1/videos/{nobodys['id']}"
    assert (await api.get(url, params={"user": "anna"})).json()["user"] is None


async def test_the_list_refuses_what_it_does_not_know_by_name(api: Api) -> None:
    for query, wrong in (
        ("status=done", "status.0"), ("task=dance", "task"), ("sort=beauty", "sort"),
        ("favourite=maybe", "favourite"), ("q=" + "x" * 201, "q"), ("colour=red", "colour"),
        ('metadata=a"b', "metadata.0"),
    ):  # fmt: skip
        error = error_of(await api.get(f"/v1/videos?{query}"), 400)
        assert error["param"] == wrong
        assert query.partition("=")[2][:40] in error["message"]


async def test_a_job_is_marked_as_a_favourite_while_it_waits_and_when_it_is_done(
    api: Api,
) -> None:
    job = (await api.post("/v1/videos", json={"prompt": "a red dress"})).json()
    assert job["favourite"] is False
    url = f"/v1/videos/{job['id']}"
    assert (await api.post(url, json={"favourite": True})).json()["favourite"] is True
    api.go()
    assert (await api.ended(job["id"]))["favourite"] is True
    listed = (await api.get("/v1/videos?favourite=true&q=red&status=completed")).json()
    assert [one["id"] for one in listed["data"]] == [job["id"]]
    assert (await api.post(url, json={"favourite": False})).json()["favourite"] is False
    assert (await api.get("/v1/videos?favourite=true")).json()["data"] == []
    assert error_of(await api.post(url, json={"favourite": 7}), 400)["param"] == "favourite"
    assert error_of(await api.post(url, json={"prompt": "x"}), 400)["param"] == "prompt"
    assert error_of(await api.post(url, json={}), 400)["param"] == "favourite"
    error_of(await api.post("/v1/videos/video_none", json={"favourite": True}), 404)
    image = f"/v1/images/{job['id']}"
    error_of(await api.post(image, json={"favourite": True}), 404)


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
    refused = error_of(await api.get(url, params={"variant": "avi"}), 400)
    assert refused["param"] == "variant"
    assert "must be video, thumbnail, spritesheet, record, webm, gif, frames" in refused["message"]
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
