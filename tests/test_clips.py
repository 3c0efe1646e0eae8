"""Uploaded clips become plain mp4, or an error that names the field."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from serve.clips import Clip, frames_of, last_frames_of, read_clip
from serve.encoding import decode_mp4
from serve.errors import UnreadableVideo
from tests.api import film


def read(data: bytes, max_pixels: int = 100_000, max_seconds: float = 5) -> Clip:
    return read_clip(data, field="video", max_pixels=max_pixels, max_seconds=max_seconds)


def converted(folder: Path, name: str, *options: str) -> bytes:
    """The film as ffmpeg writes it with these options."""
    source, target = folder / "source.mp4", folder / name
    source.write_bytes(film())
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *options]
    at = command.index("INPUT") if "INPUT" in command else len(command)
    command[at : at + 1] = ["-i", str(source)]
    subprocess.run([*command, str(target)], check=True)
    return target.read_bytes()


def test_a_clip_keeps_its_frames_size_and_length_and_loses_what_it_says_of_its_maker() -> None:
    upload = film()
    assert b"a street" in upload
    clip = read(upload)
    assert (clip.width, clip.height, round(clip.seconds, 1)) == (48, 64, 2.1)
    assert clip.fps == 8
    assert b"a street" not in clip.mp4
    assert np.abs(decode_mp4(clip.mp4).astype(int) - decode_mp4(upload)).max() <= 4


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.webm", ["INPUT", "-c:v", "libvpx", "-deadline", "realtime"]),
        ("a.avi", ["INPUT", "-c:v", "mpeg4"]),
        ("a.gif", ["INPUT"]),
    ],
)
def test_the_usual_containers_are_read(tmp_path: Path, name: str, options: list[str]) -> None:
    clip = read(converted(tmp_path, name, *options))
    assert (clip.width, clip.height, round(clip.seconds)) == (48, 64, 2)


def test_a_clip_that_was_filmed_lying_is_turned_upright(tmp_path: Path) -> None:
    lying = converted(tmp_path, "a.mp4", "-display_rotation", "90", "INPUT", "-c", "copy")
    clip = read(lying)
    assert (clip.width, clip.height) == (64, 48)


def test_odd_sides_become_even_ones(tmp_path: Path) -> None:
    odd = converted(tmp_path, "a.gif", "INPUT", "-vf", "scale=47:63")
    clip = read(odd)
    assert (clip.width % 2, clip.height % 2) == (0, 0)


def test_a_picture_is_no_clip_and_neither_is_a_list_of_files() -> None:
    playlist = b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"
    for data in (b"", b"not a clip", b"\x89PNG\r\n\x1a\n", playlist, b"ffconcat version 1.0\n"):
        with pytest.raises(UnreadableVideo, match="video: this is no clip: MP4 or MOV") as error:
            read(data)
        assert error.value.param == "video"


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_cut_off_file_is_an_error_not_half_a_clip(keep: float) -> None:
    whole = film()
    with pytest.raises(UnreadableVideo, match="video: "):
        read(whole[: int(len(whole) * keep)])


def test_a_file_with_only_sound_is_refused(tmp_path: Path) -> None:
    sound = converted(tmp_path, "a.mp4", "-f", "lavfi", "-t", "1", "-i", "sine", "-vn")
    with pytest.raises(UnreadableVideo, match="video: the file has no picture in it"):
        read(sound)


def test_too_large_and_too_long_clips_are_told_the_limit() -> None:
    with pytest.raises(UnreadableVideo, match="48x64 pixels; at most 3,000 are taken"):
        read(film(), max_pixels=3_000)
    with pytest.raises(UnreadableVideo, match="lasts longer than 1.5 seconds"):
        read(film(), max_seconds=1.5)


def test_frames_are_taken_at_the_rate_and_in_the_size_of_the_run() -> None:
    mp4 = read(film(num_frames=17, fps=8)).mp4
    frames = frames_of(mp4, width=32, height=32, fps=4, num_frames=5)
    assert [frame.size for frame in frames] == [(32, 32)] * 5
    shades = [np.asarray(frame).mean() for frame in frames]
    # Every second of the film's frames, which grow by a sixteenth of white each.
    assert np.diff(shades) == pytest.approx([2 * 255 / 16] * 4, abs=20)


def test_of_a_clip_that_is_continued_the_last_frames_are_taken() -> None:
    for whole in (17, 5):
        mp4 = read(film(num_frames=whole, fps=8)).mp4
        frames = last_frames_of(mp4, width=32, height=32, fps=8, num_frames=5)
        assert [frame.size for frame in frames] == [(32, 32)] * 5
        shades = [np.asarray(frame).mean() for frame in frames]
        assert shades[-1] == pytest.approx(255, abs=8)
        assert np.diff(shades) == pytest.approx([255 / (whole - 1)] * 4, abs=12)


def test_where_a_clip_ends_too_early_its_last_frame_stays() -> None:
    mp4 = read(film(num_frames=4, fps=8)).mp4
    frames = frames_of(mp4, width=48, height=64, fps=8, num_frames=6)
    assert len(frames) == 6
    assert [one.tobytes() for one in frames[4:]] == [frames[3].tobytes()] * 2
    assert isinstance(frames[0], Image.Image)
