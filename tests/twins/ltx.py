"""LTX-Video, before 0.9.5 and since."""

from typing import Any

from diffusers import (
    AutoencoderKLLTXVideo,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    LTXConditionPipeline,
    LTXPipeline,
    LTXVideoTransformer3DModel,
)

from tests.twins.text import TEXT_DIM, t5


def ltx(_layout: str) -> DiffusionPipeline:
    return LTXPipeline(**_ltx(timestep_conditioning=False))


def ltx_condition(_layout: str) -> DiffusionPipeline:
    return LTXConditionPipeline(**_ltx(timestep_conditioning=True))


def _ltx(*, timestep_conditioning: bool) -> dict[str, Any]:
    no, yes = (False,), (True, True, False, False)
    return {
        **t5("T5"),
        "vae": AutoencoderKLLTXVideo(
            latent_channels=8,
            block_out_channels=(8, 8, 8, 8),
            decoder_block_out_channels=(8, 8, 8, 8),
            layers_per_block=(1,) * 5,
            decoder_layers_per_block=(1,) * 5,
            spatio_temporal_scaling=yes,
            decoder_spatio_temporal_scaling=yes,
            decoder_inject_noise=no * 5,
            upsample_residual=no * 4,
            upsample_factor=(1,) * 4,
            timestep_conditioning=timestep_conditioning,
            patch_size=8,  # so that a latent stands for 32 pixels and 4 frames
        ),
        "transformer": LTXVideoTransformer3DModel(
            in_channels=8,
            out_channels=8,
            num_attention_heads=4,
            attention_head_dim=8,
            cross_attention_dim=32,
            num_layers=1,
            caption_channels=TEXT_DIM,
        ),
        "scheduler": FlowMatchEulerDiscreteScheduler(),
    }
