"""The named endpoints that dress somebody, called by gradio_client as a user's script would."""

from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from app.samples import IMAGES
from serve.protocol import Role, Task
from tests.fake_backend import FakeBackend, card
from tests.slow.test_endpoints import GARMENT, PERSON, assert_mp4, only_job


def test_dressing_gives_stills_to_choose_from(backend: FakeBackend, client: Client) -> None:
    garments = [handle_file(GARMENT)]
    stills = client.predict(person=handle_file(PERSON), garments=garments, n=2, api_name="/dress")
    assert [Path(still).read_bytes()[:4] for still in stills] == [b"\x89PNG"] * 2
    assert backend.inputs[only_job(backend).id][0] == Path(PERSON).read_bytes()


def test_garments_with_categories_are_sent_in_dressing_order_with_their_backs(
    backend: FakeBackend, client: Client
) -> None:
    backend.cards = [card("dresser", [Task.IMAGE_EDIT], picture_word="image")]
    top, coat = str(IMAGES / "garment-5.png"), str(IMAGES / "garment-3.png")
    client.predict(
        person=handle_file(PERSON),
        garments=[handle_file(coat), handle_file(top)],
        categories=["outerwear", "top"],
        backs=[handle_file(GARMENT)],
        seed=5,
        api_name="/dress",
    )
    job = only_job(backend)
    sent = [Path(path).read_bytes() for path in (PERSON, top, coat, GARMENT)]
    assert backend.inputs[job.id] == sent
    assert "the coat or jacket of image 3 (image 4 shows its back)" in job.prompt
    assert job.params.seed == 5


def test_categories_that_do_not_fit_the_garments_are_named(
    backend: FakeBackend, client: Client
) -> None:
    with pytest.raises(AppError, match="categories has 2 entries for 1 garments"):
        client.predict(
            person=handle_file(PERSON),
            garments=[handle_file(GARMENT)],
            categories=["top", "dress"],
            api_name="/dress",
        )
    assert backend.jobs == {}


def test_a_mask_says_where_a_photo_may_change(
    backend: FakeBackend, client: Client, tmp_path: Path
) -> None:
    mask = tmp_path / "mask.png"
    with Image.open(PERSON) as person:
        Image.new("L", person.size, 255).save(mask)
    client.predict(
        person=handle_file(PERSON),
        garments=[handle_file(GARMENT)],
        mask=handle_file(str(mask)),
        api_name="/dress",
    )
    job = only_job(backend)
    assert backend.inputs[job.id][job.inputs.index(Role.MASK)] == mask.read_bytes()


def test_try_on_is_one_job_where_a_model_can(backend: FakeBackend, client: Client) -> None:
    garments = [handle_file(GARMENT)]
    clip = client.predict(person=handle_file(PERSON), garments=garments, api_name="/try_on")
    assert_mp4(clip)
    assert only_job(backend).task is Task.TRY_ON


def test_try_on_goes_through_a_still_where_no_model_can(
    backend: FakeBackend, client: Client
) -> None:
    backend.cards = [card("dresser", [Task.IMAGE_EDIT]), card("wan-i2v", [Task.IMAGE_TO_VIDEO])]
    garments = [handle_file(GARMENT)]
    clip = client.predict(person=handle_file(PERSON), garments=garments, api_name="/try_on")
    assert_mp4(clip)
    assert [job.task for job in backend.jobs.values()] == [Task.IMAGE_EDIT, Task.IMAGE_TO_VIDEO]


def test_the_dresser_of_a_clip_and_the_size_of_its_still_are_named(
    backend: FakeBackend, client: Client
) -> None:
    klein = card("klein", [Task.IMAGE_EDIT], picture_word="image")
    sizes = klein.limits.model_copy(update={"sizes": ["192x256", "256x192"]})
    backend.cards.append(klein.model_copy(update={"limits": sizes}))
    call: dict[str, Any] = {"person": handle_file(PERSON), "garments": [handle_file(GARMENT)]}
    call |= {"categories": ["dress"], "seed": 5, "num_frames": 9, "api_name": "/try_on"}
    client.predict(**call, dresser="klein", still_size="256x192")
    still, clip = backend.jobs.values()
    assert (still.model, still.size, still.params.n) == ("klein", "256x192", 1)
    assert "the dress of image 2" in still.prompt
    assert (clip.task, clip.params.seed) == (Task.IMAGE_TO_VIDEO, 5)
    assert (clip.params.num_frames, clip.size) == (9, "192x256")
    assert backend.inputs[clip.id] == [backend.files[still.id][0]]
    backend.jobs.clear()
    client.predict(**call, still_size="256x192")  # which one model alone makes
    assert [job.model for job in backend.jobs.values()][0] == "klein"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dresser": "kline"}, "dresser: 'kline' is not one of croquis-tryon."),
        ({"still_size": "640x480"}, "still_size: '640x480' is not one of 192x256."),
    ],
)
def test_a_dresser_or_size_that_is_not_there_is_told_with_those_that_are(
    backend: FakeBackend, client: Client, arguments: dict[str, Any], message: str
) -> None:
    pictures = {"person": handle_file(PERSON), "garments": [handle_file(GARMENT)]}
    for name in ("/try_on", "/lookbook"):
        if name == "/lookbook":
            pictures = {"people": [pictures["person"]], "garments": pictures["garments"]}
            arguments = arguments | {"what": "clip"}
        with pytest.raises(AppError, match=message):
            client.predict(**pictures, **arguments, api_name=name)
    assert backend.jobs == {}
