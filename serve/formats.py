"""A stored clip in the other formats people need: WebM, GIF, single frames, archives.

It knows files and pixels; not which job they are of. The same clip gives the same bytes.
"""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from serve.ffmpeg import ffmpeg

VP9_CRF = 28
"""libvpx's quality; about what 18 is of x264 with garments, at two thirds of the bytes."""

_REPEATABLE = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
"""Without it the muxer writes a random id."""
_GIF_PALETTE = (
    "split[one][two];[one]palettegen=stats_mode=full[palette];"
    "[two][palette]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
)
"""256 colours chosen for this clip. (`stats_mode=diff`, for what moves, forgets the last frame.)"""


def to_webm(video: bytes, *, comment: str) -> bytes:
    """VP9 and, if there is sound, Opus; `comment` as its comment."""
    codec = ["-c:v", "libvpx-vp9", "-crf", str(VP9_CRF), "-b:v", "0", "-pix_fmt", "yuv420p"]
    codec += ["-deadline", "good", "-cpu-used", "5", "-row-mt", "1", "-c:a", "libopus"]
    return _converted(video, "webm", [*codec, *_REPEATABLE, "-metadata", f"comment={comment}"])


def to_gif(video: bytes) -> bytes:
    """An endless loop with a palette of its own."""
    return _converted(video, "gif", ["-an", "-filter_complex", _GIF_PALETTE, "-loop", "0"])


def to_zip(files: Mapping[str, bytes]) -> bytes:
    """An archive of files that are compressed already, by their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # dated 1980: the same every time
    return buffer.getvalue()


def _converted(video: bytes, suffix: str, options: list[str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.mp4", Path(folder) / f"clip.{suffix}"
        source.write_bytes(video)
        ffmpeg(["-i", str(source), *options, str(target)])
        return target.read_bytes()
