"""Older families that denoise with a UNet: SVD, ModelScope, I2VGen-XL."""

from typing import Any

from diffusers import (
    AutoencoderKL,
    AutoencoderKLTemporalDecoder,
    DDIMScheduler,
    DiffusionPipeline,
    EulerDiscreteScheduler,
    I2VGenXLPipeline,
    I2VGenXLUNet,
    StableVideoDiffusionPipeline,
    TextToVideoSDPipeline,
    UNet3DConditionModel,
    UNetSpatioTemporalConditionModel,
    VideoToVideoSDPipeline,
)
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from tests.twins.text import TEXT_DIM, clip

_UNET_3D: dict[str, Any] = {
    "block_out_channels": (32, 32),
    "layers_per_block": 1,
    "down_block_types": ("CrossAttnDownBlock3D", "DownBlock3D"),
    "up_block_types": ("UpBlock3D", "CrossAttnUpBlock3D"),
    "cross_attention_dim": TEXT_DIM,
    "attention_head_dim": 4,
}


def modelscope(_layout: str) -> DiffusionPipeline:
    return TextToVideoSDPipeline(**_modelscope())


def zeroscope_xl(_layout: str) -> DiffusionPipeline:
    return VideoToVideoSDPipeline(**_modelscope())


def _modelscope() -> dict[str, Any]:
    unet = UNet3DConditionModel(**_UNET_3D)
    return {**clip(), "vae": vae(), "unet": unet, "scheduler": ddim()}


def i2vgen_xl(_layout: str) -> DiffusionPipeline:
    unet = I2VGenXLUNet(**_UNET_3D)
    return I2VGenXLPipeline(**clip(), vae=vae(), **_vision(32), unet=unet, scheduler=ddim())


def vae(**config: Any) -> AutoencoderKL:
    return AutoencoderKL(
        **config,
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
    )


def ddim() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def svd(_layout: str) -> DiffusionPipeline:
    return StableVideoDiffusionPipeline(
        vae=AutoencoderKLTemporalDecoder(
            block_out_channels=(32, 32, 32, 32),
            down_block_types=("DownEncoderBlock2D",) * 4,
        ),
        **_vision(224),  # the pipeline resizes to that, whatever the encoder
        unet=UNetSpatioTemporalConditionModel(
            block_out_channels=(32, 64),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
            up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
            cross_attention_dim=32,
            num_attention_heads=(4, 4),
            projection_class_embeddings_input_dim=96,
            addition_time_embed_dim=32,
        ),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            prediction_type="v_prediction",
            sigma_max=700.0,
            sigma_min=0.002,
            timestep_spacing="leading",
            timestep_type="continuous",
            use_karras_sigmas=True,
        ),
    )


def _vision(side: int) -> dict[str, Any]:
    vision = CLIPVisionConfig(
        hidden_size=32,
        projection_dim=32,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=37,
        image_size=side,
        patch_size=side // 4,
    )
    return {
        "image_encoder": CLIPVisionModelWithProjection(vision).eval(),
        "feature_extractor": CLIPImageProcessor(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}
        ),
    }
