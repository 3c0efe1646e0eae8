"""A lookbook: its rows, the settings they share, and how far each row has come."""

import time
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from app.garments import Category, Garment, told_apart
from serve.protocol import Job, JobStatus


class Kind(StrEnum):
    """What a row is to become, and what a step on the way to it makes."""

    STILL = "still"
    CLIP = "clip"


class Row(BaseModel):
    """One look: a person in a garment."""

    number: int
    """Its place in the table, from 1; it keeps it when others are dropped."""
    name: str
    person: str
    garment: str
    sku: str = ""
    what: Kind
    prompt: str = ""
    seed: int
    pictures: list[str] = []
    """The person, then the garments; empty where only the backend still has them."""
    category: Category | None = None
    """What the one garment is, where that is known; a second picture is its back."""


class Recipe(BaseModel):
    """How all rows are made."""

    still: dict[str, Any] = {}
    """Fields of an `ImageEditRequest`: model, size."""
    clip: dict[str, Any] = {}
    """Fields of a `VideoCreateRequest`: model, size, num_frames."""
    dresses_first: bool = False
    """True where the clip's model takes no garments: it then animates a dressed still."""
    dress_prompt: str = ""
    """The dresser's own instruction, which a row's wishes follow."""
    picture_word: str = ""
    """What the dresser calls its pictures; empty: it cannot tell them apart."""

    def instruction(self, row: Row, wishes: str) -> str:
        """What the dresser is told of a row; empty: its own default says enough."""
        if self.picture_word and row.category and len(row.pictures) > 1:
            front, back = [*row.pictures[1:], None][:2]
            garment = Garment(row.category, front or "", back)
            return told_apart([garment], self.picture_word, [1, 1], notes=wishes)
        return f"{self.dress_prompt} {wishes}".strip() if wishes else ""


@dataclass(frozen=True)
class Standing:
    """How far one row has come."""

    row: Row
    status: JobStatus
    progress: int
    """0..100 over all steps of the row."""
    job: Job | None
    """The newest of its jobs."""
    error: str = ""


class Book(BaseModel):
    """One lookbook with all that came of it; its text is what is kept on disk."""

    id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    title: str
    user: str | None = None
    created_at: float = Field(default_factory=time.time)
    recipe: Recipe
    rows: list[Row]
    size: int
    """Rows it was begun with; there are fewer where some were never queued and are lost."""
    jobs: dict[str, Job] = {}
    """The newest job of each step, by `key`."""
    refused: dict[int, str] = {}
    """Rows that the backend did not take, by number, and why."""
    tries: dict[int, int] = {}
    """How often a row has been begun anew."""
    cancelled: bool = False
    trouble: str = Field("", exclude=True)
    """What keeps it waiting at the moment, in words."""

    def steps(self, row: Row) -> list[Kind]:
        """The jobs that a row takes, in order."""
        first = [Kind.STILL] if self.recipe.dresses_first and row.what is Kind.CLIP else []
        return [*first, row.what]

    def job(self, row: Row, step: Kind) -> Job | None:
        """The newest job of that step."""
        return self.jobs.get(key(row, step))

    def next_step(self, row: Row) -> Kind | None:
        """The step to queue now; None while a job of the row runs, and when it has ended."""
        if self.cancelled or row.number in self.refused:
            return None
        for step in self.steps(row):
            job = self.job(row, step)
            if job is None:
                return step
            if job.status is not JobStatus.COMPLETED:
                return None
        return None

    def standing(self, row: Row) -> Standing:
        """How far the row has come."""
        steps = self.steps(row)
        made = [job for step in steps if (job := self.job(row, step)) is not None]
        newest = made[-1] if made else None
        progress = sum(job.progress for job in made) // len(steps)
        if row.number in self.refused:
            return Standing(row, JobStatus.FAILED, progress, newest, self.refused[row.number])
        if newest is None or (newest.status is JobStatus.COMPLETED and len(made) < len(steps)):
            waiting = JobStatus.QUEUED if newest is None else JobStatus.IN_PROGRESS
            status = JobStatus.CANCELLED if self.cancelled else waiting
            return Standing(row, status, progress, newest)
        status = newest.status
        if status is JobStatus.QUEUED and len(made) > 1:
            status = JobStatus.IN_PROGRESS
        return Standing(row, status, progress, newest, newest.error.message if newest.error else "")

    @property
    def standings(self) -> list[Standing]:
        """Of every row, in order."""
        return [self.standing(row) for row in self.rows]

    @property
    def unfinished(self) -> dict[str, Job]:
        """Jobs that wait or run."""
        return {place: job for place, job in self.jobs.items() if not job.status.is_final}

    @property
    def is_done(self) -> bool:
        """True once nothing can change by itself any more."""
        return all(standing.status.is_final for standing in self.standings)

    def number_of(self, *statuses: JobStatus) -> int:
        """How many rows stand so."""
        return sum(standing.status in statuses for standing in self.standings)

    @property
    def to_retry(self) -> list[Row]:
        """The rows that failed or were cancelled."""
        wanted = (JobStatus.FAILED, JobStatus.CANCELLED)
        return [standing.row for standing in self.standings if standing.status in wanted]

    def begin_anew(self) -> None:
        """Forget what failed or was cancelled, so that it is queued again; what is made stays."""
        again = self.to_retry
        self.cancelled = False
        for row in again:
            self.refused.pop(row.number, None)
            self.tries[row.number] = self.tries.get(row.number, 0) + 1
            for step in self.steps(row):
                job = self.job(row, step)
                if job is not None and job.status is not JobStatus.COMPLETED:
                    del self.jobs[key(row, step)]

    def notes(self, row: Row, step: Kind) -> dict[str, str]:
        """The metadata of a job, from which the lookbook can be put together again."""
        return {
            "lookbook": self.id,
            "lookbook_title": self.title,
            "rows": str(self.size),
            "row": str(row.number),
            "step": step,
            "try": str(self.tries.get(row.number, 0)),
            "what": row.what,
            "name": row.name,
            "person": row.person,
            "garment": row.garment,
            "sku": row.sku,
        }


def key(row: Row, step: Kind) -> str:
    """The place of a job in `Book.jobs`."""
    return f"{row.number} {step}"
