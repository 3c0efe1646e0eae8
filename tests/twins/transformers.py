"""Families that denoise with a transformer: CogVideoX, Mochi, Latte."""

from typing import Any

from diffusers import (
    AutoencoderKLCogVideoX,
    AutoencoderKLMochi,
    CogVideoXDDIMScheduler,
    CogVideoXFunControlPipeline,
    CogVideoXImageToVideoPipeline,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    LattePipeline,
    LatteTransformer3DModel,
    MochiPipeline,
    MochiTransformer3DModel,
)

from tests.twins.text import TEXT_DIM, t5
from tests.twins.unets import ddim, vae


def cogvideox(_layout: str) -> DiffusionPipeline:
    return CogVideoXPipeline(**_cogvideox(4))


def cogvideox_i2v(_layout: str) -> DiffusionPipeline:
    return CogVideoXImageToVideoPipeline(**_cogvideox(8))


def cogvideox_control(_layout: str) -> DiffusionPipeline:
    return CogVideoXFunControlPipeline(**_cogvideox(8))


def _cogvideox(inputs: int) -> dict[str, Any]:
    return {
        **t5("T5"),
        "vae": AutoencoderKLCogVideoX(
            down_block_types=("CogVideoXDownBlock3D",) * 4,
            up_block_types=("CogVideoXUpBlock3D",) * 4,
            block_out_channels=(8, 8, 8, 8),
            latent_channels=4,
            layers_per_block=1,
            norm_num_groups=2,
        ),
        "transformer": CogVideoXTransformer3DModel(
            num_attention_heads=4,
            attention_head_dim=8,
            in_channels=inputs,
            out_channels=4,
            time_embed_dim=2,
            text_embed_dim=TEXT_DIM,
            num_layers=1,
            sample_width=8,
            sample_height=12,
            sample_frames=5,
        ),
        "scheduler": CogVideoXDDIMScheduler(),
    }


def mochi(_layout: str) -> DiffusionPipeline:
    return MochiPipeline(
        **t5("T5"),
        vae=AutoencoderKLMochi(
            encoder_block_out_channels=(32, 32, 32, 32),
            decoder_block_out_channels=(32, 32, 32, 32),
            layers_per_block=(1,) * 5,
        ),
        transformer=MochiTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=8,
            num_layers=2,
            pooled_projection_dim=16,
            text_embed_dim=TEXT_DIM,
            time_embed_dim=4,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )


def latte(_layout: str) -> DiffusionPipeline:
    return LattePipeline(
        **t5("T5"),
        vae=vae(),
        transformer=LatteTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=8,
            in_channels=4,
            out_channels=8,
            num_layers=1,
            cross_attention_dim=16,
            attention_bias=True,
            sample_size=8,
            patch_size=2,
            activation_fn="gelu-approximate",
            num_embeds_ada_norm=1000,
            norm_type="ada_norm_single",
            norm_elementwise_affine=False,
            caption_channels=TEXT_DIM,
        ),
        scheduler=ddim(),
    )
