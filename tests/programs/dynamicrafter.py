"""DynamiCrafter's `scripts/evaluation/inference.py` (c453369)."""

import argparse
from pathlib import Path

from tests.programs.film import paint, sample

NUMBERS = {
    int: ("n_samples", "ddim_steps", "bs", "height", "width", "frame_stride", "seed"),
    float: ("ddim_eta", "unconditional_guidance_scale", "cfg_img", "guidance_rescale"),
}
NUMBERS[int] += ("video_length", "fps")
SWITCHES = ("negative_prompt", "text_input", "multiple_cond_cfg", "perframe_ae", "loop", "interp")


def main() -> None:
    parser = argparse.ArgumentParser()
    for kind, names in NUMBERS.items():
        for name in names:
            parser.add_argument(f"--{name}", type=kind)
    for name in ("savedir", "ckpt_path", "config", "prompt_dir", "timestep_spacing"):
        parser.add_argument(f"--{name}")
    for name in SWITCHES:
        parser.add_argument(f"--{name}", action="store_true")
    parser.set_defaults(fps=8)
    asked = parser.parse_args()
    assert asked.height % 16 == asked.width % 16 == 0
    folder = Path(asked.prompt_dir)
    (picture,), (prompts,) = folder.glob("*.png"), folder.glob("*.txt")
    assert len(prompts.read_text().splitlines()) == 1
    sample(asked.ddim_steps, "DDIM Sampler")
    out = Path(asked.savedir) / "samples_separate" / f"{picture.stem}_sample0.mp4"
    paint(out, str(picture), (asked.width, asked.height), asked.video_length, asked.fps)


if __name__ == "__main__":
    main()
