"""Wan in its layouts: 2.1, two experts, TI2V, and that of the built-in models."""

from collections.abc import Callable
from typing import Any

from diffusers import (
    AutoencoderKLWan,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    LucyEditPipeline,
    UniPCMultistepScheduler,
    WanAnimatePipeline,
    WanAnimateTransformer3DModel,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel

from tests.twins.text import TEXT_DIM, t5


def wan(layout: str) -> DiffusionPipeline:
    vae = _VAES[layout]()
    return WanPipeline(
        **t5(),
        vae=vae,
        **_wan_transformers(layout, vae.config.z_dim, vae.config.z_dim),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        expand_timesteps=layout == "ti2v",
    )


def wan_vace(layout: str) -> DiffusionPipeline:
    vae = _VAES[layout]()
    z_dim, factor = vae.config.z_dim, vae.config.scale_factor_spatial
    transformer = WanVACETransformer3DModel(
        in_channels=z_dim,
        out_channels=z_dim,
        vace_layers=[0, 1],
        vace_in_channels=2 * z_dim + factor**2,
        **_wan_sizes(layout),
    )
    for block in transformer.vace_blocks:  # or what it says is lost in rounding to bytes
        block.proj_out.weight.data *= 20
    return WanVACEPipeline(
        **t5(),
        vae=vae,
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
    )


def wan_i2v(layout: str) -> DiffusionPipeline:
    if layout == "a14b":  # which has no image encoder
        return WanImageToVideoPipeline(
            **t5(), vae=wan_vae(), **_wan_transformers(layout, 36, 16), scheduler=_unipc()
        )
    # Where both ends of a clip are given, one embedding holds the tokens of both pictures.
    both = {"pos_embed_seq_len": 2 * IMAGE_TOKENS} if layout == "flf2v" else {}
    return WanImageToVideoPipeline(
        **t5(),
        vae=wan_vae(),
        **_wan_transformers(layout, 36, 16, image_dim=16, **both),
        scheduler=_unipc(),
        **_image_encoder(),
    )


def wan_animate(_layout: str) -> DiffusionPipeline:
    transformer = WanAnimateTransformer3DModel(
        **_wan_sizes(""),
        in_channels=36,
        latent_channels=16,
        out_channels=16,
        image_dim=16,
        motion_encoder_channel_sizes={"4": 16, "8": 16, "16": 16},
        motion_encoder_size=16,
        motion_style_dim=8,
        motion_dim=4,
        motion_encoder_dim=16,
        face_encoder_hidden_dim=16,
        face_encoder_num_heads=2,
        inject_face_latents_blocks=1,
    )
    return WanAnimatePipeline(
        **t5(), **_image_encoder(), vae=wan_vae(), transformer=transformer, scheduler=_unipc()
    )


def lucy(_layout: str) -> DiffusionPipeline:
    """Wan 2.2 TI2V that sees the clip's latents beside its own."""
    vae = _ti2v_vae()
    z_dim = vae.config.z_dim
    return LucyEditPipeline(
        **t5(),
        vae=vae,
        **_wan_transformers("", 2 * z_dim, z_dim),
        scheduler=_unipc(),
        expand_timesteps=True,
    )


IMAGE_SIDE, IMAGE_PATCH = 32, 8
IMAGE_TOKENS = (IMAGE_SIDE // IMAGE_PATCH) ** 2 + 1


def _image_encoder() -> dict[str, Any]:
    vision = CLIPVisionConfig(
        hidden_size=16,
        projection_dim=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=IMAGE_SIDE,
        patch_size=IMAGE_PATCH,
    )
    crop = {"height": IMAGE_SIDE, "width": IMAGE_SIDE}
    return {
        "image_encoder": CLIPVisionModel(vision).eval(),
        "image_processor": CLIPImageProcessor(size={"shortest_edge": IMAGE_SIDE}, crop_size=crop),
    }


def _unipc() -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )


def _wan_transformers(layout: str, inputs: int, outputs: int, **more: Any) -> dict[str, Any]:
    """One, or for ``a14b`` the one for much noise and the one for little."""
    sizes = {"in_channels": inputs, "out_channels": outputs, **_wan_sizes(layout), **more}
    parts: dict[str, Any] = {"transformer": WanTransformer3DModel(**sizes)}
    if layout == "a14b":
        parts |= {"transformer_2": WanTransformer3DModel(**sizes), "boundary_ratio": 0.875}
    return parts


def wan_vae() -> AutoencoderKLWan:
    return AutoencoderKLWan(
        base_dim=3,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )


def _ti2v_vae() -> AutoencoderKLWan:
    z_dim = 48
    return AutoencoderKLWan(
        base_dim=4,
        decoder_base_dim=4,
        z_dim=z_dim,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        is_residual=True,
        latents_mean=[0.0] * z_dim,
        latents_std=[1.0] * z_dim,
        in_channels=12,
        out_channels=12,
        patch_size=2,
        scale_factor_spatial=16,
        scale_factor_temporal=4,
    )


def _croquis_vae() -> AutoencoderKLWan:
    z_dim, patch = 6, 8
    return AutoencoderKLWan(
        base_dim=16,
        z_dim=z_dim,
        dim_mult=[1],
        num_res_blocks=0,
        temperal_downsample=[],
        latents_mean=[0.0] * z_dim,
        latents_std=[1.0] * z_dim,
        in_channels=3 * patch**2,
        out_channels=3 * patch**2,
        patch_size=patch,
        scale_factor_spatial=patch,
        scale_factor_temporal=1,
    )


_VAES: dict[str, Callable[[], AutoencoderKLWan]] = {
    "": wan_vae,
    "a14b": wan_vae,
    "ti2v": _ti2v_vae,
    "croquis": _croquis_vae,
}


def _wan_sizes(layout: str) -> dict[str, Any]:
    return {
        "patch_size": (1, 4, 4) if layout == "croquis" else (1, 2, 2),
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "text_dim": TEXT_DIM,
        "freq_dim": 32,
        "ffn_dim": 32,
        "num_layers": 2,
        "cross_attn_norm": True,
        "qk_norm": "rms_norm_across_heads",
        "rope_max_seq_len": 64,
    }
