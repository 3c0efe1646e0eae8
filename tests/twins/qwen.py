"""Qwen-Image; and Qwen-Image-Edit, since the layout of 2509, with what 2511 added."""

import string
from typing import Any

import transformers
from diffusers import (
    AutoencoderKLQwenImage,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    QwenImageEditPlusPipeline,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
)
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen2VLImageProcessor,
)

_SPECIALS = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
HIDDEN = 16
_LATENT_CHANNELS = 4


class Qwen2VLProcessor(transformers.Qwen2VLProcessor):
    """The real one cannot be made without torchvision, for its part for clips."""

    __module__ = "transformers"  # what model_index.json says

    def __init__(self, image_processor: Any = None, tokenizer: Any = None) -> None:
        super().__init__(image_processor, tokenizer)


def qwen_image(_layout: str) -> DiffusionPipeline:
    vocab = _vocab()
    return QwenImagePipeline(
        tokenizer=_tokenizer(vocab), text_encoder=_text_encoder(vocab), **_denoising_parts()
    )


def qwen_image_edit(_layout: str) -> DiffusionPipeline:
    parts = reader("processor")
    return QwenImageEditPlusPipeline(
        tokenizer=parts["processor"].tokenizer, **parts, **_denoising_parts(zero_cond_t=True)
    )


def reader(name: str, spare: int = 0) -> dict[str, Any]:
    """What reads prompts and pictures, called `name`, and Qwen 2.5 VL; so many tokens more may be
    added."""
    vocab = _vocab()
    processor = Qwen2VLProcessor(Qwen2VLImageProcessor(), _tokenizer(vocab))
    return {name: processor, "text_encoder": _text_encoder(vocab, spare)}


def _vocab() -> dict[str, int]:
    tokens = [*_SPECIALS, *sorted({*string.printable, "Ċ", "Ġ"})]
    return {token: index for index, token in enumerate(tokens)}


def _tokenizer(vocab: dict[str, int]) -> Qwen2Tokenizer:
    return Qwen2Tokenizer(
        vocab=vocab,
        merges=[],
        pad_token="<|endoftext|>",
        additional_special_tokens=_SPECIALS[1:],
    )


def _denoising_parts(**options: Any) -> dict[str, Any]:
    return {
        "vae": AutoencoderKLQwenImage(
            base_dim=4,
            z_dim=_LATENT_CHANNELS,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            latents_mean=[0.1] * _LATENT_CHANNELS,
            latents_std=[1.5] * _LATENT_CHANNELS,
        ),
        "transformer": QwenImageTransformer2DModel(
            in_channels=4 * _LATENT_CHANNELS,
            out_channels=_LATENT_CHANNELS,
            num_layers=2,
            attention_head_dim=16,
            num_attention_heads=1,
            joint_attention_dim=HIDDEN,
            axes_dims_rope=(4, 6, 6),
            **options,
        ),
        "scheduler": FlowMatchEulerDiscreteScheduler(
            base_shift=0.5,
            max_shift=0.9,
            max_image_seq_len=8192,
            shift_terminal=0.02,
            use_dynamic_shifting=True,
        ),
    }


def _text_encoder(vocab: dict[str, int], spare: int = 0) -> Qwen2_5_VLForConditionalGeneration:
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(vocab) + spare,
            "hidden_size": HIDDEN,
            "intermediate_size": 16,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1_000_000.0,
                "mrope_section": [1, 1, 2],
            },
        },
        vision_config={
            "depth": 2,
            "hidden_size": HIDDEN,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": HIDDEN,
            "fullatt_block_indexes": [1],
        },
        image_token_id=vocab["<|image_pad|>"],
        video_token_id=vocab["<|video_pad|>"],
        vision_start_token_id=vocab["<|vision_start|>"],
        vision_end_token_id=vocab["<|vision_end|>"],
    )
    return Qwen2_5_VLForConditionalGeneration(config).eval()
