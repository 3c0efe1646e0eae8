"""How long a run will take, learnt from the runs this machine has completed."""

from collections import deque
from dataclasses import dataclass
from statistics import median

from serve.protocol import ResolvedParams, Task

REMEMBERED_RUNS = 200
SAME_RUNS = 5
OVERHEAD_STEPS = 2
"""Encoding the prompt, decoding and writing, counted as denoising steps of the same size."""


@dataclass(frozen=True, slots=True)
class Run:
    """What decides how long a run takes."""

    model: str
    task: Task
    width: int
    height: int
    num_frames: int
    num_inference_steps: int
    guided: bool
    n: int
    strength: float = 1.0
    """The share of the steps that is done."""

    @classmethod
    def of(cls, model: str, task: Task, params: ResolvedParams) -> "Run":
        """The run that these settings make."""
        return cls(
            model=model,
            task=task,
            width=params.width,
            height=params.height,
            num_frames=params.num_frames,
            num_inference_steps=params.num_inference_steps,
            guided=params.guidance_scale > 1,
            n=params.n,
            strength=1.0 if params.strength is None else params.strength,
        )

    @property
    def work(self) -> float:
        """Pixels computed in all steps: what time grows with, other things being equal."""
        steps = self.num_inference_steps * self.strength
        passes = steps * (2 if self.guided else 1) + OVERHEAD_STEPS
        return float(self.width * self.height * self.num_frames * self.n * passes)


class RunTimes:
    """Remembers the newest completed runs and estimates the next."""

    def __init__(self) -> None:
        self._runs: deque[tuple[Run, float]] = deque(maxlen=REMEMBERED_RUNS)

    def learn(self, run: Run, seconds: float) -> None:
        """A run took this long."""
        self._runs.append((run, seconds))

    def estimate(self, run: Run) -> float | None:
        """Expected seconds: the median of the last runs just like it, else scaled by the work."""
        same = [seconds for past, seconds in self._runs if past == run]
        if same:
            return median(same[-SAME_RUNS:])
        paces = [
            seconds / past.work
            for past, seconds in self._runs
            if (past.model, past.task) == (run.model, run.task)
        ]
        return median(paces[-SAME_RUNS:]) * run.work if paces else None


def time_left(expected: float | None, elapsed: float, step: int, num_steps: int) -> float | None:
    """Seconds until a running job is done.

    Where nothing was learnt yet, its own pace so far stands in once two steps are done.
    """
    if expected is None:
        if step < 2:
            return None
        expected = elapsed / step * (num_steps + OVERHEAD_STEPS)
    return max(expected - elapsed, 0.0)
