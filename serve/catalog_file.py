"""Reads a catalog file: cards merged with their families, and errors that name the line."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from serve.card import Card, Family, Unavailable

SECTIONS = ("families", "models", "unavailable")
WHOLE = ("scheduler", "licence")
"""Mappings of a card that replace their family's: half of each would make no sense."""

Schema = TypeVar("Schema", bound=BaseModel)


class CatalogError(Exception):
    """The file is no catalog; the message has a line for each fault, with the place."""


class CatalogFile:
    """One file, read: its cards, families and models that cannot be had."""

    def __init__(self, path: Path, known: dict[str, dict[str, Any]] | None = None) -> None:
        """`known` are the families, as mappings, that cards may name besides the file's own."""
        self._path = path
        self._root = _parse(path)
        content = yaml.SafeLoader("").construct_document(self._root) if self._root else {}
        self._faults: list[str] = []
        if not isinstance(content, dict) or content.keys() - set(SECTIONS):
            raise CatalogError(f"{path}, line 1: only {', '.join(SECTIONS)} may be at the top")
        self._own_families: dict[str, Any] = content.get("families") or {}
        self.families_as_written = {**(known or {}), **self._own_families}
        self.families = [
            family
            for name, value in self._own_families.items()
            if (family := self._check(Family, value, ("families", name)))
        ]
        self.models = [
            card
            for index, value in enumerate(content.get("models") or [])
            if (card := self._card(value, index))
        ]
        self.unavailable = [
            one
            for index, value in enumerate(content.get("unavailable") or [])
            if (one := self._check(Unavailable, value, ("unavailable", index)))
        ]
        self._refuse_repeated_names(content)
        if self._faults:
            raise CatalogError("\n".join(self._faults))

    def _refuse_repeated_names(self, content: dict[str, Any]) -> None:
        """Blame each id and alias, whatever its case, that an earlier entry has already."""
        owners: dict[str, Any] = {}
        for section in ("models", "unavailable"):
            for index, value in enumerate(content.get(section) or []):
                for field, name in _names_in(value):
                    if (folded := name.casefold()) in owners:
                        words = f"{name!r} is already a name of {owners[folded]}"
                        self._blame((section, index), field, words)
                    owners.setdefault(folded, value.get("id"))

    def _card(self, value: Any, index: int) -> Card | None:
        where = ("models", index)
        if not isinstance(value, dict):
            self._blame(where, (), "a card is a mapping")
            return None
        name = value.get("family")
        if name is None:
            return self._check(Card, value, where)
        if name not in self.families_as_written:
            families = ", ".join(self.families_as_written)
            self._blame(where, ("family",), f"{name!r} is no family; there are {families}")
            return None
        own = {key: content for key, content in value.items() if key != "family"}
        merged = _merge(self.families_as_written[name], own)
        return self._check(Card, merged, where, ("families", name))

    def _check(
        self, schema: type[Schema], value: Any, *places: tuple[str | int, ...]
    ) -> Schema | None:
        """`value` as `schema`; faults are looked for in `places`, the first that has them."""
        try:
            return schema.model_validate(value)
        except ValidationError as error:
            for fault in error.errors():
                self._blame(places[0], fault["loc"], fault["msg"], *places[1:])
            return None

    def _blame(
        self,
        place: tuple[str | int, ...],
        field: tuple[str | int, ...],
        message: str,
        *others: tuple[str | int, ...],
    ) -> None:
        """Note a fault of `field` at the line where it is written, or where it should be."""
        found = [_find(self._root, (*one, *field)) for one in (place, *others)]
        written = [node for node, missing in found if not missing]
        node = written[0] if written else found[0][0]
        line = node.start_mark.line + 1 if node else 1
        name = ".".join(str(part) for part in (*place, *field))
        self._faults.append(f"{self._path}, line {line}: {name}: {message}")


def _parse(path: Path) -> Node | None:
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path} is not valid YAML: {error}") from error


def _names_in(entry: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """The id and aliases as they are written, each after its place; faults are told elsewhere."""
    if not isinstance(entry, dict):
        return []
    aliases = entry.get("aliases")
    named: list[tuple[tuple[str | int, ...], Any]] = [(("id",), entry.get("id"))]
    named += [
        (("aliases", at), one)
        for at, one in enumerate(aliases if isinstance(aliases, list) else [])
    ]
    return [(place, name) for place, name in named if isinstance(name, str)]


def _merge(family: dict[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    merged = dict(family)
    for key, value in card.items():
        both = isinstance(value, dict) and isinstance(family.get(key), dict)
        merged[key] = _merge(family[key], value) if both and key not in WHOLE else value
    return merged


def _find(root: Node | None, path: tuple[str | int, ...]) -> tuple[Node | None, int]:
    """The deepest node on the way along `path`, and how many parts of the way are missing."""
    node = root
    for index, part in enumerate(path):
        child = None
        if isinstance(node, MappingNode):
            child = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, SequenceNode) and isinstance(part, int):
            child = node.value[part]
        if child is None:
            return node, len(path) - index
        node = child
    return node, 0
