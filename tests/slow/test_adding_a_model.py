"""`docs/adding-a-model.md`, followed word for word, but for the places of the files."""

import re
from pathlib import Path

import numpy as np
import pytest
from diffusers.utils import dynamic_modules_utils

from serve.card import Card
from serve.catalog import find, load_catalog, refuse_code
from serve.encoding import Frames
from serve.errors import ModelNotFound, ModelUnavailable
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Generation
from serve.plan import Plan
from serve.protocol import SamplingParams, Task
from serve.resolution import resolve
from serve.wish import Wish
from start_app import ROOT, Options, parse
from tests.guide import block, command
from tests.twins import build_twin
from tests.twins.onnx import export_wan
from tests.twins.single_file import single_file

PAINTER = """
import numpy as np
from serve.generation import StepDone

class Flat:
    def __init__(self, card):
        self.card = card

    def run(self, generation, report):
        params = generation.params
        frames = np.zeros((params.num_frames, params.height, params.width, 3), np.uint8)
        for step in range(params.num_inference_steps):
            frames[:] = (200, 30, 10 * (step + 1))
            report(StepDone(step + 1, params.num_inference_steps))
        return frames
"""
"""A pipeline that somebody else's package has."""


def options_of(words: str) -> Options:
    """The guide's command with these words, as `start_app.py` reads it."""
    return parse(command(words))


def guides_card(folder: Path, **changes: object) -> Card:
    """The guide's catalog file, put into `folder`, and the card that is found in it."""
    path = folder / "my-models.yaml"
    path.write_text(block("yaml", "A card"))
    return find("my-model", str(path)).model_copy(update={"dtype": "float32", **changes})


def make_clip(card: Card, **changes: int) -> list[GenerationEvent]:
    """One clip as the backend would ask for it; checks that it is one."""
    clip, events = _run(card, **changes)
    frames = changes.get("num_frames", card.defaults.num_frames)
    assert clip.shape == (frames, 96, 64, 3)
    assert clip.dtype == np.uint8
    return events


def clip_of(card: Card) -> Frames:
    """That clip."""
    return _run(card)[0]


def _run(card: Card, **changes: int) -> tuple[Frames, list[GenerationEvent]]:
    size = {"width": 64, "height": 96}
    wish = Wish(Task.TEXT_TO_VIDEO, "a red dress", SamplingParams(num_inference_steps=4, seed=1))
    params = resolve(card, wish).model_copy(update=size | changes)
    events: list[GenerationEvent] = []
    clip = loader.load(card).run(Generation(Task.TEXT_TO_VIDEO, params), events.append)
    assert not isinstance(clip, bytes)
    return clip, events


def test_the_catalog_file_of_the_guide_is_complete_and_makes_a_clip(tmp_path: Path) -> None:
    build_twin("TextToVideoSDPipeline", tmp_path / "my-model")
    make_clip(guides_card(tmp_path))


