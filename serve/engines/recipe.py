"""A recipe: how a program in its own environment is called, as a YAML file says it."""

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from serve.engines.template import fill, names_in
from serve.errors import ModelUnavailable
from serve.protocol import ResolvedParams

FILES = {"image", "last_image", "video", "audio", "speaker"}
GIVEN = {*ResolvedParams.model_fields, *FILES, "input", "output", "ratio", "recipes"}
"""The placeholders that every run has a value for; a card's `call` has further ones."""


class Recipe(BaseModel):
    """All texts but those of `environment` may have ``{placeholders}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    environment: dict[str, str] = {}
    """Placeholders whose values the user sets, by the environment variables that have them."""
    directory: str
    """Where the program runs."""
    arguments: list[str] = Field(min_length=1)
    """The program and its arguments; no shell reads them."""
    image_arguments: list[str] = []
    """Further ones where the clip continues a first frame, the file ``{image}``."""
    pair_arguments: list[str] = []
    """In their place where it also ends with a picture, ``{last_image}``."""
    video_arguments: list[str] = []
    """Further ones where a clip is given alone, the file ``{video}``."""
    files: dict[str, str | dict[str, Any]] = {}
    """What to write into the folder ``{input}`` beforehand, by name; a mapping becomes JSON."""
    ratios: dict[str, str] = {}
    """What the program calls a size, as ``{ratio}``, where it does not count in pixels."""
    result: str
    """A pattern below the folder ``{output}``; of several files the newest is the clip."""
    progress: str | None = None
    """A regular expression with two groups, steps done and steps in all, for its output."""

    @field_validator("progress")
    @classmethod
    def _has_two_groups(cls, value: str | None) -> str | None:
        try:
            if value is not None and re.compile(value).groups != 2:
                raise ValueError("two groups are needed: steps done and steps in all")
        except re.error as error:
            raise ValueError(str(error)) from error
        return value

    def unknown(self, call: dict[str, Any]) -> set[str]:
        """Placeholders that nothing will fill."""
        more = [self.image_arguments, self.pair_arguments, self.video_arguments]
        texts = [self.directory, self.arguments, more, self.files]
        return {*names_in(texts)} - GIVEN - self.environment.keys() - call.keys()

    def from_environment(self) -> dict[str, str]:
        """What the user has set; every variable that is missing is named."""
        missing = [name for name in self.environment.values() if not os.environ.get(name)]
        if missing:
            raise ModelUnavailable(f"set the environment variables {', '.join(missing)}")
        return {name: os.environ[variable] for name, variable in self.environment.items()}

    def command(self, values: dict[str, Any], given: Collection[str] = ()) -> list[str]:
        """The program and its arguments for one run, which is given ``image``, ``last_image`` and
        ``video`` or some of them."""
        further: list[str] = []
        if "image" in given:
            pair = "last_image" in given and self.pair_arguments
            further = pair or self.image_arguments
        elif "video" in given:
            further = self.video_arguments
        return [str(fill(argument, values)) for argument in self.arguments + further]


def read(path: Path) -> Recipe:
    """The recipe in that file."""
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ModelUnavailable(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise ModelUnavailable(f"{path} is no recipe: {error}") from error
