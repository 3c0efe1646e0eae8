"""The kinds of training steps, and the lessons that they draw from."""

import random
from dataclasses import dataclass
from typing import Any

import torch

from examples.croquis.lesson import NUM_FRAMES, Lessons

POOL = 8000
"""Lessons kept in memory; each step adds `FRESH` ones and draws from all."""
FRESH = 2
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


class Pool:
    """The most recent lessons, and batches drawn from them."""

    def __init__(self, lessons: Lessons, workers: int, seed: int) -> None:
        loader = torch.utils.data.DataLoader(lessons, batch_size=None, num_workers=workers)
        self._stream = iter(loader)
        self._lessons: list[dict[str, Any]] = []
        self._next = 0
        self._rng = random.Random(seed)

    def refresh(self, count: int) -> None:
        """Take this many new lessons, in place of the oldest once the pool is full."""
        for _ in range(count):
            lesson = next(self._stream)
            if len(self._lessons) < POOL:
                self._lessons.append(lesson)
            else:
                self._lessons[self._next % POOL] = lesson
                self._next += 1

    def batch(self, exercise: Exercise) -> Batch:
        """Lessons of one batch; a try-on batch has as many references in every lesson, and a text
        batch none whose prompt does not tell the clothes."""
        chosen = self._lessons
        if exercise.task == "text":
            chosen = [one for one in chosen if one["prompt"] != one["silent_prompt"]]
        if exercise.task == "try-on":
            references = self._rng.choice(self._lessons)["references"].shape[1]
            chosen = [one for one in chosen if one["references"].shape[1] == references]
        chosen = self._rng.choices(chosen, k=exercise.batch)
        silent = exercise.task != "text"
        frames = self._frames(exercise)
        return {
            "frames": frames,
            "clip": torch.stack([one["clip"][:, frames] for one in chosen]).float(),
            "references": torch.stack([one["references"] for one in chosen]).float()
            if exercise.task == "try-on"
            else None,
            "prompts": [
                ""
                if self._rng.random() < DROP_PROMPT
                else one["silent_prompt" if silent and self._rng.random() < 0.85 else "prompt"]
                for one in chosen
            ],
        }

    def _frames(self, exercise: Exercise) -> list[int]:
        """Which frames of the clip to learn; the first one half the time, as stills are that."""
        frames = self._rng.sample(range(NUM_FRAMES), exercise.frames)
        if 0 not in frames and (exercise.task == "first-frame" or self._rng.random() < 0.5):
            frames[0] = 0
        return sorted(frames)
