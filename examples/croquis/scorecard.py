"""The scores of an evaluation beside their goals, as a markdown table and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examples.croquis.classifier import Look

PSNR_GOAL = 28.0
TITLES = {"kind": "garment type", "color": "colour", "skin": "skin tone", "hair": "hair colour"}


@dataclass(frozen=True)
class Score:
    """One measured number. Shares are in 0..1, peak signal-to-noise ratios in dB."""

    part: str
    measure: str
    value: float
    samples: int
    goal: float | None = None
    unit: str = "%"

    @property
    def is_reached(self) -> bool:
        """True where there is no goal, or it is met."""
        return self.goal is None or self.value >= self.goal

    def row(self) -> str:
        """The score as a line of the table."""
        goal, mark = "", ""
        if self.goal is not None:
            goal, mark = f"≥ {self._written(self.goal, 0)}", "yes" if self.is_reached else "**no**"
        value = self._written(self.value, 1)
        return f"| {self.part} | {self.measure} | {value} | {goal} | {mark} | {self.samples} |"

    def _written(self, value: float, digits: int) -> str:
        return f"{value * 100 if self.unit == '%' else value:.{digits}f} {self.unit}"


@dataclass
class Scorecard:
    """All scores of one evaluation, and every mistake that was seen."""

    settings: dict[str, Any]
    scores: list[Score] = field(default_factory=list)
    mistakes: list[dict[str, Any]] = field(default_factory=list)

    def add_shares(
        self,
        part: str,
        pairs: Sequence[tuple[Look, Look]],
        goals: dict[str, float] | None = None,
    ) -> None:
        """The share of (expected, seen) looks that agree, for each thing that was expected."""
        for name in (one.name for one in fields(Look)):
            wanted = [(getattr(look, name), getattr(seen, name)) for look, seen in pairs]
            right = [want == got for want, got in wanted if want is not None]
            if right:
                goal = (goals or {}).get(name)
                share = sum(right) / len(right)
                measure = f"{TITLES.get(name, name)} right"
                self.scores.append(Score(part, measure, share, len(right), goal))

    def add_psnr(self, part: str, errors: Sequence[float]) -> None:
        """From the mean squared error of each clip, where white is 1."""
        per_clip = float(np.mean([decibels(error) for error in errors]))
        count = len(errors)
        self.scores.append(Score(part, "PSNR, mean of clips", per_clip, count, PSNR_GOAL, "dB"))
        pooled = decibels(float(np.mean(errors)))
        self.scores.append(Score(part, "PSNR of all pixels", pooled, count, None, "dB"))

    def markdown(self) -> str:
        """The whole table."""
        head = ["| | Measure | Croquis | Goal | Reached | Samples |", "|---|---|---|---|---|---|"]
        return "\n".join([*head, *(score.row() for score in self.scores)])

    def as_json(self) -> dict[str, Any]:
        """Everything, ready to be written as JSON."""
        return asdict(self)


def mistakes_of(expected: Look, seen: Look) -> dict[str, tuple[str, str]]:
    """What is not as it should be: (expected, seen) by name."""
    pairs = {
        one.name: (getattr(expected, one.name), getattr(seen, one.name)) for one in fields(Look)
    }
    return {
        name: pair for name, pair in pairs.items() if pair[0] is not None and pair[0] != pair[1]
    }


def squared_error(drawn: NDArray[np.uint8], made: NDArray[np.uint8]) -> float:
    """Mean squared error of pixels, where white is 1."""
    return float(np.square((drawn.astype(np.float32) - made) / 255).mean())


def decibels(error: float) -> float:
    """The peak signal-to-noise ratio of a mean squared error."""
    return float(-10 * np.log10(max(error, 1e-10)))
