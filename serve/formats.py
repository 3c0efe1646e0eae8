"""A stored clip in the formats people need: labelled mp4, WebM, GIF, archives of frames.

It knows files and pixels; not which job they are of. The same clip gives the same bytes.
"""

import io
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from serve.encoding import BT709, CRF, TO_BT709
from serve.ffmpeg import ffmpeg, frame_size
from serve.label import Label

VP9_CRF = 28
"""libvpx's quality; about what 18 is of x264 with garments, at two thirds of the bytes."""

_REPEATABLE = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
"""Without it the muxer writes a random id."""
_GIF_PALETTE = (
    "split[one][two];[one]palettegen=stats_mode=full[palette];"
    "[two][palette]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
)
"""256 colours chosen for this clip. (`stats_mode=diff`, for what moves, forgets the last frame.)"""


def to_mp4(video: bytes, *, label: Label | None, comment: str) -> bytes:
    """The clip with another comment, and encoded anew only where it gets a label."""
    codec = ["-c", "copy"]
    if label is not None:
        codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF), *BT709]
        codec += ["-c:a", "copy"]
    filters = TO_BT709 if label is not None else ""
    return _converted(video, "mp4", [*codec, "-movflags", "+faststart"], label, comment, filters)


def to_webm(video: bytes, *, label: Label | None, comment: str) -> bytes:
    """VP9 and, if there is sound, Opus."""
    codec = ["-c:v", "libvpx-vp9", "-crf", str(VP9_CRF), "-b:v", "0", "-pix_fmt", "yuv420p"]
    codec += ["-deadline", "good", "-cpu-used", "5", "-row-mt", "1", "-c:a", "libopus"]
    return _converted(video, "webm", [*codec, *_REPEATABLE], label, comment)


def to_gif(video: bytes, *, label: Label | None) -> bytes:
    """An endless loop with a palette of its own."""
    return _converted(video, "gif", ["-an", "-loop", "0"], label, filters=_GIF_PALETTE)


def to_zip(files: Mapping[str, bytes]) -> bytes:
    """An archive of files that are compressed already, by their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # dated 1980: the same every time
    return buffer.getvalue()


def _converted(
    video: bytes,
    suffix: str,
    options: list[str],
    label: Label | None,
    comment: str = "",
    filters: str = "",
) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, words, drawn = folder / "source.mp4", folder / "comment", folder / "label.png"
        source.write_bytes(video)
        # The comment from a file: with pictures in it, it is too long for an argument.
        words.write_text(f";FFMETADATA1\ncomment={_escaped(comment)}\n")
        inputs = ["-i", str(source), "-f", "ffmetadata", "-i", str(words), "-map_metadata", "1"]
        if label is not None:
            drawn.write_bytes(label.png(*frame_size(source)))
            inputs[2:2] = ["-i", str(drawn)]
            inputs[-1] = "2"
            filters = ",".join(filter(None, ("[0:v][1:v]overlay=format=yuv420", filters)))
        graph = ["-filter_complex", filters] if filters else []
        target = folder / f"clip.{suffix}"
        ffmpeg([*inputs, *graph, *options, str(target)])
        return target.read_bytes()


def _escaped(text: str) -> str:
    """As ffmpeg's metadata files have it."""
    return re.sub(r"([=;#\\\n])", r"\\\1", text)
