"""Talking heads and what follows a clip: the recipes that ship, with a stand-in for their scripts.

From stored inputs to the files that are sent, as a replica and its exports do it.
"""

from pathlib import Path

import numpy as np
import pytest

from serve.catalog import find
from serve.clips import read_clip
from serve.config import Marking
from serve.deployment import ModelDeployment
from serve.encoding import Frames, decode_mp4
from serve.engines import remote
from serve.exports import export
from serve.ffmpeg import ffmpeg
from serve.generation import Finished, GenerationRequest, input_key
from serve.images import to_png
from serve.marks import Marks
from serve.protocol import ResolvedParams, Role, Task, Variant
from serve.recordings import read_recording
from serve.storage import Storage
from tests.api import film, speech
from tests.cards import picture
from tests.clones import clone_all

TALKERS = ("sadtalker", "musetalk-1.5", "wav2lip")
SIZE = (128, 128)
PARAMS = ResolvedParams(
    prompt="a coat",
    negative_prompt="",
    width=SIZE[0],
    height=SIZE[1],
    num_frames=50,
    fps=25,
    num_inference_steps=1,
    guidance_scale=1,
    seed=7,
)


@pytest.fixture(autouse=True)
def _clones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone_all(tmp_path / "clones", monkeypatch)
    monkeypatch.setattr(remote, "POLL_SECONDS", 0.01)


async def made(
    folder: Path, model: str, task: Task, inputs: dict[Role, bytes], num_frames: int
) -> bytes:
    """The master of the clip that the card makes of these inputs."""
    storage = Storage(str(folder / "outputs"))
    keys = [input_key("video_1", index, role) for index, role in enumerate(inputs)]
    for key, data in zip(keys, inputs.values(), strict=True):
        storage.put(key, data)
    card = find(model)
    changes = {"num_frames": num_frames, "strength": card.defaults.strength}
    params = PARAMS.model_copy(update=changes)
    request = GenerationRequest("video_1", 1, model, task, params, tuple(keys))
    deployment = ModelDeployment(card, str(folder / "outputs"))
    events = [event async for event in deployment.generate(request)]
    finished = events[-1]
    assert isinstance(finished, Finished)
    return storage.read(finished.files[Variant.VIDEO])


def person() -> bytes:
    return to_png(picture(1))


def recording() -> bytes:
    return read_recording(speech(), field="audio", max_seconds=5).wav


def clip(num_frames: int = 25) -> bytes:
    data = film(num_frames, fps=25, size=(64, 64))
    return read_clip(data, field="video", max_pixels=10_000, max_seconds=5).mp4


def loudness(file: bytes, folder: Path) -> list[float]:
    """Of each quarter of the sound in a file."""
    path = folder / "heard"
    path.write_bytes(file)
    samples = np.frombuffer(ffmpeg(["-i", str(path), "-f", "s16le", "-ac", "1", "-"]), "<i2")
    return [float(np.abs(part).mean()) for part in np.array_split(samples.astype(int), 4)]


def lightness(frames: Frames) -> list[float]:
    """Of each frame's upper left corner."""
    return [float(frame[:64, :64].mean()) for frame in frames]


@pytest.mark.parametrize("model", TALKERS)
async def test_a_photo_says_the_recording_in_every_file_that_is_sent(
    model: str, tmp_path: Path
) -> None:
    given = {Role.INPUT_REFERENCE: person(), Role.AUDIO: recording()}
    master = await made(tmp_path, model, Task.AUDIO_TO_VIDEO, given, 50)
    frames = decode_mp4(master)
    assert (len(frames), frames.shape[1:3]) == (50, SIZE)
    mark = Marks(Marking()).on(PARAMS, {"model": model}, "video_1/video")
    assert mark.label is not None
    assert mark.signature is not None
    for file in (master, export(Variant.VIDEO, master, mark), export(Variant.WEBM, master, mark)):
        heard = loudness(file, tmp_path)
        assert heard == sorted(heard)
        assert heard[-1] > 5_000


@pytest.mark.parametrize("model", ["musetalk-1.5", "wav2lip"])
async def test_a_filmed_person_says_the_beginning_of_the_recording(
    model: str, tmp_path: Path
) -> None:
    given = {Role.VIDEO: clip(), Role.AUDIO: recording()}
    master = await made(tmp_path, model, Task.AUDIO_TO_VIDEO, given, 25)
    light = lightness(decode_mp4(master))
    assert len(light) == 25
    assert light[-1] - light[0] > 200  # it is the clip, which grows lighter
    assert loudness(master, tmp_path)[-1] < 5_000  # which the recording only is in its end


async def test_a_face_follows_a_plain_clip(tmp_path: Path) -> None:
    given = {Role.INPUT_REFERENCE: person(), Role.VIDEO: clip()}
    master = await made(tmp_path, "liveportrait", Task.MOTION_TRANSFER, given, 20)
    light = lightness(decode_mp4(master))
    assert len(light) == 20
    assert light[-1] - light[0] > 150


@pytest.mark.parametrize("model", ["streamdiffusion", "streamdiffusion-v2"])
async def test_a_clip_is_repainted_in_the_cards_size(model: str, tmp_path: Path) -> None:
    given = {Role.VIDEO: clip()}
    master = await made(tmp_path, model, Task.VIDEO_TO_VIDEO, given, 25)
    assert decode_mp4(master).shape[:3] == (25, *SIZE)
