"""Train both denoisers together, by flow matching on drawn lessons.

    python -m examples.croquis.train_denoiser --minutes 9.5 --total-minutes 100

Run it again to continue; the state is in ``RUN_DIR/denoiser.pt``. With ``--last-blocks 2`` only
what paints the picture learns, in half the time a step; with ``--control-branch`` besides, what
reads pictures, too. With ``--glance`` predictions are also looked at by the network that
`train_glance` made. Every step trains one of the `EXERCISES`: mostly single frames at first, where
words, colours and pictures are learnt cheaply, then a few frames from all over a clip, which teach
motion almost as cheaply, then whole clips.
"""

import argparse
import logging
import random
import shutil
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from examples.croquis.autoencoder import PATCH, Z_DIM, build_autoencoder
from examples.croquis.denoiser import DEAF, LAYERS, Denoiser
from examples.croquis.glance import Glance
from examples.croquis.lesson import NUM_FRAMES, Encoder
from examples.croquis.listening import Listening
from examples.croquis.muon import Muon
from examples.croquis.places import Places
from examples.croquis.pool import Batch, Batches, Exercise, Pool
from examples.croquis.recipe import (
    Schedule,
    autocast,
    device,
    save_atomically,
    use_plain_attention_on_cpu,
)
from examples.croquis.shown import Shown, unasked_in_words
from examples.croquis.tokenizer import build_tokenizer, tokenize

log = logging.getLogger(__name__)

SHIFT = 5.0
SPREAD = 1.5
"""Noise levels are the sigmoid of normal numbers, this much spread out, and then shifted. Drawings
show through much noise: below a level of 0.9 a wrong prompt hardly makes the prediction worse, so
words and garment pictures are learnt at the levels above; edges and details of cloth below."""
PURE_SHARE = 0.25
"""Of the levels, how many lie within the last 2 %, where there is hardly anything but noise. What
is predicted there decides about cut and colours: one step later the model sees that in the picture,
and believes it rather than the prompt."""
LEARNING_RATE = 1.5e-3
WARM_UP = 40
"""Steps in which new optimizers, which know nothing of the gradients yet, reach the full rate."""
SMALLEST_LEVEL = 0.5
"""Errors below this noise level count no more than at it."""
EMA_DECAY = 0.999
REFERENCE_WEIGHT = 0.1
"""The loss on the reference frames, which the pipeline denoises too but throws away."""
PLACE_WEIGHT = 0.03
"""The loss of the blocks that are asked where each token lies (`Places`)."""
SHOWN_WEIGHT = 0.01
"""The loss of the blocks that are asked what it shows (`Shown`)."""
LISTENING_WEIGHT = 0.1
"""The loss of attention that hears of the wrong garment (`Listening`)."""
CLEAR = 0.8
"""Below this noise level one can see how a figure stands that only words have asked for."""

EXERCISES = (
    Exercise("text", 1, 64, 0.40, 0.16),
    Exercise("text", 4, 20, 0.15, 0.09),
    Exercise("text", NUM_FRAMES, 4, 0.00, 0.03),
    Exercise("try-on", 1, 20, 0.30, 0.34),
    Exercise("try-on", 4, 10, 0.12, 0.24),
    Exercise("try-on", NUM_FRAMES, 3, 0.00, 0.07),
    Exercise("first-frame", 4, 12, 0.03, 0.04),
    Exercise("first-frame", NUM_FRAMES, 4, 0.00, 0.03),
)


