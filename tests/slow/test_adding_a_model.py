"""`docs/adding-a-model.md`, followed word for word, but for the places of the files."""

import re
from pathlib import Path

import numpy as np
import pytest

from serve.card import Card
from serve.catalog import find
from serve.errors import ModelUnavailable
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Generation
from serve.protocol import SamplingParams, Task
from serve.resolution import resolve
from serve.wish import Wish
from tests.twins import build_twin

GUIDE = (Path(__file__).parents[2] / "docs" / "adding-a-model.md").read_text()


def block(language: str) -> str:
    """The guide's only block of this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def guides_card(folder: Path, **changes: object) -> Card:
    """The guide's catalog file, put into `folder`, and the card that is found in it."""
    path = folder / "my-models.yaml"
    path.write_text(block("yaml"))
    return find("my-model", str(path)).model_copy(update={"dtype": "float32", **changes})


def make_clip(card: Card) -> list[GenerationEvent]:
    """One clip as the backend would ask for it; checks that it is one."""
    wish = Wish(Task.TEXT_TO_VIDEO, "a red dress", SamplingParams(num_inference_steps=4, seed=1))
    params = resolve(card, wish).model_copy(update={"width": 64, "height": 96})
    events: list[GenerationEvent] = []
    clip = loader.load(card).run(Generation(Task.TEXT_TO_VIDEO, params), events.append)
    assert not isinstance(clip, bytes)
    assert clip.shape == (card.defaults.num_frames, 96, 64, 3)
    assert clip.dtype == np.uint8
    return events


def test_the_catalog_file_of_the_guide_is_complete_and_makes_a_clip(tmp_path: Path) -> None:
    build_twin("TextToVideoSDPipeline", tmp_path / "my-model")
    make_clip(guides_card(tmp_path))


def test_the_pipeline_of_the_guide_shows_previews(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_model.py").write_text(block("python"))
    monkeypatch.syspath_prepend(tmp_path)
    weights = build_twin("AnimateDiffPipeline", tmp_path / "my-model")
    adapter = {"class_name": "MotionAdapter", "source": str(weights / "adapter")}
    card = guides_card(tmp_path, pipeline="my_model:Pipeline", pipeline_class="AnimateDiffPipeline")
    card = Card.model_validate(card.model_dump() | {"parts": {"motion_adapter": adapter}})
    events = make_clip(card)
    assert [event.step for event in events if isinstance(event, StepDone) and event.preview]


def test_an_installed_package_may_name_its_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "paint.py").write_text(
        "class Flat:\n    def __init__(self, card): self.card = card"
    )
    package = tmp_path / "paint-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: paint\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[lookreel.pipelines]\nflat = paint:Flat\n")
    monkeypatch.syspath_prepend(tmp_path)
    card = guides_card(tmp_path, pipeline="flat")
    assert loader.load(card).card == card  # type: ignore[attr-defined]


@pytest.mark.parametrize("pipeline", ["nowhere", "nowhere:Pipeline", "json:Pipeline"])
def test_a_pipeline_that_cannot_be_imported_is_named(tmp_path: Path, pipeline: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"my-model names the pipeline '{pipeline}', which"):
        loader.load(guides_card(tmp_path, pipeline=pipeline))
