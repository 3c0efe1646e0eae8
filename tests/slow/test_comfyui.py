"""The engine `comfyui`, against a server that speaks ComfyUI's HTTP and websocket API."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from serve.card import Card
from serve.catalog import find
from serve.encoding import decode_mp4
from serve.engines import remote
from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, Generation
from serve.protocol import ResolvedParams, Task
from tests.cards import card_for, picture
from tests.comfy_server import TEXT_WORKFLOW, WORKFLOW, ComfyServer
from tests.servers import free_port, serving_app


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "POLL_SECONDS", 0.02)


@pytest.fixture
def server() -> ComfyServer:
    return ComfyServer()


@pytest.fixture
def url(server: ComfyServer) -> Iterator[str]:
    with serving_app(server.app(), free_port()) as address:
        yield address


def card(url: str, folder: Path, workflow: Any = None) -> Card:
    path = folder / "workflow.json"
    path.write_text(json.dumps(TEXT_WORKFLOW if workflow is None else workflow))
    plain = card_for("wan", Path("/nowhere")).model_dump()
    own = {"engine": "comfyui", "pipeline": "", "pipeline_class": "", "source": url}
    tasks = [Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO, Task.TRY_ON]
    call = {"workflow": str(path)}
    return Card.model_validate(plain | own | {"tasks": tasks, "call": call})


def wanted(task: Task = Task.TEXT_TO_VIDEO, **changes: Any) -> Generation:
    values = {"prompt": 'a "red" dress', "negative_prompt": "", "width": 64, "height": 96}
    values |= {"num_frames": 9, "fps": 8, "num_inference_steps": 8, "guidance_scale": 3.0}
    params = ResolvedParams.model_validate(values | {"seed": 7} | changes)
    count = {Task.TEXT_TO_VIDEO: 0, Task.IMAGE_TO_VIDEO: 1, Task.TRY_ON: 2}[task]
    return Generation(task, params, tuple(picture(seed) for seed in range(count)))


def run(card: Card, generation: Generation) -> tuple[bytes, list[StepDone]]:
    events: list[GenerationEvent] = []
    clip = loader.load(card).run(generation, events.append)
    assert isinstance(clip, bytes)
    return clip, [event for event in events if isinstance(event, StepDone)]


def test_a_workflow_becomes_a_clip_with_progress_and_previews(
    server: ComfyServer, url: str, tmp_path: Path
) -> None:
    clip, steps = run(card(url, tmp_path), wanted())
    assert decode_mp4(clip).shape == (9, 96, 64, 3)
    assert server.prompt["2"]["inputs"]["text"] == 'a "red" dress, {of|various} styles'
    assert server.prompt["3"]["inputs"]["seed"] == 7
    told = [one.step for one in steps if one.step]
    assert told == sorted(told)
    assert len({*told}) > 2
    assert any(one.preview and one.preview.startswith(b"\xff\xd8") for one in steps)


def test_the_pictures_are_uploaded_and_named_in_the_workflow(
    server: ComfyServer, url: str, tmp_path: Path
) -> None:
    garment = {"class_type": "LoadImage", "inputs": {"image": "{garment_1}"}}
    run(card(url, tmp_path, {**WORKFLOW, "6": garment}), wanted(Task.TRY_ON))
    names = [server.prompt[node]["inputs"]["image"] for node in ("1", "6")]
    assert len({*names}) == 2
    assert {server.uploads[name].size for name in names} == {(64, 96)}


def test_what_the_server_refuses_is_told_with_its_node(url: str, tmp_path: Path) -> None:
    words = r"refused the workflow: LoadImage \(node 1\): Invalid input: image - no file {image}"
    with pytest.raises(ModelFailed, match=words):
        run(card(url, tmp_path, WORKFLOW), wanted())


def test_a_node_that_fails_fails_the_job_with_its_reason(
    server: ComfyServer, url: str, tmp_path: Path
) -> None:
    server.fail_with = "Allocation on device\n"
    with pytest.raises(ModelFailed, match=r"^KSampler \(node 3\): Allocation on device$"):
        run(card(url, tmp_path), wanted())


def test_a_cancelled_run_is_interrupted(server: ComfyServer, url: str, tmp_path: Path) -> None:
    server.endless = True

    def stop(event: GenerationEvent) -> None:
        if isinstance(event, StepDone) and event.step > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        loader.load(card(url, tmp_path)).run(wanted(), stop)
    assert server.interrupted == ["run-1"]


def test_a_cancelled_run_that_waits_leaves_the_queue_and_nobody_else_is_interrupted(
    server: ComfyServer, url: str, tmp_path: Path
) -> None:
    server.busy, server.running = True, ["somebody-else's"]

    def stop(event: GenerationEvent) -> None:
        if isinstance(event, StepDone):
            raise Cancelled

    with pytest.raises(Cancelled):
        loader.load(card(url, tmp_path)).run(wanted(), stop)
    assert (server.pending, server.interrupted) == ([], [])


def test_an_interruption_on_the_server_fails_the_job(
    server: ComfyServer, url: str, tmp_path: Path
) -> None:
    server.endless = True

    def interrupt(event: GenerationEvent) -> None:
        if isinstance(event, StepDone) and event.step:
            server.interrupted.append("run-1")

    with pytest.raises(ModelFailed, match="interrupted on the server"):
        loader.load(card(url, tmp_path)).run(wanted(), interrupt)


def test_a_server_that_was_started_anew_fails_the_job(
    server: ComfyServer, url: str, tmp_path: Path
) -> None:
    server.endless = True

    def restart(event: GenerationEvent) -> None:
        if isinstance(event, StepDone) and event.step:
            server.interrupted.append("run-1")
            server.forget()
            time.sleep(0.1)

    with pytest.raises(ModelFailed, match="The server lost the job"):
        loader.load(card(url, tmp_path)).run(wanted(), restart)


def test_a_workflow_without_a_film_says_so(server: ComfyServer, url: str, tmp_path: Path) -> None:
    server.stills_only = True
    with pytest.raises(ModelFailed, match=r"put out no film \(\.mp4, "):
        run(card(url, tmp_path), wanted())


@pytest.mark.parametrize("content", [{"nodes": [], "links": []}, [], {}])
def test_a_workflow_of_the_editor_is_refused(url: str, tmp_path: Path, content: Any) -> None:
    with pytest.raises(ModelUnavailable, match="is no workflow in ComfyUI's API format"):
        loader.load(card(url, tmp_path, content))


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ModelUnavailable, match=f"{address} does not answer"):
        loader.load(card(address, tmp_path))


def test_a_card_must_name_its_workflow(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"call\.workflow is needed with the engine comfyui"):
        Card.model_validate(card("http://host", tmp_path).model_dump() | {"call": {}})


def test_a_workflow_lies_beside_its_catalog(tmp_path: Path) -> None:
    fields = card("http://host:8188", tmp_path).model_dump(mode="json")
    fields["call"] = {"workflow": "./workflow.json", "strength": 0.5}
    (tmp_path / "mine.yaml").write_text(json.dumps({"models": [fields]}))
    found = find("twin-wan", str(tmp_path / "mine.yaml"))
    assert found.call == {"workflow": str(tmp_path / "workflow.json"), "strength": 0.5}
