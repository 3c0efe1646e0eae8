"""Train the judge on drawn clips of any kind, blurred and tinted as decoded ones may be.

    python -m examples.croquis.train_classifier --minutes 9.5 --run-dir runs/croquis

Run it again to continue; the state is in ``RUN_DIR/classifier.pt``. The weights that `evaluate`
uses are written beside the code at the end of every run.
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

from examples.croquis.classifier import (
    MOMENTS,
    UNKNOWN,
    WEIGHTS,
    Classifier,
    labels_of,
    save_classifier,
    shrink,
)
from examples.croquis.recipe import Training, autocast, device, pictures_to_tensor
from examples.croquis.scene import render_clip, sample_scene

log = logging.getLogger(__name__)

BATCH = 24
PICTURES = 2
"""Pictures of each clip that the picture network learns from in one step."""
FRESH = 4
POOL = 1500
LEARNING_RATE = 2e-3
JITTER = 0.02
"""How far from its moment a frame may be taken: a model's motion is never exactly in time."""


class ClipBatches(torch.utils.data.IterableDataset[tuple[Tensor, Tensor]]):
    """Endless batches of clips (B, moments, 3, 128, 64) and their labels, drawn elsewhere."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(f"{self.seed}-{worker.id if worker else 0}")
        pool = [draw_clip(rng) for _ in range(2 * BATCH)]
        while True:
            for _ in range(FRESH):
                clip = draw_clip(rng)
                if len(pool) < POOL:
                    pool.append(clip)
                else:
                    pool[rng.randrange(POOL)] = clip
            clips, labels = zip(*rng.sample(pool, BATCH), strict=True)
            yield torch.stack(clips), torch.tensor(labels)


def draw_clip(rng: random.Random) -> tuple[Tensor, list[int]]:
    """The moments of a random clip as uint8 pictures of the judged size, and its labels."""
    scene = sample_scene(rng, "any")
    progress = [(moment + rng.uniform(-JITTER, JITTER)) % 1.0 for moment in MOMENTS]
    pictures = shrink(pictures_to_tensor(torch.from_numpy(render_clip(scene, progress=progress))))
    pictures = degrade(pictures, rng)
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().byte(), labels_of(scene)


def degrade(pictures: Tensor, rng: random.Random) -> Tensor:
    """Blur, tint, noise and a shift of a few pixels, the same for all pictures of a clip."""
    share = max(0.0, rng.uniform(-0.2, 1.0))
    for dim in (-2, -1):
        around = (pictures.roll(1, dim) + pictures.roll(-1, dim)) / 2
        pictures = pictures + 0.5 * share * (around - pictures)
    gain = torch.tensor([rng.gauss(1, 0.02) for _ in range(3)]).view(3, 1, 1)
    lift = torch.tensor([rng.gauss(0, 0.02) for _ in range(3)]).view(3, 1, 1)
    noise = np.random.default_rng(rng.getrandbits(32))
    level = rng.uniform(0, 0.08)
    noisy = level * torch.from_numpy(noise.standard_normal(pictures.shape, dtype=np.float32))
    pictures = pictures * gain + lift + noisy
    return pictures.roll((rng.randint(-3, 3), rng.randint(-3, 3)), (-2, -1))


def loss_of(classifier: Classifier, clips: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The loss, and the share of right answers per question."""
    chosen = torch.randperm(clips.shape[1])[:PICTURES]
    logits = list(classifier.answers(clips[:, chosen].flatten(0, 1)).values())
    targets = [column.repeat_interleave(PICTURES) for column in labels[:, :-1].unbind(1)]
    logits.append(classifier.motion(clips))
    targets.append(labels[:, -1])
    losses, right = [], []
    for answer, target in zip(logits, targets, strict=True):
        losses.append(
            F.cross_entropy(answer.float(), target, ignore_index=UNKNOWN, label_smoothing=0.02)
        )
        known = target != UNKNOWN
        right.append((answer.argmax(-1) == target)[known].float().mean())
    return torch.stack(losses).nan_to_num().sum(), torch.stack(right).nan_to_num(1.0)


def train(run_dir: Path, out: Path, minutes: float, total_minutes: float, workers: int) -> None:
    """Train until the time is up, from the last checkpoint if there is one."""
    torch.manual_seed(0)
    classifier = Classifier().to(device())
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
    path, right = run_dir / "classifier.pt", []
    training = Training(path, "model", classifier, optimizer, minutes, total_minutes)
    batches = ClipBatches(training.step)
    for clips, labels in torch.utils.data.DataLoader(batches, None, num_workers=workers):
        pictures = clips.to(device()).float() / 127.5 - 1
        with autocast():
            loss, shares = loss_of(classifier, pictures, labels.to(device()))
        training.learn(loss, LEARNING_RATE)
        right.append(shares.cpu().numpy())
        if training.step % 50 == 0:
            means = " ".join(f"{100 * share:.0f}" for share in np.mean(right, axis=0))
            said = (training.step, training.schedule.seconds, loss, means)
            log.info("step %d  %.0f s  loss %.3f  right %s", *said)
            right.clear()
        training.save_if_due()
        if training.schedule.is_over:
            break
    save_classifier(classifier.cpu(), out)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=9.5, help="how long this piece may take")
    parser.add_argument("--total-minutes", type=float, default=20, help="the whole training")
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="the file that is written")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw")
    args = parser.parse_args()
    args.run_dir.mkdir(parents=True, exist_ok=True)
    train(args.run_dir, args.out, args.minutes, args.total_minutes, args.workers)


if __name__ == "__main__":
    main()
