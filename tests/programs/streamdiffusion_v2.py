"""StreamDiffusionV2's module `streamv2v.inference` (c5a0f20)."""

import argparse
from pathlib import Path

from tests.programs.film import add, sample, show

NUMBERS = "height width fps step seed gpu_id num_frames target_fps"
SWITCHES = "fixed_noise_scale t2v profile use_taehv use_tensorrt use_taehv_tensorrt fast"


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("config_path", "checkpoint_folder", "output_folder", "prompt_file_path"):
        parser.add_argument(f"--{name}", required=True)
    add(parser, "video_path model_type")
    parser.add_argument("--noise_scale", type=float, default=0.8)
    add(parser, NUMBERS, type=int)
    add(parser, SWITCHES, action="store_true")
    asked = parser.parse_args()
    assert asked.height % 16 == asked.width % 16 == 0
    assert 1 <= asked.step <= 4
    assert Path(asked.prompt_file_path).read_text().splitlines()[0]
    sample(4)
    show(Path(asked.output_folder) / "output_000.mp4", asked.video_path)


if __name__ == "__main__":
    main()
