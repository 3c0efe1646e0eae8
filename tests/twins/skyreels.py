"""SkyReels-V2, which has Wan's parts but a transformer of its own."""

from typing import Any

from diffusers import (
    DiffusionPipeline,
    SkyReelsV2DiffusionForcingPipeline,
    SkyReelsV2ImageToVideoPipeline,
    SkyReelsV2Pipeline,
    SkyReelsV2Transformer3DModel,
    UniPCMultistepScheduler,
)
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from tests.twins.text import TEXT_DIM, t5
from tests.twins.wan import wan_vae

HEADS, HEAD_DIM = 2, 12


def skyreels(_layout: str) -> DiffusionPipeline:
    return SkyReelsV2Pipeline(**_parts(16))


def skyreels_forcing(_layout: str) -> DiffusionPipeline:
    return SkyReelsV2DiffusionForcingPipeline(**_parts(16, inject_sample_info=True))


def skyreels_i2v(_layout: str) -> DiffusionPipeline:
    vision = CLIPVisionConfig(
        hidden_size=16,
        projection_dim=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=32,
        patch_size=8,
    )
    return SkyReelsV2ImageToVideoPipeline(
        **_parts(36, image_dim=16, added_kv_proj_dim=HEADS * HEAD_DIM),
        image_encoder=CLIPVisionModelWithProjection(vision).eval(),
        image_processor=CLIPImageProcessor(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
    )


def _parts(inputs: int, **more: Any) -> dict[str, Any]:
    return {
        **t5(),
        "vae": wan_vae(),
        "transformer": SkyReelsV2Transformer3DModel(
            in_channels=inputs,
            out_channels=16,
            num_attention_heads=HEADS,
            attention_head_dim=HEAD_DIM,
            text_dim=TEXT_DIM,
            freq_dim=32,
            ffn_dim=32,
            num_layers=2,
            rope_max_seq_len=64,
            **more,
        ),
        "scheduler": UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=8.0
        ),
    }
