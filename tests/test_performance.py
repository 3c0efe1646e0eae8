"""What a performance lacks is said before anything is queued, and only what has a use is sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.components import ControlValues
from app.performance import FILMED, PHOTO, Performance
from serve.protocol import Allowance, ModelCard, Task
from tests.fake_backend import card

MOVER = card("mover", [Task.MOTION_TRANSFER])
TALKER = card("talker", [Task.AUDIO_TO_VIDEO])
SETTINGS = ControlValues("m", "192x256", 17, 8, 4, 4.0, None, 7)
MOTION = Performance(
    task=Task.MOTION_TRANSFER,
    card=MOVER,
    speaker=PHOTO,
    files={"input_reference": "p.png", "video": "v.mp4", "audio": "left.wav", "filmed": "f.mp4"},
    prompt="",
    seconds=3,
    settings=SETTINGS,
    consented=True,
)
SPEECH = replace(MOTION, task=Task.AUDIO_TO_VIDEO, card=TALKER)


def limited(model: ModelCard, **limits: object) -> ModelCard:
    return model.model_copy(update={"limits": model.limits.model_copy(update=limits)})


def without(performance: Performance, *names: str) -> Performance:
    left = {name: path for name, path in performance.files.items() if name not in names}
    return replace(performance, files=left)


@pytest.mark.parametrize(
    ("performance", "words"),
    [
        (replace(MOTION, card=None), "No model is ready"),
        (without(MOTION, "input_reference"), "photo of the person first (step 1)"),
        (without(MOTION, "video"), "clip with the motion first (step 2)"),
        (replace(MOTION, card=limited(MOVER, face_video=Allowance.REQUIRED)), "needs the face"),
        (replace(MOTION, files={**MOTION.files, "mask_video": "m.mp4"}), "add both clips"),
        (replace(MOTION, consented=False), "right to use these pictures and voices"),
        (without(SPEECH, "input_reference"), "photo of the person first (step 1)"),
        (without(SPEECH, "audio"), "recording first (step 2)"),
        (replace(without(SPEECH, "filmed"), speaker=FILMED), "clip of the person first (step 1)"),
    ],
)
def test_what_is_missing_is_said(performance: Performance, words: str) -> None:
    assert words in performance.problem()


def test_a_model_that_has_no_words_of_its_own_needs_a_prompt() -> None:
    silent = MOVER.model_copy(update={"defaults": MOVER.defaults.model_copy(update={"prompt": ""})})
    assert "Write a prompt first" in replace(MOTION, card=silent).problem()
    assert replace(MOTION, card=silent, prompt="dancing").problem() == ""


def test_only_what_the_model_has_a_use_for_is_sent() -> None:
    more = {**MOTION.files, "face_video": "c.mp4", "background_video": "b", "mask_video": "m"}
    whole = replace(MOTION, files=more)
    assert whole.problem() == ""
    roles = ["input_reference", "video", "face_video", "background_video", "mask_video"]
    assert list(whole.uploads()) == roles
    plain = limited(MOVER, face_video=Allowance.REFUSED, replaces=False)
    assert list(replace(whole, card=plain).uploads()) == ["input_reference", "video"]
    assert list(SPEECH.uploads()) == ["input_reference", "audio"]


def test_who_says_a_recording_is_shown_as_the_model_wants_it() -> None:
    filmed = {"video": Path("f.mp4"), "audio": Path("left.wav")}
    assert replace(SPEECH, speaker=FILMED).uploads() == filmed
    only_photos = limited(TALKER, speaker_video=Allowance.REFUSED)
    assert "video" not in replace(SPEECH, speaker=FILMED, card=only_photos).uploads()
    only_clips = limited(TALKER, speaker_video=Allowance.REQUIRED)
    assert replace(SPEECH, card=only_clips).uploads() == filmed


def test_a_clip_gives_at_most_its_own_length_and_a_recording_all_of_it() -> None:
    fields = replace(MOTION, prompt="dancing").fields()
    assert (fields["seconds"], fields["fps"], fields["prompt"]) == (17 / 8, 8, "dancing")
    assert "num_frames" not in fields
    spoken = replace(SPEECH, seconds=None, prompt="unheard").fields()
    assert (spoken["seconds"], spoken["prompt"]) == (None, "")
    assert "fps" not in spoken
    assert SPEECH.fields()["seconds"] == 3
