"""Tiny random twins of every checkpoint layout we serve: real classes, saved like real weights.

They know the model libraries and nothing of this project, so that a test loads them exactly as a
downloaded checkpoint would be loaded.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import DiffusionPipeline, ModularPipeline

from tests.twins.animatediff import (
    condition_adapter,
    controlnet,
    ip_adapter,
    ip_adapter_xl,
    motion_adapter,
    sparse_controlnet,
    stable_diffusion,
    stable_diffusion_xl,
    text2video_zero,
)
from tests.twins.flux2 import flux2_klein
from tests.twins.hunyuan import (
    framepack_parts,
    hunyuan,
    hunyuan15,
    hunyuan15_i2v,
    hunyuan_i2v,
    skyreels_parts,
)
from tests.twins.kandinsky import kandinsky5, kandinsky5_i2v, kandinsky6
from tests.twins.ltx import (
    latent_upsampler,
    ltx,
    ltx2,
    ltx2_reference,
    ltx2_upsample,
    ltx_condition,
    ltx_long,
    ltx_upsample,
)
from tests.twins.modular import modular
from tests.twins.newer import anyflow, anyflow_far, motif_video
from tests.twins.qwen import qwen_image, qwen_image_edit
from tests.twins.sana import sana_video
from tests.twins.skyreels import skyreels, skyreels_forcing, skyreels_i2v
from tests.twins.transformers import cogvideox, cogvideox_control, cogvideox_i2v, latte, mochi
from tests.twins.unets import i2vgen_xl, modelscope, svd, zeroscope_xl
from tests.twins.wan import lucy, wan, wan_animate, wan_i2v, wan_vace

_BUILDERS: dict[str, Callable[[str], DiffusionPipeline | ModularPipeline]] = {
    "ModularPipeline": modular,
    "Kandinsky6TI2VAPipeline": kandinsky6,
    "AnyFlowPipeline": anyflow,
    "AnyFlowFARPipeline": anyflow_far,
    "MotifVideoPipeline": motif_video,
    "WanPipeline": wan,
    "WanVACEPipeline": wan_vace,
    "WanImageToVideoPipeline": wan_i2v,
    "WanAnimatePipeline": wan_animate,
    "LucyEditPipeline": lucy,
    "Flux2KleinPipeline": flux2_klein,
    "QwenImagePipeline": qwen_image,
    "QwenImageEditPlusPipeline": qwen_image_edit,
    "LTXPipeline": ltx,
    "LTXConditionPipeline": ltx_condition,
    "LTXLatentUpsamplePipeline": ltx_upsample,
    "LTX2Pipeline": ltx2,
    "LTX2InContextPipeline": ltx2_reference,
    "LTX2LatentUpsamplePipeline": ltx2_upsample,
    "LTXI2VLongMultiPromptPipeline": ltx_long,
    "SkyReelsV2Pipeline": skyreels,
    "SkyReelsV2DiffusionForcingPipeline": skyreels_forcing,
    "SkyReelsV2ImageToVideoPipeline": skyreels_i2v,
    "CogVideoXPipeline": cogvideox,
    "CogVideoXImageToVideoPipeline": cogvideox_i2v,
    "CogVideoXFunControlPipeline": cogvideox_control,
    "Kandinsky5T2VPipeline": kandinsky5,
    "Kandinsky5I2VPipeline": kandinsky5_i2v,
    "MochiPipeline": mochi,
    "SanaVideoPipeline": sana_video,
    "LattePipeline": latte,
    "HunyuanVideoPipeline": hunyuan,
    "HunyuanVideoImageToVideoPipeline": hunyuan_i2v,
    "HunyuanSkyreelsImageToVideoPipeline": hunyuan,
    "HunyuanVideoFramepackPipeline": hunyuan,
    "HunyuanVideo15Pipeline": hunyuan15,
    "HunyuanVideo15ImageToVideoPipeline": hunyuan15_i2v,
    "StableVideoDiffusionPipeline": svd,
    "TextToVideoSDPipeline": modelscope,
    "VideoToVideoSDPipeline": zeroscope_xl,
    "I2VGenXLPipeline": i2vgen_xl,
    "AnimateDiffPipeline": stable_diffusion,
    "AnimateDiffSDXLPipeline": stable_diffusion_xl,
    "AnimateDiffSparseControlNetPipeline": stable_diffusion,
    "AnimateDiffControlNetPipeline": stable_diffusion,
    "AnimateDiffPAGPipeline": stable_diffusion,
    "PIAPipeline": stable_diffusion,
    "TextToVideoZeroPipeline": text2video_zero,
    "TextToVideoZeroSDXLPipeline": stable_diffusion_xl,
}
_PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "LTXConditionPipeline": lambda: {"latent_upsampler": latent_upsampler()},
    "AnimateDiffPipeline": lambda: {"adapter": motion_adapter(), **ip_adapter()},
    "AnimateDiffSDXLPipeline": lambda: {"adapter": motion_adapter(), **ip_adapter_xl()},
    "AnimateDiffPAGPipeline": lambda: {"adapter": motion_adapter()},
    "AnimateDiffControlNetPipeline": lambda: {
        "adapter": motion_adapter(),
        "controlnet": controlnet(),
    },
    "PIAPipeline": lambda: {"adapter": condition_adapter()},
    "AnimateDiffSparseControlNetPipeline": lambda: {
        "adapter": motion_adapter(),
        "controlnet": sparse_controlnet(),
    },
    "HunyuanSkyreelsImageToVideoPipeline": skyreels_parts,
    "HunyuanVideoFramepackPipeline": framepack_parts,
}
"""Components that are published apart, by the folders that stand for their repositories."""


def build_twin(
    pipeline_class: str, folder: Path, *, layout: str = "", variant: str | None = None
) -> Path:
    """Save a twin of `pipeline_class` in `folder`; the same call always gives the same weights.

    Wan twins have the layout of Wan 2.1, or another: ``a14b`` denoises with two transformers in
    turn, ``ti2v`` takes its first frame without noise, ``flf2v`` both ends of a clip, and
    ``croquis``, that of the built-in models, has an autoencoder that folds patches of pixels and
    keeps every frame. HunyuanVideo-I2V has its first frame replaced by the picture, or with
    ``33ch`` sees it beside its own frames. A `variant`, such as ``fp16``, lies beside the
    plain files.
    """
    torch.manual_seed(0)
    pipeline = _BUILDERS[pipeline_class](layout)
    for files in {None, variant}:
        pipeline.save_pretrained(folder, variant=files)
    for place, part in _PARTS.get(pipeline_class, dict)().items():
        part.save_pretrained(folder / place)
    return folder
