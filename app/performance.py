"""A performance: all that the user has entered in *Perform*, and what it adds up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.components import ControlValues
from app.words import later, t
from serve.protocol import Allowance, Limits, ModelCard, Task

MODES = {
    Task.MOTION_TRANSFER: later("Move as in a clip"),
    Task.AUDIO_TO_VIDEO: later("Say a recording"),
}
ABLE = {
    Task.MOTION_TRANSFER: (
        "wan2.1-vace-1.3b",
        "wan2.1-vace-14b",
        "wan2.2-animate-14b",
        "liveportrait",
    ),
    Task.AUDIO_TO_VIDEO: ("sadtalker", "musetalk-1.5", "wav2lip"),
}
"""The models of the catalog that can do it, whether they are served or not."""
PHOTO, FILMED = later("A photo"), later("A clip")


@dataclass(frozen=True)
class Performance:
    """Everything the user has entered, read once when the button is pressed."""

    task: Task
    card: ModelCard | None
    speaker: str
    """Whether who says a recording is on a `PHOTO` or `FILMED`."""
    files: Mapping[str, str | None]
    """By the client's names for them, but the clip of who says a recording: ``filmed``."""
    prompt: str
    seconds: float | None
    settings: ControlValues
    consented: bool

    def problem(self) -> str:
        """What is missing, in words; empty if the job can be queued."""
        if self.card is None:
            return t("No model is ready yet. Please wait a moment.")
        missing = self._missing_motion() if self._moves else self._missing_speech()
        if missing:
            return missing
        limits = self.card.limits
        if limits.prompt and not self.prompt and not self.card.defaults.prompt:
            return t("Write a prompt first: who, wearing what, doing what, where.")
        if not self.consented:
            return t(
                "Please confirm once, in step 2, that you have the right to use these pictures "
                "and voices."
            )
        return ""

    def uploads(self) -> dict[str, Path]:
        """The files that the model has a use for, by the client's names for them."""
        limits = self._limits
        if self._moves:
            names = ["input_reference", "video"]
            names += ["face_video"] if limits.face_video is not Allowance.REFUSED else []
            names += ["background_video", "mask_video"] if limits.replaces else []
            found = {name: self.files.get(name) for name in names}
        elif self.is_filmed:
            found = {"video": self.files.get("filmed"), "audio": self.files.get("audio")}
        else:
            found = {name: self.files.get(name) for name in ("input_reference", "audio")}
        return {name: Path(path) for name, path in found.items() if path}

    def fields(self) -> dict[str, Any]:
        """The request's fields, but for whose it is."""
        fields = self.settings.request_fields()
        frames, fps = fields.pop("num_frames", None), fields.get("fps")
        if not self._moves:
            fields.pop("fps", None)  # the recording is as long as it is
            seconds = self.seconds
        else:
            seconds = frames / fps if frames and fps else None
        prompt = self.prompt if self._limits.prompt else ""
        return fields | {"task": self.task, "prompt": prompt, "seconds": seconds}

    @property
    def is_filmed(self) -> bool:
        """Whether a clip rather than a photo shows who says the recording."""
        return filmed(self.speaker, self._limits)

    @property
    def _moves(self) -> bool:
        return self.task is Task.MOTION_TRANSFER

    @property
    def _limits(self) -> Limits:
        assert self.card is not None, "`problem` says so before"
        return self.card.limits

    def _missing_motion(self) -> str:
        has, title = self.files.get, self.card.title if self.card else ""
        if not has("input_reference"):
            return t("Add a photo of the person first (step 1).")
        if not has("video"):
            return t("Add the clip with the motion first (step 2).")
        if self._limits.face_video is Allowance.REQUIRED and not has("face_video"):
            return t("{model} needs the face apart: add its clip, too (step 2).", model=title)
        pair = bool(has("background_video")) + bool(has("mask_video"))
        if self._limits.replaces and pair == 1:
            return t("To replace somebody add both clips, the background and the mask, or neither.")
        return ""

    def _missing_speech(self) -> str:
        if self.is_filmed and not self.files.get("filmed"):
            return t("Add a clip of the person first (step 1).")
        if not self.is_filmed and not self.files.get("input_reference"):
            return t("Add a photo of the person first (step 1).")
        if not self.files.get("audio"):
            return t("Add a recording first (step 2).")
        return ""


def filmed(speaker: str, limits: Limits) -> bool:
    """Whether a model is shown who says a recording in a clip: as it must be, or as was chosen."""
    allowed = limits.speaker_video
    return allowed is Allowance.REQUIRED or (allowed is Allowance.OPTIONAL and speaker == FILMED)
