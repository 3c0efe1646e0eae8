"""LoRA weights, added to a run and gone after it, on twins with weights that peft made."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import save_file

from serve.card import Card, Lora, Scheduler
from serve.catalog import find
from serve.encoding import Frames
from serve.errors import ModelUnavailable
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, Generation, Pipeline
from tests.cards import card_for, generation
from tests.checkpoints import TWINS
from tests.runs import run

TRANSFORMERS = (
    *("wan", "wan-i2v", "wan-vace", "ltx", "ltx2", "hunyuan", "skyreels-v1", "skyreels"),
    *("cogvideox", "mochi", "flux2-klein", "qwen-image-edit"),
)
"""Twins of every family for which diffusers reads LoRA weights."""
DENOISERS = dict.fromkeys(TRANSFORMERS, "transformer") | {"animatediff": "unet"}


def save_lora(pipe: DiffusionPipeline, denoiser: str, folder: Path, seed: int) -> Lora:
    """Random weights that fit `denoiser`, as a trainer would publish them."""
    model = getattr(pipe, denoiser)
    torch.manual_seed(seed)
    rest = {"init_lora_weights": "gaussian", "r": 4, "target_modules": ["to_q", "to_k", "to_v"]}
    model.add_adapter(LoraConfig(**rest), "new")
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    layers = get_peft_model_state_dict(model, adapter_name="new")
    type(pipe).save_lora_weights(folder, **{f"{denoiser}_lora_layers": layers})
    model.delete_adapters("new")
    return Lora(source=str(folder), weight_name="pytorch_lora_weights.safetensors")


def save_motion_lora(pipe: DiffusionPipeline, folder: Path, seed: int) -> Lora:
    """Random weights for the attention of the motion modules alone, as guoyww's motion LoRAs are:
    the names of layers are those of diffusers before it had peft."""
    unet = pipe.unet
    torch.manual_seed(seed)
    rest = {"init_lora_weights": "gaussian", "r": 4}
    motion = r".*motion_modules.*\.(to_q|to_k|to_v|to_out\.0)"
    unet.add_adapter(LoraConfig(**rest, target_modules=motion), "new")
    for name, parameter in unet.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.5)
    layers = get_peft_model_state_dict(unet, adapter_name="new")
    unet.delete_adapters("new")
    ends = {".to_out.0.": ".to_out.", ".lora_A.": "_lora.down.", ".lora_B.": "_lora.up."}
    old = {}
    for name, weight in layers.items():
        for new, before in ends.items():
            name = name.replace(new, before)  # noqa: PLW2901
        head, _, tail = name.rpartition(".to_")
        old[f"unet.{head}.processor.to_{tail}"] = weight.contiguous()
    assert old
    assert all(".motion_modules." in name for name in old)
    folder.mkdir()
    save_file(old, folder / "diffusion_pytorch_model.safetensors")
    return Lora(source=str(folder), weight_name="diffusion_pytorch_model.safetensors")


@pytest.fixture(scope="module")
def equipped(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Card]:
    """The card of a twin with two LoRA weights, ``walk`` and ``silk``."""
    made: dict[str, Card] = {}

    def card(name: str) -> Card:
        if name not in made:
            folder = TWINS[name].build(tmp_path_factory.mktemp(name))
            plain = card_for(name, folder)
            pipe = loader.load(plain)._pipe  # type: ignore[attr-defined]
            loras = {
                lora: save_lora(pipe, DENOISERS[name], folder / lora, seed)
                for seed, lora in enumerate(("walk", "silk"))
            }
            made[name] = plain.model_copy(update={"loras": loras})
        return made[name]

    return card


def frames_of(pipeline: Pipeline, name: str, **changes: Any) -> Frames:
    return run(pipeline, generation(name, **changes))[0]


@pytest.mark.parametrize("name", DENOISERS)
def test_lora_weights_change_their_run_and_no_other(
    name: str, equipped: Callable[[str], Card]
) -> None:
    """With offloading as well, but diffusers refuses that without a GPU."""
    pipeline = loader.load(equipped(name))
    plain = frames_of(pipeline, name)
    walk = frames_of(pipeline, name, loras={"walk": 1.0})
    softly = frames_of(pipeline, name, loras={"walk": 0.25})
    both = frames_of(pipeline, name, loras={"walk": 1.0, "silk": 1.0})
    clips = [plain, walk, softly, both]
    assert len({clip.tobytes() for clip in clips}) == len(clips)
    assert np.array_equal(walk, frames_of(pipeline, name, loras={"walk": 1.0}))
    assert np.array_equal(plain, frames_of(pipeline, name))


def test_motion_loras_move_the_camera_of_their_run_and_of_no_other(tmp_path: Path) -> None:
    """One, several at their scales, and none again, with the card's names for guoyww's."""
    shipped = find("animatediff-v1-5-2").loras
    assert len(shipped) == 8
    assert all(lora.scale is None for lora in shipped.values())  # only where asked for
    card = card_for("animatediff", TWINS["animatediff"].build(tmp_path))
    pipe = loader.load(card)._pipe  # type: ignore[attr-defined]
    names = ("zoom-in", "pan-left")
    loras = {name: save_motion_lora(pipe, tmp_path / name, len(name)) for name in names}
    weight_name = loras["zoom-in"].weight_name
    assert {lora.weight_name for lora in shipped.values()} == {weight_name}
    assert loras.keys() < shipped.keys()
    pipeline = loader.load(card.model_copy(update={"loras": loras}))
    asked: list[dict[str, float]] = [{}, {"zoom-in": 1.0}, {"zoom-in": 0.5}, {"pan-left": 1.0}]
    asked.append({"zoom-in": 1.0, "pan-left": 0.5})
    clips = [frames_of(pipeline, "animatediff", loras=scales) for scales in asked]
    assert len({clip.tobytes() for clip in clips}) == len(asked)
    assert np.array_equal(clips[0], frames_of(pipeline, "animatediff"))
    assert np.array_equal(clips[1], frames_of(pipeline, "animatediff", loras={"zoom-in": 1.0}))


def test_a_cancelled_run_leaves_no_lora_behind(equipped: Callable[[str], Card]) -> None:
    pipeline = loader.load(equipped("wan"))
    plain = frames_of(pipeline, "wan")

    def stop(event: GenerationEvent) -> None:
        if isinstance(event, StepDone):
            raise Cancelled

    with pytest.raises(Cancelled):
        pipeline.run(generation("wan", loras={"walk": 1.0}), stop)
    assert np.array_equal(plain, frames_of(pipeline, "wan"))


def test_of_two_experts_each_may_have_lora_weights_of_its_own(tmp_path: Path) -> None:
    card = card_for("wan2.2-a14b", TWINS["wan2.2-a14b"].build(tmp_path))
    pipe = loader.load(card)._pipe  # type: ignore[attr-defined]
    first = save_lora(pipe, "transformer", tmp_path / "lora", 1)
    second = first.model_copy(update={"transformer_2": True})
    pipeline = loader.load(card.model_copy(update={"loras": {"first": first, "second": second}}))
    clips = [
        frames_of(pipeline, "wan2.2-a14b", loras=dict.fromkeys(names, 1.0))
        for names in ([], ["first"], ["second"], ["first", "second"])
    ]
    assert len({clip.tobytes() for clip in clips}) == 4


def test_a_model_that_takes_no_lora_weights_says_so(tmp_path: Path) -> None:
    lora = Lora(source=str(tmp_path), weight_name="x.safetensors")
    card = card_for("svd", TWINS["svd"].build(tmp_path)).model_copy(update={"loras": {"x": lora}})
    with pytest.raises(ModelUnavailable, match="VideoDiffusionPipeline takes no LoRA weights"):
        loader.load(card)


def test_a_file_that_is_no_lora_fails_its_run_alone(equipped: Callable[[str], Card]) -> None:
    card = equipped("wan")
    broken = card.loras["walk"].model_copy(update={"weight_name": "missing.safetensors"})
    pipeline = loader.load(card.model_copy(update={"loras": {"walk": broken}}))
    with pytest.raises(OSError, match=r"missing\.safetensors"):
        frames_of(pipeline, "wan", loras={"walk": 1.0})
    usual: Generation = replace(generation("wan"))
    assert pipeline.run(usual, lambda _event: None) is not None


def test_weights_that_a_card_gives_a_scale_are_in_every_run_and_another_may_be_asked_for(
    equipped: Callable[[str], Card],
) -> None:
    """As AnimateLCM has them, with its scheduler and few steps."""
    card = equipped("animatediff")
    scheduler = Scheduler(class_name="LCMScheduler", config={"beta_schedule": "linear"})
    plain = card.model_copy(update={"scheduler": scheduler})
    fixed = {"walk": card.loras["walk"].model_copy(update={"scale": 0.8})}
    always = loader.load(plain.model_copy(update={"loras": card.loras | fixed}))
    asked = frames_of(loader.load(plain), "animatediff", loras={"walk": 0.8})
    assert np.array_equal(frames_of(always, "animatediff"), asked)
    without = frames_of(loader.load(plain), "animatediff")
    assert not np.array_equal(asked, without)
    assert np.array_equal(frames_of(always, "animatediff", loras={"walk": 0.0}), without)


def test_a_layer_of_clip_that_is_skipped_changes_the_clip(tmp_path: Path) -> None:
    card = card_for("animatediff", TWINS["animatediff"].build(tmp_path))
    skipping = card.model_copy(update={"call": {"clip_skip": 1}})
    usual, other = (frames_of(loader.load(one), "animatediff") for one in (card, skipping))
    assert not np.array_equal(usual, other)
