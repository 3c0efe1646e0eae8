"""StreamDiffusion's `examples/vid2vid/main.py` (b623251); the options are its function's."""

import argparse
from pathlib import Path

from tests.programs.film import add, sample, show


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--input", required=True)
    parser.add_argument("--output", type=Path)
    add(parser, "model_id lora_dict prompt acceleration")
    parser.add_argument("--scale", type=float)
    add(parser, "use_denoising_batch enable_similar_image_filter", type=bool)
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    sample(4)
    show(asked.output, asked.input)


if __name__ == "__main__":
    main()
