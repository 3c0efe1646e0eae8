"""Tiny random twins of every checkpoint layout we serve: real classes, saved like real weights.

They know the model libraries and nothing of this project, so that a test loads them exactly as a
downloaded checkpoint would be loaded.
"""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLFlux2,
    AutoencoderKLWan,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModel,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Tokenizer,
    UMT5Config,
    UMT5EncoderModel,
)

TEXT_DIM = 32
CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def build_twin(pipeline_class: str, folder: Path, *, layout: str = "") -> Path:
    """Save a twin of `pipeline_class` in `folder`; the same call always gives the same weights.

    Wan twins have the layout of Wan 2.1, or another: ``a14b`` denoises with two transformers in
    turn, ``ti2v`` takes its first frame without noise, and ``croquis``, that of the built-in
    models, has an autoencoder that folds patches of pixels and keeps every frame.
    """
    torch.manual_seed(0)
    pipeline = _BUILDERS[pipeline_class](layout)
    pipeline.save_pretrained(folder)
    return folder


def _wan(layout: str) -> DiffusionPipeline:
    vae = _VAES[layout]()
    return WanPipeline(
        **_t5(),
        vae=vae,
        **_wan_transformers(layout, vae.config.z_dim, vae.config.z_dim),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        expand_timesteps=layout == "ti2v",
    )


def _wan_vace(layout: str) -> DiffusionPipeline:
    vae = _VAES[layout]()
    z_dim, factor = vae.config.z_dim, vae.config.scale_factor_spatial
    return WanVACEPipeline(
        **_t5(),
        vae=vae,
        transformer=WanVACETransformer3DModel(
            in_channels=z_dim,
            out_channels=z_dim,
            vace_layers=[0, 1],
            vace_in_channels=2 * z_dim + factor**2,
            **_wan_sizes(layout),
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
    )


def _wan_i2v(layout: str) -> DiffusionPipeline:
    scheduler = UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )
    if layout == "a14b":  # which has no image encoder
        return WanImageToVideoPipeline(
            **_t5(), vae=_wan_vae(), **_wan_transformers(layout, 36, 16), scheduler=scheduler
        )
    vision = CLIPVisionConfig(
        hidden_size=16,
        projection_dim=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=32,
        patch_size=8,
    )
    return WanImageToVideoPipeline(
        **_t5(),
        vae=_wan_vae(),
        **_wan_transformers(layout, 36, 16, image_dim=16),
        scheduler=scheduler,
        image_encoder=CLIPVisionModel(vision).eval(),
        image_processor=CLIPImageProcessor(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
    )


def _wan_transformers(layout: str, inputs: int, outputs: int, **more: Any) -> dict[str, Any]:
    """One, or for ``a14b`` the one for much noise and the one for little."""
    sizes = {"in_channels": inputs, "out_channels": outputs, **_wan_sizes(layout), **more}
    parts: dict[str, Any] = {"transformer": WanTransformer3DModel(**sizes)}
    if layout == "a14b":
        parts |= {"transformer_2": WanTransformer3DModel(**sizes), "boundary_ratio": 0.875}
    return parts


def _flux2_klein(_layout: str) -> DiffusionPipeline:
    characters = sorted({*string.printable, "Ċ", "Ġ"})
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocab = {token: index for index, token in enumerate([*specials, *characters])}
    tokenizer = Qwen2Tokenizer(vocab=vocab, merges=[], pad_token="<|endoftext|>")
    tokenizer.chat_template = CHAT_TEMPLATE
    text = Qwen3Config(
        vocab_size=len(vocab),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=28,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
    )
    return Flux2KleinPipeline(
        tokenizer=tokenizer,
        text_encoder=Qwen3ForCausalLM(text).eval(),
        vae=AutoencoderKLFlux2(
            block_out_channels=(4, 4, 4, 4),
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=2,
            sample_size=64,
        ),
        transformer=Flux2Transformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=3 * 16,
            timestep_guidance_channels=16,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        is_distilled=True,
    )


_BUILDERS: dict[str, Callable[[str], DiffusionPipeline]] = {
    "WanPipeline": _wan,
    "WanVACEPipeline": _wan_vace,
    "WanImageToVideoPipeline": _wan_i2v,
    "Flux2KleinPipeline": _flux2_klein,
}


def _t5() -> dict[str, Any]:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(c, -3.0) for c in string.ascii_letters + string.digits + string.punctuation]
    config = UMT5Config(
        vocab_size=128, d_model=TEXT_DIM, d_kv=8, d_ff=37, num_layers=2, num_heads=4
    )
    return {
        "tokenizer": T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=32),
        "text_encoder": UMT5EncoderModel(config).eval(),
    }


def _wan_vae() -> AutoencoderKLWan:
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
    "": _wan_vae,
    "a14b": _wan_vae,
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
