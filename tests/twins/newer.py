"""AnyFlow, a Wan of few steps, and Motif-Video, which reads with T5Gemma 2."""

from typing import Any

from diffusers import (
    AnyFlowFARPipeline,
    AnyFlowFARTransformer3DModel,
    AnyFlowPipeline,
    AnyFlowTransformer3DModel,
    ClassifierFreeGuidance,
    DiffusionPipeline,
    FlowMapEulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    MotifVideoPipeline,
    MotifVideoTransformer3DModel,
)
from transformers import SiglipImageProcessor, T5Gemma2Encoder, T5Gemma2EncoderConfig

from tests.twins.text import TEXT_DIM, gemma, t5
from tests.twins.wan import wan_vae

_SIZES: dict[str, Any] = {
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": 16,
    "out_channels": 16,
    "text_dim": TEXT_DIM,
    "freq_dim": 32,
    "ffn_dim": 32,
    "num_layers": 2,
    "rope_max_seq_len": 64,
}


def anyflow(_layout: str) -> DiffusionPipeline:
    transformer = AnyFlowTransformer3DModel(**_SIZES)
    return AnyFlowPipeline(
        **t5(), vae=wan_vae(), transformer=transformer, scheduler=FlowMapEulerDiscreteScheduler()
    )


def anyflow_far(_layout: str) -> DiffusionPipeline:
    """Its chunks are as the real one's, which makes 81 frames."""
    transformer = AnyFlowFARTransformer3DModel(**_SIZES)
    return AnyFlowFARPipeline(
        **t5(), vae=wan_vae(), transformer=transformer, scheduler=FlowMapEulerDiscreteScheduler()
    )


def motif_video(_layout: str) -> DiffusionPipeline:
    tokenizer = gemma()["tokenizer"]
    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 28,
        "patch_size": 14,
    }
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": TEXT_DIM,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "dropout_rate": 0.0,
    }
    config = T5Gemma2EncoderConfig(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=1,
        boi_token_index=5,
        eoi_token_index=6,
        image_token_index=7,
    )
    transformer = MotifVideoTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        num_layers=1,
        num_single_layers=1,
        text_embed_dim=TEXT_DIM,
        image_embed_dim=16,
        rope_axes_dim=(4, 4, 4),
    )
    return MotifVideoPipeline(
        tokenizer=tokenizer,
        text_encoder=T5Gemma2Encoder(config).eval(),
        vae=wan_vae(),
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        guider=ClassifierFreeGuidance(),
        feature_extractor=SiglipImageProcessor(size={"height": 28, "width": 28}),
    )
