"""The engines `runway` and `fal`, with the cards that ship, against servers that speak alike."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from serve import catalog
from serve.card import Card
from serve.encoding import decode_mp4
from serve.engines import remote
from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, Generation
from serve.protocol import ResolvedParams, Task
from tests.cards import picture
from tests.hosted_servers import FalServer, Hosted, RunwayServer, picture_in
from tests.servers import free_port, serving_app

every_model = pytest.mark.parametrize("model", ["runway-gen4.5", "pika-2.2"])


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "POLL_SECONDS", 0.01)
    monkeypatch.setenv("RUNWAYML_API_SECRET", "runways-key")
    monkeypatch.setenv("FAL_KEY", "fals-key")


@pytest.fixture
def server(model: str) -> Hosted:
    return FalServer() if model.startswith("pika") else RunwayServer()


@pytest.fixture
def card(model: str, server: Hosted) -> Iterator[Card]:
    """The card that ships, at an address of ours."""
    shipped = catalog.find(model)
    assert isinstance(server, RunwayServer | FalServer)
    with serving_app(server.app(), free_port()) as address:
        path = urlsplit(shipped.source).path
        yield shipped.model_copy(update={"source": address + path})


def wanted(task: Task = Task.TEXT_TO_VIDEO, **changes: Any) -> Generation:
    values = {"prompt": "a red dress", "negative_prompt": "", "width": 720, "height": 1280}
    values |= {"num_frames": 240, "fps": 24, "num_inference_steps": 1, "guidance_scale": 1.0}
    params = ResolvedParams.model_validate(values | {"seed": 7} | changes)
    return Generation(task, params, (picture(1),) if task is Task.IMAGE_TO_VIDEO else ())


def run(card: Card, generation: Generation) -> tuple[bytes, list[int]]:
    events: list[GenerationEvent] = []
    clip = loader.load(card).run(generation, events.append)
    assert isinstance(clip, bytes)
    return clip, [event.step for event in events if isinstance(event, StepDone)]


@pytest.mark.parametrize("model", ["runway-gen4.5"])
def test_runway_makes_a_clip_of_a_prompt(server: Hosted, card: Card) -> None:
    clip, percent = run(card, wanted())
    assert decode_mp4(clip).shape == (8, 32, 48, 3)
    assert server.path == "/v1/text_to_video"
    assert server.body == {
        "model": "gen4.5",
        "promptText": "a red dress",
        "ratio": "720:1280",
        "duration": 10,
        "seed": 7,
    }
    assert server.headers["authorization"] == "Bearer runways-key"
    assert server.headers["user-agent"].startswith("RunwayML/Python")
    assert percent == [0] * 5 + [40] * 5 + [60] * 5 + [80] * 5


@pytest.mark.parametrize("model", ["runway-gen4.5"])
def test_runway_continues_a_first_frame(server: Hosted, card: Card) -> None:
    run(card, wanted(Task.IMAGE_TO_VIDEO, num_frames=48))
    assert server.path == "/v1/image_to_video"
    assert server.body["duration"] == 2
    assert picture_in(server.body["promptImage"]).size == (720, 1280)


@pytest.mark.parametrize("model", ["runway-veo3.1", "runway-veo3.1-fast"])
def test_veo_makes_silent_clips_of_four_six_or_eight_seconds(server: Hosted, card: Card) -> None:
    lengths = card.limits.num_frames
    asked = range(int(lengths.minimum), int(lengths.maximum) + 1, int(lengths.step or 1))
    for frames in asked:
        clip, _ = run(card, wanted(width=1080, height=1920, num_frames=frames))
        assert decode_mp4(clip).shape == (8, 32, 48, 3)
        assert server.path == "/v1/text_to_video"
        assert server.body["duration"] == frames // 24
        assert (server.body["ratio"], server.body["audio"]) == ("1080:1920", False)
    assert [frames // 24 for frames in asked] == [4, 6, 8]
    run(card, wanted(Task.IMAGE_TO_VIDEO, num_frames=144))
    assert picture_in(server.body["promptImage"]).size == (720, 1280)
    with pytest.raises(ModelFailed, match="Validation of body failed"):
        run(card, wanted(num_frames=120))


@pytest.mark.parametrize("model", ["pika-2.2"])
def test_pika_makes_a_clip_of_a_prompt(server: Hosted, card: Card) -> None:
    clip, _ = run(card, wanted(width=1920, height=1080, negative_prompt="blur"))
    assert decode_mp4(clip).shape == (8, 32, 48, 3)
    assert server.path == "/fal-ai/pika/v2.2/text-to-video"
    assert server.body == {
        "prompt": "a red dress",
        "negative_prompt": "blur",
        "resolution": "1080p",
        "aspect_ratio": "16:9",
        "duration": 10,
        "seed": 7,
    }
    assert server.headers["authorization"] == "Key fals-key"


@pytest.mark.parametrize("model", ["pika-2.2"])
def test_pika_continues_a_first_frame(server: Hosted, card: Card) -> None:
    run(card, wanted(Task.IMAGE_TO_VIDEO))
    assert server.path == "/fal-ai/pika/v2.2/image-to-video"
    assert "aspect_ratio" not in server.body
    assert server.body["resolution"] == "720p"
    assert picture_in(server.body["image_url"]).size == (720, 1280)


@every_model
def test_what_is_asked_for_can_be_renamed_or_left_out(server: Hosted, card: Card) -> None:
    names = {"seed": None, "duration": "duration"}
    run(card.model_copy(update={"names": names, "call": {**card.call, "extra": 1}}), wanted())
    assert "seed" not in server.body
    assert server.body["extra"] == 1


@every_model
def test_the_key_stays_away_from_where_the_clip_lies(server: Hosted, card: Card) -> None:
    run(card, wanted())
    assert server.keys_at_the_clip == [None]


@every_model
def test_a_failure_there_fails_the_job_with_its_reason(server: Hosted, card: Card) -> None:
    server.fail_with = "The picture shows a famous person"
    with pytest.raises(ModelFailed, match="The picture shows a famous person"):
        run(card, wanted())


@pytest.mark.parametrize("model", ["pika-2.2"])
def test_a_request_that_ends_with_an_error_fails_the_job(server: Hosted, card: Card) -> None:
    server.fail_with = "Runner lost"
    with pytest.raises(ModelFailed, match="^Runner lost$"):
        run(card, wanted())


@pytest.mark.parametrize("model", ["runway-gen4.5"])
def test_what_runway_refuses_is_told(server: Hosted, card: Card) -> None:
    with pytest.raises(ModelFailed, match=r"Gen-4.5 refused the job: Validation of body failed$"):
        run(card, wanted(width=960, height=960))


@every_model
def test_a_few_bad_answers_are_lived_through(server: Hosted, card: Card) -> None:
    server.hiccups = 3
    clip, _ = run(card, wanted())
    assert clip


@every_model
def test_a_service_that_stays_broken_fails_the_job_and_is_told_to_stop(
    server: Hosted, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "PATIENCE_SECONDS", 0.2)
    server.hiccups = 1000
    with pytest.raises(ModelFailed, match="does not answer any more: Server error '502"):
        run(card, wanted())
    assert server.stopped


@every_model
def test_a_cancelled_job_is_cancelled_there(server: Hosted, card: Card) -> None:
    server.endless = True

    def stop(event: GenerationEvent) -> None:
        if isinstance(event, StepDone) and server.looks > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        loader.load(card).run(wanted(), stop)
    assert server.stopped


@every_model
def test_a_job_that_is_cancelled_while_it_is_sent_is_cancelled_there(
    server: Hosted, card: Card
) -> None:
    def stop(event: GenerationEvent) -> None:
        if server.body:
            raise Cancelled

    with pytest.raises(Cancelled):
        loader.load(card).run(wanted(), stop)
    assert (server.looks, server.stopped) == (0, True)


@every_model
def test_without_a_key_the_variable_is_named(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    assert card.api_key_env
    monkeypatch.delenv(card.api_key_env)
    with pytest.raises(ModelUnavailable, match=f"variable {card.api_key_env} is not set"):
        loader.load(card)


@every_model
def test_a_card_must_name_the_variable_of_its_key(card: Card) -> None:
    with pytest.raises(ValidationError, match="api_key_env is needed with the engine"):
        Card.model_validate(card.model_dump() | {"api_key_env": None})


def test_what_a_hosted_card_allows_is_whole_seconds() -> None:
    hosted = [card for card in catalog.load_catalog().models if card.engine in ("runway", "fal")]
    assert len(hosted) == 5
    for card in hosted:
        frames, rate = card.limits.num_frames, card.limits.fps.minimum
        assert not any(value % rate for value in (frames.minimum, frames.maximum, frames.step))
