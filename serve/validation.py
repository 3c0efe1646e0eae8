"""Turns request fields into wire types, and what is wrong with them into one clear sentence."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from serve.errors import BadRequest, UnknownField

T = TypeVar("T", bound=BaseModel)

SHOWN_CHARACTERS = 80
"""Of a wrong value, so that a picture in the wrong place does not fill the answer."""


def parse(model: type[T], values: Mapping[str, Any]) -> T:
    """`values` as a `model`; a `BadRequest` names the first field that is wrong."""
    known = model.model_fields.keys()
    for name in values:
        if name not in known:
            raise unknown_field(name, sorted(known))
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise as_bad_request(error.errors()) from None


def unknown_field(name: str, known: Sequence[str]) -> UnknownField:
    """The error for a field that this API does not have; it suggests the nearest one."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known fields: {', '.join(known)}."
    return UnknownField(f"Unknown field {name!r}. {hint}", param=name)


def as_bad_request(errors: Sequence[Any]) -> BadRequest:
    """The first of pydantic's errors: the field, the value given, and what is allowed."""
    first = errors[0]
    where = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
    name = ".".join(where) or "body"
    if first["type"] == "missing":
        return BadRequest(f"{name} is required.", param=name, code="missing_required_parameter")
    return BadRequest(f"{name} is {shown(first.get('input'))}: {_allowed(first)}.", param=name)


def shown(value: object) -> str:
    """A value as an error message quotes it."""
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def _allowed(error: Any) -> str:
    if error["type"] == "string_pattern_mismatch":  # only sizes have a pattern
        return "must be WIDTHxHEIGHT in pixels, such as 192x256"
    text = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return text.removeprefix("Input ").removeprefix("String ")
