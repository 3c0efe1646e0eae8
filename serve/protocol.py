"""The wire: every type that crosses HTTP, for the backend and for the app alike.

It knows pydantic and nothing else of this project. Generation parameters carry diffusers' own
keyword names; the job object is OpenAI's ``Video`` with extra fields, which its client keeps.
"""

import json
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


class Task(StrEnum):
    """What a model turns into what."""

    TEXT_TO_VIDEO = "text-to-video"
    IMAGE_TO_VIDEO = "image-to-video"
    TRY_ON = "try-on"
    IMAGE_EDIT = "image-edit"


class JobStatus(StrEnum):
    """A job's life: ``queued → in_progress → completed | failed | cancelled``."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True once nothing can change any more."""
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class Stage(StrEnum):
    """Where a job that is in progress stands."""

    DOWNLOADING = "downloading"
    """Steps are megabytes."""
    LOADING = "loading"
    ENCODING_PROMPT = "encoding prompt"
    DENOISING = "denoising"
    DECODING = "decoding"
    WRITING = "writing"


class Readiness(StrEnum):
    """Whether a model can take work now."""

    READY = "ready"
    LOADING = "loading"
    FAILED = "failed"
    ON_DEMAND = "on demand"
    """Takes work, and is loaded for it."""
    NOT_INSTALLED = "not installed"
    """Takes work, and is downloaded for it."""

    @property
    def takes_work(self) -> bool:
        """Whether a job may begin at once, be it with a download."""
        return self not in (Readiness.LOADING, Readiness.FAILED)


class Variant(StrEnum):
    """The files of a finished clip, by OpenAI's names."""

    VIDEO = "video"
    THUMBNAIL = "thumbnail"
    SPRITESHEET = "spritesheet"
    RECORD = "record"


Size = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{1,4}x[1-9]\d{1,4}$")]
"""``WIDTHxHEIGHT`` in pixels, as OpenAI writes it: ``192x256``."""

Prompt = Annotated[str, StringConstraints(max_length=4000)]


LoraScale = Annotated[float, Field(ge=-4, le=4, allow_inf_nan=False)]


def _from_json(value: Any) -> Any:
    """A form can only spell a mapping."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


class SamplingParams(BaseModel):
    """What a user may set of a generation; ``None`` means the model's own default.

    Ranges that depend on the model (frames, size, steps) are in its card, `Limits`, and are
    checked by the backend against that card.
    """

    model_config = ConfigDict(extra="forbid")

    negative_prompt: Prompt | None = None
    num_frames: int | None = Field(None, ge=1, le=1024)
    fps: int | None = Field(None, ge=1, le=60)
    num_inference_steps: int | None = Field(None, ge=1, le=250)
    guidance_scale: float | None = Field(None, ge=0, le=30, allow_inf_nan=False)
    seed: int | None = Field(None, ge=0, lt=2**32)
    loras: Annotated[dict[str, LoraScale], BeforeValidator(_from_json)] | None = None
    """LoRA weights of the model's card to use, and how strongly; in a form, as JSON."""


class VideoCreateRequest(SamplingParams):
    """``POST /v1/videos``; pictures travel beside it as ``input_reference``, ``garment`` and
    ``last_image``."""

    prompt: Prompt = ""
    model: str | None = None
    task: Task | None = None
    """What to make of the pictures; left out, it follows from which there are. With garments,
    ``image-to-video`` says that ``input_reference`` already wears them."""
    size: Size | None = None
    seconds: float | None = Field(None, gt=0, le=120, allow_inf_nan=False)
    user: str | None = Field(None, max_length=128)


class ImageEditRequest(SamplingParams):
    """``POST /v1/images/edits``; ``image[]`` is the person first, then the garments."""

    prompt: Prompt = ""
    model: str | None = None
    size: Size | None = None
    n: int = Field(1, ge=1, le=8)
    user: str | None = Field(None, max_length=128)
    background: bool = False
    """True answers at once with the job (202) instead of waiting for the stills."""
    response_format: Literal["url"] = "url"


