"""The Library knows jobs that a recording or another's motion drove, though no tab makes them."""

import pytest

from app.details import settings_of
from app.restoring import losses
from app.tiles import TASKS
from serve.protocol import Role, Task
from tests.fake_backend import FakeBackend, card


def test_every_task_has_a_name_in_the_library() -> None:
    assert TASKS.keys() == set(Task)


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ([Role.INPUT_REFERENCE, Role.AUDIO], "Talking head"),
        ([Role.VIDEO, Role.AUDIO], "Talking head"),
        ([Role.INPUT_REFERENCE, Role.VIDEO], "Motion of a clip"),
    ],
)
def test_what_drove_a_clip_is_told_where_it_cannot_be_restored(
    roles: list[Role], words: str
) -> None:
    backend = FakeBackend(cards=[card("d", [Task.AUDIO_TO_VIDEO, Task.MOTION_TRANSFER])])
    job = backend.new_job({"prompt": ""}, roles, "video")
    assert words in settings_of(job).values()
    lost = losses("", job, len(roles))
    assert "The clip or recording that drives it: scripts can give one." in lost
