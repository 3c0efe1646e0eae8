"""Open-Sora 2.0's `scripts/diffusion/inference.py` (7ad6a96).

It takes its configuration's names in pairs, `--name value`, and refuses only the groups that it
does not know; here every name must be one that its configurations and its code have.
"""

import argparse
from pathlib import Path

import imageio_ffmpeg

from tests.programs.film import add, paint, sample

NAMES = """save-dir prompt ref cond_type seed num_frames aspect_ratio
    sampling_option.num_steps sampling_option.guidance sampling_option.seed"""
REFERENCES = {None: 0, "i2v_head": 1, "i2v_tail": 1, "i2v_loop": 2, "v2v_head": 1}
SIDES = {"256px": (192, 336, 256), "768px": (576, 1024, 768)}


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("config", type=Path)
    add(parser, NAMES)
    asked = vars(parser.parse_args())
    name = asked["config"].stem
    assert str(asked["config"]) == f"configs/diffusion/inference/{name}.py"
    references = (asked["ref"] or "").split(";") if asked["ref"] else []
    assert len(references) == REFERENCES[asked["cond_type"]]
    assert all(Path(one).is_file() for one in references)
    if asked["cond_type"] == "v2v_head":
        assert imageio_ffmpeg.count_frames_and_secs(references[0])[0] >= 33
        references = []
    short, long, side = SIDES[name]
    shapes = {"16:9": (long, short), "9:16": (short, long), "1:1": (side, side)}
    sample(int(asked["sampling_option.num_steps"]))  # which it really does without a bar
    assert (float(asked["sampling_option.guidance"]), int(asked["seed"])) >= (1, 0)
    folder = Path(asked["save_dir"]) / f"video_{name}"
    frames = int(asked["num_frames"])
    shown = references[-1] if references else None
    paint(folder / "0000.mp4", shown, shapes[asked["aspect_ratio"]], frames, 24)


if __name__ == "__main__":
    main()
