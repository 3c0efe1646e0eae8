"""SANA-Video, with linear attention and Wan's autoencoder."""

from diffusers import (
    DiffusionPipeline,
    DPMSolverMultistepScheduler,
    SanaVideoPipeline,
    SanaVideoTransformer3DModel,
)

from tests.twins.text import TEXT_DIM, gemma2
from tests.twins.wan import wan_vae

HEADS, HEAD_DIM = 2, 12


def sana_video(_layout: str) -> DiffusionPipeline:
    vae = wan_vae()
    return SanaVideoPipeline(
        **gemma2(),
        vae=vae,
        transformer=SanaVideoTransformer3DModel(
            in_channels=vae.config.z_dim,
            out_channels=vae.config.z_dim,
            num_attention_heads=HEADS,
            attention_head_dim=HEAD_DIM,
            num_cross_attention_heads=HEADS,
            cross_attention_head_dim=HEAD_DIM,
            cross_attention_dim=HEADS * HEAD_DIM,
            caption_channels=TEXT_DIM,
            num_layers=2,
            rope_max_seq_len=64,
        ),
        scheduler=DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=8.0
        ),
    )
