"""Uploaded recordings become plain WAV, or an error that names the field."""

import io
import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from serve.errors import UnreadableAudio
from serve.recordings import RATE, Recording, read_recording, shortened
from tests.api import film, picture, speech


def read(data: bytes, max_seconds: float = 5) -> Recording:
    return read_recording(data, field="audio", max_seconds=max_seconds)


def converted(folder: Path, name: str, *options: str) -> bytes:
    """The recording as ffmpeg writes it with these options."""
    source, target = folder / "source.wav", folder / name
    source.write_bytes(speech())
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source)]
    subprocess.run([*command, *options, str(target)], check=True)
    return target.read_bytes()


def loudness(wav: bytes, parts: int = 4) -> list[float]:
    """Of each part of the recording."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return [float(np.abs(part).mean()) for part in np.array_split(samples.astype(int), parts)]


def test_a_recording_keeps_its_sound_and_length_and_loses_what_it_says_of_its_maker() -> None:
    upload = speech()
    assert b"a street" in upload
    recording = read(upload)
    assert recording.seconds == pytest.approx(2, abs=0.01)
    assert loudness(recording.wav) == sorted(loudness(recording.wav))
    assert loudness(recording.wav)[-1] > 8_000
    assert b"a street" not in recording.wav


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp3", []),
        ("plain.mp3", ["-id3v2_version", "0", "-write_xing", "0"]),
        ("a.m4a", []),
        ("a.ogg", ["-c:a", "libvorbis"]),
        ("opus.ogg", ["-c:a", "libopus"]),
        ("stereo.wav", ["-ac", "2", "-ar", "44100", "-c:a", "pcm_s24le"]),
    ],
)
def test_the_usual_containers_are_read(tmp_path: Path, name: str, options: list[str]) -> None:
    recording = read(converted(tmp_path, name, *options))
    assert recording.seconds == pytest.approx(2, abs=0.2)  # of which an MP3 has a little more
    assert loudness(recording.wav) == sorted(loudness(recording.wav))
    assert loudness(recording.wav)[-1] > 5_000


def test_what_is_no_recording_is_refused_and_no_list_of_files_is_followed() -> None:
    playlist = b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"
    for data in (b"", b"no sound", picture(), playlist, b"RIFF\x10\0\0\0AVI LIST", b"\xff\xfb"):
        with pytest.raises(UnreadableAudio, match=r"^audio: ") as error:
            read(data)
        assert error.value.param == "audio"


@pytest.mark.parametrize("name", ["a.wav", "a.m4a"])
def test_a_cut_off_file_is_an_error_not_half_a_recording(tmp_path: Path, name: str) -> None:
    whole = converted(tmp_path, name)
    with pytest.raises(UnreadableAudio, match="audio: "):
        read(whole[: len(whole) * 2 // 3])


def test_a_wav_whose_writer_could_not_know_its_length_is_read() -> None:
    whole = speech()
    streamed = whole[:4] + b"\xff\xff\xff\xff" + whole[8:]
    assert read(streamed).seconds == pytest.approx(2, abs=0.01)


def test_a_clip_without_sound_is_refused() -> None:
    with pytest.raises(UnreadableAudio, match="audio: the file has no sound in it"):
        read(film())


def test_a_recording_of_no_length_is_refused() -> None:
    with pytest.raises(UnreadableAudio, match=r"audio: the recording is damaged or cut off \(\w"):
        read(speech(0))


def test_a_long_recording_is_told_the_limit() -> None:
    with pytest.raises(UnreadableAudio, match=r"lasts longer than 1\.5 seconds"):
        read(speech(2), max_seconds=1.5)


def test_a_recording_is_shortened_from_its_beginning() -> None:
    wav = read(speech()).wav
    start = shortened(wav, 0.5)
    assert start[44:] == wav[44 : 44 + RATE]  # half a second of two bytes
    assert shortened(wav, 3) == wav