def test_the_pipeline_of_the_guide_shows_previews(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_model.py").write_text(block("python", "A pipeline of your own"))
    monkeypatch.syspath_prepend(tmp_path)
    weights = build_twin("AnimateDiffPipeline", tmp_path / "my-model")
    adapter = {"class_name": "MotionAdapter", "source": str(weights / "adapter")}
    card = guides_card(tmp_path, pipeline="my_model:Pipeline", pipeline_class="AnimateDiffPipeline")
    card = Card.model_validate(card.model_dump() | {"parts": {"motion_adapter": adapter}})
    events = make_clip(card)
    assert [event.step for event in events if isinstance(event, StepDone) and event.preview]


def test_the_code_that_the_guides_model_brings_is_run_where_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamic_modules_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(tmp_path / "modules")
    build_twin("TextToVideoSDPipeline", tmp_path / "my-model")
    forwards = clip_of(guides_card(tmp_path))
    (tmp_path / "my-code").mkdir()
    code = block("python", "A pipeline that brings its code")
    (tmp_path / "my-code" / "pipeline.py").write_text(code)
    usual = "pipeline_class: TextToVideoSDPipeline"
    written = block("yaml", "A card")
    assert usual in written
    options = options_of("--trust-remote-code")
    assert (options.catalog, options.t2v_model) == ("my-models.yaml", "my-model")
    own = tmp_path / "backwards.yaml"
    own.write_text(written.replace(usual, "custom_pipeline: ./my-code"))
    card = find("my-model", str(own)).model_copy(update={"dtype": "float32"})
    with pytest.raises(ModelNotFound, match="--trust-remote-code"):
        refuse_code([card])
    assert np.array_equal(clip_of(card), forwards[::-1])


def test_the_guides_single_file_goes_with_its_base(tmp_path: Path) -> None:
    options = options_of("--t2v-base")
    assert options.t2v_model and options.t2v_base == "wan2.1-t2v-1.3b"
    twin = build_twin("WanPipeline", tmp_path / "Wan2.1-T2V-1.3B-Diffusers")
    file = tmp_path / Path(options.t2v_model).name
    single_file(twin, file, with_authors_names=True)
    card = find(str(file), base=str(twin))
    assert (card.id, card.limits) == ("my-wan", find(options.t2v_base).limits)
    make_clip(card.model_copy(update={"dtype": "float32"}), num_frames=5)


@pytest.mark.parametrize("name", ["my-wan", "my-onnx-wan"])
def test_the_guides_folders_need_no_card(name: str, tmp_path: Path) -> None:
    options = options_of(name)
    assert options.t2v_model == f"/models/{name}"
    folder = build_twin("WanPipeline", tmp_path / name)
    if "onnx" in name:
        export_wan(folder, frames=5, height=96, width=64, tokens=512)
    card = find(str(folder)).model_copy(update={"dtype": "float32"})
    assert (card.id, card.pipeline) == (name, "onnx" if "onnx" in name else "wan")
    make_clip(card, num_frames=5)


def test_the_lines_of_the_guide_for_the_perform_tab_fit_into_the_configuration(
    tmp_path: Path,
) -> None:
    options = options_of("--config my-deployments.yaml")
    shipped = (ROOT / "deployments.yaml").read_text()
    before, models, after = shipped.partition("      models:\n")
    lines = block("yaml", "A model for the Perform tab")
    assert models and "models:" in lines.splitlines()[0]
    config = tmp_path / str(options.config)
    config.write_text(before + lines + after)
    (args,) = Plan.read(config).args
    (usual,) = Plan.read(ROOT / "deployments.yaml").args
    added, *others = args["models"]
    assert others == usual["models"]
    assert added["deployment"]["ray_actor_options"]["num_gpus"] == 0.2
    named = [find(word) for word in re.findall(r"[\w.-]+", lines) if load_catalog().knows(word)]
    assert len(named) == 5
    assert all({Task.AUDIO_TO_VIDEO, Task.MOTION_TRANSFER} & {*card.tasks} for card in named)


def test_an_installed_package_may_name_its_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "paint.py").write_text(PAINTER)
    package = tmp_path / "paint-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: paint\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[lookreel.pipelines]\nflat = paint:Flat\n")
    monkeypatch.syspath_prepend(tmp_path)
    card = guides_card(tmp_path, pipeline="flat")
    events = make_clip(card)
    assert [event.step for event in events if isinstance(event, StepDone)] == [1, 2, 3, 4]
    assert clip_of(card)[0, 0, 0].tolist() == [200, 30, 40]


@pytest.mark.parametrize("pipeline", ["nowhere", "nowhere:Pipeline", "json:Pipeline"])
def test_a_pipeline_that_cannot_be_imported_is_named(tmp_path: Path, pipeline: str) -> None:
    with pytest.raises(ModelUnavailable, match=f"my-model names the pipeline '{pipeline}', which"):
        loader.load(guides_card(tmp_path, pipeline=pipeline))


def test_a_modular_pipeline_is_served_from_wherever_its_folder_has_gone(tmp_path: Path) -> None:
    build_twin("ModularPipeline", tmp_path / "elsewhere")
    (tmp_path / "elsewhere").rename(tmp_path / "my-blocks")
    path = tmp_path / "my-models.yaml"
    path.write_text(block("yaml", "A modular pipeline"))
    card = find("my-blocks", str(path)).model_copy(update={"dtype": "float32"})
    steps = [event.step for event in make_clip(card) if isinstance(event, StepDone)]
    assert steps == [1, 2, 3, 4]
    clip = clip_of(card)
    assert np.array_equal(clip, clip_of(card))
    odd = card.model_copy(update={"call": {"sharpness": 3}})
    with pytest.raises(ValueError, match="its blocks have no input sharpness"):
        make_clip(odd)
