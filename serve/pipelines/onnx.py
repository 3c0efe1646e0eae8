"""Models in ONNX format, in an ordinary pipeline of diffusers: what torch lacks, onnxruntime runs.

The folder is one in diffusers format, as exporters write it: a component may be ``model.onnx``
beside its ``config.json`` in place of torch's weights. Those are the denoiser (``transformer`` or
``unet``), text encoders, and of the VAE the decoder (``vae_decoder/model.onnx``); noise schedule,
tokenizers and everything else are as usual. Its inputs have the names that diffusers calls them by.
"""

import inspect
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import onnxruntime
import torch
import transformers
from diffusers import ConfigMixin, DiffusionPipeline, ModelMixin
from diffusers.configuration_utils import FrozenDict
from diffusers.models.cache_utils import CacheMixin
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException
from torch import Tensor
from transformers import AutoConfig, PreTrainedModel
from transformers.utils import ModelOutput

from serve.card import Card
from serve.errors import ModelFailed
from serve.pipelines import checkpoint, generic

MODEL = "model.onnx"
DECODER = "vae_decoder"
DTYPES = {
    "tensor(float)": torch.float32,
    "tensor(float16)": torch.float16,
    "tensor(int64)": torch.int64,
    "tensor(int32)": torch.int32,
    "tensor(bool)": torch.bool,
}

log = logging.getLogger(__name__)


class Pipeline(generic.Pipeline):
    """The class of diffusers that the card names, with the models of the folder in its place."""

    def _load(self, card: Card) -> DiffusionPipeline:
        return checkpoint.load(checkpoint.class_of(card), card, **_models(Path(card.location)))


def _models(folder: Path) -> dict[str, torch.nn.Module]:
    """A stand-in for every component that is in ONNX format."""
    index = json.loads((folder / "model_index.json").read_text())
    found: dict[str, torch.nn.Module] = {}
    for name, entry in index.items():
        path = folder / (DECODER if name == "vae" else name) / MODEL
        if not isinstance(entry, list) or not path.is_file():
            continue
        if name == "vae":
            found[name] = Decoder(path, folder / name)
        elif entry[0] == "transformers":
            found[name] = TextEncoder(path, getattr(transformers, entry[1]))
        else:
            found[name] = Denoiser(path, getattr(diffusers, entry[1]))
    if not found:
        raise ValueError(f"no component in {folder} has a {MODEL}")
    return found


class Graph:
    """One file, ready to be run on tensors."""

    def __init__(self, path: Path) -> None:
        self.name = f"{path.parent.name}/{path.name}"
        options = onnxruntime.SessionOptions()
        options.use_deterministic_compute = True
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            self._session = onnxruntime.InferenceSession(path, options, _providers())
        except Exception as error:  # of classes without a common one
            raise ValueError(f"{path} cannot be loaded: {error}") from error
        self._inputs = {one.name: one for one in self._session.get_inputs()}
        self._outputs = [one.name for one in self._session.get_outputs()]

    @property
    def dtype(self) -> torch.dtype:
        """The precision that it computes in."""
        kinds = [DTYPES.get(one.type) for one in self._inputs.values()]
        return next(
            (one for one in kinds if one is not None and one.is_floating_point), torch.float32
        )

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Tensor]:
        """Its outputs by their names; `values` that it has no input for must be no tensors."""
        tensors = {name: one for name, one in values.items() if isinstance(one, Tensor)}
        if unknown := tensors.keys() - self._inputs.keys():
            raise ModelFailed(f"{self.name} has no input {min(unknown)}; it has {self._names}.")
        if lacking := self._inputs.keys() - tensors.keys():
            raise ModelFailed(f"{self.name} has an input {min(lacking)}, which is not given.")
        feed = {name: self._array(name, one) for name, one in tensors.items()}
        try:
            arrays = self._session.run(None, feed)
        except (Fail, InvalidArgument, RuntimeException) as error:
            reason = " ".join(str(error).split())
            raise ModelFailed(f"{self.name} failed: {reason}"[:300]) from error
        device = next(iter(tensors.values())).device
        outputs = [torch.from_numpy(array).to(device) for array in arrays]
        return dict(zip(self._outputs, outputs, strict=True))

    @property
    def _names(self) -> str:
        return ", ".join(self._inputs)

    def _array(self, name: str, value: Tensor) -> Any:
        """As the input takes it: of its type, and a number as a list of one where it wants that."""
        wanted = self._inputs[name]
        if value.ndim == 0 and len(wanted.shape) == 1:
            value = value.reshape(1)
        return value.detach().to("cpu", DTYPES[wanted.type]).numpy()


def _providers() -> list[str]:
    available = onnxruntime.get_available_providers()
    if torch.cuda.is_available() and "CUDAExecutionProvider" not in available:
        log.warning("onnxruntime was built without CUDA; with onnxruntime-gpu it would use the GPU")
    chosen = ["CUDAExecutionProvider"] if torch.cuda.is_available() else []
    return [one for one in (*chosen, "CPUExecutionProvider") if one in available]


class _Model(ModelMixin, ConfigMixin, CacheMixin):
    """What diffusers' pipelines ask of a model, but for its weights."""

    config_name = "config.json"

    def __init__(self, path: Path, config: Path) -> None:
        super().__init__()
        self._graph = Graph(path)
        self._internal_dict = FrozenDict(json.loads((config / "config.json").read_text()))
        self._nothing = torch.nn.Parameter(torch.empty(0, dtype=self._graph.dtype))


class Denoiser(_Model):
    """Of any architecture; called as the class of diffusers is that it was exported from."""

    def __init__(self, path: Path, original: type[torch.nn.Module]) -> None:
        super().__init__(path, path.parent)
        self._parameters_in_order = [*inspect.signature(original.forward).parameters][1:]

    def forward(self, *values: Any, return_dict: bool = True, **named: Any) -> Any:
        """The predicted noise, in the precision of what it was called with."""
        given = dict(zip(self._parameters_in_order, values, strict=False)) | named
        sample = next(iter(self._graph(given).values()))
        return ModelOutput(sample=sample) if return_dict else (sample,)


class Decoder(_Model):
    """Of a VAE; what it decodes is what diffusers' own class of its kind would be given."""

    def __init__(self, path: Path, whole: Path) -> None:
        """Its settings are its own, or those of the VAE that it is a part of."""
        own = path.parent / "config.json"
        super().__init__(path, path.parent if own.is_file() else whole)

    def decode(self, z: Tensor, return_dict: bool = True, **_: Any) -> Any:
        """Pictures or clips of latents."""
        (name,) = self._graph._inputs
        sample = next(iter(self._graph({name: z}).values()))
        return ModelOutput(sample=sample) if return_dict else (sample,)


class TextEncoder(PreTrainedModel):
    """Called as the class of transformers is that it was exported from."""

    def __init__(self, path: Path, original: type[torch.nn.Module]) -> None:
        super().__init__(AutoConfig.from_pretrained(path.parent))
        self._graph = Graph(path)
        self._parameters_in_order = [*inspect.signature(original.forward).parameters][1:]
        self._nothing = torch.nn.Parameter(torch.empty(0, dtype=self._graph.dtype))

    def forward(self, *values: Any, **named: Any) -> ModelOutput:
        """The graph's outputs; a mask that it was exported without has nothing to say to it."""
        given = dict(zip(self._parameters_in_order, values, strict=False)) | named
        if "attention_mask" not in self._graph._inputs:
            given.pop("attention_mask", None)
        return ModelOutput(**self._graph(given))
