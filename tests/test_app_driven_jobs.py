"""The Library knows jobs that a recording or another's motion drove, and take them up again."""

import pytest

from app.details import settings_of
from app.performance import ABLE
from app.restoring import losses
from app.tiles import TASKS
from serve.catalog import load_catalog
from serve.protocol import ModelList, Role, Task
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
def test_a_driven_clip_says_what_it_is_and_is_restored_whole(roles: list[Role], words: str) -> None:
    backend = FakeBackend(cards=[card("d", [Task.AUDIO_TO_VIDEO, Task.MOTION_TRANSFER])])
    job = backend.new_job({"prompt": ""}, roles, "video")
    assert words in settings_of(job).values()
    assert losses(ModelList(data=backend.cards).model_dump_json(), job, len(roles)) == []


def test_of_a_file_that_has_only_its_pictures_the_driver_is_asked_for_again() -> None:
    backend = FakeBackend(cards=[card("d", [Task.MOTION_TRANSFER])])
    job = backend.new_job({"prompt": ""}, [Role.INPUT_REFERENCE, Role.VIDEO], "video")
    bare = job.model_copy(update={"inputs": [Role.INPUT_REFERENCE], "num_inputs": 1})
    cards = ModelList(data=backend.cards).model_dump_json()
    assert losses(cards, bare, 1) == ["The clip or recording that drives it: add it again."]


def test_the_models_that_the_page_names_are_those_of_the_catalog() -> None:
    for task, names in ABLE.items():
        assert names == tuple(one.id for one in load_catalog().models if task in one.tasks)
