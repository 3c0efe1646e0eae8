"""What clients ask for, and what their requests become."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from serve.protocol.words import JobStatus, Task

Size = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{1,4}x[1-9]\d{1,4}$")]
"""``WIDTHxHEIGHT`` in pixels, as OpenAI writes it: ``192x256``."""

Prompt = Annotated[str, StringConstraints(max_length=4000)]


MAX_METADATA = 16
"""Pairs; as OpenAI has it, which also says how long a key and a value may be."""
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]

LoraScale = Annotated[float, Field(ge=-4, le=4, allow_inf_nan=False)]


def _from_json(value: Any) -> Any:
    """A form can only spell a mapping."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


Metadata = Annotated[
    dict[MetadataKey, MetadataValue], Field(max_length=MAX_METADATA), BeforeValidator(_from_json)
]
"""A client's own notes on a job, kept and given back with it; in a form, as JSON."""

Note = Annotated[str, StringConstraints(max_length=577, pattern=r'^[^:"]{1,64}(:.*)?$')]
"""``name:value``, or only the name: what must be among a job's metadata."""


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
    strength: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    """How much of a given clip is painted anew: near 0 hardly anything, at 1 everything."""
    seed: int | None = Field(None, ge=0, lt=2**32)
    loras: Annotated[dict[str, LoraScale], BeforeValidator(_from_json)] | None = None
    """LoRA weights of the model's card to use, and how strongly; in a form, as JSON."""
    motion_bucket_id: int | None = Field(None, ge=0, le=1023)
    """How much the clip is to move, for models that can be told; more is more."""
    label: bool = True
    """False asks for files without the visible label, where the server allows it."""
    embed_inputs: bool = False
    """True puts small copies of the pictures, and the metadata, into the files."""


class VideoCreateRequest(SamplingParams):
    """``POST /v1/videos``; pictures travel beside it as ``input_reference``, ``garment`` and
    ``last_image``, a clip to repaint as ``video``, and what of it alone is to change as ``mask``, a
    picture, or as ``mask_video``, frame by frame: white. Of a clip as many frames are taken as it
    has at the run's ``fps`` and as the model can, from its beginning. A recording, ``audio``, makes
    the clip as long as itself; of a longer one than the model can, say how much (``seconds``)."""

    prompt: Prompt = ""
    model: str | None = None
    task: Task | None = None
    """What to make of the pictures; left out, it follows from which there are. With garments,
    ``image-to-video`` says that ``input_reference`` already wears them."""
    size: Size | None = None
    seconds: float | None = Field(None, gt=0, le=120, allow_inf_nan=False)
    user: str | None = Field(None, max_length=128)
    metadata: Metadata | None = None


class ImageRequest(SamplingParams):
    """What every request for stills may say."""

    prompt: Prompt = ""
    model: str | None = None
    size: Size | None = None
    n: int = Field(1, ge=1, le=8)
    user: str | None = Field(None, max_length=128)
    metadata: Metadata | None = None
    background: bool = False
    """True answers at once with the job (202) instead of waiting for the stills."""
    response_format: Literal["url"] = "url"


class ImageEditRequest(ImageRequest):
    """``POST /v1/images/edits``; ``image[]`` is the person first, then the garments.

    ``mask``, a PNG in the person's size, says where the picture may change: where it is
    transparent, as OpenAI has it; or, if it is opaque everywhere, where it is white.
    """


class ImageGenerationRequest(ImageRequest):
    """``POST /v1/images/generations``: stills of a prompt alone."""


class RemixRequest(BaseModel):
    """``POST /v1/videos/{id}/remix``: the same settings, inputs and seed, a new prompt."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt


class JobQuery(BaseModel):
    """The query of ``GET /v1/videos``: which jobs, in which order; all that is given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: str | None = None
    """The last id of the page before."""
    limit: int = Field(20, ge=1, le=100)
    order: Literal["asc", "desc"] = "desc"
    sort: Literal["created_at", "seconds"] = "created_at"
    """By age, or by the length of the clip; jobs that are alike in it by age."""
    user: str | None = Field(None, max_length=128)
    kind: Literal["all", "video", "image"] | None = None
    """None: the kind whose route is called."""
    q: str | None = Field(None, max_length=200)
    """Words that the prompt must have, all of them, in any case and order."""
    status: list[JobStatus] = []
    """Any of these; none given: every status."""
    task: Task | None = None
    model: str | None = Field(None, max_length=255)
    favourite: bool | None = None
    metadata: list[Note] = []
    """All of these notes must be there; of one without a value, any value."""


class JobUpdateRequest(BaseModel):
    """``POST /v1/videos/{id}``: what may be changed of a job at any time."""

    model_config = ConfigDict(extra="forbid")

    favourite: bool


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
    strength: float | None = None
    """None where nothing was given that could be kept."""
    loras: dict[str, float] = {}
    motion_bucket_id: int | None = None
    """None: the model can't be told how much to move."""
    label: bool = True
    embed_inputs: bool = False
