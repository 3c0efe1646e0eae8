"""The engine `command`, with real programs: one that paints, one that hangs, one that fails."""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from serve.card import HERE, Card
from serve.catalog import load_catalog
from serve.encoding import decode_mp4
from serve.engines import program, recipe, remote
from serve.engines.command import Pipeline
from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import GenerationEvent, StageStarted, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, Generation
from serve.protocol import ResolvedParams, Stage, Task
from tests.cards import card_for, picture

PROGRAMS = Path(__file__).parents[1] / "programs"
SHIPPED = sorted((HERE / "recipes").glob("*.yaml"))
RUNNING = [card for card in load_catalog().models if card.engine == "command"]
PAINTER: dict[str, Any] = {
    "environment": {"python": "PAINTER_PYTHON", "home": "PAINTER_HOME"},
    "directory": "{home}",
    "arguments": [
        *("{python}", "painter.py", "--prompt={prompt}", "--width={width}", "--height={height}"),
        *("--frames={num_frames}", "--steps={num_inference_steps}", "--seed={seed}"),
        *("--settings={input}/settings.json", "--out={output}/clips"),
    ],
    "image_arguments": ["--image={image}"],
    "files": {"settings.json": {"guidance": "{guidance_scale}", "size": "{ratio}", "motion": 5}},
    "ratios": {"64x96": "2:3"},
    "result": "clips/*.mp4",
    "progress": r"Sampling:.*?(\d+)/(\d+)",
}


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(program, "GRACE_SECONDS", 0.3)
    monkeypatch.setenv("PAINTER_PYTHON", sys.executable)
    monkeypatch.setenv("PAINTER_HOME", str(PROGRAMS))
    monkeypatch.setenv("PYTHONPATH", "/nowhere/of/ours")


def card(folder: Path, changes: dict[str, Any], **fields: Any) -> Card:
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(PAINTER | changes, sort_keys=False))
    plain = card_for("wan", folder).model_dump()
    own = {"engine": "command", "pipeline": "", "pipeline_class": "", "source": str(path)}
    tasks = [Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO]
    return Card.model_validate(plain | own | {"tasks": tasks} | fields)


def calling(script: str, *arguments: str) -> dict[str, Any]:
    """Changes to the recipe that call another program."""
    return {"arguments": ["{python}", script, *arguments], "files": {}}


def wanted(task: Task = Task.TEXT_TO_VIDEO, **changes: Any) -> Generation:
    values = {"prompt": "a red dress", "negative_prompt": "", "width": 64, "height": 96}
    values |= {"num_frames": 9, "fps": 8, "num_inference_steps": 6, "guidance_scale": 3.0}
    params = ResolvedParams.model_validate(values | {"seed": 7} | changes)
    return Generation(task, params, (picture(1),) if task is Task.IMAGE_TO_VIDEO else ())


def run(card: Card, generation: Generation) -> tuple[bytes, list[GenerationEvent]]:
    events: list[GenerationEvent] = []
    clip = loader.load(card).run(generation, events.append)
    assert isinstance(clip, bytes)
    return clip, events


def test_a_prompt_becomes_the_programs_clip_with_its_progress(tmp_path: Path) -> None:
    clip, events = run(card(tmp_path, {}), wanted())
    frames = decode_mp4(clip)
    assert frames.shape == (9, 96, 64, 3)
    assert abs(int(frames[4, 50, 30, 2]) - 160) < 12
    stages = [event.stage for event in events if isinstance(event, StageStarted)]
    assert stages == [Stage.ENCODING_PROMPT, Stage.DENOISING, Stage.DECODING]
    steps = [event.step for event in events if isinstance(event, StepDone)]
    assert steps == sorted(steps)
    assert len({*steps} - {0, 6}) >= 2


def test_the_first_frame_comes_as_a_file_in_the_clips_size(tmp_path: Path) -> None:
    clip, _ = run(card(tmp_path, {}), wanted(Task.IMAGE_TO_VIDEO))
    first = decode_mp4(clip)[0].astype(int)
    expected = picture(1).resize((64, 96))
    assert abs(first.mean(axis=(0, 1)) - [*map(float, _mean(expected))]).max() < 12


def _mean(image: Any) -> list[float]:
    return [band.resize((1, 1), 4).getpixel((0, 0)) for band in image.split()]


