"""``load_format: dummy``: a checkpoint's architecture without its weights."""

from pathlib import Path

import numpy as np
import pytest

from serve.generation import StepDone
from serve.pipelines import loader
from tests.cards import HEIGHT, WIDTH, card_for, generation
from tests.checkpoints import TWINS
from tests.runs import run

NAMES = ("wan", "wan-i2v", "wan2.2-a14b", "flux2-klein", "hunyuan", "svd", "animatediff", "ltx2")


@pytest.mark.parametrize("name", NAMES)
def test_settings_alone_make_a_model_that_runs(name: str, tmp_path: Path) -> None:
    folder = TWINS[name].build(tmp_path)
    for suffix in ("safetensors", "bin"):
        for weights in folder.rglob(f"*.{suffix}"):
            weights.unlink()
    card = card_for(name, folder, load_format="dummy", vae_dtype=TWINS[name].vae_dtype)
    (frames, events), (again, _) = (run(loader.load(card), generation(name)) for _ in range(2))
    assert frames.shape[1:] == (HEIGHT, WIDTH, 3)
    assert frames.std() > 0
    assert np.array_equal(frames, again)
    assert [event.step for event in events if isinstance(event, StepDone)][:4] == [1, 2, 3, 4]
