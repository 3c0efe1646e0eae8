"""VideoCrafter's `scripts/evaluation/inference.py` (11bcd76)."""

import argparse
from pathlib import Path

from tests.programs.film import add, paint, sample

WHOLE = "seed n_samples ddim_steps bs height width frames fps"
NUMBERS = "ddim_eta unconditional_guidance_scale unconditional_guidance_scale_temporal"


def main() -> None:
    parser = argparse.ArgumentParser()
    add(parser, WHOLE, type=int)
    add(parser, NUMBERS, type=float)
    add(parser, "mode ckpt_path config prompt_file savedir savefps cond_input")
    asked = parser.parse_args()
    assert asked.mode == "base"
    assert asked.height % 16 == asked.width % 16 == 0
    assert len(Path(asked.prompt_file).read_text().splitlines()) == 1
    sample(asked.ddim_steps, "DDIM Sampler")
    frames = asked.frames or 16  # what the model was trained for
    paint(Path(asked.savedir) / "0001.mp4", None, (asked.width, asked.height), frames, 10)


if __name__ == "__main__":
    main()
