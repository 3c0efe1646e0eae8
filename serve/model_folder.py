"""A local folder in diffusers format: what its own files say of the model in it.

Nothing here loads a model library.
"""

import json
from pathlib import Path
from typing import Any

from serve.card import Family
from serve.protocol import Allowance, Task

INDEX = "model_index.json"
WAN = ("WanPipeline", "WanImageToVideoPipeline")


class UnreadableFolder(Exception):
    """A file that is needed is missing or is not what it should be; the message names it."""


class ModelFolder:
    """One folder, whose index has been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._index = self._read(INDEX)
        if "_class_name" not in self._index:
            raise UnreadableFolder(f"{path} is not a diffusers folder: {INDEX} names no class")

    @property
    def pipeline_class(self) -> str | list[str]:
        """The name of a class of diffusers, or module and name of one that comes with it."""
        name: str | list[str] = self._index["_class_name"]
        return name

    def family(self, families: list[Family]) -> Family | None:
        """The first of `families` that runs such a checkpoint."""
        if self._starts_without_noise:
            return next((one for one in families if one.pipeline == "wan_ti2v"), None)
        return next((one for one in families if one.pipeline_class == self.pipeline_class), None)

    def values(self, family: Family) -> dict[str, Any]:
        """The family's values, but for what this checkpoint has otherwise.

        With components in ONNX format it can do text to video alone.
        """
        values = family.model_dump()
        if any(self.path.glob("*/model.onnx")):
            return values | {"pipeline": "onnx", "tasks": [Task.TEXT_TO_VIDEO]}
        if family.pipeline_class == "WanImageToVideoPipeline":
            values["limits"]["last_image"] = self._last_image()
        return values

    @property
    def _starts_without_noise(self) -> bool:
        """Wan 2.2 TI2V: text and image in one, whichever of its two classes it was saved as."""
        return self.pipeline_class in WAN and bool(self._index.get("expand_timesteps"))

    def _last_image(self) -> Allowance:
        """Whether Wan's image to video may end with a given frame, by how it sees pictures."""
        config = self._read("transformer/config.json")
        if config.get("pos_embed_seq_len") is not None:
            return Allowance.REQUIRED  # one embedding holds the tokens of exactly two pictures
        if config.get("image_dim") is None:
            return Allowance.OPTIONAL  # it has no image encoder: frames are all it is told
        return Allowance.REFUSED

    def _read(self, name: str) -> dict[str, Any]:
        try:
            content: dict[str, Any] = dict(json.loads((self.path / name).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise UnreadableFolder(
                f"{self.path} is not a diffusers folder: {name} is missing or unreadable ({error})"
            ) from error
        return content
