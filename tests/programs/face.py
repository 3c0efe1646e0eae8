"""In place of the scripts of talking heads and of what moves or repaints as a clip does.

It takes the arguments of each, shows the picture or clip as it is for as long as the recording or
the other clip lasts, and mixes the sound in.
"""

import argparse
import subprocess
from pathlib import Path

import imageio_ffmpeg
import yaml


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--source_image", "--face", "-s", "--input", dest="shown")
    parser.add_argument("--driven_audio", "--audio", dest="audio")
    parser.add_argument("-d", dest="driving")
    parser.add_argument("--result_dir", "--outfile", "--output", "-o", dest="out", type=Path)
    parser.add_argument("--inference_config", type=Path)
    asked, _ = parser.parse_known_args()
    out: Path = asked.out if asked.out.suffix else asked.out / "clip.mp4"
    if asked.inference_config:
        task = yaml.safe_load(asked.inference_config.read_text())["task_0"]
        asked.shown, asked.audio = task["video_path"], task["audio_path"]
        out = asked.out / "v15" / "clip.mp4"
    out.parent.mkdir(exist_ok=True)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *shown(asked.shown)]
    if asked.audio:
        command += ["-i", asked.audio, "-shortest"]
    if asked.driving:  # small, in the corner of the picture
        small = "[1]scale=64:64[small];[0][small]overlay=shortest=1"
        command += ["-i", asked.driving, "-filter_complex", small]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(out)], check=True)


def shown(file: str) -> list[str]:
    """A picture for ever, a clip once."""
    return ["-i", file] if file.endswith(".mp4") else ["-loop", "1", "-framerate", "25", "-i", file]


if __name__ == "__main__":
    main()
