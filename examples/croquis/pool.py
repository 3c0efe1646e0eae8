"""The kinds of training steps, and the batches they learn from: drawn in other processes, used a
few times each, and then gone."""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from examples.croquis.lesson import NUM_FRAMES, Encoder, count_garments, draw_lesson

USES = 2
"""How often a batch is learnt from, on average; drawing takes 6 % of the time so. Used thirty
times, scenes were learnt by heart: what was said of new prompts got worse while the loss fell."""
KEPT = 16
"""The batches of each exercise that steps choose from."""
DROP_PROMPT = 0.1

Batch = dict[str, Any]


@dataclass(frozen=True)
class Exercise:
    """One kind of step: its task, frames of a clip, batch size, and its share early and late."""

    task: str
    frames: int
    batch: int
    early: float
    late: float

    def choose_frames(self, rng: random.Random) -> list[int]:
        """Which frames of the clip to learn; the first one half the time, as stills are that."""
        frames = rng.sample(range(NUM_FRAMES), self.frames)
        if 0 not in frames and (self.task == "first-frame" or rng.random() < 0.5):
            frames[0] = 0
        return sorted(frames)


class Batches(torch.utils.data.IterableDataset[tuple[Exercise, Batch]]):
    """Endless batches: one of each exercise first, then as their late shares say.

    The lessons of a batch show the same frames of their clips, and have as many references.
    """

    def __init__(self, exercises: Sequence[Exercise], encoder: Encoder, seed: int) -> None:
        self.exercises, self.encoder, self.seed = exercises, encoder, seed

    def __iter__(self) -> Iterator[tuple[Exercise, Batch]]:
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(f"{self.seed}-{worker.id if worker else 0}")
        for exercise in self.exercises:
            yield exercise, self.draw(exercise, rng)
        shares = [one.late for one in self.exercises]
        while True:
            exercise = rng.choices(self.exercises, shares)[0]
            yield exercise, self.draw(exercise, rng)

    def draw(self, exercise: Exercise, rng: random.Random) -> Batch:
        """Clips (B, Z, F, h, w), references (B, Z, N, h, w) or None, both prompts of each, and what
        is shown (B, facts)."""
        frames = exercise.choose_frames(rng)
        garments = count_garments(rng) if exercise.task == "try-on" else 0
        lessons = [draw_lesson(rng, exercise.task, frames, garments) for _ in range(exercise.batch)]
        return {
            "frames": frames,
            "clip": self._encode([lesson.clip for lesson in lessons]),
            "references": self._encode([lesson.references for lesson in lessons])
            if garments
            else None,
            "prompts": [lesson.prompt for lesson in lessons],
            "silent_prompts": [lesson.silent_prompt for lesson in lessons],
            "shown": torch.tensor([lesson.shown for lesson in lessons]),
        }

    def _encode(self, pictures: list[Any]) -> Tensor:
        return torch.stack([self.encoder.encode(one) for one in pictures])


class Pool:
    """The most recent batches of every exercise."""

    def __init__(self, batches: Batches, workers: int, seed: int) -> None:
        loader = torch.utils.data.DataLoader(batches, batch_size=None, num_workers=workers)
        self._stream = iter(loader)
        self._kept = {one: deque[Batch](maxlen=KEPT) for one in batches.exercises}
        self._rng = random.Random(seed)
        self._steps = 0

    def batch(self, exercise: Exercise) -> Batch:
        """One of the exercise's batches, and which of its prompts, if any, is given."""
        if self._steps % USES == 0:
            self._take()
        while not self._kept[exercise]:
            self._take()
        self._steps += 1
        batch = self._rng.choice(self._kept[exercise])
        return {
            "frames": batch["frames"],
            "clip": batch["clip"].float(),
            "references": None if batch["references"] is None else batch["references"].float(),
            "shown": batch["shown"],
            "prompts": [
                self._say(exercise, told, silent)
                for told, silent in zip(batch["prompts"], batch["silent_prompts"], strict=True)
            ],
        }

    def _take(self) -> None:
        exercise, batch = next(self._stream)
        self._kept[exercise].append(batch)

    def _say(self, exercise: Exercise, told: str, silent: str) -> str:
        if self._rng.random() < DROP_PROMPT:
            return ""
        return silent if exercise.task != "text" and self._rng.random() < 0.85 else told
