"""Clips and stills play everywhere and carry the settings that made them."""

import io
import json
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from serve.encoding import (
    MAX_SHEET_SIDE,
    Frames,
    adopt_mp4,
    compressed,
    decode_mp4,
    encode_jpeg,
    encode_mp4,
    encode_png,
    spritesheet,
    with_sound,
)
from serve.errors import ModelFailed

RECORD = {"prompt": 'a "red" dress = Kleid; ünï 红\nsecond line', "seed": 7}


@pytest.fixture
def frames() -> Frames:
    """Seventeen frames, each one plain colour, so that order and colour can be checked."""
    clip = np.zeros((17, 64, 48, 3), np.uint8)
    for index in range(17):
        clip[index] = (200, 10 * index, 40)
    return clip


def described(path: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-f", "ffmetadata", "-"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def decoded(path: Path) -> NDArray[np.uint8]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.uint8)


def test_a_clip_is_h264_yuv420p_at_its_own_rate_with_every_frame(
    frames: Frames, tmp_path: Path
) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(encode_mp4(frames, fps=8, record=RECORD))
    text = described(path)
    assert "Video: h264" in text
    assert "yuv420p(tv, bt709" in text
    assert "48x64" in text
    assert "8 fps" in text
    shown = decoded(path).reshape(-1, 64, 48, 3)
    assert shown.shape == frames.shape
    assert np.abs(shown.mean((1, 2)) - frames.mean((1, 2))).max() < 6


def test_a_sound_joins_a_clip_that_stays_as_it_is_and_is_no_longer_than_that(
    frames: Frames, tmp_path: Path
) -> None:
    silent = encode_mp4(frames, fps=8, record=RECORD)
    hum = np.sin(np.arange(2 * 16_000) / 16_000 * 2 * np.pi * 220, dtype=np.float32)
    sound = np.stack([hum, 3 * hum])  # the second is too loud and is cut off
    clip = with_sound(silent, sound, rate=16_000, seconds=1.5)
    path = tmp_path / "video.mp4"
    path.write_bytes(clip)
    assert "Audio: aac (LC) (mp4a / 0x6134706D), 16000 Hz, stereo" in described(path)
    assert np.array_equal(decode_mp4(clip), decode_mp4(silent))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "s16le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    heard = np.frombuffer(raw, "<i2").reshape(-1, 2)
    assert 1.4 < len(heard) / 16_000 < 1.7
    assert abs(np.abs(heard[:, 0]).max() - 32767) < 3_000
    assert 0 < clip.index(b"moov") < clip.index(b"mdat")
    assert with_sound(silent, sound, rate=16_000, seconds=1.5) == clip


def test_the_index_comes_before_the_pictures_so_that_playing_starts_at_once(
    frames: Frames,
) -> None:
    data = encode_mp4(frames, fps=8, record=RECORD)
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_the_clip_carries_the_record_of_its_settings(frames: Frames) -> None:
    data = encode_mp4(frames, fps=8, record=RECORD)
    start = data.index(b'{"prompt"')
    assert json.JSONDecoder().raw_decode(data[start:].decode("latin-1"))[0] == RECORD


def test_the_same_frames_give_the_same_file(frames: Frames) -> None:
    assert encode_mp4(frames, fps=8, record=RECORD) == encode_mp4(frames, fps=8, record=RECORD)


def test_frames_that_cannot_be_encoded_fail_with_the_encoders_reason() -> None:
    odd = np.zeros((2, 33, 31, 3), np.uint8)
    with pytest.raises(ModelFailed, match="could not be read or written: .+"):
        encode_mp4(odd, fps=8, record={})


def test_a_still_keeps_its_pixels_and_carries_its_record(frames: Frames) -> None:
    image = Image.open(io.BytesIO(encode_png(frames[3], record=RECORD)))
    assert np.array_equal(np.asarray(image), frames[3])
    assert json.loads(image.info["Comment"]) == RECORD


def test_a_compressed_picture_has_lost_what_the_codec_loses() -> None:
    grey = np.random.default_rng(0).integers(0, 255, (64, 48, 1), np.uint8).repeat(3, axis=2)
    losses = [np.abs(compressed(grey, crf=crf).astype(int) - grey).mean() for crf in (0, 18, 45)]
    assert losses[0] < 1 < losses[1] < 10 < losses[2]


def test_a_preview_is_scaled_down_to_its_largest_side(frames: Frames) -> None:
    image = Image.open(io.BytesIO(encode_jpeg(frames[0], max_side=32)))
    assert (image.format, image.size) == ("JPEG", (24, 32))


def test_the_spritesheet_shows_every_frame_in_order(frames: Frames) -> None:
    sheet = spritesheet(frames)
    assert sheet.shape == (4 * 64, 5 * 48, 3)
    for index in range(17):
        row, column = divmod(index, 5)
        assert tuple(sheet[row * 64 + 32, column * 48 + 24]) == tuple(frames[index, 0, 0])


def test_a_spritesheet_of_a_large_clip_stays_small_enough_to_show() -> None:
    sheet = spritesheet(np.zeros((81, 480, 832, 3), np.uint8))
    assert max(sheet.shape) <= MAX_SHEET_SIDE


def test_a_clip_that_browsers_play_is_taken_over_as_it_is_and_gets_its_record(
    frames: Frames,
) -> None:
    clip = encode_mp4(frames, fps=8, record={})
    adopted = adopt_mp4(clip, record={"prompt": "a red dress"})
    assert np.array_equal(decode_mp4(adopted), decode_mp4(clip))
    assert b'{"prompt": "a red dress"}' in adopted


def test_a_clip_that_browsers_do_not_play_is_made_one(frames: Frames, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(encode_mp4(frames, fps=8, record={}))
    old = ["-i", str(tmp_path / "a.mp4"), "-c:v", "mpeg4", "-v", "error", str(tmp_path / "b.mp4")]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *old], check=True)
    adopted = adopt_mp4((tmp_path / "b.mp4").read_bytes(), record={})
    assert b"avc1" in adopted
    assert decode_mp4(adopted).shape == frames.shape


@pytest.mark.parametrize(("codec", "kept"), [("aac", "aac"), ("libopus", "aac")])
def test_a_clip_keeps_its_sound_in_a_codec_that_browsers_play(
    frames: Frames, tmp_path: Path, codec: str, kept: str
) -> None:
    (tmp_path / "a.mp4").write_bytes(encode_mp4(frames, fps=8, record={}))
    hum = ["-f", "lavfi", "-t", "2", "-i", "sine", "-c:v", "copy", "-c:a", codec, "-v", "error"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(tmp_path / "a.mp4"), *hum]
    subprocess.run([*command, str(tmp_path / "b.mp4")], check=True)
    (tmp_path / "c.mp4").write_bytes(adopt_mp4((tmp_path / "b.mp4").read_bytes(), record={}))
    assert f"Audio: {kept} " in described(tmp_path / "c.mp4")


def test_what_is_no_clip_is_refused() -> None:
    for read in (decode_mp4, lambda data: adopt_mp4(data, record={})):
        with pytest.raises(ModelFailed, match="The clip could not be read or written"):
            read(b"not a clip")
