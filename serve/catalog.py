"""The models Lookreel knows: reads `catalog.yaml`, turns an id, repository or folder into a card.

It knows what a card says, not how a model is loaded.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from serve.errors import ModelNotFound
from serve.protocol import Defaults, Licence, Limits, ModelCard, Readiness, Task

CATALOG = Path(__file__).with_name("catalog.yaml")


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
    """A model class of diffusers."""
    source: str
    """A hub repository or a folder."""
    revision: str | None = None


class Family(BaseModel):
    """What holds for any checkpoint of one pipeline class, until its card says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pipeline: str
    """The module in `serve/pipelines` that runs it."""
    pipeline_class: str
    """The diffusers class that loads it."""
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
    """Further keyword arguments of every run, by diffusers' names."""
    offload: bool = False
    """True keeps idle components in host memory (diffusers' model offload)."""
    memory_gb: float = Field(0, ge=0)
    """Most GPU memory that one replica needs, in GiB; 0: not known."""


class Card(Family):
    """One model: everything about it that is not code."""

    id: str
    title: str
    description: str = ""
    owned_by: str
    licence: Licence
    source: str
    """A hub repository, a folder, or `./folder` beside the catalog file."""
    revision: str | None = None
    variant: str | None = None
    """Which of a repository's files to load, such as ``fp16``."""
    aliases: list[str] = []
    """Other names that requests may call it by."""
    sketch: bool = False

    @property
    def location(self) -> str:
        """What diffusers' `from_pretrained` is given."""
        if self.source.startswith("./"):
            return str(CATALOG.parent / self.source)
        return self.source

    def answers_to(self, name: str) -> bool:
        """True if `name` is its id, its source or an alias."""
        return name in (self.id, self.source, *self.aliases)

    def on_the_wire(self, readiness: Readiness, detail: str = "") -> ModelCard:
        """The card as `GET /v1/models` shows it."""
        fields = ModelCard.model_fields.keys() & Card.model_fields.keys()
        return ModelCard(
            **{name: getattr(self, name) for name in fields}, readiness=readiness, detail=detail
        )


class Catalog(BaseModel):
    """The whole of `catalog.yaml`."""

    model_config = ConfigDict(extra="forbid")

    models: list[Card]
    families: list[Family]

    def find(self, name: str) -> Card:
        """The card of a catalog id, hub repository or alias, or one made for a local folder."""
        for card in self.models:
            if card.answers_to(name):
                return card
        folder = Path(name).expanduser()
        if folder.is_dir():
            return self._from_folder(folder.resolve())
        known = ", ".join(f"{card.id} ({card.source})" for card in self.models)
        raise ModelNotFound(
            f"{name!r} is neither in the catalog nor a folder with a model_index.json. "
            f"The catalog has: {known}",
            param="model",
        )

    def _from_folder(self, folder: Path) -> Card:
        """A copy of a catalogued checkpoint keeps its card; any other gets its family's values."""
        for card in self.models:
            if card.source.rpartition("/")[2] == folder.name:
                return card.model_copy(update={"source": str(folder)})
        pipeline_class = _pipeline_class(folder)
        for family in self.families:
            if family.pipeline_class == pipeline_class:
                return Card(
                    **family.model_dump(),
                    id=re.sub(r"[^a-z0-9.]+", "-", folder.name.lower()).strip("-"),
                    title=folder.name,
                    owned_by="local",
                    source=str(folder),
                    licence=Licence(name="unknown", url="", commercial=False),
                )
        known = ", ".join(family.pipeline_class for family in self.families)
        raise ModelNotFound(
            f"{folder} holds a {pipeline_class}; only these classes can be served from a folder "
            f"without a catalog entry: {known}",
            param="model",
        )


def _pipeline_class(folder: Path) -> str:
    index = folder / "model_index.json"
    try:
        return str(json.loads(index.read_text())["_class_name"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelNotFound(
            f"{folder} is not a diffusers folder: {index.name} is missing or unreadable ({error})",
            param="model",
        ) from error


@cache
def load_catalog() -> Catalog:
    """The catalog that ships with Lookreel."""
    return Catalog.model_validate(yaml.safe_load(CATALOG.read_text()))


def find(name: str) -> Card:
    """The card for a catalog id, hub repository, alias or local folder."""
    return load_catalog().find(name)
