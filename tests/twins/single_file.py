"""Twins as communities pass checkpoints on: one file, with the names that a model's authors use."""

from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

WEIGHTS = "diffusion_pytorch_model.safetensors"
WAN_NAMES = {
    "condition_embedder.time_embedder.linear_1": "time_embedding.0",
    "condition_embedder.time_embedder.linear_2": "time_embedding.2",
    "condition_embedder.text_embedder.linear_1": "text_embedding.0",
    "condition_embedder.text_embedder.linear_2": "text_embedding.2",
    "condition_embedder.time_proj": "time_projection.1",
    "attn1": "self_attn",
    "attn2": "cross_attn",
    ".to_out.0.": ".o.",
    ".to_q.": ".q.",
    ".to_k.": ".k.",
    ".to_v.": ".v.",
    "proj_out": "head.head",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
    "norm2": "norm-3",
    "norm3": "norm2",
    "norm-3": "norm3",
}
"""Diffusers' names in `WanTransformer3DModel`, and those of Wan's own code."""


def single_file(twin: Path, file: Path, *, with_authors_names: bool, lacking: str = "") -> Path:
    """The denoiser of the Wan twin in `twin` as `file`, but for the tensors called `lacking`."""
    tensors = load_file(twin / "transformer" / WEIGHTS)
    if with_authors_names:
        tensors = {f"model.diffusion_model.{_wans(name)}": one for name, one in tensors.items()}
    kept: dict[str, Tensor] = {
        name: one for name, one in tensors.items() if not lacking or lacking not in name
    }
    save_file(kept, file)
    return file


def _wans(name: str) -> str:
    if name == "scale_shift_table":
        return "head.modulation"
    for ours, theirs in WAN_NAMES.items():
        name = name.replace(ours, theirs)
    return name.replace("scale_shift_table", "modulation")
