"""LoRA weights for one run: added before it, and gone after it."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from diffusers import DiffusionPipeline

from serve.card import Card, Lora


def refuse_loras(pipe: DiffusionPipeline, card: Card) -> None:
    """Say it when a card has LoRA weights for a pipeline that takes none."""
    if card.loras and not hasattr(pipe, "load_lora_weights"):
        raise ValueError(f"{type(pipe).__name__} takes no LoRA weights, but the card names some")


@contextmanager
def added(pipe: DiffusionPipeline, card: Card, scales: Mapping[str, float]) -> Iterator[None]:
    """`scales` of the card's LoRA weights, by their names there, are part of the model meanwhile,
    and so are those that the card itself gives a scale.

    They are read anew for every run: removed they leave the model as it was, bit for bit, which
    ones that are only switched off do not.
    """
    always = {name: lora.scale for name, lora in card.loras.items() if lora.scale is not None}
    scales = {**always, **scales}
    if not scales:
        yield
        return
    adapters = [f"lora_{index}" for index in range(len(scales))]  # names that peft takes
    try:
        for adapter, name in zip(adapters, scales, strict=True):
            _load(pipe, card.loras[name], adapter)
        pipe.set_adapters(adapters, [*scales.values()])
        yield
    finally:
        pipe.unload_lora_weights()


def _load(pipe: DiffusionPipeline, lora: Lora, adapter: str) -> None:
    with warnings.catch_warnings():
        # Several are what is wanted here.
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")
        pipe.load_lora_weights(
            lora.source,
            weight_name=lora.weight_name,
            adapter_name=adapter,
            **({"load_into_transformer_2": True} if lora.transformer_2 else {}),
        )
