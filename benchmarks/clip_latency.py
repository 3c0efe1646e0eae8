"""Seconds from request to file: clips and stills, side by side, over plain HTTP.

    python -m benchmarks.clip_latency                                  starts a backend of its own
    python -m benchmarks.clip_latency --backend-url http://host:8000   uses one that runs

Each case is a way in with a number of denoising steps. The cases take turns, round after round, so
that whatever else the machine does falls on all of them; the table shows medians, and each case
beside the model's own default. The first job of each way in is shown apart, as `first`.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.service import running_service
from serve.protocol import Job, JobStatus, ModelList, Task

RESULTS = Path(__file__).with_name("results")
PICTURES = Path(__file__).parents[1] / "examples" / "images"
PROMPT = "a woman in a red dress walks down a city street"
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that a user does with one click."""

    name: str
    task: Task
    kind: str
    """The job's place in the API: videos or images."""
    fields: dict[str, str]
    pictures: tuple[tuple[str, str], ...] = ()

    def submit(self, http: httpx.Client, model: str, steps: int) -> Job:
        """Put the job into the queue."""
        files = [(name, (PICTURES / file).read_bytes()) for name, file in self.pictures]
        route = "/v1/videos" if self.kind == "videos" else "/v1/images/edits"
        data = {**self.fields, "model": model, "num_inference_steps": str(steps), "seed": "7"}
        return Job.model_validate(checked(http.post(route, data=data, files=files)).json())


WAYS = (
    Way("prompt to clip", Task.TEXT_TO_VIDEO, "videos", {"prompt": PROMPT}),
    Way(
        "dress a still",
        Task.IMAGE_EDIT,
        "images",
        {"background": "true"},
        (("image[]", "person-1.png"), ("image[]", "garment-1.png")),
    ),
    Way(
        "try-on clip",
        Task.TRY_ON,
        "videos",
        {},
        (("input_reference", "person-1.png"), ("garment", "garment-1.png")),
    ),
)


@dataclass(slots=True)
class Case:
    """One way in, with one number of steps, and what it took each time."""

    way: Way
    model: str
    steps: int
    is_default: bool
    first: float | None = None
    seconds: list[float] = field(default_factory=list)
    timings: list[dict[str, float]] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def stages(self) -> dict[str, float]:
        """The median of each stage."""
        names = {stage for timing in self.timings for stage in timing}
        return {
            name: statistics.median(timing.get(name, 0.0) for timing in self.timings)
            for name in sorted(names)
        }

    def measure(self, http: httpx.Client) -> tuple[float, dict[str, float]]:
        """One click: from before the upload until the whole result is here."""
        start = time.perf_counter()
        job = self.way.submit(http, self.model, self.steps)
        route = f"/v1/{self.way.kind}/{job.id}"
        while not job.status.is_final:
            time.sleep(POLL_SECONDS)
            job = Job.model_validate(checked(http.get(route)).json())
        if job.status is not JobStatus.COMPLETED:
            raise SystemExit(f"{self.way.name}: the job ended {job.status}: {job.error}")
        content = checked(http.get(f"{route}/content")).content
        seconds = time.perf_counter() - start
        assert content, "a completed job has content"
        checked(http.delete(route))
        return seconds, job.timings


def checked(response: httpx.Response) -> httpx.Response:
    """The response, unless it is an error: then its words end the benchmark."""
    if response.is_error:
        raise SystemExit(f"{response.request.method} {response.url}: {response.text}")
    return response


def cases(http: httpx.Client, steps: Sequence[int]) -> Iterator[Case]:
    """Each way in, on the first model that offers it, with its default steps and the others."""
    models = ModelList.model_validate(checked(http.get("/v1/models")).json()).data
    for way in WAYS:
        for card in models:
            if way.task in card.tasks:
                default = card.defaults.num_inference_steps
                limits = card.limits.num_inference_steps
                allowed = {n for n in steps if limits.minimum <= n <= limits.maximum}
                for number in sorted({default, *allowed}):
                    yield Case(way, card.id, number, number == default)
                break


def run(http: httpx.Client, all_cases: list[Case], rounds: int) -> None:
    """Measure in turns; a way's very first job warms its model and is counted apart."""
    for case in all_cases:
        if case.is_default:
            case.first, _ = case.measure(http)
    for number in range(rounds):
        for case in all_cases:
            seconds, timings = case.measure(http)
            case.seconds.append(seconds)
            case.timings.append(timings)
        print(f"round {number + 1} of {rounds} done", flush=True)


def table(all_cases: list[Case]) -> str:
    """The medians, one case a line."""
    defaults = {case.way.name: case.median for case in all_cases if case.is_default}
    lines = [f"{'':16}{'model':16}{'steps':>6}{'seconds':>9}{'ratio':>7}{'first':>7}  stages"]
    for case in all_cases:
        stages = ", ".join(f"{name} {value:.2f}" for name, value in case.stages().items())
        first = f"{case.first:.2f}" if case.first else ""
        ratio = case.median / defaults[case.way.name]
        steps = f"{case.steps}{'*' if case.is_default else ' '}"
        lines.append(
            f"{case.way.name:16}{case.model:16}{steps:>6}{case.median:9.2f}{ratio:7.2f}"
            f"{first:>7}  {stages}"
        )
    return "\n".join([*lines, "* the model's default; ratio: beside it"])


def write(all_cases: list[Case], rounds: int) -> Path:
    """Everything measured, as JSON."""
    measured: list[dict[str, Any]] = [
        {
            "way": case.way.name,
            "model": case.model,
            "num_inference_steps": case.steps,
            "is_default": case.is_default,
            "first_seconds": case.first,
            "seconds": case.seconds,
            "median_seconds": case.median,
            "stages": case.stages(),
        }
        for case in all_cases
    ]
    machine = {"cpus": os.cpu_count(), "platform": platform.platform()}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"clip_latency-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps({"machine": machine, "rounds": rounds, "cases": measured}, indent=2))
    return path


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Seconds from request to file.")
    parser.add_argument("--backend-url", help="a running backend (default: start one)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, nargs="*", default=[4, 8, 12], help="beside default")
    options = parser.parse_args()
    with ExitStack() as stack:
        url = options.backend_url or stack.enter_context(running_service())
        http = stack.enter_context(httpx.Client(base_url=url, timeout=60))
        all_cases = list(cases(http, options.steps))
        run(http, all_cases, options.rounds)
    print(table(all_cases))
    print(f"written to {write(all_cases, options.rounds)}")


if __name__ == "__main__":
    main()
