"""SadTalker's `inference.py` (cd4c046)."""

import argparse
import shutil
import time
from pathlib import Path

from tests.programs.film import sample, show

TEXTS: tuple[str, ...] = (
    "driven_audio",
    "source_image",
    "ref_eyeblink",
    "ref_pose",
    "checkpoint_dir",
)
TEXTS += ("result_dir", "enhancer", "background_enhancer", "init_path", "bfm_folder", "bfm_model")
WHOLE: tuple[str, ...] = ("pose_style", "batch_size", "size")
SWITCHES = ("cpu", "face3dvis", "still", "verbose", "old_version")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in TEXTS:
        parser.add_argument(f"--{name}")
    for name in WHOLE:
        parser.add_argument(f"--{name}", type=int)
    for name in ("expression_scale", "focal", "center", "camera_d", "z_near", "z_far"):
        parser.add_argument(f"--{name}", type=float)
    for name in SWITCHES:
        parser.add_argument(f"--{name}", action="store_true")
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