class RemixRequest(BaseModel):
    """``POST /v1/videos/{id}/remix``: the same settings, pictures and seed, a new prompt."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt


class ResolvedParams(BaseModel):
    """Every parameter a run really used, defaults filled in; recorded beside and in the mp4."""

    prompt: str
    negative_prompt: str
    width: int
    height: int
    num_frames: int
    fps: int
    num_inference_steps: int
    guidance_scale: float
    seed: int
    n: int = 1
    """Stills asked for; a clip is always one."""
    loras: dict[str, float] = {}


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

    params: ResolvedParams
    stage: Stage | None = None
    step: int | None = None
    num_steps: int | None = None
    queue_position: int | None = None
    """Jobs ahead of this one that the same model must do first; 0 is next. Only while queued."""
    eta_seconds: float | None = None
    """Expected seconds until it is done, learnt from this machine's past jobs; None: unknown."""
    has_preview: bool = False
    num_inputs: int = 0
    """How many pictures came with it; ``GET …/input/{index}`` returns them."""
    timings: dict[str, float] = {}
    """Seconds spent in each stage, once known."""
    peak_memory_gb: float | None = None
    """Most GiB that the run filled: of the GPU, or of the process where there is none."""


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
    """``GET /v1/videos``: newest first, cursor by id."""

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
    """The answer to ``POST /v1/images/edits`` once the stills exist."""

    created: int
    data: list[ImageData]
    id: str


class Range(BaseModel):
    """Allowed values ``minimum, minimum + step, …, maximum``, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum: float
    maximum: float
    step: float = 1


class Allowance(StrEnum):
    """Whether something may come with a request."""

    REFUSED = "refused"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Limits(BaseModel):
    """What a model accepts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_frames: Range
    fps: Range
    num_inference_steps: Range
    guidance_scale: Range
    sizes: list[Size] = Field(min_length=1)
    """The sizes the model was made for; the first is the default. Others are refused."""
    prompt: bool = True
    negative_prompt: bool = True
    """Whether the model listens to them at all."""
    last_image: Allowance = Allowance.REFUSED
    """Whether a clip of a first frame may also be told its last one."""
    max_garments: int = Field(0, ge=0, le=8)
    max_images: int = Field(1, ge=1, le=8)
    """Most stills in one job (``n``)."""


class Defaults(BaseModel):
    """A model's own values for what a request leaves out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_frames: int
    fps: int
    num_inference_steps: int
    guidance_scale: float
    negative_prompt: str = ""
    prompt: str = ""
    """Stands in for an empty prompt where the pictures say enough."""


class Licence(BaseModel):
    """Under which terms the weights may be used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    url: str
    commercial: bool
    """True if commercial use is free: neither ruled out nor tied to size, place or permission."""


class ModelCard(BaseModel):
    """One entry of ``GET /v1/models``: the controls of the app are built from it."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str
    title: str
    description: str = ""
    tasks: list[Task]
    defaults: Defaults
    limits: Limits
    licence: Licence
    source: str
    sketch: bool = False
    """True for the built-in models that draw rather than photograph."""
    loras: list[str] = []
    """Names that a request's ``loras`` may have."""
    readiness: Readiness = Readiness.LOADING
    detail: str = ""
    """What the model is doing, or why it failed to load."""


class ModelList(BaseModel):
    """``GET /v1/models``."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


class Health(BaseModel):
    """``GET /health``: ``ok`` once every model is ready."""

    status: Literal["ok", "loading", "degraded"]
    version: str
    models: dict[str, Readiness]
    queued: int
    in_progress: int


class ErrorBody(BaseModel):
    """What went wrong, in OpenAI's four fields."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorResponse(BaseModel):
    """The body of every answer that is not 2xx."""

    error: ErrorBody


class JobEvent(BaseModel):
    """One server-sent event of ``GET …/events``: the job, and its newest preview if it changed."""

    job: Job
    preview: str | None = None
    """A ``data:image/jpeg;base64,…`` URL of the newest half-denoised frame."""


JsonObject = dict[str, Any]
