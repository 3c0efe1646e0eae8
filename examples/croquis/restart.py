"""Make checkpoints of exported weights, to train on from them where the run itself is gone.

    python -m examples.croquis.restart --weights serve/weights --run-dir runs/croquis

The optimizers' memory is lost. The denoiser's time budget starts anew, or with ``--minutes`` of it
used: 105 of 175 train on with the lessons of the second half, and clips among them.
"""

import argparse
from pathlib import Path

from diffusers import AutoencoderKLWan, WanVACETransformer3DModel
from transformers import UMT5EncoderModel

from examples.croquis.classifier import load_classifier
from examples.croquis.denoiser import Denoiser
from examples.croquis.recipe import save_atomically
from examples.croquis.tokenizer import build_tokenizer


def restart(weights: Path, run_dir: Path, minutes: float = 0.0) -> None:
    """Write ``autoencoder.pt``, ``denoiser.pt`` and ``classifier.pt``, unless one is there."""
    source = weights / "croquis-tryon"  # holds the shared base and the control branch
    vae = AutoencoderKLWan.from_pretrained(source, subfolder="vae").float()
    denoiser = Denoiser(len(build_tokenizer()))
    text_encoder = UMT5EncoderModel.from_pretrained(source, subfolder="text_encoder").float()
    transformer = WanVACETransformer3DModel.from_pretrained(source, subfolder="transformer").float()
    denoiser.text_encoder.load_state_dict(text_encoder.state_dict())
    denoiser.control.load_state_dict(transformer.state_dict())
    beginning = {"step": 0, "seconds": 0.0}
    average = {name: value.detach() for name, value in denoiser.named_parameters()}
    states = {
        "autoencoder.pt": {"vae": vae.state_dict()},
        "denoiser.pt": {
            "model": denoiser.state_dict(),
            "average": average,
            "seconds": minutes * 60,
        },
        "classifier.pt": {"model": load_classifier().float().state_dict()},
    }
    run_dir.mkdir(parents=True, exist_ok=True)
    for name, state in states.items():
        if (run_dir / name).exists():
            raise SystemExit(f"{run_dir / name} exists already: remove it, or train on from it")
        save_atomically({**beginning, **state}, run_dir / name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path("serve/weights"))
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    parser.add_argument("--minutes", type=float, default=0.0, help="used of the denoiser's budget")
    args = parser.parse_args()
    restart(args.weights, args.run_dir, args.minutes)


if __name__ == "__main__":
    main()
