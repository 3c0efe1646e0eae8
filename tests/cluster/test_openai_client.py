"""The unmodified OpenAI client against a real Ray Serve: every method that a video API has."""

import io
import json
from collections.abc import Iterator

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

from serve.catalog import find
from serve.encoding import decode_mp4, encode_mp4
from tests.cluster.conftest import Service

pytestmark = [pytest.mark.filterwarnings("ignore:The Sora API"), pytest.mark.timeout(400)]

SHORT = {"num_inference_steps": 2, "num_frames": 5}


@pytest.fixture
def client(service: Service) -> Iterator[openai.OpenAI]:
    """The client as a user makes it."""
    with openai.OpenAI(base_url=f"{service.url}/v1", api_key="none") as client:
        yield client


def picture(colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (90, 120), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_clip_is_created_polled_and_downloaded_in_every_variant(client: openai.OpenAI) -> None:
    video = client.videos.create_and_poll(
        prompt="a woman in a red dress walks", model="croquis-t2v", extra_body=SHORT
    )
    assert (video.status, video.progress, video.error) == ("completed", 100, None)
    assert (video.seconds, video.size) == ("0.625", "192x256")
    assert video.completed_at is not None
    clip = client.videos.download_content(video.id).read()
    assert clip[4:8] == b"ftyp"
    for variant in ("thumbnail", "spritesheet"):
        content = client.videos.download_content(video.id, variant=variant).read()
        assert Image.open(io.BytesIO(content)).format == "JPEG"


def test_the_clients_own_field_names_and_values_are_taken(client: openai.OpenAI) -> None:
    video = client.videos.create(prompt="x", seconds="8", model="croquis-t2v")
    card = find("croquis-t2v")
    assert float(video.seconds) == card.limits.num_frames.maximum / card.defaults.fps
    assert client.videos.retrieve(video.id).id == video.id
    client.videos.delete(video.id)


def test_a_picture_makes_an_image_to_video_job(client: openai.OpenAI) -> None:
    video = client.videos.create_and_poll(
        prompt="she turns", input_reference=("p.jpg", picture(), "image/jpeg"), extra_body=SHORT
    )
    assert (video.status, video.model) == ("completed", "croquis-tryon")


def test_the_same_request_and_seed_give_the_same_pixels_bit_for_bit(client: openai.OpenAI) -> None:
    clips = []
    for _ in range(2):
        video = client.videos.create_and_poll(prompt="a red dress", extra_body=SHORT | {"seed": 7})
        clips.append(decode_mp4(client.videos.download_content(video.id).read()))
    assert np.array_equal(clips[0], clips[1])


def test_clips_are_listed_page_by_page(client: openai.OpenAI) -> None:
    body = SHORT | {"user": "pages"}
    ids = [client.videos.create_and_poll(prompt="x", extra_body=body).id for _ in range(3)]
    mine = {"user": "pages"}
    page = client.videos.list(limit=2, extra_query=mine)
    assert page.has_more
    assert [video.id for video in client.videos.list(limit=2, extra_query=mine)] == ids[::-1]
    oldest = client.videos.list(limit=1, order="asc", extra_query=mine)
    assert [video.id for video in oldest.data] == ids[:1]


def test_a_remix_takes_a_new_prompt_and_keeps_the_seed(client: openai.OpenAI) -> None:
    source = client.videos.create_and_poll(prompt="a red dress", extra_body=SHORT | {"seed": 9})
    remix = client.videos.remix(source.id, prompt="a blue dress")
    assert remix.remixed_from_video_id == source.id
    assert remix.prompt == "a blue dress"
    remix = client.videos.poll(remix.id)
    assert remix.status == "completed"
    record = client.videos.download_content(remix.id, variant="record")  # type: ignore[arg-type]
    assert json.loads(record.read())["seed"] == 9


def test_a_clip_that_is_sent_is_repainted(client: openai.OpenAI) -> None:
    drawn = encode_mp4(np.full((5, 256, 192, 3), 200, np.uint8), fps=8, record={})
    video = client.videos.edit(
        prompt="a park",
        video=("walk.mp4", drawn, "video/mp4"),
        extra_body={"num_inference_steps": 2, "strength": 0.5},
    )
    assert client.videos.poll(video.id).status == "completed"
    assert (video.model, video.seconds) == ("croquis-t2v", "0.625")


def test_a_deleted_clip_is_gone(client: openai.OpenAI) -> None:
    video = client.videos.create(prompt="x", extra_body=SHORT)
    deleted = client.videos.delete(video.id)
    assert (deleted.id, deleted.deleted, deleted.object) == (video.id, True, "video.deleted")
    with pytest.raises(openai.NotFoundError) as missing:
        client.videos.retrieve(video.id)
    assert missing.value.code == "job_not_found"


def test_stills_are_edited_and_can_be_fetched(client: openai.OpenAI) -> None:
    answer = client.images.edit(
        image=[("person.jpg", picture()), ("garment.jpg", picture("blue"))],
        prompt="wear it",
        n=2,
        extra_body={"num_inference_steps": 2},
    )
    assert answer.data is not None
    assert len(answer.data) == 2
    for still in answer.data:
        assert still.url is not None
        content = httpx.get(still.url).content
        assert Image.open(io.BytesIO(content)).size == (192, 256)


def test_stills_of_words_are_waited_for(client: openai.OpenAI) -> None:
    answer = client.images.generate(
        prompt="a woman in a red dress",
        model="croquis-t2v",
        n=2,
        size="192x256",
        response_format="url",
        extra_body={"num_inference_steps": 2, "seed": 7},
    )
    assert answer.data is not None
    pictures = [httpx.get(still.url).content for still in answer.data if still.url]
    assert [Image.open(io.BytesIO(content)).size for content in pictures] == [(192, 256)] * 2
    assert pictures[0] != pictures[1]
    with pytest.raises(openai.BadRequestError, match="192x256") as refused:
        client.images.generate(prompt="a dress", size="1024x1024")
    assert refused.value.param == "size"


def test_what_is_wrong_is_an_error_the_client_can_read(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="4 to 24") as refused:
        client.videos.create(prompt="x", extra_body={"fps": 30})
    assert refused.value.param == "fps"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.videos.create(prompt="x", model="sora-2")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.videos.download_content("video_none")


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["croquis-t2v", "croquis-tryon"]
    assert client.models.retrieve("croquis-t2v").owned_by == "lookreel"
