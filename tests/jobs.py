"""Job records, and a model that does what a test tells it, for tests of the queue without Ray."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from itertools import count
from typing import Any

from serve.dispatch import Interrupted
from serve.generation import (
    Finished,
    GenerationEvent,
    GenerationRequest,
    StageStarted,
    StepDone,
)
from serve.job_store import JobRecord
from serve.protocol import ResolvedParams, Stage, Task
from serve.storage import Storage

MODEL = "croquis-t2v"
_numbers = count(1)

PARAMS = ResolvedParams(
    prompt="a red dress",
    negative_prompt="",
    width=192,
    height=256,
    num_frames=17,
    fps=8,
    num_inference_steps=4,
    guidance_scale=4,
    seed=7,
)


def record(**changes: Any) -> JobRecord:
    """A job that has just been submitted."""
    job = JobRecord(
        id=f"video_{next(_numbers):04}",
        object="video",
        model=MODEL,
        task=Task.TEXT_TO_VIDEO,
        prompt="a red dress",
        params=PARAMS,
        created_at=1_700_000_000,
    )
    return replace(job, **changes)


class ScriptedModel:
    """Waits for `go()` before every step; writes real files; can be made to fail or to die."""

    def __init__(self, storage: Storage, slots: int = 1) -> None:
        self.slots = slots
        self.requests: list[GenerationRequest] = []
        self.stopped: list[str] = []
        """Ids of the jobs whose stream was closed before its end."""
        self.raises: list[Exception] = []
        """Raised by the next runs, after their first event."""
        self.refuses: list[Exception] = []
        """Raised by the next runs, before any event."""
        self.broken: str | None = None
        self.contents: dict[str, bytes] = {}
        """By name (`video`, `still-0`, …): what is written instead of a line of text."""
        self.timings: dict[str, float] = {Stage.DENOISING: 1.5, Stage.WRITING: 0.25}
        self._storage = storage
        self._steps = asyncio.Semaphore(0)

    def go(self, steps: int = 1_000) -> None:
        """Let that many steps happen."""
        for _ in range(steps):
            self._steps.release()

    async def failure(self) -> str | None:
        return self.broken

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        self.requests.append(request)
        if self.refuses:
            raise self.refuses.pop(0)
        ended = False
        try:
            yield StageStarted(Stage.ENCODING_PROMPT)
            if self.raises:
                raise self.raises.pop(0)
            steps = request.params.num_inference_steps
            yield StageStarted(Stage.DENOISING, 0, steps)
            for step in range(1, steps + 1):
                await self._steps.acquire()
                yield StepDone(step, steps, preview=f"jpeg {step}".encode())
            yield StageStarted(Stage.DECODING)
            ended = True
            yield Finished(self._write(request), self.timings)
        except (ValueError, Interrupted):
            ended = True
            raise
        finally:
            if not ended:
                self.stopped.append(request.job_id)

    def _write(self, request: GenerationRequest) -> dict[str, str]:
        if request.task.makes_stills:
            names = {f"still-{index}": f"still-{index}.png" for index in range(request.params.n)}
        else:
            names = {"video": "video.mp4", "thumbnail": "thumbnail.jpg", "record": "record.json"}
        files = {name: f"{request.job_id}/{filename}" for name, filename in names.items()}
        for name, key in files.items():
            self._storage.put(key, self.contents.get(name, f"contents of {key}".encode()))
        return files


async def until(condition: Callable[[], bool]) -> None:
    """Let everything else run until the condition holds; pytest's timeout ends a vain wait."""
    while not condition():
        await asyncio.sleep(0.001)
