"""A program in its own environment, called once for each clip as its recipe says."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from serve.card import Card
from serve.clips import last_frames_of, shortened
from serve.encoding import encode_mp4
from serve.engines import recipe
from serve.engines.program import Program
from serve.engines.remote import follow
from serve.engines.template import fill, pictures_of, settings_of
from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import StageStarted
from serve.images import to_png
from serve.pipelines.base import Generation, Report
from serve.protocol import Role, Stage, Task

FILES = {
    "image": "image.png",
    "last_image": "last_image.png",
    "video": "video.mp4",
    "audio": "audio.wav",
}
"""What the inputs are called, by their placeholders."""


class Pipeline:
    """A card whose ``source`` is the recipe, ``./recipes/name.yaml`` beside the catalog file."""

    def __init__(self, card: Card) -> None:
        self._card = card
        try:
            self._recipe = recipe.read(Path(card.location))
            if unknown := self._recipe.unknown(card.call):
                names = ", ".join(sorted(unknown))
                raise ModelUnavailable(f"{card.location} has placeholders without a value: {names}")
            beside = {"recipes": str(Path(card.location).parent)}
            self._own = self._recipe.from_environment() | beside | card.call
            self._directory = Path(fill(self._recipe.directory, self._own))
            if not self._directory.is_dir():
                raise ModelUnavailable(f"{self._directory} is no folder")
            program = self._recipe.command(self._own)[0]
            if shutil.which(program) is None:
                raise ModelUnavailable(f"{program} is no program")
        except ModelUnavailable as error:
            raise ModelUnavailable(f"{card.id}: {error.message}.") from error

    def run(self, generation: Generation, report: Report) -> bytes:
        """The file that the program wrote."""
        report(StageStarted(Stage.ENCODING_PROMPT))
        with tempfile.TemporaryDirectory(prefix="lookreel-") as name:
            folder = Path(name)
            values = self._values(folder, generation)
            self._write_inputs(folder / "input", values, generation)
            given = {*pictures_of(generation), *(role.value for role in generation.films)}
            (folder / "output").mkdir()
            command = self._recipe.command(values, given)
            steps = generation.params.num_inference_steps
            with Program(command, self._directory, folder, self._recipe.progress) as program:
                follow(program.look, program.stop, report, steps)
                report(StageStarted(Stage.DECODING))
                return self._result(folder / "output", program)

    def _values(self, folder: Path, generation: Generation) -> dict[str, Any]:
        values = settings_of(self._card, generation) | self._own
        size = f"{values['width']}x{values['height']}"
        files = {name: str(folder / "input" / file) for name, file in FILES.items()}
        filmed = Role.VIDEO in generation.films
        return values | {
            "prompt": " ".join(values["prompt"].split()),  # many programs read prompts by lines
            **files,
            "speaker": files["video" if filmed else "image"],
            "input": str(folder / "input"),
            "output": str(folder / "output"),
            "ratio": self._recipe.ratios.get(size, size),
        }

    def _write_inputs(self, folder: Path, values: dict[str, Any], generation: Generation) -> None:
        folder.mkdir()
        for name, picture in pictures_of(generation).items():
            (folder / f"{name}.png").write_bytes(to_png(picture))
        if generation.audio is not None:
            (folder / FILES["audio"]).write_bytes(generation.audio)
        if Role.VIDEO in generation.films:
            (folder / FILES["video"]).write_bytes(self._clip(generation))
        for name, content in self._recipe.files.items():
            filled = fill(content, values)
            text = filled if isinstance(content, str) else json.dumps(filled, ensure_ascii=False)
            (folder / name).write_text(str(text), encoding="utf-8")

    def _result(self, folder: Path, program: Program) -> bytes:
        files = [path for path in folder.glob(self._recipe.result) if path.is_file()]
        if not files:
            raise ModelFailed(
                f"The program ended without a file {self._recipe.result}: {program.last_words()}"
            )
        return max(files, key=lambda path: path.stat().st_mtime_ns).read_bytes()

    def _clip(self, generation: Generation) -> bytes:
        """The clip at the run's rate; in its size, unless it only shows somebody else how to move;
        its end alone where that is continued."""
        params, end = generation.params, self._card.limits.extends
        if end and generation.task is Task.VIDEO_TO_VIDEO:
            frames = last_frames_of(
                generation.films[Role.VIDEO],
                width=params.width,
                height=params.height,
                fps=params.fps,
                num_frames=end,
            )
            shown = np.stack([np.asarray(frame) for frame in frames])
            return encode_mp4(shown, fps=params.fps, record={})
        whole = generation.task is Task.MOTION_TRANSFER
        return shortened(
            generation.films[Role.VIDEO],
            fps=params.fps,
            num_frames=params.num_frames,
            size=None if whole else (params.width, params.height),
        )
