"""The models Lookreel knows: turns an id, repository or folder into a card.

It knows what a card says, not how a model is loaded.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from serve.card import HERE, Card, Family, Unavailable
from serve.catalog_file import CatalogFile
from serve.errors import ModelNotFound
from serve.model_folder import ModelFolder, UnreadableFolder
from serve.names import listed, nearest
from serve.protocol import Licence
from serve.single_file import DENOISERS, SUFFIXES, is_single_file, refuse_damage

CATALOG = HERE / "catalog.yaml"
UNKNOWN = Licence(name="unknown", url="", commercial=False)
"""Of a folder or file of the user's own."""


@dataclass(frozen=True)
class Catalog:
    """All cards; of two with the same id the first counts."""

    models: list[Card]
    families: list[Family]
    unavailable: list[Unavailable]

    def find(self, name: str, base: str | None = None) -> Card:
        """The card of a catalog id, hub repository or alias, or one made for a local folder.

        For a single file it takes a `base`, by any of these names, that has the rest.
        """
        known = self._known(name)
        if known is None and is_single_file(name):
            known = self._from_file(Path(name).expanduser(), base)
        elif base is not None:
            suffixes = ", ".join(SUFFIXES)
            message = f"{name} takes no base: that is for a single file ({suffixes})"
            raise ModelNotFound(message, param="base")
        card = known or self._find(name)
        for part in card.in_parts().parts.values():
            if is_single_file(part.source):
                _refuse_damage(Path(part.source))
        return card

    def _from_file(self, file: Path, base: str | None) -> Card:
        """As its base, but for the denoiser, whose licence nobody knows."""
        _refuse_damage(file)
        if base is None:
            raise ModelNotFound(
                f"{file} is a single file: it has a denoiser and no other part of a model. Name "
                "the model that has the rest as its base (--t2v-base or --i2v-base; in a config "
                "or card: base): a catalog id such as wan2.1-t2v-1.3b, or a diffusers folder",
                param="base",
            )
        rest = self._find(base)
        if rest.pipeline_class not in DENOISERS or rest.base:
            able = [card.id for card in self.models if card.pipeline_class in DENOISERS]
            these = listed(able, "docs/adding-a-model.md")
            message = f"{base} cannot be the base of a single file; these can: {these}"
            raise ModelNotFound(message, param="base")
        return rest.model_copy(
            update=_of_the_user(file.resolve(), file.stem)
            | {"base": rest.location, "aliases": [], "description": f"As {rest.title}."}
        )

    def knows(self, name: str) -> bool:
        """Whether a card has that id, repository or alias; it goes before a folder so called."""
        return self._known(name) is not None

    def _known(self, name: str) -> Card | None:
        return next((card for card in self.models if card.answers_to(name)), None)

    def _find(self, name: str) -> Card:
        if card := self._known(name):
            return card
        self.refuse_unavailable(name)
        folder = Path(name).expanduser()
        if folder.is_dir():
            return self._from_folder(folder.resolve())
        meant = f" Did you mean {' or '.join(near)}?" if (near := self.nearest(name)) else ""
        raise ModelNotFound(
            f"{name!r} is neither in the catalog nor a folder with a model_index.json.{meant} "
            f"docs/models.md lists all {len(self.models)} models.",
            param="model",
        )

    def nearest(self, name: str) -> list[str]:
        """The ids that a name which nothing has was probably meant to be."""
        every: list[Card | Unavailable] = [*self.models, *self.unavailable]
        return nearest(name, {one_name: one.id for one in every for one_name in one.names_of_it})

    def refuse_unavailable(self, name: str) -> None:
        """Say why a model cannot be had, if it is known that it cannot."""
        if one := self.cannot_be_had(name):
            raise ModelNotFound(one.message, param="model")

    def cannot_be_had(self, name: str) -> Unavailable | None:
        """The entry of a model that cannot be had."""
        return next((one for one in self.unavailable if one.answers_to(name)), None)

    def _from_folder(self, path: Path) -> Card:
        """A copy of a catalogued checkpoint keeps its card; any other gets its family's values."""
        if copied := self._copied(path):
            return copied.model_copy(update={"source": str(path)})
        try:
            folder = ModelFolder(path)
            name = folder.pipeline_class
            if not isinstance(name, str):
                raise ModelNotFound(
                    f"{path} brings a pipeline of its own, {'.'.join(name)}: write a card that "
                    "says what it takes, with trust_remote_code: true (docs/adding-a-model.md)",
                    param="model",
                )
            if family := folder.family(self.families):
                return Card(**folder.values(family), **_of_the_user(path, path.name))
        except UnreadableFolder as error:
            raise ModelNotFound(str(error), param="model") from error
        known = ", ".join(dict.fromkeys(family.pipeline_class for family in self.families))
        raise ModelNotFound(
            f"{path} holds a {name}; only these classes can be served from a folder "
            f"without a catalog entry: {known}",
            param="model",
        )

    def _copied(self, path: Path) -> Card | None:
        """The card whose repository a folder is a copy of, by its name."""
        return next(
            (card for card in self.models if card.source.rpartition("/")[2] == path.name), None
        )

    def terms(self, card: Card) -> list[Card]:
        """The cards whose licences `card` is under: its own and its base's, where they are known.

        Nobody described a folder or file of the user's own: its licence is not known here.
        """
        base = self._base_of(card)
        return [one for one in (card, base) if one is not None and one.licence != UNKNOWN]

    def _base_of(self, card: Card) -> Card | None:
        """The card of what a single file lacks; of several that share it, the one with as many
        parts from elsewhere."""
        if card.base is None:
            return None
        sharing = [one for one in self.models if card.base in (one.location, one.source)]
        alike = [one for one in sharing if one.parts == card.parts]
        return next(iter(alike + sharing), None) or self._copied(Path(card.base))


