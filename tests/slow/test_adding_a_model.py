"""`docs/adding-a-model.md`, followed word for word, but for the places of the files."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

import serve.pipelines
from serve.catalog import Card
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Generation
from serve.protocol import SamplingParams, Task
from serve.resolution import Wish, resolve
from tests.twins import build_twin

GUIDE = (Path(__file__).parents[2] / "docs" / "adding-a-model.md").read_text()


def block(language: str) -> str:
    """The guide's only block of this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def make_clip(card: Card) -> list[GenerationEvent]:
    """One clip as the backend would ask for it; checks that it is one."""
    wish = Wish(Task.TEXT_TO_VIDEO, "a red dress", SamplingParams(num_inference_steps=4, seed=1))
    params = resolve(card, wish).model_copy(update={"width": 64, "height": 96})
    events: list[GenerationEvent] = []
    clip = loader.load(card).run(Generation(Task.TEXT_TO_VIDEO, params), events.append)
    assert clip.shape == (card.defaults.num_frames, 96, 64, 3)
    assert clip.dtype == np.uint8
    return events


def test_the_card_of_the_guide_is_complete_and_makes_a_clip(tmp_path: Path) -> None:
    (entry,) = yaml.safe_load(block("yaml"))
    build_twin(entry["pipeline_class"], tmp_path)
    make_clip(Card.model_validate(entry | {"source": str(tmp_path), "dtype": "float32"}))


def test_the_pipeline_file_of_the_guide_shows_previews(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_model.py").write_text(block("python"))
    monkeypatch.setattr(serve.pipelines, "__path__", [*serve.pipelines.__path__, str(tmp_path)])
    (entry,) = yaml.safe_load(block("yaml"))
    weights = build_twin("AnimateDiffPipeline", tmp_path / "weights")
    entry |= {"pipeline": "my_model", "pipeline_class": "AnimateDiffPipeline", "dtype": "float32"}
    adapter = {"class_name": "MotionAdapter", "source": str(weights / "adapter")}
    entry |= {"source": str(weights), "parts": {"motion_adapter": adapter}}
    events = make_clip(Card.model_validate(entry))
    assert [event.step for event in events if isinstance(event, StepDone) and event.preview]
