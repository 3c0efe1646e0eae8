"""The models Lookreel knows: turns an id, repository or folder into a card.

It knows what a card says, not how a model is loaded.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from serve.card import HERE, Card, Family, Unavailable
from serve.catalog_file import CatalogFile
from serve.errors import ModelNotFound
from serve.protocol import Licence

CATALOG = HERE / "catalog.yaml"


@dataclass(frozen=True)
class Catalog:
    """All cards; of two with the same id the first counts."""

    models: list[Card]
    families: list[Family]
    unavailable: list[Unavailable]

    def find(self, name: str) -> Card:
        """The card of a catalog id, hub repository or alias, or one made for a local folder."""
        for card in self.models:
            if card.answers_to(name):
                return card
        self.refuse_unavailable(name)
        folder = Path(name).expanduser()
        if folder.is_dir():
            return self._from_folder(folder.resolve())
        known = ", ".join(f"{card.id} ({card.source})" for card in self.models)
        raise ModelNotFound(
            f"{name!r} is neither in the catalog nor a folder with a model_index.json. "
            f"The catalog has: {known}",
            param="model",
        )

    def refuse_unavailable(self, name: str) -> None:
        """Say why a model cannot be had, if it is known that it cannot."""
        for one in self.unavailable:
            if one.answers_to(name):
                raise ModelNotFound(one.message, param="model")

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
        known = ", ".join(dict.fromkeys(family.pipeline_class for family in self.families))
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
def load_catalog(own: str | None = None) -> Catalog:
    """The catalog that ships with Lookreel, with the cards of the file `own` before its cards."""
    ours = CatalogFile(CATALOG)
    if own is None:
        return Catalog(ours.models, ours.families, ours.unavailable)
    path = Path(own)
    theirs = CatalogFile(path, ours.families_as_written)
    return Catalog(
        [_beside(path, card) for card in theirs.models] + ours.models,
        theirs.families + ours.families,
        theirs.unavailable + ours.unavailable,
    )


def _beside(path: Path, card: Card) -> Card:
    """`card` of the catalog file `path`, with the places that ``./`` means in it."""

    def place(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("./"):
            return str((path.parent / value).resolve())
        return value

    call = {name: place(value) for name, value in card.call.items()}
    return card.model_copy(update={"source": place(card.source), "call": call})


def find(name: str, own_catalog: str | None = None) -> Card:
    """The card for a catalog id, hub repository, alias or local folder."""
    return load_catalog(own_catalog).find(name)
