"""Kandinsky 5.0 and 6.0, reading with Qwen 2.5 VL and CLIP, with HunyuanVideo's autoencoder."""

import re
from typing import Any

import torch
from diffusers import (
    DiffusionPipeline,
    Kandinsky5I2VPipeline,
    Kandinsky5T2VPipeline,
    Kandinsky5Transformer3DModel,
    Kandinsky6TI2VAPipeline,
    Kandinsky6Transformer3DModel,
    MMAudioVAE,
    MMAudioVocoder,
)
from diffusers.pipelines.kandinsky6.pipeline_kandinsky6_ti2va import _PROMPT_TEMPLATE

from tests.twins.hunyuan import LATENT_DIM, others
from tests.twins.qwen import HIDDEN, reader
from tests.twins.text import TEXT_DIM

SPARE = 256
"""Tokens for words."""


def kandinsky5(_layout: str) -> DiffusionPipeline:
    pipe = Kandinsky5T2VPipeline(**_parts())
    return _well_read(pipe, pipe.prompt_template)


def kandinsky5_i2v(_layout: str) -> DiffusionPipeline:
    pipe = Kandinsky5I2VPipeline(**_parts())
    return _well_read(pipe, pipe.prompt_template)


def kandinsky6(_layout: str) -> DiffusionPipeline:
    """It makes the sound, too."""
    transformer = Kandinsky6Transformer3DModel(
        in_visual_dim=LATENT_DIM,
        out_visual_dim=LATENT_DIM,
        in_text_dim=HIDDEN,
        in_text_dim2=TEXT_DIM,
        time_dim=16,
        model_dim=24,
        ff_dim=32,
        num_text_blocks=1,
        num_visual_blocks=2,
        axes_dims=(4, 4, 4),
        in_audio_dim=4,
        out_audio_dim=4,
        visual_token_type_num_embeddings=2,
    )
    _stir(transformer)
    return _well_read(
        Kandinsky6TI2VAPipeline(
            **reader("tokenizer", SPARE),
            **others(),
            transformer=transformer,
            audio_vae=MMAudioVAE(
                mel_bins=8,
                latent_channels=4,
                hidden_channels=16,
                channel_multipliers=(1, 2),
                layers_per_block=1,
                sample_rate=16000,
                n_fft=64,
                hop_length=16,
            ),
            vocoder=MMAudioVocoder(
                num_mels=8,
                upsample_initial_channel=16,
                upsample_rates=(4, 4),
                upsample_kernel_sizes=(8, 8),
                resblock_kernel_sizes=(3,),
                resblock_dilation_sizes=((1, 3, 5),),
            ),
        ),
        _PROMPT_TEMPLATE,
    )


def _well_read(pipe: DiffusionPipeline, template: str) -> DiffusionPipeline:
    """It knows the words that stand before a prompt; spelled, they would leave no room for it."""
    words = sorted({*re.findall(r"\w{3,}", template)})
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
    _stir(transformer)
    return {**reader("tokenizer", SPARE), **others(), "transformer": transformer}


def _stir(transformer: torch.nn.Module) -> None:
    """As training begins, what is read changes nothing; here it does."""
    for weights in transformer.parameters():
        if not weights.any():
            torch.nn.init.normal_(weights, std=0.5)
