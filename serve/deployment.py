"""A replica: runs generations one at a time and streams what happens.

It knows the pipeline, storage and its own thread; not the queue that calls it. `application`
turns the classes into Ray Serve deployments.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from PIL.Image import Image

from serve import results
from serve.card import Card
from serve.clips import frames_of, last_frames_of
from serve.errors import Conflict, ModelFailed, ServeError
from serve.generation import (
    Finished,
    GenerationEvent,
    GenerationRequest,
    StageStarted,
    role_of,
)
from serve.images import from_png
from serve.loading import LoadingNote
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, DeviceLost, Generation, Pipeline, Report
from serve.protocol import ResolvedParams, Role, Stage, Task
from serve.recordings import shortened
from serve.storage import Storage

log = logging.getLogger(__name__)


class Deployment:
    """What every replica does with a request, whichever model it runs it on."""

    def __init__(self, name: str, storage_url: str) -> None:
        """`name` is for logs."""
        self._storage = Storage(storage_url)
        self._running: dict[str, Run] = {}
        # A Python thread cannot be interrupted and diffusers pipelines are not thread-safe: all
        # work on a pipeline, loading included, happens in this one thread.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def _take(self, model: str, report: Report) -> tuple[Card, Pipeline]:
        """The loaded pipeline of that id; in the worker thread."""
        raise NotImplementedError

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        """Run `request`, yielding its events; closing or cancelling the stream stops the run.

        The stream ends only once the thread has left the run, so that whoever waits for this
        replica never starts beside it. A newer request for the same job stops the older one.
        """
        run = Run(asyncio.get_running_loop())
        if request.job_id in self._running:
            self._running[request.job_id].cancel()
        self._running[request.job_id] = run
        future = self._thread.submit(self._execute, request, run)
        future.add_done_callback(lambda _: run.close())
        try:
            while (event := await run.events.get()) is not None:
                yield event
            future.result()
        except Cancelled:
            raise Conflict(f"Job {request.job_id} was started anew.") from None
        finally:
            run.cancel()
            future.cancel()
            while not run.closed.is_set():
                with suppress(asyncio.CancelledError):  # nothing frees the slot but the thread
                    await run.closed.wait()
            if self._running.get(request.job_id) is run:
                del self._running[request.job_id]

    def _execute(self, request: GenerationRequest, run: "Run") -> None:
        """One generation from stored pictures to stored files, in the worker thread."""
        try:
            card, pipeline = self._take(request.model, run.report)
            peak_memory_gb = _watch_memory(card)
            frames = pipeline.run(self._read(request, card), run.report)
            run.report(StageStarted(Stage.WRITING))
            record = results.record_of(card, request.task, request.params)
            if request.task.makes_stills and not isinstance(frames, bytes):
                files = results.write_stills(self._storage, request.job_id, frames, record=record)
            else:
                files = results.write_clip(
                    self._storage, request.job_id, frames, fps=request.params.fps, record=record
                )
            try:
                run.report(Finished(files, run.timings(), peak_memory_gb()))
            except Cancelled:  # too late to stop the writing; the job may even be deleted by now
                for key in files.values():
                    self._storage.delete(key)
                raise
        except (Cancelled, ServeError) as stop:
            log.info("job %s: %s", request.job_id, stop or "cancelled")
            raise
        except DeviceLost:
            # Serve starts a new replica, and the queue repeats the job there.
            log.exception("job %s: the GPU failed; this replica ends", request.job_id)
            os._exit(1)
        except Exception as error:  # noqa: BLE001 - one job's failure must not stop the replica
            log.exception("job %s failed", request.job_id)
            reason = (str(error).splitlines() or [""])[0][:200]
            message = f"The model failed: {type(error).__name__}: {reason}"
            raise ModelFailed(message) from None

    def _read(self, request: GenerationRequest, card: Card) -> Generation:
        """The request with its pictures, its recording, and the frames of its clip or its mp4."""
        params = request.params
        images: list[Image] = []
        last_image: Image | None = None
        mask: Image | None = None
        audio: bytes | None = None
        clips: dict[Role, tuple[Image, ...]] = {}
        films: dict[Role, bytes] = {}
        for key in request.images:
            role, content = role_of(key), self._storage.read(key)
            if role is Role.AUDIO:
                audio = shortened(content, params.num_frames / params.fps)
            elif role.is_video and card.engine != "diffusers":
                films[role] = content
            elif role.is_video:
                end = card.limits.extends if request.task is Task.VIDEO_TO_VIDEO else 0
                clips[role] = _frames(content, role, params, end)
            elif role is Role.LAST_IMAGE:
                last_image = from_png(content)
            elif role is Role.MASK:
                mask = from_png(content).convert("L")
            else:
                images.append(from_png(content))
        video = clips.pop(Role.VIDEO, ())
        return Generation(
            request.task, params, tuple(images), last_image, mask, video, clips, films, audio
        )


def _frames(mp4: bytes, role: Role, params: ResolvedParams, end: int) -> tuple[Image, ...]:
    """The frames of a clip for this run, or so many at its end: in its size, of a face square."""
    width, height = params.width, params.height
    if role is Role.FACE_VIDEO:
        width = height = min(width, height)
    if end:
        return last_frames_of(mp4, width=width, height=height, fps=params.fps, num_frames=end)
    return frames_of(mp4, width=width, height=height, fps=params.fps, num_frames=params.num_frames)


def _watch_memory(card: Card) -> Callable[[], float | None]:
    """Asked later, the most GiB in use from now on; nothing where the model runs elsewhere."""
    if card.engine != "diffusers":
        return lambda: None
    from serve.pipelines import device

    device.reset_peak_memory()
    return device.peak_memory_gb


class ModelDeployment(Deployment):
    """One model. Constructed is ready: Ray Serve shows a replica as running once it is built."""

    def __init__(self, card: Card, storage_url: str, gpu_fraction: float = 0) -> None:
        """Load `card`; `gpu_fraction` is the share of a GPU that Ray gave this replica."""
        super().__init__(card.id, storage_url)
        self._card = card
        with LoadingNote(self._storage, card.id) as note:
            self._pipeline = self._thread.submit(
                loader.load, card, gpu_fraction=gpu_fraction, report=note.download
            ).result()

    def _take(self, model: str, report: Report) -> tuple[Card, Pipeline]:
        return self._card, self._pipeline


class Run:
    """The thread's side and the stream's side of one generation."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.events: asyncio.Queue[GenerationEvent | None] = asyncio.Queue()
        """What happened; None is the end."""
        self.closed = asyncio.Event()
        """Set once the thread has left the run."""
        self._loop = loop
        self._cancelled = threading.Event()
        self._stages: list[tuple[Stage, float]] = []

    def report(self, event: GenerationEvent) -> None:
        """Hand `event` to the stream; from the worker thread."""
        if self._cancelled.is_set():
            raise Cancelled
        if isinstance(event, StageStarted):
            self._stages.append((event.stage, time.perf_counter()))
        self._loop.call_soon_threadsafe(self.events.put_nowait, event)

    def timings(self) -> dict[str, float]:
        """Seconds in each stage so far."""
        ends = [start for _, start in self._stages[1:]] + [time.perf_counter()]
        seconds: dict[str, float] = {}
        for (stage, start), end in zip(self._stages, ends, strict=True):
            seconds[stage.value] = seconds.get(stage.value, 0.0) + end - start
        return {stage: round(spent, 3) for stage, spent in seconds.items()}

    def cancel(self) -> None:
        """Make the next report raise."""
        self._cancelled.set()

    def close(self) -> None:
        """Tell the stream that the thread is done; from the thread that finished the future."""

        def end() -> None:
            self.closed.set()
            self.events.put_nowait(None)

        self._loop.call_soon_threadsafe(end)
