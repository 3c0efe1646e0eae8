"""Train what the denoiser's pictures are looked at with, on drawn lessons as latents, with noise.

    python -m examples.croquis.train_glance --total-minutes 12

It needs ``autoencoder.pt``. Run it again to continue; the state is in ``RUN_DIR/glance.pt``, and
``train_denoiser --glance`` uses it.
"""

import argparse
import logging
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from examples.croquis.glance import Glance, answers_loss, answers_right
from examples.croquis.lesson import NUM_FRAMES, Encoder, draw_lesson
from examples.croquis.recipe import Training, device
from examples.croquis.shown import SHOWN
from examples.croquis.train_denoiser import patch_analysis

log = logging.getLogger(__name__)

BATCH = 64
FRESH = 24
"""Lessons that are drawn for each batch, of which others are taken from the pool."""
FRAMES = 2
POOL = 6000
LEARNING_RATE = 2e-3
NOISE = 0.25
BLUR = 0.6
"""How much of these there may be on a picture; many have none."""


class Pictures(torch.utils.data.IterableDataset[tuple[Tensor, Tensor]]):
    """Endless batches of latents (B, Z, h, w) and what they show (B, facts), drawn elsewhere."""

    def __init__(self, encoder: Encoder, seed: int) -> None:
        self.encoder, self.seed = encoder, seed

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(f"glance-{self.seed}-{worker.id if worker else 0}")
        pool: list[tuple[Tensor, Tensor]] = []
        while True:
            for _ in range(FRESH):
                for one in self._draw(rng):
                    if len(pool) < POOL:
                        pool.append(one)
                    else:
                        pool[rng.randrange(POOL)] = one
            if len(pool) >= BATCH:
                latents, shown = zip(*rng.sample(pool, BATCH), strict=True)
                yield torch.stack(latents).float(), torch.stack(shown)

    def _draw(self, rng: random.Random) -> list[tuple[Tensor, Tensor]]:
        frames = sorted(rng.sample(range(NUM_FRAMES), FRAMES))
        lesson = draw_lesson(rng, "first-frame", frames)  # garments of any colour are among them
        latents, shown = self.encoder.encode(lesson.clip), torch.tensor(lesson.shown)
        return [(latents[:, frame], shown) for frame in range(FRAMES)]


def degrade(latents: Tensor) -> Tensor:
    """Blur on 40 % and noise on 70 % of the latents (N, Z, h, w): predictions are not clean."""
    level, share, noisy, blurred = torch.rand(4, len(latents), 1, 1, 1, device=latents.device)
    share = BLUR * share * (blurred < 0.4)
    latents = (1 - share) * latents + share * F.avg_pool2d(latents, 3, 1, 1)
    return latents + NOISE * level * (noisy < 0.7) * torch.randn_like(latents)


def train(run_dir: Path, minutes: float, total_minutes: float, workers: int) -> None:
    """Train until the time is up, from the last checkpoint if there is one."""
    weight, bias, _ = patch_analysis(run_dir)
    torch.manual_seed(1)
    glance = Glance().to(device())
    optimizer = torch.optim.AdamW(glance.parameters(), lr=LEARNING_RATE, weight_decay=0.02)
    path, right = run_dir / "glance.pt", []
    training = Training(path, "model", glance, optimizer, minutes, total_minutes)
    pictures = Pictures(Encoder(weight, bias), training.step)
    for latents, truth in torch.utils.data.DataLoader(pictures, None, num_workers=workers):
        truth = truth.to(device())
        _, said = glance(degrade(latents.to(device())))
        training.learn(answers_loss(said, truth), LEARNING_RATE)
        right.append(answers_right(said.detach(), truth).cpu().numpy())
        if training.step % 100 == 0:
            shares = zip(SHOWN, 100 * np.nanmean(right, axis=0), strict=True)
            means = "  ".join(f"{fact} {share:.0f}" for fact, share in shares)
            log.info("step %d  %.0f s  right: %s", training.step, training.schedule.seconds, means)
            right.clear()
        training.save_if_due()
        if training.schedule.is_over:
            break


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=9.5, help="how long this piece may take")
    parser.add_argument("--total-minutes", type=float, default=12, help="the whole training")
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    parser.add_argument("--workers", type=int, default=1, help="processes that draw")
    args = parser.parse_args()
    train(args.run_dir, args.minutes, args.total_minutes, args.workers)


if __name__ == "__main__":
    main()
