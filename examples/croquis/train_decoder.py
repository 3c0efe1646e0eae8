"""Teach the decoder to see through what the denoiser leaves: blocks, specks, soft edges.

    python -m examples.croquis.train_decoder --minutes 9.5 --total-minutes 25

It comes after `train_denoiser`. The denoiser's last step is a guess of the picture from one that is
half noise, and such guesses are what the decoder meets in use; half of what it learns from here are
guesses, half are true latents. Run it again to continue; the state is in ``RUN_DIR/decoder.pt``.
"""

import argparse
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from torch import Tensor

from examples.croquis.autoencoder import build_autoencoder
from examples.croquis.denoiser import Denoiser
from examples.croquis.export import load_denoiser
from examples.croquis.lesson import NUM_FRAMES, Encoder, draw_lesson
from examples.croquis.recipe import Training, autocast, device, pictures_to_tensor
from examples.croquis.tokenizer import build_tokenizer, tokenize
from examples.croquis.train_autoencoder import (
    decode_pictures,
    decoder_training,
    reconstruction_loss,
)
from examples.croquis.train_denoiser import control_latents, patch_analysis

log = logging.getLogger(__name__)

FRAMES = 4
BATCH = 3
LEARNING_RATE = 5e-4
LEVELS = (0.3, 0.6)
"""Noise levels of the guesses: six steps shifted by 5 end with one from 0.5, eight from 0.42."""
GUIDANCE_SCALE = 2.0


class Scenes(torch.utils.data.IterableDataset[dict[str, Any]]):
    """Endless lessons of a few frames and one garment, with the frames as they were drawn."""

    def __init__(self, encoder: Encoder, seed: int) -> None:
        self.encoder, self.seed = encoder, seed

    def __iter__(self) -> Iterator[dict[str, Any]]:
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(f"decoder-{self.seed}-{worker.id if worker else 0}")
        while True:
            frames = sorted(rng.sample(range(NUM_FRAMES), FRAMES))
            lesson = draw_lesson(rng, "try-on", frames, garments=1)
            yield {
                "frames": frames,
                "drawn": torch.from_numpy(lesson.clip),
                "clip": self.encoder.encode(lesson.clip),
                "references": self.encoder.encode(lesson.references),
                "prompt": lesson.prompt,
                "silent_prompt": lesson.silent_prompt,
            }


class Guesser:
    """The trained denoiser's last step: what it takes for the picture, guided as users guide it."""

    def __init__(self, denoiser: Denoiser, grey: Tensor) -> None:
        self._denoiser = denoiser.to(device()).eval().requires_grad_(False)
        self._tokenizer = build_tokenizer()
        self._grey = grey.to(device())

    @torch.no_grad()
    def guess(self, scene: dict[str, Any], level: float, *, try_on: bool) -> Tensor:
        """(Z, F, h, w) out of the scene's own latents with noise of this level over them."""
        clean = scene["clip"][None].float().to(device())
        positions, control = scene["frames"], None
        count = 0
        if try_on:
            references = scene["references"][None].float().to(device())
            count = references.shape[2]
            control = control_latents(clean, references, self._grey, first=False)
            clean = torch.cat([references.flip(2), clean], dim=2)
            positions = [*range(count), *(count + frame for frame in positions)]
        noisy = (1 - level) * clean + level * torch.randn_like(clean)
        prompt = scene["silent_prompt" if try_on else "prompt"]
        told = self._predict(noisy, level, prompt, control, positions)[0, :, count:]
        if try_on:  # which is not guided
            return told
        untold = self._predict(noisy, level, "", control, positions)[0]
        return untold + GUIDANCE_SCALE * (told - untold)

    def _predict(
        self,
        noisy: Tensor,
        level: float,
        prompt: str,
        control: Tensor | None,
        positions: list[int],
    ) -> Tensor:
        sigma = torch.full((1,), level, device=device())
        ids = tokenize(self._tokenizer, [prompt]).to(device())
        with autocast():
            predicted: Tensor = self._denoiser(noisy, sigma, ids, control, positions)
        return predicted.float()


def train(run_dir: Path, minutes: float, total_minutes: float) -> None:
    """Train until the time is up, from the last checkpoint if there is one."""
    path, errors = run_dir / "decoder.pt", []
    weight, bias, grey = patch_analysis(run_dir)
    guesser = Guesser(load_denoiser(run_dir, len(build_tokenizer())), grey)
    vae = build_autoencoder()
    vae.load_state_dict(torch.load(run_dir / "autoencoder.pt", weights_only=True)["vae"])
    training = decoder_training(vae, path, minutes, total_minutes)
    lessons = Scenes(Encoder(weight, bias), training.step)
    scenes = iter(torch.utils.data.DataLoader(lessons, batch_size=None, num_workers=1))
    rng = random.Random(training.step)
    while not training.schedule.is_over:
        errors.append(_step(vae, training, *_lesson(guesser, scenes, rng)))
        if training.step % 50 == 0:
            clean, guessed = -10 * np.log10(np.mean(errors[-50:], axis=0) / 4)
            log.info(
                "step %d  %.0f s  psnr %.2f dB of true latents, %.2f dB of guesses",
                *(training.step, training.schedule.seconds, clean, guessed),
            )
        training.save_if_due()


def _lesson(
    guesser: Guesser, scenes: Iterator[dict[str, Any]], rng: random.Random
) -> tuple[Tensor, Tensor]:
    """Latents (N, Z, h, w), the first half true and the second guessed, and the pictures (N, …)."""
    true, guessed, drawn = [], [], []
    for _ in range(BATCH):
        scene = next(scenes)
        guess = guesser.guess(scene, rng.uniform(*LEVELS), try_on=rng.random() < 0.5)
        true.append(scene["clip"].float().to(device()).transpose(0, 1))
        guessed.append(guess.transpose(0, 1))
        drawn.append(pictures_to_tensor(scene["drawn"]).to(device()))
    return torch.cat([*true, *guessed]), torch.cat([*drawn, *drawn])


def _step(
    vae: AutoencoderKLWan, training: Training, latents: Tensor, drawn: Tensor
) -> tuple[float, float]:
    """One step; returns the mean squared errors of true latents and of guesses."""
    with autocast():
        output = decode_pictures(vae, latents)
    training.learn(reconstruction_loss(output.float(), drawn), LEARNING_RATE, 1.0)
    half = len(drawn) // 2
    shown = output.detach().float().clamp(-1, 1)
    return (
        float(F.mse_loss(shown[:half], drawn[:half])),
        float(F.mse_loss(shown[half:], drawn[half:])),
    )


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=9.5, help="how long this piece may take")
    parser.add_argument("--total-minutes", type=float, default=25, help="the whole training")
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    args = parser.parse_args()
    train(args.run_dir, args.minutes, args.total_minutes)


if __name__ == "__main__":
    main()
