"""A model that makes sound as well puts it into every file of its clip."""

from collections.abc import Callable
from pathlib import Path

import pytest

from serve.config import Marking
from serve.exports import export
from serve.ffmpeg import streams
from serve.marks import Marks
from serve.pipelines.base import Pipeline
from serve.protocol import Variant
from serve.results import write_clip
from serve.storage import Storage
from tests.cards import generation


@pytest.mark.parametrize(
    "name", ["ltx2", "ltx2-i2v", "ltx2-flf", "ltx2-reference", "ltx2.3", "kandinsky6"]
)
def test_a_model_makes_the_sound_to_its_clip(
    name: str, pipelines: Callable[[str], Pipeline], tmp_path: Path
) -> None:
    wanted = generation(name)
    clip = pipelines(name).run(wanted, lambda _: None)
    assert isinstance(clip, bytes)
    storage = Storage(str(tmp_path))
    record = {"model": name}
    files = write_clip(storage, "video_1", clip, fps=wanted.params.fps, record=record)
    master = storage.read(files[Variant.VIDEO])
    mark = Marks(Marking()).on(wanted.params, record, "video_1/video")
    for number, file in enumerate(
        (master, export(Variant.VIDEO, master, mark), export(Variant.WEBM, master, mark))
    ):
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(file)
        about = streams(path)
        assert "Audio: opus" in about if number == 2 else "Audio: aac" in about
        assert "Video:" in about
