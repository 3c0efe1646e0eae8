"""LivePortrait's `inference.py` (1986663); the options are those of its `ArgumentConfig`."""

import argparse
from pathlib import Path

from tests.programs.film import sample, show


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--source", "-s", type=Path, required=True)
    parser.add_argument("--driving", "-d", type=Path, required=True)
    parser.add_argument("--output-dir", "-o", type=Path, required=True)
    asked = parser.parse_args()
    sample(4, "Animating...")
    name = f"{asked.source.stem}--{asked.driving.stem}"
    small = asked.output_dir / f"{name}_concat.mp4"  # side by side, and written first
    show(small, str(asked.driving))
    show(asked.output_dir / f"{name}.mp4", str(asked.source), driving=str(asked.driving))


if __name__ == "__main__":
    main()
