"""The training: its parts, and every command in turn for some seconds, up to a model that draws."""

import copy
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from diffusers import WanPipeline

pytest.importorskip("skia")

from examples.croquis import facts
from examples.croquis.autoencoder import PATCH, Z_DIM
from examples.croquis.backdrop import HEIGHT, WIDTH
from examples.croquis.denoiser import DEAF, LAYERS, Denoiser
from examples.croquis.export import export
from examples.croquis.figure import sample_person
from examples.croquis.glance import Glance
from examples.croquis.lesson import tell
from examples.croquis.muon import Muon, orthogonal
from examples.croquis.scene import Scene
from examples.croquis.shown import SHOWN, UNASKED
from examples.croquis.tokenizer import SLOTS, build_tokenizer, tokenize
from examples.croquis.train_denoiser import keep_but_last_blocks
from examples.croquis.wardrobe import Garment
from tests.servers import ROOT


def test_orthogonal_matrices_keep_their_directions_and_lose_their_scale() -> None:
    torch.manual_seed(0)
    wide = torch.randn(2, 24, 64) * torch.logspace(0, -1, 24)[:, None]
    for matrices in (wide, wide.mT):
        result = orthogonal(matrices)
        sizes = torch.linalg.svdvals(result)
        assert result.shape == matrices.shape
        assert sizes.min() > 0.4 and sizes.max() < 1.3
        u, _, v = torch.linalg.svd(matrices, full_matrices=False)
        aligned = u.mT @ result @ v.mT
        assert torch.allclose(
            aligned, torch.diag_embed(aligned.diagonal(dim1=1, dim2=2)), atol=0.02
        )


def test_muon_fits_a_matrix_and_goes_on_where_it_stopped() -> None:
    torch.manual_seed(0)
    target, parameter = torch.randn(16, 32), torch.zeros(16, 32, requires_grad=True)
    optimizer = Muon([parameter], lr=0.05, weight_decay=0.0)

    def step(one: Muon) -> float:
        loss = (parameter - target).square().mean()
        one.zero_grad()
        loss.backward()
        one.step()
        return float(loss.detach())

    first = step(optimizer)
    for _ in range(300):
        last = step(optimizer)
    assert last < 0.05 * first

    resumed = Muon([parameter], lr=0.05, weight_decay=0.0)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))  # it would share the tensors
    saved = parameter.detach().clone()
    step(optimizer)
    expected = parameter.detach().clone()
    parameter.data.copy_(saved)
    step(resumed)
    assert torch.equal(parameter, expected)


def test_a_silent_prompt_answers_only_what_it_tells() -> None:
    scene, _, _, _ = tell(random.Random(3))
    told, silent = facts.answers(scene, silent=False), facts.answers(scene, silent=True)
    for (fact, words), loud, quiet in zip(facts.FACTS.items(), told, silent, strict=True):
        assert words[quiet] == (words[loud] if fact in facts.PLACE else facts.UNTOLD), fact


def test_a_one_piece_is_both_the_upper_and_the_lower_garment() -> None:
    person = sample_person(random.Random(0))
    scene = Scene(person, (Garment("dress", "red", "striped", "white"),), "walk", "park")
    names = dict(zip(facts.FACTS, facts.answers(scene, silent=False), strict=True))
    for half in ("upper", "lower"):
        said = [
            facts.FACTS[f"{half} {what}"][names[f"{half} {what}"]]
            for what in ("kind", "colour", "pattern", "accent")
        ]
        assert said == ["dress", "red", "striped", "white"]


def test_every_prompt_begins_with_the_slots_and_nobody_can_type_one() -> None:
    tokenizer = build_tokenizer()
    plain = tokenize(tokenizer, ["a red dress", " ".join(SLOTS)])
    slots = tokenizer.convert_tokens_to_ids(list(SLOTS))
    assert plain[:, : len(SLOTS)].tolist() == [slots, slots]
    assert not set(slots) & set(plain[1, len(SLOTS) :].tolist())


def test_frames_apart_are_seen_as_they_lie_in_the_whole_clip() -> None:
    """Attention to other frames aside, a frame's tokens must not depend on which others came."""
    rope = Denoiser(32).rope
    clip = torch.zeros(1, 20, 9, 8, 12)
    rope.positions = None
    whole = [part.unflatten(1, (9, 6)) for part in rope(clip)]
    rope.positions = [0, 3, 8]
    chosen = [part.unflatten(1, (3, 6)) for part in rope(clip[:, :, rope.positions])]
    for all_frames, some in zip(whole, chosen, strict=True):
        assert torch.equal(all_frames[:, rope.positions], some)


