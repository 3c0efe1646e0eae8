"""SEINE's `sample_scripts/with_mask_sample.py` (bd8d519), with the names of its settings."""

import argparse
from pathlib import Path

import yaml

from tests.programs.film import paint, sample

NAMES = {"ckpt", "pretrained_model_path", "input_path", "save_path", "model", "num_frames"}
NAMES |= {"image_size", "use_fp16", "enable_xformers_memory_efficient_attention", "seed"}
NAMES |= {"run_time", "cfg_scale", "sample_method", "num_sampling_steps", "text_prompt"}
NAMES |= {"additional_prompt", "negative_prompt", "do_classifier_free_guidance", "mask_type"}
NAMES |= {"use_mask"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path)
    asked = yaml.safe_load(parser.parse_args().config.read_text())
    assert asked.keys() == NAMES
    assert asked["sample_method"] in ("ddim", "ddpm")
    height, width = asked["image_size"]
    sample(asked["num_sampling_steps"])
    picture = Path(asked["input_path"])
    if asked["mask_type"] == "onelast1":
        picture, *_, last = sorted(picture.iterdir())
        assert last.suffix == ".png"
    name = asked["text_prompt"][0].replace(" ", "_")
    out = Path(asked["save_path"]) / f"{name}.mp4"
    paint(out, str(picture), (width, height), asked["num_frames"], 8)


if __name__ == "__main__":
    main()
