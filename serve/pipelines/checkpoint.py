"""Loads a diffusers checkpoint as its card says: class, precision, noise scheduler, placement."""

import inspect
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline, GGUFQuantizationConfig
from diffusers.pipelines.ltx import modeling_latent_upsampler as ltx_family
from diffusers.pipelines.ltx2 import latent_upsampler as ltx2_family

from serve.card import Card, Part, Scheduler
from serve.pipelines import device, dummy
from serve.pipelines.dmd_scheduler import DMDScheduler
from serve.pipelines.loras import refuse_loras
from serve.single_file import refuse_damage

PipelineT = TypeVar("PipelineT", bound=DiffusionPipeline)

FULL_PRECISION = ("vae", "image_encoder")
"""The components that ``vae_dtype`` of a card is for: Wan's authors run both in float32."""


def class_of(card: Card) -> type[DiffusionPipeline]:
    """The class of diffusers that the card names; with code of its own the base of all."""
    found: type[DiffusionPipeline] = getattr(diffusers, card.pipeline_class or "DiffusionPipeline")
    return found


def load(pipeline_class: type[PipelineT], card: Card, **given: Any) -> PipelineT:
    """The checkpoint of `card`, on this replica's device and ready to be called.

    `given` are components that are already there.

    The class is always named: some checkpoints name one that diffusers lacks, or that serves
    another task.
    """
    dtype = device.resolve_dtype(card.dtype)
    vae_dtype = device.resolve_dtype(card.vae_dtype or card.dtype)
    dtypes = {"default": dtype} | dict.fromkeys(FULL_PRECISION, vae_dtype)
    replaced = dict(given)
    if card.scheduler is not None:
        replaced["scheduler"] = _scheduler(card, card.scheduler)
    for name, part in card.parts.items():
        replaced[name] = _part(name, part, dtypes.get(name, dtype), card)
    if card.load_format == "dummy":
        replaced |= dummy.models(card.location, dtypes, without=replaced.keys())
    pipe: PipelineT = pipeline_class.from_pretrained(
        card.location,
        revision=card.revision,
        variant=card.variant,
        dtype=dtypes,
        **_code(card),
        **replaced,
    )
    _as_pipelines_know_it(pipe)
    refuse_loras(pipe, card)
    pipe.set_progress_bar_config(disable=True)
    if card.offload:
        # Previews decode between steps: an offloaded VAE would push the denoiser out each time.
        order = pipe.model_cpu_offload_seq.split("->")
        pipe.model_cpu_offload_seq = "->".join(name for name in order if name != "vae")
        pipe._exclude_from_cpu_offload = ["vae"]
        pipe.enable_model_cpu_offload(device=device.current())
    else:
        pipe.to(device.current())
    return pipe


def _as_pipelines_know_it(pipe: DiffusionPipeline) -> None:
    """Where a pipeline takes another layer of CLIP than the last (`clip_skip`), diffusers looks for
    the final norm where transformers 4 had it."""
    for encoder in pipe.components.values():
        if isinstance(encoder, transformers.CLIPTextModel) and not hasattr(encoder, "text_model"):
            text_model = SimpleNamespace(final_layer_norm=encoder.final_layer_norm)
            object.__setattr__(encoder, "text_model", text_model)


def _code(card: Card) -> dict[str, Any]:
    """Diffusers' arguments for code that comes with a checkpoint; `refuse_code` came before."""
    # Diffusers runs every such file under one name, in what the one before has left there.
    sys.modules.pop("diffusers_modules.local.pipeline", None)
    code: dict[str, Any] = {"trust_remote_code": True} if card.brings_code else {}
    return code | ({"custom_pipeline": card.custom_pipeline} if card.custom_pipeline else {})


def sibling(pipe: DiffusionPipeline, name: str) -> DiffusionPipeline:
    """The pipeline class of that name over the components of `pipe`, no second copy of them."""
    pipeline_class = getattr(diffusers, name)
    wanted = inspect.signature(pipeline_class.__init__).parameters
    parts = {**pipe.config, **pipe.components}
    made: DiffusionPipeline = pipeline_class(
        **{name: part for name, part in parts.items() if name in wanted}
    )
    made.set_progress_bar_config(disable=True)
    return made


def part(name: str, card: Card) -> Any:
    """A part of `card` that its pipeline class has no place for, in the precision of the rest."""
    return _part(name, card.parts[name], device.resolve_dtype(card.dtype), card)


def _part(name: str, part: Part, dtype: torch.dtype, card: Card) -> Any:
    """A model, or what prepares a model's inputs."""
    part_class = _class_of_part(part.class_name)
    is_model = issubclass(part_class, torch.nn.Module)
    if is_model and card.load_format == "dummy":
        place = (card.location, name) if part.file else (part.source, part.subfolder)
        return dummy.model(part_class, *place, dtype)
    if part.file is not None:
        settings = (part.config, part.subfolder) if part.config else (card.location, name)
        return _from_file(part_class, part.file, *settings, dtype)
    precision = {"dtype": dtype} if is_model else {}
    return part_class.from_pretrained(
        part.source, subfolder=part.subfolder, revision=part.revision, **precision
    )


def _class_of_part(name: str) -> Any:
    """Of diffusers or transformers; some classes of diffusers' are known to their family alone."""
    for library in (diffusers, transformers, ltx_family, ltx2_family):
        if hasattr(library, name):
            return getattr(library, name)
    raise ValueError(f"neither diffusers nor transformers has a class {name}")


def _from_file(
    part_class: type[Any], file: Path, base: str, subfolder: str, dtype: torch.dtype
) -> torch.nn.Module:
    """The model in `file`, with the settings in the base's subfolder, if they are there."""
    refuse_damage(file)
    options: dict[str, Any] = {}
    if Path(base, subfolder, "config.json").is_file():
        options = {"config": base, "subfolder": subfolder}
    quantized = file.suffix.lower() == ".gguf"
    if quantized:
        options["dtype"] = dtype
        options["quantization_config"] = GGUFQuantizationConfig(compute_dtype=dtype)
    try:
        loaded = part_class.from_single_file(str(file), **options)
    except NotImplementedError as error:  # of torch: what the file lacks stays without a value
        raise ValueError(
            f"{file} lacks some of the weights of a {part_class.__name__}; is {base} its base?"
        ) from error
    return loaded if quantized else _cast(loaded, dtype)


def _cast(loaded: Any, dtype: torch.dtype) -> torch.nn.Module:
    """In `dtype`, but for what its class keeps in float32, as `from_pretrained` does it."""
    precise = {*(loaded._keep_in_fp32_modules or ())}
    for name, value in [*loaded.named_parameters(), *loaded.named_buffers()]:
        if value.is_floating_point():
            keeps = dtype != torch.float32 and precise & {*name.split(".")}
            value.data = value.data.to(torch.float32 if keeps else dtype)
    module: torch.nn.Module = loaded
    return module


def _scheduler(card: Card, scheduler: Scheduler) -> Any:
    """The card's scheduler, with the checkpoint's own settings where the card is silent."""
    named = {"DMDScheduler": DMDScheduler}
    scheduler_class = named.get(scheduler.class_name) or getattr(diffusers, scheduler.class_name)
    return scheduler_class.from_pretrained(
        card.location, subfolder="scheduler", revision=card.revision, **scheduler.config
    )
