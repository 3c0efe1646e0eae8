"""Jobs and what comes of them."""

from typing import Literal

from pydantic import BaseModel, Field

from serve.protocol.requests import ResolvedParams
from serve.protocol.words import JobStatus, Role, Stage, Task


class JobError(BaseModel):
    """Why a job failed, in words for a user."""

    code: str
    message: str


class Job(BaseModel):
    """One clip (``object: video``) or one set of stills (``object: image``), at any moment."""

    id: str
    object: Literal["video", "image"]
    model: str
    task: Task
    status: JobStatus
    progress: int = Field(ge=0, le=100)
    created_at: int
    started_at: int | None = None
    completed_at: int | None = None
    prompt: str
    seconds: str
    size: str
    error: JobError | None = None
    remixed_from_video_id: str | None = None
    user: str | None = None
    metadata: dict[str, str] = {}
    """What the client noted on it when it was created."""

    params: ResolvedParams
    stage: Stage | None = None
    step: int | None = None
    num_steps: int | None = None
    queue_position: int | None = None
    """Jobs ahead of this one that the same model must do first; 0 is next. Only while queued."""
    eta_seconds: float | None = None
    """Expected seconds until it is done, learnt from this machine's past jobs; None: unknown."""
    has_preview: bool = False
    favourite: bool = False
    """Marked by its user, to be found again."""
    num_inputs: int = 0
    """How many files (`inputs`) came with it; ``GET …/input/{index}`` returns them."""
    inputs: list[Role] = []
    """What each of them is: clips come back as mp4, a recording as WAV, all others as PNG."""
    timings: dict[str, float] = {}
    """Seconds spent in each stage, once known."""
    peak_memory_gb: float | None = None
    """Most GiB that the run filled: of the GPU, or of the process where there is none."""

    @property
    def run_seconds(self) -> float:
        """Seconds of the run alone, without fetching and loading the model."""
        before = (Stage.DOWNLOADING, Stage.LOADING)
        return sum(value for stage, value in self.timings.items() if stage not in before)


class Quality(BaseModel):
    """``GET /v1/videos/{id}/quality``: how steady a clip is, and how true to its pictures."""

    temporal_flicker: float | None
    """Mean change of a pixel from frame to frame, 0..1; motion counts, too. Of two clips with the
    same motion the lower is the calmer."""
    motion_smoothness: float | None
    """How little the optical flow changes from frame to frame, 0..1; 1 is perfectly even."""
    subject_consistency: float | None
    """Likeness of the frames to the first and to the one before, 0..1."""
    garment_consistency: float | None
    """Share of the garment's colours that every frame shows, 0..1; None: no garment was given."""


class JobPage(BaseModel):
    """``GET /v1/videos``: in the order of the `JobQuery`, cursor by id."""

    object: Literal["list"] = "list"
    data: list[Job]
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False


class JobDeleted(BaseModel):
    """The answer to ``DELETE``."""

    id: str
    object: Literal["video.deleted", "image.deleted"]
    deleted: bool = True


class ImageData(BaseModel):
    """One still."""

    url: str


class ImagesResponse(BaseModel):
    """The answer to ``POST /v1/images/edits`` and ``…/generations`` once the stills exist."""

    created: int
    data: list[ImageData]
    id: str


class JobEvent(BaseModel):
    """One server-sent event of ``GET …/events``: the job, and its newest preview if it changed."""

    job: Job
    preview: str | None = None
    """A ``data:image/jpeg;base64,…`` URL of the newest half-denoised frame."""
