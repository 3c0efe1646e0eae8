"""A card: everything about one model that is not code. What `serve/catalog.yaml` is made of."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serve.names import is_one_of
from serve.protocol import (
    Allowance,
    Defaults,
    Licence,
    Limits,
    ModelCard,
    Price,
    Readiness,
    Task,
    UnavailableModel,
)
from serve.single_file import DENOISERS, is_single_file

HERE = Path(__file__).parent
Engine = Literal["diffusers", "openai-videos", "command", "comfyui", "runway", "fal"]
HOSTED = ("runway", "fal")
TAKES_FILES = ("diffusers", "command")
"""The engines that are handed clips and recordings."""
NEEDED = {"comfyui": "workflow", "runway": "model"}
"""What the `call` of a card must say, by engine."""


class Scheduler(BaseModel):
    """The noise scheduler to use in place of the checkpoint's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    class_name: str
    """A scheduler class of diffusers, or `DMDScheduler` of `serve.pipelines`."""
    config: dict[str, Any] = {}


class Part(BaseModel):
    """A component that the checkpoint itself does not hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    class_name: str
    """A class of diffusers, or else of transformers; ``IPAdapter`` for the weights of one."""
    source: str
    """A hub repository, a folder or a single file."""
    weight_name: str | None = None
    """The single file in it, where it is no repository of diffusers."""
    subfolder: str = ""
    revision: str | None = None
    config: str | None = None
    """Of a single file the hub repository or folder with its settings, in `subfolder`; None: the
    checkpoint's own component has them."""

    @property
    def file(self) -> Path | None:
        """The single file that holds it; None where it is in diffusers format."""
        if self.weight_name is not None:
            return Path(self.source, self.weight_name)
        return Path(self.source) if is_single_file(self.source) else None


class Lora(BaseModel):
    """Weights that requests may add to a model's own, by the name that the card gives them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    """A hub repository or a folder."""
    weight_name: str
    """The file in it."""
    revision: str | None = None
    scale: float | None = None
    """With which every run has them, unless it asks for another; None: only where asked for."""
    transformer_2: bool = False
    """Of two experts, whether it is for the second, which finishes."""


class Family(BaseModel):
    """What holds for any checkpoint of one pipeline class, until its card says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Engine = "diffusers"
    """Where it runs: in this process with diffusers, in a program of its own, or behind the HTTP
    API of another server; `docs/engines.md` has them all."""
    pipeline: str = ""
    """The module in `serve/pipelines` that runs it with diffusers."""
    pipeline_class: str = ""
    """The diffusers class that loads it."""
    video_pipeline_class: str = ""
    """The diffusers class that repaints a clip with the same components, where another does."""
    custom_pipeline: str | None = None
    """In place of `pipeline_class`: a folder or hub repository with a ``pipeline.py``."""
    trust_remote_code: bool = False
    """True runs the code that comes with the checkpoint, such as components of its own; whoever
    serves it must allow that, too."""
    api_key_env: str | None = None
    """The environment variable with the key of the server that `source` names."""
    mask_pipeline_class: str = ""
    """The diffusers class that keeps what a mask says with the same components, where another does.
    """
    tasks: list[Task] = Field(min_length=1)
    defaults: Defaults
    limits: Limits
    dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    vae_dtype: Literal["float32", "bfloat16", "float16"] | None = None
    """For the VAE and image encoder, where they need more precision than the rest."""
    scheduler: Scheduler | None = None
    parts: dict[str, Part] = {}
    """Components from elsewhere, by their names in the pipeline."""
    names: dict[str, str | None] = {}
    """What the pipeline calls a parameter, where it has another name for it; None: it takes none.
    `fps` has no usual name and is passed on only if it has one here."""
    call: dict[str, Any] = {}
    """Further keyword arguments of every run, by diffusers' names or the engine's."""
    loras: dict[str, Lora] = {}
    """LoRA and motion LoRA weights, by the names that requests call them."""
    picture_word: str = ""
    """What prompts call its pictures, such as ``image``; empty where they cannot name them."""
    offload: bool = False
    """True keeps idle components in host memory (diffusers' model offload)."""
    price: Price | None = None
    """What its host charges."""
    memory_gb: float = Field(0, ge=0)
    """Most GPU memory that one replica needs, in GiB; 0: not known."""

    @model_validator(mode="after")
    def _has_its_engine(self) -> "Family":
        if self.engine == "diffusers" and not (self.pipeline and self._names_a_class):
            raise ValueError("pipeline and pipeline_class are needed with the engine diffusers")
        stills = [task.value for task in self.tasks if task.makes_stills]
        if self.engine != "diffusers" and stills:
            raise ValueError(f"the engine {self.engine} makes clips only, no {' or '.join(stills)}")
        strengths = (self.limits.strength, self.defaults.strength)
        if Task.VIDEO_TO_VIDEO in self.tasks and None in strengths:
            raise ValueError("limits and defaults of strength are needed for video-to-video")
        self._check_files()
        if (self.limits.motion_bucket_id is None) != (self.defaults.motion_bucket_id is None):
            raise ValueError("motion_bucket_id needs both limits and a default")
        needed = NEEDED.get(self.engine)
        if needed and not self.call.get(needed):
            raise ValueError(f"call.{needed} is needed with the engine {self.engine}")
        if self.engine in HOSTED and not self.api_key_env:
            raise ValueError(f"api_key_env is needed with the engine {self.engine}")
        return self

    def _check_files(self) -> None:
        """Clips and recordings go only where somebody reads them."""
        for task in (Task.VIDEO_TO_VIDEO, Task.MOTION_TRANSFER, Task.AUDIO_TO_VIDEO):
            if task in self.tasks and self.engine not in TAKES_FILES:
                files = "recordings" if task is Task.AUDIO_TO_VIDEO else "clips"
                raise ValueError(f"the engine {self.engine} takes no {files}, no {task.value}")
        if (Task.AUDIO_TO_VIDEO in self.tasks) == (self.limits.audio is Allowance.REFUSED):
            raise ValueError("audio-to-video and limits.audio go together: only one is there")

    @property
    def _names_a_class(self) -> bool:
        return bool(self.pipeline_class or self.custom_pipeline)

    @property
    def brings_code(self) -> bool:
        """Whether loading it runs code that neither ships with Lookreel nor was installed."""
        return self.trust_remote_code or self.custom_pipeline is not None


