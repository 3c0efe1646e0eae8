"""HunyuanVideo and what was made of it: I2V, SkyReels-V1, FramePack, HunyuanVideo 1.5."""

from typing import Any

from diffusers import (
    AutoencoderKLHunyuanVideo,
    AutoencoderKLHunyuanVideo15,
    ClassifierFreeGuidance,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideo15ImageToVideoPipeline,
    HunyuanVideo15Pipeline,
    HunyuanVideo15Transformer3DModel,
    HunyuanVideoFramepackTransformer3DModel,
    HunyuanVideoImageToVideoPipeline,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
)
from transformers import (
    ByT5Tokenizer,
    CLIPImageProcessor,
    SiglipImageProcessor,
    SiglipVisionConfig,
    SiglipVisionModel,
    T5Config,
    T5EncoderModel,
)

from tests.twins.text import TEXT_DIM, clip, llama, llava, qwen_vl

LATENT_DIM = 4
VISION_DIM = 16
SIZES: dict[str, Any] = {
    "num_attention_heads": 2,
    "attention_head_dim": 10,
    "num_layers": 1,
    "num_refiner_layers": 1,
    "text_embed_dim": TEXT_DIM,
    "rope_axes_dim": (2, 4, 4),
}


def hunyuan(_layout: str) -> DiffusionPipeline:
    return HunyuanVideoPipeline(**llama(), transformer=_transformer(LATENT_DIM), **others())


def hunyuan_i2v(layout: str) -> DiffusionPipeline:
    if layout == "33ch":  # noise, picture and mask
        transformer = _transformer(2 * LATENT_DIM + 1, "latent_concat", guidance_embeds=False)
    else:
        transformer = _transformer(LATENT_DIM, "token_replace")
    return HunyuanVideoImageToVideoPipeline(
        **llava(),
        transformer=transformer,
        image_processor=CLIPImageProcessor(
            size={"shortest_edge": 48}, crop_size={"height": 48, "width": 48}
        ),
        **others(),
    )


def skyreels_parts() -> dict[str, Any]:
    return {"skyreels": _transformer(2 * LATENT_DIM)}


def framepack_parts() -> dict[str, Any]:
    return {
        "framepack": HunyuanVideoFramepackTransformer3DModel(
            in_channels=LATENT_DIM,
            out_channels=LATENT_DIM,
            num_single_layers=1,
            pooled_projection_dim=TEXT_DIM,
            has_image_proj=True,
            image_proj_dim=VISION_DIM,
            has_clean_x_embedder=True,
            **SIZES,
        ),
        **{f"redux/{name}": part for name, part in _siglip().items()},
    }


def hunyuan15(_layout: str) -> DiffusionPipeline:
    return HunyuanVideo15Pipeline(**_hunyuan15("t2v"))


def hunyuan15_i2v(_layout: str) -> DiffusionPipeline:
    return HunyuanVideo15ImageToVideoPipeline(**_hunyuan15("i2v"), **_siglip())


def _transformer(
    channels: int, condition: str | None = None, *, guidance_embeds: bool = True
) -> HunyuanVideoTransformer3DModel:
    return HunyuanVideoTransformer3DModel(
        in_channels=channels,
        out_channels=LATENT_DIM,
        num_single_layers=1,
        pooled_projection_dim=TEXT_DIM,
        image_condition_type=condition,
        guidance_embeds=guidance_embeds,
        **SIZES,
    )


def others() -> dict[str, Any]:
    """CLIP, the autoencoder and the schedule."""
    pooled = clip()
    return {
        "tokenizer_2": pooled["tokenizer"],
        "text_encoder_2": pooled["text_encoder"],
        "vae": AutoencoderKLHunyuanVideo(
            latent_channels=LATENT_DIM,
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            norm_num_groups=4,
        ),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=7.0),
    }


def _siglip() -> dict[str, Any]:
    config = SiglipVisionConfig(
        hidden_size=VISION_DIM,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=8,
    )
    return {
        "image_encoder": SiglipVisionModel(config).eval(),
        "feature_extractor": SiglipImageProcessor(size={"height": 32, "width": 32}),
    }


def _hunyuan15(task: str) -> dict[str, Any]:
    glyphs = T5Config(vocab_size=384, d_model=TEXT_DIM, d_kv=8, d_ff=37, num_layers=1, num_heads=4)
    return {
        **qwen_vl(),
        "tokenizer_2": ByT5Tokenizer(),
        "text_encoder_2": T5EncoderModel(glyphs).eval(),
        "vae": AutoencoderKLHunyuanVideo15(
            latent_channels=LATENT_DIM,
            block_out_channels=(16, 16, 16, 16, 16),
            layers_per_block=1,
        ),
        "transformer": HunyuanVideo15Transformer3DModel(
            in_channels=2 * LATENT_DIM + 1,
            out_channels=LATENT_DIM,
            text_embed_2_dim=TEXT_DIM,
            image_embed_dim=VISION_DIM,
            task_type=task,
            **SIZES,
        ),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=5.0),
        "guider": ClassifierFreeGuidance(guidance_scale=6.0),
    }
