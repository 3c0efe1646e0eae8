"""LTX-Video, before 0.9.5 and since, its upscaler, and LTX-2."""

from typing import Any

from diffusers import (
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    AutoencoderKLLTXVideo,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    LTX2InContextPipeline,
    LTX2LatentUpsamplePipeline,
    LTX2Pipeline,
    LTX2VideoTransformer3DModel,
    LTXConditionPipeline,
    LTXEulerAncestralRFScheduler,
    LTXI2VLongMultiPromptPipeline,
    LTXLatentUpsamplePipeline,
    LTXPipeline,
    LTXVideoTransformer3DModel,
)
from diffusers.pipelines.ltx.modeling_latent_upsampler import LTXLatentUpsamplerModel
from diffusers.pipelines.ltx2 import LTX2TextConnectors
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder, LTX2VocoderWithBWE
from transformers import Gemma3TextConfig

from tests.twins.text import TEXT_DIM, gemma, t5

VIDEO_DIM, AUDIO_DIM = 16, 8
"""Channels of LTX-2's denoiser, for pictures and sound."""


def ltx(_layout: str) -> DiffusionPipeline:
    return LTXPipeline(**_ltx(timestep_conditioning=False))


def ltx_condition(layout: str) -> DiffusionPipeline:
    """With ``refine`` its latents stand for 16 pixels, so that half a clip's size is whole ones."""
    side = 4 if layout == "refine" else 8
    return LTXConditionPipeline(**_ltx(timestep_conditioning=True, patch_size=side))


def ltx_long(_layout: str) -> DiffusionPipeline:
    parts = _ltx(timestep_conditioning=True) | {"scheduler": LTXEulerAncestralRFScheduler()}
    return LTXI2VLongMultiPromptPipeline(**parts)


def ltx_upsample(_layout: str) -> DiffusionPipeline:
    """Its latents stand for 16 pixels, so that half the size of a twin's clip is whole ones."""
    vae = _vae(timestep_conditioning=True, patch_size=4)
    return LTXLatentUpsamplePipeline(vae=vae, latent_upsampler=latent_upsampler())


def latent_upsampler() -> LTXLatentUpsamplerModel:
    return LTXLatentUpsamplerModel(in_channels=8, mid_channels=32, num_blocks_per_stage=1)


def ltx2_upsample(_layout: str) -> DiffusionPipeline:
    """Likewise."""
    upsampler = LTX2LatentUpsamplerModel(in_channels=8, mid_channels=32, num_blocks_per_stage=1)
    return LTX2LatentUpsamplePipeline(vae=_ltx2_vae(4), latent_upsampler=upsampler)


def _ltx(*, timestep_conditioning: bool, patch_size: int = 8) -> dict[str, Any]:
    return {
        **t5("T5"),
        # so that a latent stands for 32 pixels and 4 frames
        "vae": _vae(timestep_conditioning=timestep_conditioning, patch_size=patch_size),
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


def _vae(*, timestep_conditioning: bool, patch_size: int) -> AutoencoderKLLTXVideo:
    no, yes = (False,), (True, True, False, False)
    return AutoencoderKLLTXVideo(
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
        patch_size=patch_size,
    )


def ltx2(layout: str) -> DiffusionPipeline:
    """LTX-2, or for ``2.3`` that: gated attention, text for each modality, a second vocoder."""
    return LTX2Pipeline(**_ltx2(layout))


def ltx2_reference(layout: str) -> DiffusionPipeline:
    return LTX2InContextPipeline(**_ltx2(layout, 4))


def _ltx2(layout: str, patch_size: int = 8) -> dict[str, Any]:
    audio = AutoencoderKLLTX2Audio(
        base_channels=4,
        output_channels=2,
        ch_mult=(1,),
        num_res_blocks=1,
        in_channels=2,
        resolution=32,
        latent_channels=2,
        mel_bins=8,
    )
    text = gemma()
    return {
        **text,
        "vae": _ltx2_vae(patch_size),
        "audio_vae": audio,
        "connectors": _ltx2_connectors(layout, text["text_encoder"].config.text_config),
        "transformer": _ltx2_transformer(layout),
        "vocoder": _vocoder(layout, audio.config.output_channels * audio.config.mel_bins),
        "scheduler": FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, shift_terminal=0.1
        ),
    }


def _ltx2_vae(patch_size: int) -> AutoencoderKLLTX2Video:
    return AutoencoderKLLTX2Video(
        latent_channels=8,
        block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        layers_per_block=(1,) * 3,
        decoder_layers_per_block=(1,) * 3,
        spatio_temporal_scaling=(True, True),
        decoder_spatio_temporal_scaling=(True, True),
        decoder_inject_noise=(False,) * 3,
        downsample_type=("spatiotemporal",) * 2,
        upsample_residual=(False, False),
        upsample_factor=(1, 1),
        patch_size=patch_size,
    )


def _ltx2_connectors(layout: str, text: Gemma3TextConfig) -> LTX2TextConnectors:
    own: dict[str, Any] = {
        "per_modality_projections": True,
        "video_hidden_dim": VIDEO_DIM,
        "audio_hidden_dim": AUDIO_DIM,
        "video_gated_attn": True,
        "audio_gated_attn": True,
        "proj_bias": True,
    }
    video, audio = (VIDEO_DIM, AUDIO_DIM) if layout == "2.3" else (TEXT_DIM, TEXT_DIM)
    return LTX2TextConnectors(
        caption_channels=text.hidden_size,
        text_proj_in_factor=text.num_hidden_layers + 1,  # the states between layers, in a row
        video_connector_num_attention_heads=2,
        video_connector_attention_head_dim=video // 2,
        video_connector_num_layers=1,
        video_connector_num_learnable_registers=8,
        audio_connector_num_attention_heads=2,
        audio_connector_attention_head_dim=audio // 2,
        audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=8,
        rope_type="split",
        **(own if layout == "2.3" else {}),
    )


def _ltx2_transformer(layout: str) -> LTX2VideoTransformer3DModel:
    own: dict[str, Any] = {
        "gated_attn": True,
        "cross_attn_mod": True,
        "audio_gated_attn": True,
        "audio_cross_attn_mod": True,
        "use_prompt_embeddings": False,
        "perturbed_attn": True,
    }
    return LTX2VideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        num_attention_heads=2,
        attention_head_dim=VIDEO_DIM // 2,
        cross_attention_dim=VIDEO_DIM,
        vae_scale_factors=(4, 32, 32),
        audio_in_channels=4,
        audio_out_channels=4,
        audio_num_attention_heads=2,
        audio_attention_head_dim=AUDIO_DIM // 2,
        audio_cross_attention_dim=AUDIO_DIM,
        num_layers=2,
        caption_channels=TEXT_DIM,
        rope_type="split",
        **(own if layout == "2.3" else {}),
    )


def _vocoder(layout: str, inputs: int) -> LTX2Vocoder | LTX2VocoderWithBWE:
    sizes: dict[str, Any] = {
        "in_channels": inputs,
        "hidden_channels": 16,
        "upsample_kernel_sizes": [4, 4],
        "upsample_factors": [2, 2],
        "resnet_kernel_sizes": [3],
        "resnet_dilations": [[1, 3, 5]],
    }
    if layout != "2.3":
        return LTX2Vocoder(**sizes)
    return LTX2VocoderWithBWE(
        **sizes,
        **{f"bwe_{name}": value for name, value in sizes.items()},
        filter_length=8,
        window_length=8,
        hop_length=2,  # of which the second vocoder makes 4 samples, at twice the rate
        num_mel_channels=inputs // 2,
        output_sampling_rate=32000,
    )
