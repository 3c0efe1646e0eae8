"""Wav2Lip's `inference.py` (5c90fa9)."""

import argparse
from pathlib import Path

from tests.programs.film import sample, show


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("checkpoint_path", "face", "audio"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--outfile", type=Path)
    parser.add_argument("--static", type=bool)
    parser.add_argument("--fps", type=float)
    for name in ("face_det_batch_size", "wav2lip_batch_size", "resize_factor"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("pads", "crop", "box"):
        parser.add_argument(f"--{name}", type=int, nargs="+")
    parser.add_argument("--rotate", action="store_true")
    asked = parser.parse_args()
    # What follows the first dot of the whole path decides, so no folder may have one.
    assert asked.face.split(".")[1] in ("png", "mp4")
    assert asked.audio.endswith(".wav")
    sample(4)
    show(asked.outfile, asked.face, asked.audio)


if __name__ == "__main__":
    main()
