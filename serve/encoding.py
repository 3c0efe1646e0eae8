"""Frames into files people can play, look at and trace back: mp4, JPEG, PNG.

It knows pixels and a record of settings to embed; not where files go or what a job is.
"""

import io
import json
import math
import re
import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from serve.errors import ModelFailed
from serve.protocol import JsonObject

Frames = NDArray[np.uint8]
"""Pictures of one size, shape (frames, height, width, 3)."""

Finished = subprocess.CompletedProcess[bytes]
CRF = 18
"""x264's quality: 18 is where people stop seeing a difference."""
MAX_SHEET_SIDE = 4096
"""Pixels; phones refuse to show larger pictures."""


def encode_mp4(frames: Frames, *, fps: int, record: JsonObject) -> bytes:
    """A clip every browser plays at once: H.264, yuv420p, index first, `record` as comment."""
    _, height, width, _ = frames.shape
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "video.mp4"
        command = [
            "-v",
            "error",
            "-y",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-s",
            f"{width}x{height}",
        ]
        command += ["-r", str(fps), "-i", "-"]
        # Without the tags players guess the matrix from the size and shift the colours.
        command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709"]
        command += ["-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF)]
        command += ["-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        command += ["-metadata", f"comment={json.dumps(record)}", str(target)]
        _refuse_failure(_ffmpeg(command, frames.tobytes()), "The clip could not be encoded")
        return target.read_bytes()


def adopt_mp4(video: bytes, *, record: JsonObject) -> bytes:
    """A clip that came as an mp4, with `record` as comment; as it is, where browsers play that."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.mp4", Path(folder) / "video.mp4"
        source.write_bytes(video)
        looked = _ffmpeg(["-hide_banner", "-i", str(source)]).stderr.decode(errors="replace")
        plays = re.search(r"Video: h264\b.*\byuv420p\b", looked) is not None
        codec = ["-c", "copy"] if plays else ["-c:v", "libx264", "-crf", str(CRF)]
        codec += [] if plays else ["-pix_fmt", "yuv420p", "-c:a", "aac"]
        command = ["-v", "error", "-i", str(source), *codec, "-movflags", "+faststart"]
        run = _ffmpeg([*command, "-metadata", f"comment={json.dumps(record)}", str(target)])
        _refuse_failure(run, "The clip that came cannot be read")
        return target.read_bytes()


def decode_mp4(video: bytes) -> Frames:
    """All frames of a clip."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.mp4"
        source.write_bytes(video)
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        run = _ffmpeg(["-hide_banner", "-i", str(source), *raw])
        _refuse_failure(run, "The clip that came cannot be read")
    words = run.stderr.decode(errors="replace")
    size = re.search(r"Video: rawvideo.*?, (\d+)x(\d+)", words)
    assert size is not None, words
    width, height = int(size[1]), int(size[2])
    return np.frombuffer(run.stdout, np.uint8).reshape(-1, height, width, 3)


def _ffmpeg(arguments: list[str], content: bytes | None = None) -> Finished:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *arguments]
    return subprocess.run(command, input=content, capture_output=True, check=False)


def _refuse_failure(run: Finished, message: str) -> None:
    if run.returncode != 0:
        reason = run.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise ModelFailed(f"{message}: {reason}")


def encode_png(still: NDArray[np.uint8], *, record: JsonObject) -> bytes:
    """One still, with `record` as the PNG's comment."""
    info = PngInfo()
    info.add_text("Comment", json.dumps(record))
    buffer = io.BytesIO()
    Image.fromarray(still).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def encode_jpeg(picture: NDArray[np.uint8], *, max_side: int | None = None) -> bytes:
    """One picture as a JPEG, scaled down to `max_side` where it is larger."""
    image = Image.fromarray(picture)
    if max_side is not None:
        image.thumbnail((max_side, max_side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def spritesheet(frames: Frames) -> NDArray[np.uint8]:
    """All frames in one picture, row by row, in the squarest grid."""
    count, height, width, _ = frames.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    scale = min(1.0, MAX_SHEET_SIDE / max(columns * width, rows * height))
    cell = (max(1, int(width * scale)), max(1, int(height * scale)))
    sheet = Image.new("RGB", (columns * cell[0], rows * cell[1]))
    for index, frame in enumerate(frames):
        corner = (index % columns * cell[0], index // columns * cell[1])
        sheet.paste(Image.fromarray(frame).resize(cell), corner)
    return np.asarray(sheet)
