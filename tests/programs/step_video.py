"""Step-Video-TI2V's `run_parallel.py` (27f252d): the options of `stepvideo/config.py`."""

import argparse
import datetime
from pathlib import Path

from tests.programs.film import add, paint, sample

WHOLE = """batch_size infer_steps num_videos num_frames height width seed
    ulysses_degree ring_degree tensor_parallel_degree"""
NUMBERS = "time_shift cfg_scale motion_score"
TEXTS = """vae_url caption_url flow_solver model_dir model_resolution save_path
    output_file_name name_suffix prompt first_image_path pos_magic neg_magic"""


def main() -> None:
    parser = argparse.ArgumentParser()
    add(parser, WHOLE, type=int)
    add(parser, NUMBERS, type=float)
    add(parser, TEXTS)
    add(parser, "flow_reverse use-cpu-offload", action="store_true")
    parser.set_defaults(num_frames=102, name_suffix="")
    asked = parser.parse_args()
    sample(asked.infer_steps)
    name = f"{asked.output_file_name or asked.prompt[:50]}-{datetime.datetime.now()}.mp4"
    # It makes 992x544, of which it cuts out this.
    paint(Path(asked.save_path) / name, asked.first_image_path, (960, 540), asked.num_frames, 25)


if __name__ == "__main__":
    main()