def control_latents(clip: Tensor, references: Tensor | None, grey: Tensor, first: bool) -> Tensor:
    """What `WanVACEPipeline` shows the control branch: inactive, reactive, mask; references first.

    Unknown frames are grey in both halves, 1 in the mask; a known first frame is inactive, 0.
    References come in the pipeline's order, the last one first.
    """
    batch, _, frames, height, width = clip.shape
    unknown = grey.expand(batch, -1, frames, height, width)
    inactive, mask = unknown.clone(), torch.ones_like(clip[:, :1])
    if first:
        inactive[:, :, 0] = clip[:, :, 0]
        mask[:, :, 0] = 0
    control = torch.cat([inactive, unknown, mask.expand(-1, PATCH * PATCH, -1, -1, -1)], dim=1)
    if references is None:
        return control
    known = references.flip(2)
    zeros = known.new_zeros(batch, Z_DIM + PATCH * PATCH, *known.shape[2:])
    return torch.cat([torch.cat([known, zeros], dim=1), control], dim=2)


class Trainer:
    """The denoiser, its average, its optimizer, and one step of an exercise."""

    def __init__(
        self,
        grey: Tensor,
        last_blocks: int = 0,
        control_branch: bool = False,
        glance: Glance | None = None,
    ) -> None:
        self.tokenizer = build_tokenizer()
        torch.manual_seed(0)
        self.model = Denoiser(len(self.tokenizer)).to(device())
        self._last_blocks, self._glance = last_blocks, glance
        if last_blocks:
            keep_but_last_blocks(self.model, last_blocks, control_branch)
        self._learns = [name for name, p in self.model.named_parameters() if p.requires_grad]
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        hidden, others = split_parameters(self.model)
        self.optimizers = (
            Muon(hidden, weight_decay=0.01),
            torch.optim.AdamW(others, betas=(0.9, 0.95), weight_decay=0.0),
        )
        self.places = Places(self.model.base).to(device())
        self.shown = Shown(self.model.base).to(device())
        self.listening = Listening(self.model.base)
        self.optimizers[1].add_param_group({"params": list(self.places.parameters())})
        self.optimizers[1].add_param_group({"params": list(self.shown.parameters())})
        self.grey = grey.to(device())
        self.step = 0
        self._warm_from = 0

    def train(self, exercise: Exercise, batch: Batch, rate: float) -> tuple[float, float]:
        """One step; returns both losses."""
        error, asked = self.losses(exercise, batch)
        self.model.zero_grad()
        self.places.zero_grad()
        self.shown.zero_grad()
        (error + asked).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.step += 1
        warm = min(1.0, (self.step - self._warm_from) / WARM_UP)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * warm
            optimizer.step()
        self._update_average()
        return float(error.detach()), float(asked.detach())

    def losses(self, exercise: Exercise, batch: Batch) -> tuple[Tensor, Tensor]:
        """Mean squared error of the clean latents, weighted like those of the velocity, and what
        wrong answers to questions cost."""
        clip = clean = batch["clip"].to(device())
        references = batch["references"]
        control, weight, positions = None, 1.0, batch["frames"]
        if exercise.task != "text":
            references = references if references is None else references.to(device())
            control = control_latents(clean, references, self.grey, exercise.task == "first-frame")
        if references is not None:
            count = references.shape[2]
            weight = torch.ones(1, 1, count + clean.shape[2], 1, 1, device=device())
            weight[:, :, :count] = REFERENCE_WEIGHT
            clean = torch.cat([references.flip(2), clean], dim=2)
            positions = [*range(count), *(count + frame for frame in positions)]
        sigma = torch.sigmoid(SPREAD * torch.randn(len(clean), device=device()))
        sigma = SHIFT * sigma / (1 + (SHIFT - 1) * sigma)
        pure = torch.rand(len(clean), device=device()) < PURE_SHARE
        sigma = torch.where(pure, 1 - 0.02 * torch.rand_like(sigma).square(), sigma)
        noise = torch.randn_like(clean)
        level = sigma.view(-1, 1, 1, 1, 1)
        with autocast():
            ids = tokenize(self.tokenizer, batch["prompts"]).to(device())
            predicted = self.model(
                (1 - level) * clean + level * noise, sigma, ids, control, positions
            )
        predicted = predicted.float()
        error = (predicted - clean).square() / level.clamp(min=SMALLEST_LEVEL).square()
        truth = batch["shown"].to(device())
        if exercise.task == "text":
            truth = unasked_in_words(truth, batch["prompts"])
        asked = self._asked(exercise, batch, truth)
        if self._glance is not None:
            clear = (sigma < CLEAR).float() if control is None else torch.ones_like(sigma)
            drawn = predicted[:, :, -clip.shape[2] :]
            asked = asked + self._glance.loss(drawn, clip, truth, clear)
        return (error * weight).mean(), asked

    def _asked(self, exercise: Exercise, batch: Batch, truth: Tensor) -> Tensor:
        """What wrong answers cost in the run that was just made."""
        if self._last_blocks:  # not all of those that are asked learn
            return torch.zeros((), device=device())
        asked = PLACE_WEIGHT * self.places.loss()
        asked = asked + SHOWN_WEIGHT * self.shown.loss(truth, batch["clip"].shape[2])
        with autocast():
            heard = self.listening.loss()
        return asked + LISTENING_WEIGHT * heard if exercise.task == "text" else asked

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(EMA_DECAY, (1 + self.step) / (20 + self.step))
        parameters = dict(self.model.named_parameters())
        averages = [self.average[name] for name in parameters]
        torch._foreach_lerp_(averages, list(parameters.values()), 1 - decay)

    def state(self, seconds: float) -> dict[str, Any]:
        """Everything needed to go on."""
        return {
            "model": self.model.state_dict(),
            "places": self.places.state_dict(),
            "shown": self.shown.state_dict(),
            "average": self.average,
            "optimizers": [one.state_dict() for one in self.optimizers],
            "step": self.step,
            "warm_from": self._warm_from,
            "learns": self._learns,
            "seconds": seconds,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.model.load_state_dict(state["model"])
        if "places" in state:  # exported weights have none
            self.places.load_state_dict(state["places"])
        if "shown" in state:
            self.shown.load_state_dict(state["shown"])
        self.average = {name: value.to(device()) for name, value in state["average"].items()}
        self.step = self._warm_from = state["step"]
        if state.get("learns") == self._learns:
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            self._warm_from = state.get("warm_from", 0)


def keep_but_last_blocks(model: Denoiser, count: int, control_branch: bool) -> None:
    """Let nothing learn but the last blocks, this many, and what makes pictures of their output;
    and the control branch, where that is wanted."""
    model.requires_grad_(False)
    base, control = model.base, model.control
    for part in (*base.blocks[-count:], base.proj_out):
        part.requires_grad_(True)
    for part in (control.vace_patch_embedding, control.vace_blocks):
        part.requires_grad_(control_branch)
    base.scale_shift_table.requires_grad_(True)


def split_parameters(model: Denoiser) -> tuple[list[Tensor], list[Tensor]]:
    """The transformers' hidden matrices, and everything else."""
    hidden: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            is_hidden = "blocks." in name and parameter.ndim == 2
            (hidden if is_hidden else others).append(parameter)
    return hidden, others


def patch_analysis(run_dir: Path) -> tuple[Tensor, Tensor, Tensor]:
    """The encoder as weight and bias of one patch, and a grey patch's latent (1, Z, 1, 1, 1)."""
    vae = build_autoencoder()
    vae.load_state_dict(torch.load(run_dir / "autoencoder.pt", weights_only=True)["vae"])
    conv = vae.encoder.conv_in
    weight, bias = conv.weight[:Z_DIM, :, -1, 1, 1].detach(), conv.bias[:Z_DIM].detach()
    return weight, bias, bias.view(1, -1, 1, 1, 1)


def load_glance(run_dir: Path) -> Glance:
    """The network of `train_glance`, which learns no more."""
    glance: Glance = Glance().to(device())
    state = torch.load(run_dir / "glance.pt", weights_only=True, map_location=device())
    glance.load_state_dict(state["model"])
    glance.eval().requires_grad_(False)
    return glance


def draw_exercise(rng: random.Random, done: float) -> Exercise:
    """Early shares until 30 % of the time, late ones from 60 %."""
    late = min(1.0, max(0.0, (done - 0.3) / 0.3))
    shares = [one.early + (one.late - one.early) * late for one in EXERCISES]
    return rng.choices(EXERCISES, shares)[0]


def compile_blocks(model: Denoiser) -> None:
    """Fuse what the transformer blocks do between matrix products; a step takes 0.6 of the time."""
    torch._dynamo.config.skip_nnmodule_hook_guards = False  # not all blocks are asked the same
    torch._dynamo.config.recompile_limit = 64
    for block in (*model.base.blocks, *model.control.vace_blocks):
        block.compile(dynamic=True)


def train(
    run_dir: Path,
    minutes: float,
    total_minutes: float,
    workers: int,
    compiled: bool,
    last_blocks: int,
    control_branch: bool,
    looks: bool,
) -> None:
    """Train until the time is up, from the last checkpoint if there is one."""
    weight, bias, grey = patch_analysis(run_dir)
    path = run_dir / "denoiser.pt"
    glance = load_glance(run_dir) if looks else None
    trainer, seconds = Trainer(grey, last_blocks, control_branch, glance), 0.0
    if path.exists():
        state = torch.load(path, weights_only=True, map_location=device())
        trainer.load(state)
        seconds = state["seconds"]
    else:
        reader = torch.load(run_dir / "text_encoder.pt", weights_only=True)
        trainer.model.text_encoder.load_state_dict(reader)
    use_plain_attention_on_cpu()
    if compiled:
        compile_blocks(trainer.model)
    batches = Batches(EXERCISES, Encoder(weight, bias), seed=trainer.step)
    pool = Pool(batches, workers, seed=trainer.step)
    rng, saved = random.Random(trainer.step), time.monotonic()
    losses: dict[str, list[float]] = {}
    schedule = Schedule(minutes, total_minutes, seconds)
    while not schedule.is_over:
        exercise = draw_exercise(rng, schedule.seconds / (total_minutes * 60))
        error, asked = trainer.train(exercise, pool.batch(exercise), schedule.rate(LEARNING_RATE))
        losses.setdefault(f"{exercise.task}-{exercise.frames}", []).append(error)
        losses.setdefault(f"asked of {exercise.task}", []).append(asked)
        if trainer.step % 50 == 0:
            means = "  ".join(f"{name} {sum(x) / len(x):.3f}" for name, x in sorted(losses.items()))
            log.info("step %d  %.0f s  %s", trainer.step, schedule.seconds, means)
            losses.clear()
        if time.monotonic() - saved > 120:
            save_atomically(trainer.state(schedule.seconds), path)
            saved = time.monotonic()
    save_atomically(trainer.state(schedule.seconds), path)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=9.5, help="how long this piece may take")
    parser.add_argument("--total-minutes", type=float, default=100, help="the whole training")
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    parser.add_argument("--workers", type=int, default=1, help="processes that draw")
    parser.add_argument(
        "--compile",
        action=argparse.BooleanOptionalAction,
        default=shutil.which("g++") is not None,
        help="compile the transformer blocks, two minutes once; the default where g++ is there",
    )
    parser.add_argument(
        "--last-blocks",
        type=int,
        default=0,
        choices=range(LAYERS - DEAF + 1),
        help="train nothing but these, so many; 0: everything",
    )
    parser.add_argument(
        "--control-branch", action="store_true", help="with --last-blocks: train it as well"
    )
    parser.add_argument(
        "--glance", action="store_true", help="look at predictions with what train_glance made"
    )
    args = parser.parse_args()
    train(
        args.run_dir,
        args.minutes,
        args.total_minutes,
        args.workers,
        args.compile,
        args.last_blocks,
        args.control_branch,
        args.glance,
    )


if __name__ == "__main__":
    main()
