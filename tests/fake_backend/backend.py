"""The jobs that the backend holds and draws."""

import asyncio
import base64
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from examples.croquis.scene import render_clip, sample_scene
from serve.encoding import encode_mp4, encode_png
from serve.images import aspect_ratio
from serve.protocol import (
    Job,
    JobError,
    JobQuery,
    JobStatus,
    JsonObject,
    ModelCard,
    Role,
    Stage,
    Task,
    UnavailableModel,
)
from tests.fake_backend.checks import check
from tests.fake_backend.model_card import card
from tests.fake_backend.picture import data_url, jpeg, small
from tests.fake_backend.queued_job import queued_job


@dataclass
class FakeBackend:
    """What the backend holds; tests read and change it freely."""

    cards: list[ModelCard] = field(
        default_factory=lambda: [
            card("croquis-t2v", [Task.TEXT_TO_VIDEO, Task.VIDEO_TO_VIDEO, Task.TEXT_TO_IMAGE]),
            card("croquis-tryon", [Task.TRY_ON, Task.IMAGE_TO_VIDEO, Task.IMAGE_EDIT]),
        ]
    )
    unavailable: list[UnavailableModel] = field(
        default_factory=lambda: [
            UnavailableModel(
                id="sora-2",
                title="Sora 2",
                owned_by="openai",
                why="OpenAI ended it.",
                successor="croquis-t2v",
            )
        ]
    )
    step_seconds: float = 0.02
    held: bool = False
    """Jobs that have begun wait where they are."""
    one_by_one: bool = False
    """A job begins when those before it are over, as in the real queue."""
    fail_with: str | None = None
    """Jobs fail with this message."""
    max_queued_jobs: int = 1000
    """Unfinished jobs beyond which further ones are refused, to be tried again in a second."""
    jobs: dict[str, Job] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Of each Idempotency-Key the job."""
    inputs: dict[str, list[bytes]] = field(default_factory=dict)
    files: dict[str, list[bytes]] = field(default_factory=dict)
    previews: dict[str, str] = field(default_factory=dict)
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def submit(self, fields: dict[str, str], uploads: list[tuple[Role, bytes]], kind: str) -> Job:
        """Queue a job and let it run; a `ServeError` if the real backend refused its files."""
        check(self.cards, fields, uploads, kind)
        first = next((data for role, data in uploads if role is Role.INPUT_REFERENCE), b"")
        roles = [role for role, _ in uploads]
        job = queued_job(self.cards, fields, roles, kind, aspect_ratio(first))
        return self._start(job, [data for _, data in uploads])

    def new_job(self, fields: dict[str, str], inputs: list[Role], kind: str) -> Job:
        """What a request becomes, as long as nobody has queued it."""
        return queued_job(self.cards, fields, inputs, kind)

    def repeat(self, job: Job, prompt: str) -> Job:
        """Queue the same again with that prompt."""
        changes = {
            "id": f"{job.object}_{uuid.uuid4().hex[:12]}",
            "status": JobStatus.QUEUED,
            "progress": 0,
            "prompt": prompt,
            "error": None,
            "remixed_from_video_id": job.id,
        }
        return self._start(job.model_copy(update=changes), self.inputs[job.id])

    def _start(self, job: Job, pictures: list[bytes]) -> Job:
        self.jobs[job.id], self.inputs[job.id] = job, pictures
        task = asyncio.get_running_loop().create_task(self._run(job.id))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return job

    @property
    def is_full(self) -> bool:
        """Whether no further job is taken now."""
        unfinished = [job for job in self.jobs.values() if not job.status.is_final]
        return len(unfinished) >= self.max_queued_jobs

    def change(self, job_id: str, **changes: Any) -> None:
        """Replace fields of a job that is still there and not yet over."""
        job = self.jobs.get(job_id)
        if job and not job.status.is_final:
            self.jobs[job_id] = job.model_copy(update=changes)

    def listed(self, asked: JobQuery) -> list[Job]:
        """What the real backend would list, from the cursor on."""
        found = list(self.jobs.values())
        if asked.sort == "seconds":
            found.sort(key=lambda job: float(job.seconds))
        if asked.order == "desc":
            found.reverse()
        if asked.after is not None:
            found = found[[job.id for job in found].index(asked.after) + 1 :]
        return [job for job in found if _is_asked_for(job, asked)]

    def _ahead(self, job_id: str) -> int:
        """Unfinished jobs that came before it."""
        earlier = list(self.jobs.values())[: list(self.jobs).index(job_id)]
        return sum(not job.status.is_final for job in earlier)

    async def _run(self, job_id: str) -> None:
        params = self.jobs[job_id].params
        await asyncio.sleep(self.step_seconds)
        while self.one_by_one and (ahead := self._ahead(job_id)):
            self.change(job_id, queue_position=ahead - 1)
            await asyncio.sleep(0.05)
        self.change(job_id, status=JobStatus.IN_PROGRESS, started_at=int(time.time()))
        frames = render_clip(sample_scene(random.Random(params.seed), "any"), params.num_frames)
        steps = params.num_inference_steps
        for step in range(steps):
            left = (steps - step) * self.step_seconds
            self.change(
                job_id,
                stage=Stage.DENOISING,
                step=step,
                num_steps=steps,
                eta_seconds=left,
                progress=100 * step // steps,
            )
            self.previews[job_id] = data_url(frames[0], 1 - step / steps)
            await asyncio.sleep(self.step_seconds)
            while self.held:
                await asyncio.sleep(0.05)
        if self.fail_with:
            error = JobError(code="model_failed", message=self.fail_with)
            self.change(job_id, status=JobStatus.FAILED, error=error)
            return
        record = record_of(self.jobs[job_id])
        if params.embed_inputs:
            roles, pictures = self.jobs[job_id].inputs, self.inputs[job_id]
            record["inputs"] = [
                {"role": role, "jpeg": base64.b64encode(small(picture)).decode()}
                for role, picture in zip(roles, pictures, strict=True)
                if role.is_picture
            ]
            record["metadata"] = self.jobs[job_id].metadata
        scenes = [sample_scene(random.Random(params.seed + i), "any") for i in range(params.n)]
        stills = [encode_png(render_clip(scene, 1)[0], record=record) for scene in scenes]
        self.files[job_id] = (
            stills
            if job_id.startswith("image")
            else [encode_mp4(frames, fps=params.fps, record=record), jpeg(frames[0])]
        )
        done = {"status": JobStatus.COMPLETED, "progress": 100, "completed_at": int(time.time())}
        self.change(job_id, **done)


def _is_asked_for(job: Job, asked: JobQuery) -> bool:
    same = {name: getattr(asked, name) for name in ("user", "task", "model", "favourite")}
    return (
        all(value in (None, getattr(job, name)) for name, value in same.items())
        and (asked.kind or "video") in ("all", job.object)
        and (not asked.status or job.status in asked.status)
        and all(_is_noted(job, *note.partition(":")) for note in asked.metadata)
        and all(word in job.prompt.lower() for word in (asked.q or "").lower().split())
    )


def _is_noted(job: Job, name: str, has_value: str, value: str) -> bool:
    return job.metadata.get(name) == value if has_value else name in job.metadata


def record_of(job: Job) -> JsonObject:
    """What a file of that job says it was made from."""
    return {"model": job.model, "task": job.task, **job.params.model_dump(mode="json")}
