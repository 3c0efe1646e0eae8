"""Wav2Lip's `inference.py` (5c90fa9)."""

import argparse
from pathlib import Path

from tests.programs.film import add, sample, show


def main() -> None:
    parser = argparse.ArgumentParser()
    add(parser, "checkpoint_path face audio", required=True)
    parser.add_argument("--outfile", type=Path)
    parser.add_argument("--static", type=bool)
    parser.add_argument("--fps", type=float)
    add(parser, "face_det_batch_size wav2lip_batch_size resize_factor", type=int)
    add(parser, "pads crop box", type=int, nargs="+")
    parser.add_argument("--rotate", action="store_true")
    asked = parser.parse_args()
    # What follows the first dot of the whole path decides, so no folder may have one.
    assert asked.face.split(".")[1] in ("png", "mp4")
    assert asked.audio.endswith(".wav")
    sample(4)
    show(asked.outfile, asked.face, asked.audio)


if __name__ == "__main__":
    main()
