"""Calls of the ffmpeg that imageio brings along; it knows command lines and no pictures."""

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg

from serve.errors import ModelFailed


def ffmpeg(
    arguments: list[str], data: bytes | None = None, *, timeout: float | None = None
) -> bytes:
    """What it writes to its output, given `data` as its input; `timeout` in seconds, as
    `subprocess.run` has it."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments]
    run = subprocess.run(command, input=data, capture_output=True, check=False, timeout=timeout)
    if run.returncode != 0:
        line = run.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        reason = re.sub(r"^\[[^]]*\] ", "", line)  # which part of ffmpeg says it
        raise ModelFailed(f"The clip could not be read or written: {reason}")
    return run.stdout


def streams(file: Path, *options: str) -> str:
    """What ffmpeg says of a file, opened with these options; nothing else here looks into one."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", *options, "-i", str(file)]
    run = subprocess.run(command, capture_output=True, check=False)
    return run.stderr.decode(errors="replace")


def frame_size(file: Path) -> tuple[int, int]:
    """Width and height of a clip that can be decoded."""
    size = re.search(r"Video: .*?, (\d+)x(\d+)", streams(file))
    if size is None:
        raise ModelFailed("The clip could not be read or written: it has no pictures.")
    return int(size[1]), int(size[2])