def test_the_first_blocks_hear_no_text_and_those_behind_them_do() -> None:
    denoiser = Denoiser(32)
    told: list[list[torch.Tensor]] = []
    for block in denoiser.base.blocks:
        block.register_forward_hook(lambda _block, _inputs, output: told[-1].append(output))
    with torch.no_grad():
        for words in ([3, 4, 5, 6], [3, 4, 5, 7]):
            told.append([])
            noise = torch.ones(1, Z_DIM, 1, 8, 8)
            denoiser(noise, torch.ones(1), torch.tensor([words]), None)
    same = [torch.equal(*pair) for pair in zip(*told, strict=True)]
    assert same == [True] * DEAF + [False] * (LAYERS - DEAF)
    deaf = denoiser.base.blocks[:DEAF]
    assert not any(p.requires_grad for block in deaf for p in block.attn2.to_out.parameters())


def test_a_glance_sees_how_far_a_picture_is_from_the_true_one_and_tells_only_what_is_asked() -> (
    None
):
    torch.manual_seed(0)
    glance = Glance().eval().requires_grad_(False)
    clean, noise = torch.randn(2, 2, Z_DIM, 3, HEIGHT // PATCH, WIDTH // PATCH)
    unasked = torch.full((2, len(SHOWN)), UNASKED)
    everywhere, nowhere = torch.ones(2), torch.zeros(2)
    losses = [
        float(glance.loss(clean + far * noise, clean, unasked, everywhere)) for far in (0, 0.2, 1)
    ]
    assert losses[0] == 0 < losses[1] < losses[2]
    assert float(glance.loss(noise, clean, unasked, nowhere)) == 0
    assert float(glance.loss(noise, clean, torch.zeros_like(unasked), nowhere)) > 0


@pytest.mark.parametrize("control_branch", (False, True))
def test_besides_the_last_blocks_the_control_branch_learns_where_that_is_wanted(
    control_branch: bool,
) -> None:
    denoiser = Denoiser(32)
    keep_but_last_blocks(denoiser, 2, control_branch)
    learning = {name for name, p in denoiser.named_parameters() if p.requires_grad}
    blocks = {name.split(".")[2] for name in learning if name.startswith("base.blocks.")}
    assert blocks == {str(LAYERS - 2), str(LAYERS - 1)}
    reading = {name for name, _ in denoiser.named_parameters() if ".vace_" in name}
    assert reading and reading & learning == (reading if control_branch else set())


@pytest.mark.timeout(900)
def test_the_recipe_runs_from_nothing_to_a_model_that_draws(tmp_path: Path) -> None:
    run, weights = tmp_path / "run", tmp_path / "weights"
    a_moment = ("--minutes", "0.02", "--total-minutes", "1")
    denoiser = ("train_denoiser", *a_moment, "--no-compile")
    first = ("train_text_encoder", "--total-minutes", "0.02")
    commands(run, first, ("train_autoencoder", *a_moment), denoiser)
    before = torch.load(run / "denoiser.pt", weights_only=True)
    commands(run, denoiser)
    after = torch.load(run / "denoiser.pt", weights_only=True)
    commands(run, (*denoiser, "--last-blocks", "1"), ("train_decoder", *a_moment))
    refined = torch.load(run / "denoiser.pt", weights_only=True)["model"]
    moved = {name for name, weight in after["model"].items() if not weight.equal(refined[name])}
    painters = (f"blocks.{LAYERS - 1}.", "proj_out.", "scale_shift_table")
    assert moved and all(name.partition(".")[2].startswith(painters) for name in moved)
    commands(run, ("train_glance", *a_moment))
    commands(run, (*denoiser, "--last-blocks", "1", "--control-branch", "--glance"))
    looked_at = torch.load(run / "denoiser.pt", weights_only=True)["model"]
    moved = {name for name, weight in refined.items() if not weight.equal(looked_at[name])}
    learners = (*painters, "vace_blocks.", "vace_patch_embedding.")
    assert moved and all(name.partition(".")[2].startswith(learners) for name in moved)
    assert after["step"] > before["step"] > 0
    assert after["seconds"] > before["seconds"]
    fitted = torch.load(run / "autoencoder.pt", weights_only=True)["vae"]
    learnt = torch.load(run / "decoder.pt", weights_only=True)["vae"]
    changed = {name.partition(".")[0] for name in fitted if not fitted[name].equal(learnt[name])}
    assert changed == {"decoder"}
    export(run, weights)
    pipe = WanPipeline.from_pretrained(weights / "croquis-t2v", dtype=torch.float32)
    frames = pipe(
        "a woman in a red dress",
        height=256,
        width=192,
        num_frames=5,
        num_inference_steps=2,
        output_type="pt",
    ).frames
    assert frames.shape[-3:] == (3, 256, 192)
    assert torch.isfinite(frames).all()


PROGRAM = """
import json, runpy, sys
for name, *sys.argv[1:] in json.loads(sys.argv[1]):
    runpy.run_module(f"examples.croquis.{name}", run_name="__main__")
"""


def commands(run_dir: Path, *lines: tuple[str, ...]) -> None:
    """One after the other, in a process of their own: training changes classes of diffusers."""
    told = [(name, "--run-dir", str(run_dir), *arguments) for name, *arguments in lines]
    subprocess.run([sys.executable, "-c", PROGRAM, json.dumps(told)], cwd=ROOT, check=True)
