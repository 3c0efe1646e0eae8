"""A model deployment runs one job at a time, streams what happens, and stops when told to."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from serve.deployment import ModelDeployment
from serve.errors import Conflict, ModelFailed, ModelUnavailable, NotReady
from serve.generation import (
    Finished,
    GenerationEvent,
    GenerationRequest,
    StageStarted,
    StepDone,
    input_key,
)
from serve.images import to_png
from serve.pipelines.base import DeviceLost
from serve.protocol import Role, Stage, Task
from serve.storage import Storage
from tests.cards import card_for, generation, picture
from tests.checkpoints import TWINS

ENDLESS = 100_000
"""Denoising steps that no test waits for."""

Stream = AsyncGenerator[GenerationEvent, None]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


def deploy(name: str, folder: Path, outputs: Path) -> ModelDeployment:
    TWINS[name].build(folder)
    return ModelDeployment(card_for(name, folder), str(outputs))


@pytest.fixture(scope="module")
def wan(tmp_path_factory: pytest.TempPathFactory, outputs: Path) -> ModelDeployment:
    return deploy("wan", tmp_path_factory.mktemp("wan"), outputs)


@pytest.fixture(scope="module")
def vace(tmp_path_factory: pytest.TempPathFactory, outputs: Path) -> ModelDeployment:
    return deploy("croquis-tryon", tmp_path_factory.mktemp("vace"), outputs)


def request(
    job_id: str, name: str = "wan", task: Task | None = None, **changes: Any
) -> GenerationRequest:
    wanted = generation(name, task, **changes)
    images = tuple(key(job_id, index) for index in range(len(wanted.images)))
    return GenerationRequest(job_id, 1, f"twin-{name}", wanted.task, wanted.params, images)


def key(job_id: str, index: int) -> str:
    """Where the person is stored, and the garments."""
    return input_key(job_id, index, Role.GARMENT if index else Role.INPUT_REFERENCE)


async def events_of(stream: Stream) -> list[GenerationEvent]:
    return [event async for event in stream]


async def until_step(stream: Stream, step: int) -> None:
    async for event in stream:
        if isinstance(event, StepDone) and event.step == step:
            return


async def clip_of(wan: ModelDeployment, outputs: Path, job_id: str, **changes: Any) -> bytes:
    await events_of(wan.generate(request(job_id, **changes)))
    return (outputs / job_id / "video.mp4").read_bytes()


async def test_a_clip_is_streamed_from_its_first_stage_to_its_stored_files(
    wan: ModelDeployment, outputs: Path
) -> None:
    events = await events_of(wan.generate(request("clip")))
    stages = [event.stage.value for event in events if isinstance(event, StageStarted)]
    assert stages == ["encoding prompt", "denoising", "decoding", "writing"]
    assert [event.step for event in events if isinstance(event, StepDone)] == [1, 2, 3, 4]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert set(finished.files) == {"video", "thumbnail", "spritesheet", "record"}
    assert set(finished.timings) == set(stages)
    assert all(seconds >= 0 for seconds in finished.timings.values())
    for key in finished.files.values():
        assert (outputs / key).stat().st_size > 0


async def test_the_record_holds_every_setting_and_is_inside_the_clip(
    wan: ModelDeployment, outputs: Path
) -> None:
    clip = await clip_of(wan, outputs, "recorded", seed=5)
    record = json.loads((outputs / "recorded/record.json").read_text())
    assert record | generation("wan", seed=5).params.model_dump() == record
    assert (record["model"], record["task"]) == ("twin-wan", "text-to-video")
    assert json.dumps(record).encode() in clip


async def test_the_same_request_gives_the_same_file_byte_for_byte(
    wan: ModelDeployment, outputs: Path
) -> None:
    first = await clip_of(wan, outputs, "first")
    assert await clip_of(wan, outputs, "again") == first
    assert await clip_of(wan, outputs, "other", seed=8) != first


async def test_dressed_stills_are_read_from_and_written_to_storage(
    vace: ModelDeployment, outputs: Path
) -> None:
    storage = Storage(str(outputs))
    for index in range(2):
        storage.put(key("stills", index), to_png(picture(index)))
    wanted = request("stills", "croquis-tryon", Task.IMAGE_EDIT, n=3)
    finished = (await events_of(vace.generate(wanted)))[-1]
    assert isinstance(finished, Finished)
    assert set(finished.files) == {"still-0", "still-1", "still-2", "thumbnail", "record"}
    still = Image.open(io.BytesIO(storage.read(finished.files["still-2"])))
    assert still.size == (wanted.params.width, wanted.params.height)
    assert json.loads(still.info["Comment"])["seed"] == wanted.params.seed + 2


async def test_closing_the_stream_stops_the_run_and_frees_the_thread(
    wan: ModelDeployment, outputs: Path
) -> None:
    clean = await clip_of(wan, outputs, "before")
    stream = wan.generate(request("closed", num_inference_steps=ENDLESS))
    await until_step(stream, 2)
    await stream.aclose()
    assert not (outputs / "closed").exists()
    assert await clip_of(wan, outputs, "after") == clean


async def test_a_run_cancelled_while_it_writes_leaves_no_files(
    wan: ModelDeployment, outputs: Path
) -> None:
    stream = wan.generate(request("late"))
    async for event in stream:
        if isinstance(event, StageStarted) and event.stage is Stage.WRITING:
            break
    await stream.aclose()
    assert not list((outputs / "late").glob("*"))


async def test_cancelling_the_reader_stops_the_run_and_waits_for_the_thread(
    wan: ModelDeployment, outputs: Path
) -> None:
    stream = wan.generate(request("cancelled", num_inference_steps=ENDLESS))
    await until_step(stream, 1)
    reader = asyncio.create_task(events_of(stream))
    await asyncio.sleep(0.01)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert not wan._running
    assert await clip_of(wan, outputs, "next")


async def test_a_job_that_still_waits_is_cancelled_without_waiting_for_its_turn(
    wan: ModelDeployment,
) -> None:
    ahead = wan.generate(request("ahead", num_inference_steps=ENDLESS))
    await until_step(ahead, 1)
    waiting = asyncio.create_task(events_of(wan.generate(request("waiting"))))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until_step(ahead, 5)
    await ahead.aclose()


async def test_two_jobs_never_run_beside_each_other(wan: ModelDeployment) -> None:
    seen: list[str] = []

    async def follow(job_id: str) -> None:
        async for _ in wan.generate(request(job_id)):
            seen.append(job_id)

    await asyncio.gather(follow("one"), follow("two"))
    assert seen == sorted(seen)


async def test_a_newer_attempt_at_a_job_stops_the_older(wan: ModelDeployment) -> None:
    old = wan.generate(request("twice", num_inference_steps=ENDLESS))
    await until_step(old, 1)
    new = asyncio.create_task(events_of(wan.generate(request("twice"))))
    with pytest.raises(Conflict, match="Job twice was started anew"):
        await events_of(old)
    assert isinstance((await new)[-1], Finished)


async def test_a_job_the_model_cannot_do_fails_in_words_and_the_next_one_runs(
    wan: ModelDeployment, outputs: Path
) -> None:
    with pytest.raises(ModelFailed, match="divisible by 16 but are 96 and 65") as failure:
        await events_of(wan.generate(request("impossible", width=65)))
    assert "\n" not in failure.value.message
    assert await clip_of(wan, outputs, "possible")


async def test_a_replica_whose_gpu_failed_ends_so_that_a_new_one_takes_over(
    wan: ModelDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Exited(BaseException):
        """What follows `os._exit` in this test: nothing."""

    def leave(status: int) -> None:
        raise Exited(status)

    def broken(*_: object) -> None:
        raise DeviceLost

    monkeypatch.setattr("os._exit", leave)
    monkeypatch.setattr(wan._pipeline, "run", broken)
    with pytest.raises(Exited, match="1"):
        await events_of(wan.generate(request("lost")))


async def test_a_picture_that_is_gone_is_named(vace: ModelDeployment) -> None:
    with pytest.raises(NotReady, match=r"gone/input-0-input_reference\.png"):
        await events_of(vace.generate(request("gone", "croquis-tryon")))


def test_a_model_that_cannot_be_loaded_says_why(tmp_path: Path, outputs: Path) -> None:
    with pytest.raises(ModelUnavailable, match="twin-wan could not be loaded"):
        ModelDeployment(card_for("wan", tmp_path), str(outputs))


async def test_a_run_tells_how_much_memory_it_filled(wan: ModelDeployment) -> None:
    finished = (await events_of(wan.generate(request("memory"))))[-1]
    assert isinstance(finished, Finished)
    assert finished.peak_memory_gb is not None
    assert 0.1 < finished.peak_memory_gb < 10