class Card(Family):
    """One model."""

    load_format: Literal["auto", "dummy"] = "auto"
    """``dummy``: the architecture with random weights, none of which are downloaded."""

    id: str = Field(min_length=1)
    title: str
    description: str = ""
    owned_by: str
    licence: Licence
    source: str
    """A hub repository, a folder, or `./folder` beside the catalog file; or what `engine` wants.
    With a `base` a single file, which is its denoiser."""
    base: str | None = None
    """The catalog id, hub repository or folder with all that a single file lacks."""
    revision: str | None = None
    variant: str | None = None
    """Which of a repository's files to load, such as ``fp16``."""
    aliases: list[str] = []
    """Other names that requests may call it by."""
    sketch: bool = False
    gated: bool = False
    """True where the hub gives the weights only to who accepted their terms there."""
    notes: str = ""
    """What a user must know before trusting what it makes."""

    @model_validator(mode="after")
    def _has_its_base(self) -> "Card":
        if self.engine != "diffusers":
            return self
        if is_single_file(self.source) != bool(self.base):
            raise ValueError("a source that is a single file needs a base, and no other has one")
        if self.base and self.pipeline_class not in DENOISERS:
            known = ", ".join(DENOISERS)
            raise ValueError(f"diffusers reads single files only for {known}")
        return self

    def in_parts(self) -> "Card":
        """The card with its single file as one of its `parts`, and its base as its source."""
        if self.base is None:
            return self
        name, class_name = DENOISERS[self.pipeline_class]
        settings: dict[str, str | None] = {}
        if replaced := self.parts.get(name):
            config = replaced.config if replaced.file else replaced.source
            settings = {"config": config, "subfolder": replaced.subfolder}
        part = Part.model_validate({"class_name": class_name, "source": self.source, **settings})
        changes = {"source": self.base, "base": None, "parts": {**self.parts, name: part}}
        return self.model_copy(update=changes)

    def without_part(self, name: str) -> "Card":
        """The card but for one of its `parts`, for which the pipeline class has no place."""
        rest = {each: part for each, part in self.parts.items() if each != name}
        return self.model_copy(update={"parts": rest})

    @property
    def location(self) -> str:
        """What diffusers' `from_pretrained` is given."""
        if self.source.startswith("./"):
            return str(HERE / self.source)
        return self.source

    def answers_to(self, name: str) -> bool:
        """True if `name` is its id, its source or an alias, whatever the case."""
        return is_one_of(name, self.names_of_it)

    @property
    def names_of_it(self) -> tuple[str, ...]:
        """What it may be called: its id, its aliases, and its repository or folder."""
        return (self.id, *self.aliases, self.source)

    def on_the_wire(self, readiness: Readiness, detail: str = "") -> ModelCard:
        """The card as `GET /v1/models` shows it."""
        fields = ModelCard.model_fields.keys() & Card.model_fields.keys() - {"loras"}
        values = {name: getattr(self, name) for name in fields}
        return ModelCard(**values, loras=[*self.loras], readiness=readiness, detail=detail)


class Unavailable(BaseModel):
    """A model that people ask for and that cannot be had."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    title: str
    owned_by: str
    aliases: list[str] = []
    why: str
    """A whole sentence."""
    evidence: str
    """Where that can be read, and when it was."""
    successor: str
    """The id of the card to use in its place."""

    def answers_to(self, name: str) -> bool:
        """True if `name` is its id or an alias, whatever the case."""
        return is_one_of(name, self.names_of_it)

    @property
    def names_of_it(self) -> tuple[str, ...]:
        """What people call it."""
        return (self.id, *self.aliases)

    @property
    def on_the_wire(self) -> UnavailableModel:
        """The entry as `GET /v1/models` shows it."""
        fields = UnavailableModel.model_fields
        return UnavailableModel(**{name: getattr(self, name) for name in fields})

    @property
    def message(self) -> str:
        """What whoever asks for it is told."""
        return f"{self.title} cannot be had: {self.why} Use {self.successor} in its place."
