"""Kandinsky 5.0, which reads with Qwen 2.5 VL and CLIP and has HunyuanVideo's autoencoder."""

import re
from typing import Any

import torch
from diffusers import (
    DiffusionPipeline,
    Kandinsky5I2VPipeline,
    Kandinsky5T2VPipeline,
    Kandinsky5Transformer3DModel,
)

from tests.twins.hunyuan import LATENT_DIM, others
from tests.twins.qwen import HIDDEN, reader
from tests.twins.text import TEXT_DIM

SPARE = 256
"""Tokens for words."""


def kandinsky5(_layout: str) -> DiffusionPipeline:
    return _well_read(Kandinsky5T2VPipeline(**_parts()))


def kandinsky5_i2v(_layout: str) -> DiffusionPipeline:
    return _well_read(Kandinsky5I2VPipeline(**_parts()))


def _well_read(pipe: DiffusionPipeline) -> DiffusionPipeline:
    """It knows the words that stand before a prompt; spelled, they would leave no room for it."""
    words = sorted({*re.findall(r"\w{3,}", pipe.prompt_template)})
    assert len(words) < SPARE
    pipe.tokenizer.tokenizer.add_tokens(words)
    return pipe


def _parts() -> dict[str, Any]:
    transformer = Kandinsky5Transformer3DModel(
        in_visual_dim=LATENT_DIM,
        in_text_dim=HIDDEN,
        in_text_dim2=TEXT_DIM,
        time_dim=16,
        out_visual_dim=LATENT_DIM,
        model_dim=24,
        ff_dim=32,
        num_text_blocks=1,
        num_visual_blocks=2,
        axes_dims=(4, 4, 4),
        visual_cond=True,
    )
    for weights in transformer.parameters():
        if not weights.any():  # as training begins, what is read changes nothing
            torch.nn.init.normal_(weights, std=0.5)
    return {**reader("tokenizer", SPARE), **others(), "transformer": transformer}
