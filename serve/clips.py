"""Uploaded clips: checked, made plain mp4 without sound and metadata, and cut to what a run needs.

Only ffmpeg looks into them, told beforehand what they are: left to guess, it would also take lists
of further files, and open those.
"""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from serve.encoding import BT709, RAW
from serve.errors import ModelFailed, UnreadableVideo
from serve.ffmpeg import ffmpeg, streams

FORMATS = {"mov": "MP4 or MOV", "matroska": "WebM or MKV", "avi": "AVI", "gif": "GIF"}
"""What ffmpeg calls the containers that are taken, and how people do."""
MAX_SIDE = 1920
"""Pixels; no model makes larger clips."""
CRF = 14
"""x264's quality; it is compressed again in the end."""
PATIENCE_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Clip:
    """A checked upload."""

    mp4: bytes
    """H.264 with even sides, upright, without sound and metadata."""
    width: int
    height: int
    seconds: float
    fps: float | None
    """Frames per second, on average; None where ffmpeg does not tell."""


def read_clip(data: bytes, *, field: str, max_pixels: int, max_seconds: float) -> Clip:
    """Decode all of an upload; `field` is the request field that errors name.

    `max_pixels` are those of a frame. Blocks for as long as ffmpeg works.
    """
    container = _container(data)
    if container is None:
        kinds = ", ".join(FORMATS.values())
        raise UnreadableVideo(f"{field}: this is no clip: {kinds} are taken.", param=field)
    with tempfile.TemporaryDirectory(prefix="lookreel-") as folder:
        source, target = Path(folder) / "source", Path(folder) / "clip.mp4"
        source.write_bytes(data)
        options = ["-protocol_whitelist", "file", "-f", container]
        width, height = _size(streams(source, *options), field)
        if width * height > max_pixels:
            raise UnreadableVideo(
                f"{field}: a frame has {width}x{height} pixels; at most {max_pixels:,} are taken.",
                param=field,
            )
        _convert([*options, "-i", str(source)], target, field, max_seconds)
        about = streams(target)
        clip = Clip(target.read_bytes(), *_size(about, field), _seconds(about), _fps(about))
    if clip.seconds > max_seconds:
        raise UnreadableVideo(
            f"{field}: the clip lasts longer than {max_seconds:g} seconds, the most that is taken.",
            param=field,
        )
    return clip


def frames_of(
    mp4: bytes, *, width: int, height: int, fps: int, num_frames: int
) -> tuple[Image.Image, ...]:
    """The first frames at that rate, cropped around the centre to the size, never stretched.

    Where the clip ends before, its last frame stays.
    """
    pixels = _fitted(mp4, width, height, fps, end=["-frames:v", str(num_frames)])
    frames = [Image.fromarray(frame) for frame in pixels]
    return tuple(frames + frames[-1:] * (num_frames - len(frames)))


def last_frames_of(
    mp4: bytes, *, width: int, height: int, fps: int, num_frames: int
) -> tuple[Image.Image, ...]:
    """The last frames at that rate, fitted as `frames_of` fits the first; a clip that is shorter
    has as many as it has."""
    start = ["-sseof", f"-{num_frames / fps + 1:.3f}"]
    pixels = _fitted(mp4, width, height, fps, start=start)[-num_frames:]
    return tuple(Image.fromarray(frame) for frame in pixels)


def _fitted(
    mp4: bytes,
    width: int,
    height: int,
    fps: int,
    *,
    start: Sequence[str] = (),
    end: Sequence[str] = (),
) -> NDArray[np.uint8]:
    """Frames (N, H, W, 3) at that rate, cropped around the centre; where they start and end is said
    to ffmpeg."""
    fit = f"scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos"
    with tempfile.TemporaryDirectory(prefix="lookreel-") as folder:
        source = Path(folder) / "clip.mp4"
        source.write_bytes(mp4)
        raw = ffmpeg(
            [*start, "-i", str(source), "-vf", f"fps={fps},{fit},crop={width}:{height}"]
            + [*end, *RAW, "-"]
        )
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def shortened(mp4: bytes, *, fps: int, num_frames: int, size: tuple[int, int] | None) -> bytes:
    """The first frames of a `Clip`'s mp4 at that rate; with a size, width and height, cropped
    around the centre to it. A clip that ends before is as long as it is."""
    filters = [f"fps={fps}"]
    if size is not None:
        width, height = size
        filters.append(f"scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos")
        filters.append(f"crop={width}:{height}")
    with tempfile.TemporaryDirectory(prefix="lookreel-") as folder:
        source, target = Path(folder) / "source.mp4", Path(folder) / "clip.mp4"
        source.write_bytes(mp4)
        ffmpeg(
            ["-i", str(source), "-vf", ",".join(filters), "-frames:v", str(num_frames), *BT709]
            + ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF)]
            + ["-pix_fmt", "yuv420p", "-movflags", "+faststart", str(target)]
        )
        return target.read_bytes()


def _container(data: bytes) -> str | None:
    """What ffmpeg calls the container, by how the file begins; None: it is none we take."""
    if data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if data.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if data.startswith(b"RIFF") and data[8:12] == b"AVI ":
        return "avi"
    return "gif" if data.startswith(b"GIF8") else None


def _convert(given: list[str], target: Path, field: str, max_seconds: float) -> None:
    sides = [f"'min({MAX_SIDE},trunc({side}/2)*2)'" for side in ("iw", "ih")]
    fit = f"scale={':'.join(sides)}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    try:
        ffmpeg(
            ["-y", "-xerror", *given, "-map", "0:v:0", "-t", str(max_seconds + 1)]
            + ["-map_metadata", "-1", "-map_chapters", "-1", "-fps_mode", "vfr"]
            + ["-vf", f"{fit}:out_color_matrix=bt709:out_range=tv,setsar=1", *BT709]
            + ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF)]
            + ["-pix_fmt", "yuv420p", "-movflags", "+faststart", str(target)],
            timeout=PATIENCE_SECONDS,
        )
    except ModelFailed as error:
        reason = error.message.partition(": ")[2]
        raise UnreadableVideo(
            f"{field}: the clip is damaged or cut off ({reason}).", param=field
        ) from error
    except subprocess.TimeoutExpired:
        raise UnreadableVideo(
            f"{field}: reading the clip takes longer than {PATIENCE_SECONDS} seconds; make it "
            "shorter or smaller.",
            param=field,
        ) from None


def _size(about: str, field: str) -> tuple[int, int]:
    found = re.search(r"Video: .*?, (\d+)x(\d+)", about)
    if found is None:
        raise UnreadableVideo(f"{field}: the file has no picture in it.", param=field)
    return int(found[1]), int(found[2])


def _fps(about: str) -> float | None:
    found = re.search(r"Video: .*?, ([\d.]+) fps", about)
    return float(found[1]) if found else None


def _seconds(about: str) -> float:
    found = re.search(r"Duration: (\d+):(\d+):([\d.]+)", about)
    assert found is not None, "what was just written has a length"
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