def refuse_code(cards: Iterable[Card]) -> None:
    """Raise `ModelNotFound` if one of them brings code that is to be run."""
    for card in cards:
        if card.brings_code:
            raise ModelNotFound(
                f"{card.id} brings code of its own ({card.custom_pipeline or card.source}), which "
                "would run with all rights of this program. If you have read and trust it, start "
                "with --trust-remote-code, or set trust_remote_code: true beside models.",
                param="model",
            )


def _of_the_user(place: Path, name: str) -> dict[str, Any]:
    """What a card says of a model that nobody described."""
    return {
        "id": re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-"),
        "title": name,
        "owned_by": "local",
        "source": str(place),
        "licence": UNKNOWN,
    }


def _refuse_damage(file: Path) -> None:
    try:
        refuse_damage(file)
    except ValueError as error:
        raise ModelNotFound(str(error), param="model") from error


@cache
def load_catalog(own: str | None = None) -> Catalog:
    """The catalog that ships with Lookreel, with the cards of the file `own` before its cards.

    What the one has and the other says cannot be had is as `own` says.
    """
    ours = CatalogFile(CATALOG)

    def place_of(base: str | None) -> str | None:
        known = (card.location for card in ours.models if base and card.answers_to(base))
        return next(known, base)

    if own is None:
        return Catalog(ours.models, ours.families, ours.unavailable)
    path = Path(own)
    theirs = CatalogFile(path, ours.families_as_written)
    beside = [_beside(path, card) for card in theirs.models]
    cards = [card.model_copy(update={"base": place_of(card.base)}) for card in beside]

    def is_new(one: Card | Unavailable, other: Sequence[Card | Unavailable]) -> bool:
        return not any(theirs_too.answers_to(one.id) for theirs_too in other)

    return Catalog(
        cards + [card for card in ours.models if is_new(card, theirs.unavailable)],
        theirs.families + ours.families,
        theirs.unavailable + [one for one in ours.unavailable if is_new(one, cards)],
    )


def _beside(path: Path, card: Card) -> Card:
    """`card` of the catalog file `path`, with the places that ``./`` means in it."""

    def place(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("./"):
            return str((path.parent / value).resolve())
        return value

    changes: dict[str, Any] = {
        "source": place(card.source),
        "base": place(card.base),
        "custom_pipeline": place(card.custom_pipeline),
        "call": {name: place(value) for name, value in card.call.items()},
    }
    places_in = ("source", "config")
    for field in ("parts", "loras"):
        changes[field] = {
            name: one.model_copy(
                update={key: place(getattr(one, key)) for key in places_in if hasattr(one, key)}
            )
            for name, one in getattr(card, field).items()
        }
    return card.model_copy(update=changes)


def find(name: str, own_catalog: str | None = None, base: str | None = None) -> Card:
    """The card for a catalog id, hub repository, alias, local folder or single file."""
    return load_catalog(own_catalog).find(name, base)
