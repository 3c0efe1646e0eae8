"""Random weights in a checkpoint's own architecture, to measure speed and memory without them.

Everything else, such as tokenizers and noise schedulers, is the checkpoint's.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import ModelMixin
from transformers import AutoConfig, PreTrainedModel

from serve.pipelines import device


def models(
    folder: str, dtypes: Mapping[str, torch.dtype], without: Collection[str]
) -> dict[str, torch.nn.Module]:
    """A new model for each that the pipeline in `folder` has, but for those in `without`.

    `dtypes` are by component; ``default`` is for all others.
    """
    index = json.loads((Path(folder) / "model_index.json").read_text())
    found = {}
    for name, entry in index.items():
        if not isinstance(entry, list) or name in without:
            continue
        made = _class_of(*entry)
        if isinstance(made, type) and issubclass(made, torch.nn.Module):
            dtype = dtypes.get(name, dtypes["default"])
            found[name] = model(made, folder, name, dtype)
    return found


def model(made: type[Any], folder: str, subfolder: str, dtype: torch.dtype) -> torch.nn.Module:
    """A model of class `made` as the settings in the subfolder describe it."""
    torch.manual_seed(0)
    with _built_in(dtype):
        if issubclass(made, ModelMixin):
            one = made.from_config(made.load_config(folder, subfolder=subfolder))
        else:
            assert issubclass(made, PreTrainedModel), f"{made} is of neither library"
            config_class = getattr(made, "config_class", None) or AutoConfig
            one = made(config_class.from_pretrained(folder, subfolder=subfolder))
    result: torch.nn.Module = one.to(dtype).eval()
    return result


def _class_of(library: str | None, name: str | None) -> Any:
    """What `model_index.json` names: a class of a library, or of one of diffusers' pipelines."""
    libraries = {"diffusers": diffusers, "transformers": transformers}
    place = libraries.get(library or "") or getattr(diffusers.pipelines, library or "", None)
    return getattr(place, name or "", None)


@contextmanager
def _built_in(dtype: torch.dtype) -> Iterator[None]:
    """New parameters have this dtype from the start, and lie where they are computed."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device.current()):
            yield
    finally:
        torch.set_default_dtype(usual)
