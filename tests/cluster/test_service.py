"""Plain HTTP against a real Ray Serve: what only shows with real processes and real models."""

import base64
import io
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from app.samples import IMAGES
from benchmarks import compare_models
from serve.encoding import decode_mp4
from tests.cluster.conftest import Service

pytestmark = pytest.mark.timeout(400)

SHORT = {"prompt": "a red dress", "num_inference_steps": 2, "num_frames": 5}
LONG = {"prompt": "a red dress", "num_inference_steps": 50}


RED_GARMENT, BLUE_GARMENT = IMAGES / "garment-1.png", IMAGES / "garment-2.png"
PERSON = IMAGES / "person-1.png"


@pytest.fixture
def http(service: Service) -> Any:
    with service.client() as client:
        yield client


def picture(colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (90, 120), colour).save(buffer, "PNG")
    return buffer.getvalue()


def num_frames(clip: bytes, folder: Path) -> int:
    """How many pictures a decoder finds in the mp4."""
    path = folder / "clip.mp4"
    path.write_bytes(clip)
    return int(imageio_ffmpeg.count_frames_and_secs(str(path))[0])


def submit(http: httpx.Client, body: dict[str, Any]) -> str:
    answer = http.post("/v1/videos", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def until(http: httpx.Client, job_id: str, holds: Callable[[dict[str, Any]], bool]) -> Any:
    """Follow the job's events up to the first that holds."""
    with http.stream("GET", f"/v1/videos/{job_id}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                job = json.loads(line.removeprefix("data: "))["job"]
                if holds(job):
                    return job
    raise AssertionError(f"the job ended first: {job}")


def denoising(job: dict[str, Any]) -> bool:
    return job["stage"] == "denoising" and (job["step"] or 0) >= 1


def test_events_tell_every_stage_the_steps_and_a_preview(http: httpx.Client) -> None:
    job_id = submit(http, LONG | {"num_inference_steps": 8})
    events = []
    with http.stream("GET", f"/v1/videos/{job_id}/events") as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
    jobs = [event["job"] for event in events]
    assert jobs[-1]["status"] == "completed"
    assert {"denoising", "decoding"} <= {job["stage"] for job in jobs}
    steps = [job["step"] for job in jobs if job["stage"] == "denoising"]
    assert steps == sorted(steps)
    assert {job["num_steps"] for job in jobs if job["step"]} == {8}
    previews = [event["preview"] for event in events if event["preview"]]
    frame = base64.b64decode(previews[0].partition(",")[2])
    assert Image.open(io.BytesIO(frame)).format == "JPEG"
    assert {"encoding prompt", "denoising", "decoding", "writing"} <= jobs[-1]["timings"].keys()


def torso(clip: bytes) -> Any:
    """The mean colour in the middle of a clip, where its person's chest is."""
    frames = decode_mp4(clip)
    height, width = frames.shape[1:3]
    chest = frames[:, height * 35 // 100 : height // 2, width * 2 // 5 : width * 3 // 5]
    return chest.mean((0, 1, 2))


def test_a_try_on_takes_person_and_garment_from_the_upload(
    http: httpx.Client, service: Service, tmp_path: Path
) -> None:
    form = {"num_inference_steps": "4", "num_frames": "5", "seed": "7"}
    worn = []
    for garment in (RED_GARMENT, BLUE_GARMENT):
        files = [
            ("input_reference", ("person.png", PERSON.read_bytes(), "image/png")),
            ("garment", ("garment.png", garment.read_bytes(), "image/png")),
        ]
        job = http.post("/v1/videos", data=form, files=files).json()
        assert job["task"] == "try-on"
        assert service.wait(job["id"])["status"] == "completed"
        clip = http.get(f"/v1/videos/{job['id']}/content").content
        assert num_frames(clip, tmp_path) == 5
        worn.append(torso(clip))
    red, blue = worn
    assert red[0] - red[2] > blue[0] - blue[2] + 40


def stopping(http: httpx.Client, stop: Callable[[str], object], body: dict[str, Any]) -> str:
    """A long job that is stopped in its first steps; the next one, which must begin at once.

    At once is: long before the steps that were left could have been made.
    """
    running = submit(http, LONG)
    first = until(http, running, denoising)
    begun = time.monotonic()
    last = until(http, running, lambda job: job["step"] >= first["step"] + 3)
    pace = (time.monotonic() - begun) / (last["step"] - first["step"])
    stopped = time.monotonic()
    stop(running)
    following = submit(http, body)
    until(http, following, lambda job: job["status"] != "queued")
    assert time.monotonic() - stopped < pace * (last["num_steps"] - last["step"]) / 2
    return following


def test_a_running_job_stops_when_cancelled_and_the_next_one_is_unharmed(
    http: httpx.Client, service: Service
) -> None:
    wanted = submit(http, SHORT | {"seed": 3})
    service.wait(wanted)
    cancelled: list[str] = []

    def cancel(job_id: str) -> None:
        cancelled.append(job_id)
        assert http.post(f"/v1/videos/{job_id}/cancel").json()["status"] == "cancelled"

    again = stopping(http, cancel, SHORT | {"seed": 3})
    assert service.wait(again)["status"] == "completed"
    assert http.get(f"/v1/videos/{cancelled[0]}").json()["status"] == "cancelled"
    clips = [http.get(f"/v1/videos/{job_id}/content").content for job_id in (wanted, again)]
    assert np.array_equal(decode_mp4(clips[0]), decode_mp4(clips[1]))


def test_a_waiting_job_is_cancelled_before_it_runs(http: httpx.Client, service: Service) -> None:
    running = submit(http, LONG)
    waiting = submit(http, SHORT)
    last = submit(http, SHORT)
    assert http.get(f"/v1/videos/{last}").json()["queue_position"] in (0, 1, 2)
    assert http.post(f"/v1/videos/{waiting}/cancel").json()["status"] == "cancelled"
    http.post(f"/v1/videos/{running}/cancel")
    assert service.wait(last)["status"] == "completed"
    cancelled = http.get(f"/v1/videos/{waiting}").json()
    assert (cancelled["status"], cancelled["started_at"]) == ("cancelled", None)


def test_a_deleted_running_job_stops_and_leaves_no_files(
    http: httpx.Client, service: Service
) -> None:
    deleted: list[str] = []

    def delete(job_id: str) -> None:
        deleted.append(job_id)
        assert http.delete(f"/v1/videos/{job_id}").json()["deleted"]

    last = stopping(http, delete, SHORT)
    assert service.wait(last)["status"] == "completed"
    assert not (Path(service.args.output_dir) / deleted[0]).exists()


def test_a_full_queue_refuses_and_a_dropped_connection_loses_nothing(
    http: httpx.Client, service: Service
) -> None:
    running = submit(http, LONG)
    until(http, running, denoising)
    waiting = [submit(http, SHORT) for _ in range(service.args.max_queued_jobs)]
    refused = http.post("/v1/videos", json=SHORT)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert refused.json()["error"]["code"] == "queue_full"
    for job_id in (running, *waiting):
        http.post(f"/v1/videos/{job_id}/cancel")


def test_a_still_is_made_though_its_caller_hangs_up(http: httpx.Client, service: Service) -> None:
    body = {
        "image": ["data:image/png;base64," + base64.b64encode(picture()).decode()] * 2,
        "num_inference_steps": 20,
        "user": "hangs-up",
    }
    with pytest.raises(httpx.ReadTimeout):
        http.post("/v1/images/edits", json=body, timeout=0.7)
    end = time.monotonic() + 30
    while not (found := http.get("/v1/images?user=hangs-up").json()["data"]):
        assert time.monotonic() < end
    assert service.wait(found[0]["id"], "image")["status"] == "completed"
    assert len(http.get("/v1/images?user=hangs-up").json()["data"]) == 1


def test_one_key_makes_one_job_however_often_and_at_once_it_is_sent(http: httpx.Client) -> None:
    def send(_: int) -> str:
        headers = {"Idempotency-Key": "only-once"}
        return str(http.post("/v1/videos", json=SHORT, headers=headers).json()["id"])

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(send, range(4)))
    assert len(ids) == 1
    changed = http.post(
        "/v1/videos", json=SHORT | {"seed": 1}, headers={"Idempotency-Key": "only-once"}
    )
    assert changed.status_code == 409


def test_a_clip_can_be_played_in_ranges(http: httpx.Client, service: Service) -> None:
    job_id = submit(http, SHORT)
    service.wait(job_id)
    url = f"/v1/videos/{job_id}/content"
    whole = http.get(url).content
    part = http.get(url, headers={"Range": "bytes=10-99"})
    assert (part.status_code, part.content) == (206, whole[10:100])
    assert part.headers["content-range"] == f"bytes 10-99/{len(whole)}"


def test_the_fastvideo_demos_request_is_answered(http: httpx.Client, tmp_path: Path) -> None:
    body = {"prompt": "a red dress", "seed": 5, "num_frames": 5, "width": 192, "height": 256}
    answer = http.post("/generate_video", json=body)
    assert answer.status_code == 200, answer.text
    clip = base64.b64decode(answer.json()["video_data"].partition(",")[2])
    assert num_frames(clip, tmp_path) == 5
    assert answer.json()["inference_time"] > 0


def test_health_and_metrics_answer(http: httpx.Client) -> None:
    health = http.get("/health").json()
    assert health["models"] == {"croquis-t2v": "ready", "croquis-tryon": "ready"}
    text = http.get("/metrics").text
    assert 'lookreel_jobs_total{model="croquis-t2v",status="completed"}' in text
    assert 'lookreel_request_seconds_count{method="POST",route="/v1/videos",status="200"}' in text


def test_models_are_compared_on_one_input(service: Service, tmp_path: Path) -> None:
    person, garment = tmp_path / "person.png", tmp_path / "garment.png"
    person.write_bytes(picture("tan"))
    garment.write_bytes(picture("green"))
    both = ["croquis-tryon", "--person", str(person), "--garment", str(garment)]
    common = ["--backend-url", service.url, "--price-per-hour", "2", "--output-dir", str(tmp_path)]
    compare_models.main([*both, *common])
    (written,) = tmp_path.glob("compare_models-*.json")
    (row,) = json.loads(written.read_text())
    assert (row["model"], row["size"], row["num_frames"]) == ("croquis-tryon", "192x256", 17)
    assert row["cost"] == pytest.approx(2 * row["seconds"] / 3600)
    assert 0.2 < row["peak_memory_gb"] < 8
    assert all(0 <= figure <= 1 for figure in row["quality"].values())
    assert num_frames(written.with_suffix(".mp4").read_bytes(), tmp_path) == 17
