"""What is made of Stable Diffusion: AnimateDiff and its relatives, Text2Video-Zero."""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    ControlNetModel,
    DiffusionPipeline,
    ModelMixin,
    MotionAdapter,
    SparseControlNetModel,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    TextToVideoZeroPipeline,
    UNet2DConditionModel,
)
from diffusers.models.attention_processor import IPAdapterAttnProcessor
from diffusers.models.embeddings import ImageProjection
from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
from safetensors.torch import save_file
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from tests.twins.text import TEXT_DIM, clip
from tests.twins.unets import ddim, vae

_CHANNELS = (32, 64)
PROJECTED = 16
"""What an IP-Adapter is told of a picture."""
_UNET: dict[str, Any] = {
    "block_out_channels": _CHANNELS,
    "layers_per_block": 1,
    "sample_size": 32,
    "attention_head_dim": 4,
}


def stable_diffusion(_layout: str) -> DiffusionPipeline:
    """The picture model below AnimateDiff, whose motion adapter comes apart."""
    return StableDiffusionPipeline(
        **_stills(), safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )


def text2video_zero(_layout: str) -> DiffusionPipeline:
    """As its authors' base, with a safety checker, which passes whatever it sees."""
    tower = {"num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 37}
    vision = {**tower, "hidden_size": 32, "image_size": 32, "patch_size": 8}
    config = CLIPConfig(vision_config=vision, projection_dim=32)
    return TextToVideoZeroPipeline(
        **_stills(),
        safety_checker=StableDiffusionSafetyChecker(config).eval(),
        feature_extractor=CLIPImageProcessor(
            size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
        ),
    )


def stable_diffusion_xl(_layout: str) -> DiffusionPipeline:
    first, second = clip(), clip()
    projected = second["text_encoder"].config
    projected.projection_dim = TEXT_DIM
    return StableDiffusionXLPipeline(
        **first,
        tokenizer_2=second["tokenizer"],
        text_encoder_2=CLIPTextModelWithProjection(projected).eval(),
        vae=vae(force_upcast=False),  # as the card's, mended for half precision
        unet=_sdxl_unet(),
        scheduler=ddim(),
    )


def motion_adapter(**options: Any) -> ModelMixin:
    return MotionAdapter(
        block_out_channels=_CHANNELS,
        motion_layers_per_block=1,
        motion_num_attention_heads=4,
        **options,
    )


def condition_adapter() -> ModelMixin:
    """PIA's, which sees the picture, and where it holds, beside the noise."""
    return motion_adapter(conv_in_channels=9)


def sparse_controlnet() -> ModelMixin:
    net = SparseControlNetModel(
        block_out_channels=_CHANNELS,
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlockMotion", "DownBlockMotion"),
        cross_attention_dim=TEXT_DIM,
        attention_head_dim=4,
        motion_num_attention_heads=4,
    )
    return _heard(net)


def controlnet() -> ModelMixin:
    net = ControlNetModel(
        block_out_channels=_CHANNELS,
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        cross_attention_dim=TEXT_DIM,
        attention_head_dim=4,
        conditioning_embedding_out_channels=(8, 8, 8, 16),  # halves thrice, as the autoencoder
    )
    return _heard(net)


def _heard(net: ModelMixin) -> ModelMixin:
    """As training begins, a control network does nothing; one that does something."""
    for weights in net.parameters():
        if not weights.any():
            torch.nn.init.normal_(weights, std=0.1)
    return net


def _stills() -> dict[str, Any]:
    """The components of Stable Diffusion."""
    return {**clip(), "vae": vae(), "unet": _sd_unet(), "scheduler": ddim()}


def _sd_unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        **_UNET,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=TEXT_DIM,
    )


def _sdxl_unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        **_UNET,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=2 * TEXT_DIM,
        transformer_layers_per_block=(1, 2),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + TEXT_DIM,
    )


class IPAdapter:
    """Weights as IP-Adapters are published: of a projection, and of two more layers in each
    cross-attention of the UNet, which come with numbers for names."""

    def __init__(self, unet: UNet2DConditionModel) -> None:
        wide = unet.config.cross_attention_dim
        projection = ImageProjection(
            cross_attention_dim=wide, image_embed_dim=PROJECTED, num_image_text_embeds=4
        ).state_dict()
        names = {"image_embeds": "proj", "norm": "norm"}
        self._weights = {
            f"image_proj.{names[name.partition('.')[0]]}.{name.partition('.')[2]}": value
            for name, value in projection.items()
        }
        processors = [name for name in unet.attn_processors if "attn2" in name]
        for index, name in enumerate(processors):
            layer = unet.get_submodule(name.removesuffix(".processor"))
            inner = layer.to_q.out_features
            more = IPAdapterAttnProcessor(hidden_size=inner, cross_attention_dim=wide).state_dict()
            for which in ("to_k_ip", "to_v_ip"):
                value = more[f"{which}.0.weight"]
                self._weights[f"ip_adapter.{2 * index + 1}.{which}.weight"] = value

    def save_pretrained(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        save_file(self._weights, folder / "ip-adapter.safetensors")


def ip_adapter() -> dict[str, Any]:
    """For Stable Diffusion."""
    return {"ip-adapter": IPAdapter(_sd_unet()), **_image_encoder()}


def ip_adapter_xl() -> dict[str, Any]:
    """For SDXL."""
    return {"ip-adapter": IPAdapter(_sdxl_unet()), **_image_encoder()}


def _image_encoder() -> dict[str, Any]:
    vision = CLIPVisionConfig(
        hidden_size=32,
        projection_dim=PROJECTED,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=37,
        image_size=32,
        patch_size=8,
    )
    return {"image_encoder": CLIPVisionModelWithProjection(vision).eval()}
