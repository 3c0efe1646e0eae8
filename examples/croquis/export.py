"""Write the trained networks as two diffusers pipelines in bfloat16.

    python -m examples.croquis.export --run-dir runs/croquis --weights serve/weights

The denoiser's running average is what is saved.
"""

import argparse
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLWan,
    DPMSolverMultistepScheduler,
    WanPipeline,
    WanVACEPipeline,
)

from examples.croquis.autoencoder import build_autoencoder
from examples.croquis.denoiser import Denoiser
from examples.croquis.tokenizer import build_tokenizer
from examples.croquis.train_denoiser import SHIFT


def load_autoencoder(run_dir: Path) -> AutoencoderKLWan:
    """The autoencoder of the last checkpoint; its decoder has perhaps learnt from the denoiser."""
    vae = build_autoencoder()
    learnt = run_dir / "decoder.pt"
    path = learnt if learnt.exists() else run_dir / "autoencoder.pt"
    vae.load_state_dict(torch.load(path, weights_only=True, map_location="cpu")["vae"])
    return vae


def load_denoiser(run_dir: Path, vocabulary: int) -> Denoiser:
    """The average of the denoiser's weights."""
    state = torch.load(run_dir / "denoiser.pt", weights_only=True, map_location="cpu")
    denoiser = Denoiser(vocabulary)
    denoiser.load_state_dict(state["model"])
    missing, unexpected = denoiser.load_state_dict(state["average"], strict=False)
    if unexpected:
        raise ValueError(f"the checkpoint's average has unknown weights: {unexpected}")
    return denoiser


def export(run_dir: Path, weights: Path) -> None:
    """Write ``croquis-t2v`` and ``croquis-tryon`` below `weights`."""
    tokenizer = build_tokenizer()
    denoiser = load_denoiser(run_dir, len(tokenizer)).eval()
    parts = {
        "tokenizer": tokenizer,
        "text_encoder": denoiser.text_encoder,
        "vae": load_autoencoder(run_dir),
        # New noise in each step: what one step leaves of it, the next does not take for cloth.
        "scheduler": DPMSolverMultistepScheduler(
            algorithm_type="sde-dpmsolver++",
            prediction_type="sample",
            use_flow_sigmas=True,
            flow_shift=SHIFT,
        ),
    }
    WanPipeline(**parts, transformer=denoiser.base).to(torch.bfloat16).save_pretrained(
        weights / "croquis-t2v"
    )
    WanVACEPipeline(**parts, transformer=denoiser.control).to(torch.bfloat16).save_pretrained(
        weights / "croquis-tryon"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    parser.add_argument("--weights", type=Path, default=Path("serve/weights"))
    args = parser.parse_args()
    export(args.run_dir, args.weights)


if __name__ == "__main__":
    main()
