"""From what a request says to what a run does, where a model takes less than others."""

import pytest

from serve.catalog import find, load_catalog
from serve.errors import BadRequest, ModelNotFound
from serve.protocol import Role, SamplingParams, Task
from serve.resolution import choose, resolve, suits
from serve.wish import Wish


def wish(prompt: str = "", negative_prompt: str | None = None) -> Wish:
    return Wish(Task.IMAGE_TO_VIDEO, prompt, SamplingParams(negative_prompt=negative_prompt))


def test_a_model_without_words_needs_no_prompt_and_has_none_filled_in() -> None:
    params = resolve(find("svd-xt"), wish(negative_prompt=""))
    assert (params.prompt, params.negative_prompt) == ("", "")


@pytest.mark.parametrize(
    ("param", "given"),
    [("prompt", wish("turning")), ("negative_prompt", wish(negative_prompt="blurry"))],
)
def test_words_that_a_model_would_not_hear_are_refused(param: str, given: Wish) -> None:
    with pytest.raises(BadRequest, match=f"{param} is given, but svd-xt takes none") as refused:
        resolve(find("svd-xt"), given)
    assert refused.value.param == param


def test_a_request_for_a_model_that_cannot_be_had_hears_why() -> None:
    with pytest.raises(ModelNotFound, match="Sora 2 cannot be had: OpenAI announced the end") as no:
        choose([find("croquis-t2v")], load_catalog(), "sora-2", Task.TEXT_TO_VIDEO)
    assert (no.value.param, no.value.status) == ("model", 404)


@pytest.mark.parametrize(
    ("aspect_ratio", "size"),
    [
        (0.56, (480, 832)),
        (1.5, (640, 480)),
        (1.6, (832, 480)),
        (1.1, (624, 624)),
        (None, (480, 832)),
    ],
)
def test_without_a_size_the_picture_decides_the_shape(
    aspect_ratio: float | None, size: tuple[int, int]
) -> None:
    asked = Wish(Task.IMAGE_TO_VIDEO, "turns", SamplingParams(), aspect_ratio=aspect_ratio)
    params = resolve(find("wan2.1-i2v-14b-480p"), asked)
    assert (params.width, params.height) == size


def test_a_size_that_is_asked_for_counts_more_than_the_picture() -> None:
    asked = Wish(Task.IMAGE_TO_VIDEO, "turns", SamplingParams(), size="480x832", aspect_ratio=1.78)
    assert resolve(find("wan2.1-i2v-14b-480p"), asked).width == 480


@pytest.mark.parametrize(("asked", "got"), [(None, 127), (1, 1), (255, 255)])
def test_a_clip_moves_as_much_as_asked_or_as_the_card_says(asked: int | None, got: int) -> None:
    moving = Wish(Task.IMAGE_TO_VIDEO, "", SamplingParams(motion_bucket_id=asked))
    assert resolve(find("svd-xt"), moving).motion_bucket_id == got
    assert resolve(find("wan2.1-i2v-14b-480p"), wish("turns")).motion_bucket_id is None


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("svd-xt", "motion_bucket_id is 300: svd-xt takes 1 to 255"),
        ("wan2.1-i2v-14b-480p", "can't be told how much to move"),
    ],
)
def test_motion_that_a_model_cannot_make_is_refused(model: str, words: str) -> None:
    moving = Wish(Task.IMAGE_TO_VIDEO, "", SamplingParams(motion_bucket_id=300))
    with pytest.raises(BadRequest, match=words) as refused:
        resolve(find(model), moving)
    assert refused.value.param == "motion_bucket_id"


@pytest.mark.parametrize(
    ("roles", "task", "model"),
    [
        ({Role.INPUT_REFERENCE, Role.VIDEO}, Task.MOTION_TRANSFER, "liveportrait"),
        (
            {Role.INPUT_REFERENCE, Role.VIDEO, Role.FACE_VIDEO},
            Task.MOTION_TRANSFER,
            "wan2.2-animate-14b",
        ),
        ({Role.INPUT_REFERENCE, Role.AUDIO}, Task.AUDIO_TO_VIDEO, "sadtalker"),
        ({Role.VIDEO, Role.AUDIO}, Task.AUDIO_TO_VIDEO, "wav2lip"),
    ],
)
def test_of_several_models_the_one_that_takes_what_is_given_is_chosen(
    roles: set[Role], task: Task, model: str
) -> None:
    cards = [find(name) for name in ("wan2.2-animate-14b", "liveportrait", "sadtalker", "wav2lip")]
    assert choose(cards, load_catalog(), None, task, suits(roles)).id == model


def test_where_no_model_suits_the_first_says_what_is_wrong() -> None:
    roles = {Role.VIDEO, Role.AUDIO}
    assert (
        choose([find("sadtalker")], load_catalog(), None, Task.AUDIO_TO_VIDEO, suits(roles)).id
        == "sadtalker"
    )
