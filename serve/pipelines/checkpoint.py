"""Loads a diffusers checkpoint as its card says: class, precision, noise scheduler, placement."""

from typing import Any, TypeVar

import diffusers
import torch
import transformers
from diffusers import DiffusionPipeline

from serve.card import Card, Part, Scheduler
from serve.pipelines import device, dummy
from serve.pipelines.dmd_scheduler import DMDScheduler
from serve.pipelines.loras import refuse_loras

PipelineT = TypeVar("PipelineT", bound=DiffusionPipeline)

FULL_PRECISION = ("vae", "image_encoder")
"""The components that ``vae_dtype`` of a card is for: Wan's authors run both in float32."""


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
        replaced[name] = _part(part, dtypes.get(name, dtype), card.load_format)
    if card.load_format == "dummy":
        replaced |= dummy.models(card.location, dtypes, without=replaced.keys())
    pipe: PipelineT = pipeline_class.from_pretrained(
        card.location,
        revision=card.revision,
        variant=card.variant,
        dtype=dtypes,
        **replaced,
    )
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


def _part(part: Part, dtype: torch.dtype, load_format: str) -> Any:
    """A model, or what prepares a model's inputs."""
    library = diffusers if hasattr(diffusers, part.class_name) else transformers
    part_class = getattr(library, part.class_name)
    is_model = issubclass(part_class, torch.nn.Module)
    if is_model and load_format == "dummy":
        return dummy.model(part_class, part.source, part.subfolder, dtype)
    precision = {"dtype": dtype} if is_model else {}
    return part_class.from_pretrained(
        part.source, subfolder=part.subfolder, revision=part.revision, **precision
    )


def _scheduler(card: Card, scheduler: Scheduler) -> Any:
    """The card's scheduler, with the checkpoint's own settings where the card is silent."""
    named = {"DMDScheduler": DMDScheduler}
    scheduler_class = named.get(scheduler.class_name) or getattr(diffusers, scheduler.class_name)
    return scheduler_class.from_pretrained(
        card.location, subfolder="scheduler", revision=card.revision, **scheduler.config
    )
