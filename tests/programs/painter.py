"""A video model as programs are: arguments, a folder for its files, a bar of tqdm, an mp4."""

import argparse
import json
import sys
import time
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image
from tqdm import tqdm


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("width", "height", "frames", "steps", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--image", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    sys.stdout.write("loading checkpoint shards: 3/3\n")
    for _ in tqdm(range(asked.steps), desc="Sampling"):
        time.sleep(0.05)
    picture = Image.new("RGB", (asked.width, asked.height), (asked.seed, 90, 160))
    if asked.image:
        picture = Image.open(asked.image)
    settings = json.loads(asked.settings.read_text())
    asked.out.mkdir()
    (asked.out / "asked.json").write_text(json.dumps({"prompt": asked.prompt, **settings}))
    writer = imageio_ffmpeg.write_frames(str(asked.out / "clip.mp4"), picture.size, fps=8)
    writer.send(None)
    for _ in range(asked.frames):
        writer.send(np.ascontiguousarray(picture))
    writer.close()


if __name__ == "__main__":
    main()
