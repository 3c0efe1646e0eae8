"""Pipelines that come with their own code: run when that is allowed, and only then."""

import json
from pathlib import Path

import numpy as np
import pytest
from diffusers.utils import dynamic_modules_utils

from serve import catalog
from serve.card import Card
from serve.encoding import Frames
from serve.errors import ModelNotFound, ModelUnavailable
from serve.pipelines import loader
from tests.cards import card_for, generation
from tests.checkpoints import TWINS
from tests.fake_hub import model_hub

CODE = '''
from diffusers import WanPipeline


class Negative(WanPipeline):
    """Wan, with the colours of its clips turned round."""

    def __call__(self, *args, **options):
        output = super().__call__(*args, **options)
        output.frames = 1 - output.frames
        return output
'''


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return TWINS["wan"].build(tmp_path_factory.mktemp("wan"))


@pytest.fixture(autouse=True)
def _copies_of_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Diffusers copies what it runs to a cache, and imports it from there."""
    monkeypatch.setattr(dynamic_modules_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(tmp_path / "modules")


def is_negative(one: Card, other: Card) -> bool:
    """Whether the clips are each other's negatives, but for rounding."""
    return int(np.abs(255 - clip(one).astype(int) - clip(other)).max()) <= 1


def plain(twin: Path, **changes: object) -> Card:
    return card_for("wan", twin).model_copy(update={"pipeline": "generic", **changes})


def clip(card: Card) -> Frames:
    frames = loader.load(card).run(generation("wan"), lambda _: None)
    assert not isinstance(frames, bytes)
    return frames


def test_a_folder_with_a_pipeline_of_its_own_is_run(twin: Path, tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text(CODE)
    negative = plain(twin, pipeline_class="", custom_pipeline=str(tmp_path))
    assert is_negative(negative, plain(twin))


def test_code_beside_the_weights_is_run_only_where_the_card_says_so(
    twin: Path, tmp_path: Path
) -> None:
    folder = TWINS["wan"].build(tmp_path / "wan")
    (folder / "negative.py").write_text(CODE)
    index = json.loads((folder / "model_index.json").read_text())
    index["_class_name"] = ["negative", "Negative"]
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(ModelUnavailable, match="contains custom code in negative.py"):
        loader.load(plain(folder))
    trusted = plain(folder, trust_remote_code=True)
    assert is_negative(trusted, plain(twin))
    with pytest.raises(ModelNotFound, match=r"a pipeline of its own, negative.Negative: wri"):
        catalog.find(str(folder))


def test_code_on_the_hub_is_downloaded_with_what_it_is_for(
    twin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_hub(tmp_path, monkeypatch) as hub:
        TWINS["wan"].build(hub.root / "lab" / "wan")
        (hub.root / "lab" / "negative").mkdir()
        (hub.root / "lab" / "negative" / "pipeline.py").write_text(CODE)
        card = plain(twin, source="lab/wan", pipeline_class="", custom_pipeline="lab/negative")
        assert is_negative(card, plain(twin))
    assert ("pipeline.py", 0) in hub.served
