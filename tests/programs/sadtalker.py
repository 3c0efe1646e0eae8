"""SadTalker's `inference.py` (cd4c046)."""

import argparse
import shutil
import time
from pathlib import Path

from tests.programs.film import add, sample, show

TEXTS = """driven_audio source_image ref_eyeblink ref_pose checkpoint_dir
    result_dir enhancer background_enhancer init_path bfm_folder bfm_model"""


def main() -> None:
    parser = argparse.ArgumentParser()
    add(parser, TEXTS)
    add(parser, "pose_style batch_size size", type=int)
    add(parser, "expression_scale focal center camera_d z_near z_far", type=float)
    add(parser, "cpu face3dvis still verbose old_version", action="store_true")
    ways = ["crop", "extcrop", "resize", "full", "extfull"]
    parser.add_argument("--preprocess", choices=ways, default="crop")
    asked = parser.parse_args()
    sample(4, "Face Renderer:")
    folder = Path(asked.result_dir) / time.strftime("%Y_%m_%d_%H.%M.%S")
    show(folder / "image##audio_enhanced.mp4", asked.source_image, asked.driven_audio)
    shutil.move(folder / "image##audio_enhanced.mp4", f"{folder}.mp4")
    if not asked.verbose:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
