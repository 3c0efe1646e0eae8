"""What the stand-ins for the scripts of recipes share: options, tqdm's bar, clips by ffmpeg."""

import argparse
import os
import subprocess
import time
import wave
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from tqdm import tqdm


def add(parser: argparse.ArgumentParser, names: str, **how: Any) -> None:
    """Options of these names, each of which is ``how``."""
    for name in names.split():
        parser.add_argument(f"--{name}", **how)


def sample(steps: int, bar: str | None = None) -> None:
    """Pretend to denoise, with tqdm's bar; for ever where `STAND_IN_HANGS` is set."""
    for step in tqdm(range(steps), desc=bar):
        time.sleep(600 if os.environ.get("STAND_IN_HANGS") and step == 1 else 0.05)


def paint(out: Path, picture: str | None, size: tuple[int, int], frames: int, fps: int) -> None:
    """So many frames of the picture in that size, or of a colour."""
    shape = f"{size[0]}x{size[1]}"
    shown = ["-loop", "1", "-i", picture] if picture else ["-f", "lavfi", "-i", "color=red"]
    _ffmpeg([*shown, "-vf", f"scale={shape}", "-r", str(fps), "-frames:v", str(frames)], out)


def show(out: Path, shown: str, audio: str | None = None, driving: str | None = None) -> None:
    """The picture or clip for as long as the recording or the other clip lasts, which is small in
    its corner; with the sound."""
    inputs = ["-i", shown]
    if not shown.endswith(".mp4"):
        inputs = ["-loop", "1", "-framerate", "25", *inputs]
    if audio:
        with wave.open(audio) as sound:  # -shortest alone ends late on a busy machine
            seconds = sound.getnframes() / sound.getframerate()
        inputs += ["-i", audio, "-shortest", "-t", str(seconds)]
    if driving:
        small = "[1]scale=64:64[small];[0][small]overlay=shortest=1"
        inputs += ["-i", driving, "-filter_complex", small]
    _ffmpeg(inputs, out)


def _ffmpeg(arguments: list[str], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(out)], check=True)
