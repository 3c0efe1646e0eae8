"""Frames into files people can play, look at and trace back: mp4, JPEG, PNG.

It knows pixels and a record of settings to embed; not where files go or what a job is.
"""

import io
import json
import math
import re
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from serve.ffmpeg import ffmpeg, frame_size, streams
from serve.protocol import JsonObject

Frames = NDArray[np.uint8]
"""Pictures of one size, shape (frames, height, width, 3)."""

RAW = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
"""ffmpeg's name for frames as they lie in memory."""
CRF = 18
"""x264's quality: 18 is where people stop seeing a difference."""
TO_BT709 = "scale=out_color_matrix=bt709:out_range=tv"
BT709 = ["-colorspace", "bt709", "-color_range", "tv"]
BT709 += ["-color_primaries", "bt709", "-color_trc", "bt709"]
"""Without the tags players guess the matrix from the size and shift the colours."""
MAX_SHEET_SIDE = 4096
"""Pixels; phones refuse to show larger pictures."""


def encode_mp4(frames: Frames, *, fps: int, record: JsonObject) -> bytes:
    """A clip every browser plays at once: H.264, yuv420p, index first, `record` as comment."""
    _, height, width, _ = frames.shape
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "video.mp4"
        command = ["-y", *RAW, "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
        command += ["-vf", TO_BT709, *BT709]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF)]
        command += ["-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        command += ["-metadata", f"comment={json.dumps(record)}", str(target)]
        ffmpeg(command, frames.tobytes())
        return target.read_bytes()


def with_sound(mp4: bytes, sound: NDArray[np.float32], *, rate: int, seconds: float) -> bytes:
    """The clip with a sound as AAC, of which no more is taken than `seconds`.

    `sound` has values in -1..1, shape (channels, samples), `rate` of them per second.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, wav, target = (Path(folder, name) for name in ("silent.mp4", "a.wav", "a.mp4"))
        source.write_bytes(mp4)
        with wave.open(str(wav), "wb") as file:
            file.setnchannels(len(sound))
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes((sound.clip(-1, 1).T * 32767).astype("<i2").tobytes())
        command = ["-i", str(source), "-t", f"{seconds:.3f}", "-i", str(wav)]
        command += ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "192k"]
        ffmpeg([*command, "-movflags", "+faststart", str(target)])
        return target.read_bytes()


def adopt_mp4(video: bytes, *, record: JsonObject) -> bytes:
    """A clip that came as an mp4, with `record` as comment; as it is, where browsers play that."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.mp4", Path(folder) / "video.mp4"
        source.write_bytes(video)
        about = streams(source)
        codec = ["-c", "copy"]
        if re.search(r"Video: h264\b.*\byuv420p\b", about) is None:
            codec += ["-c:v", "libx264", "-crf", str(CRF), "-pix_fmt", "yuv420p"]
        if re.search(r"Audio: (?!aac|mp3)", about):
            codec += ["-c:a", "aac"]
        command = ["-i", str(source), *codec, "-movflags", "+faststart"]
        ffmpeg([*command, "-metadata", f"comment={json.dumps(record)}", str(target)])
        return target.read_bytes()


def decode_mp4(video: bytes) -> Frames:
    """All frames of a clip."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.mp4"
        source.write_bytes(video)
        raw = ffmpeg(["-i", str(source), *RAW, "-"])
        width, height = frame_size(source)
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def compressed(picture: NDArray[np.uint8], *, crf: int) -> NDArray[np.uint8]:
    """One picture as it looks in an H.264 clip; its sides are even."""
    height, width, _ = picture.shape
    command = [*RAW, "-s", f"{width}x{height}", "-i", "-", "-c:v", "libx264"]
    command += ["-preset", "veryfast", "-crf", str(crf), "-pix_fmt", "yuv420p", "-f", "h264", "-"]
    clip = ffmpeg(command, picture.tobytes())
    plain = ffmpeg(["-f", "h264", "-i", "-", *RAW, "-"], clip)
    return np.frombuffer(plain, np.uint8).reshape(picture.shape)


def encode_png(still: NDArray[np.uint8], *, record: JsonObject, xmp: bytes | None = None) -> bytes:
    """One still, with `record` as the PNG's comment, and maybe an XMP packet."""
    info = PngInfo()
    if xmp is not None:
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
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
