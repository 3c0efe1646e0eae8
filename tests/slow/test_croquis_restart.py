"""Training on from exported weights."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

pytest.importorskip("skia")

from examples.croquis.restart import restart

WEIGHTS = Path(__file__).parents[2] / "serve" / "weights"


def test_checkpoints_made_of_the_weights_hold_them_and_are_not_made_twice(tmp_path: Path) -> None:
    restart(WEIGHTS, tmp_path, minutes=2)
    state = torch.load(tmp_path / "denoiser.pt", weights_only=True)
    assert state["seconds"] == 120
    exported = load_file(
        WEIGHTS / "croquis-t2v" / "transformer" / "diffusion_pytorch_model.safetensors"
    )
    for name, weight in exported.items():
        assert torch.equal(state["average"][f"base.{name}"], weight.float()), name
    with pytest.raises(SystemExit, match="exists already"):
        restart(WEIGHTS, tmp_path)
