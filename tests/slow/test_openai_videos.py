"""The engine `openai-videos`, against servers that deviate as the real ones do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from serve.card import Card
from serve.deployment import ModelDeployment
from serve.encoding import decode_mp4
from serve.engines import openai_videos, remote
from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import Finished, GenerationEvent, GenerationRequest, StepDone, input_key
from serve.images import to_png
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, Generation
from serve.protocol import ResolvedParams, Role, Stage, Task
from serve.storage import Storage
from tests.cards import card_for, picture
from tests.servers import free_port, serving_app
from tests.video_servers import VideoServer

KINDS = ("vllm-omni", "sglang", "fastvideo")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "POLL_SECONDS", 0.01)


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> VideoServer:
    return VideoServer(request.param)


@pytest.fixture
def url(server: VideoServer) -> Iterator[str]:
    with serving_app(server.app(), free_port()) as address:
        yield f"{address}/v1"


def card(url: str, **changes: Any) -> Card:
    plain = card_for("wan", Path("/nowhere")).model_dump()
    remote_card = {"engine": "openai-videos", "pipeline": "", "pipeline_class": "", "source": url}
    tasks = [Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO]
    return Card.model_validate(plain | remote_card | {"tasks": tasks} | changes)


def wanted(task: Task = Task.TEXT_TO_VIDEO, **changes: Any) -> Generation:
    values = {"prompt": "a red dress", "negative_prompt": "", "width": 64, "height": 96}
    values |= {"num_frames": 9, "fps": 8, "num_inference_steps": 8, "guidance_scale": 3.0}
    params = ResolvedParams.model_validate(values | {"seed": 7} | changes)
    return Generation(task, params, (picture(1),) if task is Task.IMAGE_TO_VIDEO else ())


def run(card: Card, generation: Generation) -> tuple[bytes, list[GenerationEvent]]:
    events: list[GenerationEvent] = []
    clip = loader.load(card).run(generation, events.append)
    assert isinstance(clip, bytes)
    return clip, events


def test_a_prompt_becomes_the_servers_clip(server: VideoServer, url: str) -> None:
    clip, events = run(card(url, call={"enable_teacache": True}, names={"seed": None}), wanted())
    assert decode_mp4(clip).shape == (9, 96, 64, 3)
    assert server.fields == {
        "prompt": "a red dress",
        "size": "64x96",
        "num_frames": "9",
        "fps": "8",
        "num_inference_steps": "8",
        "seconds": "1",  # 1.125, of which no server takes the part
        "guidance_scale": "3.0",
        "enable_teacache": "True",
    }
    steps = [event.step for event in events if isinstance(event, StepDone)]
    assert steps == ([2, 4, 6] if server.kind == "sglang" else [0, 0, 0])


def test_the_first_frame_is_cropped_to_the_clip(server: VideoServer, url: str) -> None:
    run(card(url), wanted(Task.IMAGE_TO_VIDEO))
    assert server.pictures["input_reference"].size == (64, 96)


def test_a_failure_on_the_server_fails_the_job_with_its_reason(
    server: VideoServer, url: str
) -> None:
    server.fail_with = "CUDA out of memory"
    with pytest.raises(ModelFailed, match="^CUDA out of memory$"):
        run(card(url), wanted())


def test_what_the_server_refuses_is_told(server: VideoServer, url: str) -> None:
    with pytest.raises(ModelFailed, match="Twin refused the job: .*valid integer"):
        run(card(url, call={"fps": "many"}), wanted())


def test_more_steps_than_vllm_omni_takes_are_refused_with_its_words() -> None:
    server = VideoServer("vllm-omni")
    with serving_app(server.app(), free_port()) as address:
        run(card(f"{address}/v1"), wanted(num_inference_steps=200))
        with pytest.raises(ModelFailed, match="refused the job: .*less than or equal to 200"):
            run(card(f"{address}/v1"), wanted(num_inference_steps=201))


def test_a_proxy_that_hiccups_does_not_lose_the_job(server: VideoServer, url: str) -> None:
    server.busy = 3
    clip, _ = run(card(url), wanted())
    assert len(decode_mp4(clip)) == 9


def test_a_job_that_the_server_forgot_fails(server: VideoServer, url: str) -> None:
    server.endless = True

    def restart(event: GenerationEvent) -> None:
        server.forgotten = server.looks > 1

    with pytest.raises(ModelFailed, match="^The server lost the job: Video not found$"):
        loader.load(card(url)).run(wanted(), restart)


def test_only_vllm_omni_stops_a_cancelled_job_the_others_forget_it(
    server: VideoServer, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.endless, server.stopping = True, 2

    def stop(event: GenerationEvent) -> None:
        if isinstance(event, StepDone) and server.looks > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        loader.load(card(url)).run(wanted(), stop)
    assert server.forgotten
    assert server.stopped == (server.kind == "vllm-omni")
    assert ("cannot stop a job" in caplog.text) != server.stopped


def test_the_key_comes_from_the_environment(
    server: VideoServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelUnavailable, match="the environment variable FILM_KEY is not set"):
        loader.load(card(url, api_key_env="FILM_KEY"))
    monkeypatch.setenv("FILM_KEY", "secret")
    run(card(url, api_key_env="FILM_KEY"), wanted())
    assert server.key == "Bearer secret"


def test_a_server_that_is_not_there_is_named() -> None:
    address = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(ModelUnavailable, match=f"{address} does not answer"):
        loader.load(card(address))


def test_a_server_that_goes_away_fails_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PATIENCE_SECONDS", 0.2)
    http = httpx.Client(base_url=f"http://127.0.0.1:{free_port()}")
    with http, pytest.raises(ModelFailed, match="does not answer any more"):
        remote.follow(
            lambda: openai_videos._look(http, "/videos/1"),
            lambda: openai_videos._stop(http, "/videos/1"),
            lambda _event: None,
            8,
        )


async def test_a_deployment_stores_the_clip_with_all_its_files(tmp_path: Path) -> None:
    server = VideoServer("fastvideo")
    with serving_app(server.app(), free_port()) as address:
        deployment = ModelDeployment(card(f"{address}/v1"), str(tmp_path))
        storage = Storage(str(tmp_path))
        key = input_key("job", 0, Role.INPUT_REFERENCE)
        storage.put(key, to_png(picture(1)))
        asked = replace(wanted(Task.IMAGE_TO_VIDEO), images=())
        request = GenerationRequest("job", 1, "twin-wan", asked.task, asked.params, (key,))
        events = [event async for event in deployment.generate(request)]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert set(finished.files) == {"video", "thumbnail", "spritesheet", "record"}
    clip = (tmp_path / "job" / "video.mp4").read_bytes()
    assert decode_mp4(clip).shape == (9, 96, 64, 3)
    assert b'"prompt": "a red dress"' in clip
    assert Stage.WRITING in finished.timings