def test_files_are_written_with_numbers_as_numbers(tmp_path: Path) -> None:
    changes = {"result": "clips/asked.json"}
    told, _ = run(card(tmp_path, changes), wanted(prompt='a "red"\n {width} $(dress)'))
    assert json.loads(told) == {
        "prompt": 'a "red" {width} $(dress)',
        "guidance": 3.0,
        "size": "2:3",
        "motion": 5,
    }


def test_what_a_card_adds_has_placeholders_too(tmp_path: Path) -> None:
    changes = {"result": "clips/asked.json", "files": {"settings.json": {"motion": "{motion}"}}}
    told, _ = run(card(tmp_path, changes, call={"motion": 20}), wanted())
    assert json.loads(told)["motion"] == 20


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("raises", "exit code 1: ValueError: the picture is too small$"),
        ("torchrun", r"exit code 1: \[rank0\]: torch.OutOfMemoryError: CUDA out of memory\.$"),
        ("usage", "exit code 2: main.py: error: unrecognized arguments: --foo$"),
        ("quietly", r"without a file clips/\*.mp4: the last line of the output$"),
    ],
)
def test_a_program_that_fails_says_why(tmp_path: Path, way: str, words: str) -> None:
    with pytest.raises(ModelFailed, match=words):
        run(card(tmp_path, calling("crasher.py", way)), wanted())


def test_cancelling_kills_the_program_and_its_children(tmp_path: Path) -> None:
    numbers = tmp_path / "numbers"
    pipeline = loader.load(card(tmp_path, calling("sleeper.py", str(numbers))))

    def stop(event: GenerationEvent) -> None:
        if isinstance(event, StepDone) and numbers.exists() and numbers.read_text():
            raise Cancelled

    with pytest.raises(Cancelled):
        pipeline.run(wanted(), stop)
    for number in numbers.read_text().split():
        assert gone(int(number))


def gone(number: int) -> bool:
    """Once whoever adopted the process has taken notice of its end."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not psutil.pid_exists(number) or psutil.Process(number).status() == "zombie":
            return True
        time.sleep(0.05)
    return False


def test_a_program_that_is_killed_from_outside_fails_the_job(tmp_path: Path) -> None:
    numbers = tmp_path / "numbers"
    pipeline = loader.load(card(tmp_path, calling("sleeper.py", str(numbers))))

    def kill() -> None:
        while not (numbers.exists() and numbers.read_text()):
            time.sleep(0.05)
        os.kill(int(numbers.read_text().split()[0]), 9)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(ModelFailed, match="ended with signal 9: it said nothing"):
        pipeline.run(wanted(), lambda _event: None)
    thread.join()
    assert gone(int(numbers.read_text().split()[1]))


def test_variables_that_are_not_set_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAINTER_PYTHON")
    monkeypatch.delenv("PAINTER_HOME")
    words = "twin-wan: set the environment variables PAINTER_PYTHON, PAINTER_HOME"
    with pytest.raises(ModelUnavailable, match=words):
        loader.load(card(tmp_path, {}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"result": 5}, "is no recipe"),
        ({"shell": True}, "is no recipe"),
        ({"progress": r"(\d+)%"}, "two groups are needed"),
        ({"progress": "("}, "is no recipe"),
        ({"files": {"a.txt": "{colour}"}}, "placeholders without a value: colour"),
        ({"directory": "/nowhere"}, "/nowhere is no folder"),
        ({"arguments": ["/nowhere/python"]}, "/nowhere/python is no program"),
    ],
)
def test_a_recipe_that_cannot_work_says_why(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelUnavailable, match=words):
        loader.load(card(tmp_path, changes))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_recipe_that_ships_names_every_variable_by_its_program(path: Path) -> None:
    shipped = recipe.read(path)
    assert {"python", "home"} <= shipped.environment.keys()
    prefixes = {name.rpartition("_")[0] for name in shipped.environment.values()}
    assert len(prefixes) == 1
    assert shipped.arguments[0] == "{python}"


@pytest.mark.parametrize("one", RUNNING, ids=lambda card: card.id)
def test_a_card_that_ships_fills_every_placeholder_of_its_recipe(
    one: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in recipe.read(Path(one.location)).environment.values():
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda name: name)
    (tmp_path / "examples").mkdir()  # where StreamDiffusion's script runs
    pipeline = Pipeline(one)
    for size in one.limits.sizes:
        width, _, height = size.partition("x")
        values = pipeline._values(tmp_path, wanted(width=int(width), height=int(height)))
        arguments = pipeline._recipe.command(values, {"image"})
        assert not [argument for argument in arguments if "{" in argument]
        assert not pipeline._recipe.ratios or values["ratio"] != size
