"""MuseTalk's `scripts/inference.py` (0a89dec)."""

import argparse
from pathlib import Path

import yaml

from tests.programs.film import add, sample, show

TEXTS = """ffmpeg_path vae_type unet_config unet_model_path whisper_dir
    inference_config result_dir output_vid_name parsing_mode"""
WHOLE = """gpu_id bbox_shift extra_margin fps audio_padding_length_left
    audio_padding_length_right batch_size left_cheek_width right_cheek_width"""


def main() -> None:
    parser = argparse.ArgumentParser()
    add(parser, TEXTS)
    add(parser, WHOLE, type=int)
    add(parser, "use_saved_coord saved_coord use_float16", action="store_true")
    parser.add_argument("--version", choices=["v1", "v15"], default="v15")
    asked = parser.parse_args()
    for task in yaml.safe_load(Path(asked.inference_config).read_text()).values():
        shown, audio = Path(task["video_path"]), Path(task["audio_path"])
        sample(4)
        name = asked.output_vid_name or f"{shown.stem}_{audio.stem}.mp4"
        show(Path(asked.result_dir) / asked.version / name, str(shown), str(audio))


if __name__ == "__main__":
    main()
