"""Checkpoints of one file, as communities pass them on: of what, and whether they are whole.

Such a file holds the denoiser. The rest of the pipeline, and the denoiser's settings, are those of
a base: a model in diffusers format. Nothing here loads a model library.
"""

import importlib.util
import json
from pathlib import Path

SUFFIXES = (".safetensors", ".ckpt", ".gguf")
DENOISERS = {
    "WanPipeline": ("transformer", "WanTransformer3DModel"),
    "WanImageToVideoPipeline": ("transformer", "WanTransformer3DModel"),
    "WanVideoToVideoPipeline": ("transformer", "WanTransformer3DModel"),
    "WanVACEPipeline": ("transformer", "WanVACETransformer3DModel"),
    "WanAnimatePipeline": ("transformer", "WanAnimateTransformer3DModel"),
    "SkyReelsV2Pipeline": ("transformer", "SkyReelsV2Transformer3DModel"),
    "SkyReelsV2DiffusionForcingPipeline": ("transformer", "SkyReelsV2Transformer3DModel"),
    "SkyReelsV2ImageToVideoPipeline": ("transformer", "SkyReelsV2Transformer3DModel"),
    "LTXPipeline": ("transformer", "LTXVideoTransformer3DModel"),
    "LTXConditionPipeline": ("transformer", "LTXVideoTransformer3DModel"),
    "LTX2Pipeline": ("transformer", "LTX2VideoTransformer3DModel"),
    "HunyuanVideoPipeline": ("transformer", "HunyuanVideoTransformer3DModel"),
    "HunyuanVideoImageToVideoPipeline": ("transformer", "HunyuanVideoTransformer3DModel"),
    "HunyuanSkyreelsImageToVideoPipeline": ("transformer", "HunyuanVideoTransformer3DModel"),
    "MochiPipeline": ("transformer", "MochiTransformer3DModel"),
    "AnimateDiffPipeline": ("unet", "UNet2DConditionModel"),
    "AnimateDiffSDXLPipeline": ("unet", "UNet2DConditionModel"),
    "AnimateDiffSparseControlNetPipeline": ("unet", "UNet2DConditionModel"),
    "TextToVideoZeroPipeline": ("unet", "UNet2DConditionModel"),
    "Flux2KleinPipeline": ("transformer", "Flux2Transformer2DModel"),
    "QwenImageEditPlusPipeline": ("transformer", "QwenImageTransformer2DModel"),
}
"""The component that a file is, and its class, by its base's pipeline: those diffusers reads."""


def is_single_file(source: str) -> bool:
    """Whether it is meant as a checkpoint of one file, by its name."""
    return Path(source).suffix.lower() in SUFFIXES


def refuse_damage(path: Path) -> None:
    """Raise `ValueError` if the file is missing, cut short or not what its name says."""
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    with path.open("rb") as file:
        start = file.read(8)
        match path.suffix.lower():
            case ".safetensors":
                length = int.from_bytes(start, "little")
                _refuse_cut(path, file.read(length) if 2 <= length <= 10**8 else b"", 8 + length)
            case ".gguf":
                if not start.startswith(b"GGUF"):
                    raise ValueError(f"{path} is not in the GGUF format")
                if importlib.util.find_spec("gguf") is None:
                    raise ValueError(f"{path} needs the package gguf: pip install gguf")
            case _:
                if not start.startswith((b"PK", b"\x80")):
                    raise ValueError(f"{path} is no checkpoint of PyTorch")


def _refuse_cut(path: Path, header: bytes, data: int) -> None:
    """Refuse a safetensors file that is shorter than its header, of `data` bytes in, says."""
    try:
        tensors = json.loads(header)
        ends = [one["data_offsets"][1] for name, one in tensors.items() if name != "__metadata__"]
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ValueError(f"{path} is not in the safetensors format") from error
    whole, here = data + max(ends, default=0), path.stat().st_size
    if here < whole:
        raise ValueError(f"{path} is cut short: {here} of {whole} bytes are here")
