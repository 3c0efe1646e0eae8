"""Models: what they can do, under which terms, and how they stand."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serve.protocol.jobs import Job
from serve.protocol.requests import Size
from serve.protocol.words import Allowance, Readiness, Task


class Range(BaseModel):
    """Allowed values ``minimum, minimum + step, …, maximum``, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum: float
    maximum: float
    step: float = 1


class Limits(BaseModel):
    """What a model accepts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_frames: Range
    fps: Range
    num_inference_steps: Range
    guidance_scale: Range
    sizes: list[Size] = Field(min_length=1)
    """The sizes the model was made for; the first is the default. Others are refused."""
    strength: Range | None = None
    """How far a given clip may be changed; None: the model takes no clip."""
    extends: int = Field(0, ge=0)
    """Frames at the end of a given clip with which the new one begins, where it is continued rather
    than repainted; 0: it is repainted."""
    keeps_fps: bool = False
    """Whether a given clip keeps its frames per second where no `fps` is asked for."""
    prompt: bool = True
    negative_prompt: bool = True
    """Whether the model listens to them at all."""
    last_image: Allowance = Allowance.REFUSED
    """Whether a clip of a first frame may also be told its last one."""
    motion_bucket_id: Range | None = None
    """How much a clip may be told to move; None: the model can't be told."""
    face_video: Allowance = Allowance.REFUSED
    """Whether the face is filmed apart where a person takes over another's motion."""
    audio: Allowance = Allowance.REFUSED
    """Whether an ``audio`` says what the person is to say."""
    speaker_video: Allowance = Allowance.REFUSED
    """Whether who says it may be filmed (``video``) rather than photographed."""
    replaces: bool = False
    """Whether a ``background_video`` and a ``mask_video`` may say who is to be replaced."""
    mask: bool = False
    """Whether stills may come with a ``mask``, outside of which the person's picture stays."""
    video_mask: bool = False
    """Whether with a clip to repaint a ``mask``, or frame by frame a ``mask_video``, may say what
    of it is painted anew; the rest stays."""
    max_garments: int = Field(0, ge=0, le=8)
    max_references: int | None = Field(None, ge=1, le=8)
    """In how many pictures the model sees its garments: of more, several lie side by side in one
    (`in_each`). None: each is a picture of its own."""
    max_images: int = Field(1, ge=1, le=8)
    """Most stills in one job (``n``)."""

    def in_each(self, garments: int) -> list[int]:
        """How many pictures of garments lie side by side in each picture that the model sees.

        They stay in order, and the first pictures take one more where it does not come out even.
        """
        pictures = min(garments, self.max_references or garments)
        if not pictures:
            return []
        each, more = divmod(garments, pictures)
        return [each + 1] * more + [each] * (pictures - more)


class Defaults(BaseModel):
    """A model's own values for what a request leaves out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_frames: int
    fps: int
    num_inference_steps: int
    guidance_scale: float
    strength: float | None = None
    motion_bucket_id: int | None = None
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


class Price(BaseModel):
    """What a hosted model charges for each second of a clip, in US dollars."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_second: float = Field(ge=0)
    sizes: dict[Size, float] = {}
    """The sizes that cost otherwise, each with its price per second."""

    def of(self, size: str, seconds: float) -> float:
        """A clip of so many seconds."""
        return self.sizes.get(size, self.per_second) * seconds


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
    price: Price | None = None
    """Of a hosted model; None: it runs on machines of one's own."""
    sketch: bool = False
    """True for the built-in models that draw rather than photograph."""
    gated: bool = False
    """True where the hub gives the weights only to who accepted their terms there."""
    notes: str = ""
    """What a user must know before trusting what it makes."""
    loras: list[str] = []
    """Names that a request's ``loras`` may have."""
    picture_word: str = ""
    """What prompts call its pictures: ``image`` for *the top of image 2*, the person being 1.
    Empty: it does not follow instructions about single pictures."""
    readiness: Readiness = Readiness.LOADING
    detail: str = ""
    """What the model is doing, or why it failed to load."""

    def cost_of(self, job: Job, price_per_hour: float | None) -> float | None:
        """US dollars for a finished clip: the host's price, or that of one's machine for the time
        of the run; None where that is not told."""
        if self.price is not None:
            return self.price.of(job.size, float(job.seconds))
        return None if price_per_hour is None else price_per_hour * job.run_seconds / 3600


class UnavailableModel(BaseModel):
    """A model that people ask for and that cannot be had."""

    id: str
    title: str
    owned_by: str
    why: str
    """A whole sentence."""
    successor: str
    """The id of the model to use in its place."""


class ModelList(BaseModel):
    """``GET /v1/models``."""

    object: Literal["list"] = "list"
    data: list[ModelCard]
    unavailable: list[UnavailableModel] = []
    """What is not among `data` because nobody can have it."""
