"""DynamiCrafter's `scripts/evaluation/inference.py` (c453369)."""

import argparse
from pathlib import Path

from tests.programs.film import add, paint, sample

WHOLE = "n_samples ddim_steps bs height width frame_stride seed video_length fps"
NUMBERS = "ddim_eta unconditional_guidance_scale cfg_img guidance_rescale"
SWITCHES = "negative_prompt text_input multiple_cond_cfg perframe_ae loop interp"


def main() -> None:
    parser = argparse.ArgumentParser()
    add(parser, WHOLE, type=int)
    add(parser, NUMBERS, type=float)
    add(parser, "savedir ckpt_path config prompt_dir timestep_spacing")
    add(parser, SWITCHES, action="store_true")
    parser.set_defaults(fps=8)
    asked = parser.parse_args()
    assert asked.height % 16 == asked.width % 16 == 0
    folder = Path(asked.prompt_dir)
    (picture, *more), (prompts,) = sorted(folder.glob("*.png")), folder.glob("*.txt")
    assert len(more) == asked.interp
    assert len(prompts.read_text().splitlines()) == 1
    sample(asked.ddim_steps, "DDIM Sampler")
    out = Path(asked.savedir) / "samples_separate" / f"{picture.stem}_sample0.mp4"
    paint(out, str(picture), (asked.width, asked.height), asked.video_length, asked.fps)


if __name__ == "__main__":
    main()
