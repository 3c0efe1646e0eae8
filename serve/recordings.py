"""Uploaded recordings: checked, and made plain WAV without pictures and metadata.

Only ffmpeg looks into them, told beforehand what they are, as `serve.clips` does with clips.
"""

import io
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

from serve.errors import ModelFailed, UnreadableAudio
from serve.ffmpeg import ffmpeg, streams

FORMATS = {"wav": "WAV", "mp3": "MP3", "mov": "M4A or MP4", "ogg": "Ogg"}
"""What ffmpeg calls the containers that are taken, and how people do."""
RATE = 48_000
"""Samples per second: the clip's sound is made of it; models that hear less take less."""
SAMPLE_BYTES = 2
PATIENCE_SECONDS = 60
UNTOLD = (0, 0xFFFFFFFF)
"""The length in a WAV file whose writer could not know it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A checked upload."""

    wav: bytes
    """16 bits, one channel, `RATE` samples per second, without metadata."""
    seconds: float


def read_recording(data: bytes, *, field: str, max_seconds: float) -> Recording:
    """Decode all of an upload; `field` is the request field that errors name.

    Blocks for as long as ffmpeg works.
    """
    container = _container(data)
    if container is None:
        kinds = ", ".join(FORMATS.values())
        raise UnreadableAudio(f"{field}: this is no recording: {kinds} are taken.", param=field)
    if container == "wav" and _is_cut_off(data):
        raise UnreadableAudio(f"{field}: the recording is damaged or cut off.", param=field)
    with tempfile.TemporaryDirectory(prefix="lookreel-") as folder:
        source = Path(folder) / "source"
        source.write_bytes(data)
        options = ["-protocol_whitelist", "file", "-f", container]
        if "Audio: " not in streams(source, *options):
            raise UnreadableAudio(f"{field}: the file has no sound in it.", param=field)
        samples = _samples([*options, "-i", str(source)], field, max_seconds)
    seconds = len(samples) / SAMPLE_BYTES / RATE
    if not seconds:
        raise UnreadableAudio(f"{field}: the file has no sound in it.", param=field)
    if seconds > max_seconds:
        raise UnreadableAudio(
            f"{field}: the recording lasts longer than {max_seconds:g} seconds, the most that is "
            "taken.",
            param=field,
        )
    return Recording(_wav(samples), seconds)


def shortened(wav: bytes, seconds: float) -> bytes:
    """The beginning of a `Recording`'s WAV; all of it where it is no longer."""
    with wave.open(io.BytesIO(wav)) as file:
        return _wav(file.readframes(round(seconds * RATE)))


def _container(data: bytes) -> str | None:
    """What ffmpeg calls the container, by how the file begins; None: it is none we take."""
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "wav"
    if data[4:8] == b"ftyp":
        return "mov"
    if data.startswith(b"OggS"):
        return "ogg"
    # Without an ID3 tag an MP3 begins with a frame: eleven bits set, then a layer, here III.
    begins = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2
    return "mp3" if begins or data.startswith(b"ID3") else None


def _is_cut_off(wav: bytes) -> bool:
    """Whether a WAV file says that it is longer than it is, which ffmpeg passes over."""
    told = int.from_bytes(wav[4:8], "little")
    return told not in UNTOLD and told + 8 > len(wav) + 1  # the padding is often forgotten


def _samples(given: list[str], field: str, max_seconds: float) -> bytes:
    try:
        return ffmpeg(
            ["-xerror", *given, "-map", "0:a:0", "-t", str(max_seconds + 1), "-ac", "1"]
            + ["-ar", str(RATE), "-f", "s16le", "-"],
            timeout=PATIENCE_SECONDS,
        )
    except ModelFailed as error:
        reason = error.message.partition(": ")[2]
        raise UnreadableAudio(
            f"{field}: the recording is damaged or cut off ({reason}).", param=field
        ) from error
    except subprocess.TimeoutExpired:
        raise UnreadableAudio(
            f"{field}: reading the recording takes longer than {PATIENCE_SECONDS} seconds; make "
            "it shorter.",
            param=field,
        ) from None


def _wav(samples: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(RATE)
        file.writeframes(samples)
    return buffer.getvalue()
