"""The named endpoints that make something, called by gradio_client as a user's script would."""

from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from app.samples import IMAGES
from serve.protocol import Task
from tests.api import film, speech
from tests.fake_backend import FakeBackend, card

PERSON, GARMENT = str(IMAGES / "person-1.png"), str(IMAGES / "garment-1.png")


def only_job(backend: FakeBackend) -> Any:
    (job,) = backend.jobs.values()
    return job


def assert_mp4(path: str) -> None:
    assert b"ftyp" in Path(path).read_bytes()[:16]


MAKING = {
    "/text_to_video",
    "/video_to_video",
    "/talk",
    "/motion_transfer",
    "/text_to_image",
    "/dress",
    "/animate",
    "/try_on",
    "/lookbook",
    "/compare",
}
JOBS = {
    "/list_jobs",
    "/get_job",
    "/favourite",
    "/remix",
    "/cancel",
    "/delete",
    "/download",
    "/quality",
    "/read_settings",
}
LOOKBOOKS = {
    "/list_lookbooks",
    "/pack_lookbook",
    "/cancel_lookbook",
    "/retry_lookbook",
    "/delete_lookbook",
}
WARDROBE = {
    "/list_wardrobe",
    "/get_item",
    "/save_item",
    "/rename_item",
    "/delete_item",
    "/check_photo",
}
EVERY = MAKING | JOBS | LOOKBOOKS | WARDROBE | {"/list_models"}


def test_only_endpoints_have_a_status_for_the_browser_to_keep(client: Client) -> None:
    events = client.config["dependencies"]
    own = [one for one in events if one["api_visibility"] == "private" and one["backend_fn"]]
    assert len(own) > 100
    assert [one["api_name"] for one in own if one["show_progress_on"] != []] == []


def test_every_endpoint_is_offered_with_named_parameters(client: Client) -> None:
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert set(endpoints) == EVERY
    for name in MAKING:
        assert "The same seed gives the same result" in endpoints[name]["description"]
        assert "user" in {one["parameter_name"] for one in endpoints[name]["parameters"]}
    parameters = endpoints["/text_to_video"]["parameters"]
    required = [p["parameter_name"] for p in parameters if not p["parameter_has_default"]]
    assert required == ["prompt"]


def test_a_prompt_becomes_a_file(backend: FakeBackend, client: Client) -> None:
    clip = client.predict("a red dress", seed=7, num_frames=9, api_name="/text_to_video")
    assert_mp4(clip)
    job = only_job(backend)
    assert (job.params.seed, job.params.num_frames, job.params.fps) == (7, 9, 8)
    assert job.user is None


def test_a_clip_is_as_long_as_the_seconds_and_has_the_loras_that_are_asked_for(
    backend: FakeBackend, client: Client
) -> None:
    client.predict("a red dress", seconds=3.0, loras={"walk": 0.8}, api_name="/text_to_video")
    job = only_job(backend)
    assert (job.params.num_frames, job.params.loras) == (25, {"walk": 0.8})


def test_a_prompt_becomes_stills_to_choose_from(backend: FakeBackend, client: Client) -> None:
    stills = client.predict("a red dress", n=2, seed=7, api_name="/text_to_image")
    first, second = (Path(still).read_bytes() for still in stills)
    assert first[:4] == second[:4] == b"\x89PNG"
    assert first != second
    job = only_job(backend)
    assert (job.task, job.params.seed, job.num_inputs) == (Task.TEXT_TO_IMAGE, 7, 0)


def test_a_clip_is_repainted(backend: FakeBackend, client: Client, tmp_path: Path) -> None:
    source = tmp_path / "walk.mp4"
    source.write_bytes(film())
    clip = client.predict(
        video=handle_file(str(source)),
        prompt="in a park",
        strength=0.6,
        api_name="/video_to_video",
    )
    job = only_job(backend)
    assert_mp4(clip)
    assert (job.task, job.params.strength) == (Task.VIDEO_TO_VIDEO, 0.6)
    assert backend.inputs[job.id] == [source.read_bytes()]


@pytest.mark.parametrize("where", ["mask", "mask_video"])
def test_a_part_of_a_clip_is_repainted_in_the_clothing_of_a_photo(
    where: str, backend: FakeBackend, client: Client, tmp_path: Path
) -> None:
    painter = card("painter", [Task.VIDEO_TO_VIDEO])
    limits = painter.limits.model_copy(update={"video_mask": True})
    backend.cards = [painter.model_copy(update={"limits": limits})]
    source, mask = tmp_path / "walk.mp4", tmp_path / "mask.png"
    source.write_bytes(film())
    Image.new("L", (48, 64), "white").save(mask)
    part = handle_file(str(mask if where == "mask" else source))
    clip = client.predict(
        video=handle_file(str(source)),
        prompt="a red coat",
        garments=[handle_file(PERSON)],
        **{where: part},
        api_name="/video_to_video",
    )
    assert_mp4(clip)
    job = only_job(backend)
    assert job.task is Task.VIDEO_TO_VIDEO
    assert sorted(job.inputs) == ["garment", where, "video"]


def test_a_photo_says_a_recording(backend: FakeBackend, client: Client, tmp_path: Path) -> None:
    backend.cards = [card("talker", [Task.AUDIO_TO_VIDEO])]
    recording = tmp_path / "hello.wav"
    recording.write_bytes(speech())
    audio = handle_file(str(recording))
    clip = client.predict(audio=audio, image=handle_file(PERSON), seed=3, api_name="/talk")
    assert_mp4(clip)
    job = only_job(backend)
    assert (job.task, job.params.seed) == (Task.AUDIO_TO_VIDEO, 3)
    assert backend.inputs[job.id] == [Path(PERSON).read_bytes(), recording.read_bytes()]
    with pytest.raises(AppError, match="image and video are both missing: exactly one"):
        client.predict(audio=audio, api_name="/talk")


def test_a_photo_moves_as_a_clip(backend: FakeBackend, client: Client, tmp_path: Path) -> None:
    backend.cards = [card("mover", [Task.MOTION_TRANSFER])]
    files = [tmp_path / f"{name}.mp4" for name in ("pose", "face", "background", "mask")]
    for number, file in enumerate(files, 5):
        file.write_bytes(film(number))
    video, face, background, mask = (handle_file(str(file)) for file in files)
    clip = client.predict(
        image=handle_file(PERSON),
        video=video,
        face_video=face,
        background_video=background,
        mask_video=mask,
        api_name="/motion_transfer",
    )
    assert_mp4(clip)
    job = only_job(backend)
    assert job.inputs[1:] == ["video", "face_video", "background_video", "mask_video"]
    assert backend.inputs[job.id][1:] == [file.read_bytes() for file in files]


def test_what_no_model_here_can_do_is_told(
    backend: FakeBackend, client: Client, tmp_path: Path
) -> None:
    recording = tmp_path / "hello.wav"
    recording.write_bytes(speech())
    audio, image = handle_file(str(recording)), handle_file(PERSON)
    with pytest.raises(AppError, match="No model that is served here can do audio-to-video"):
        client.predict(audio=audio, image=image, api_name="/talk")
    assert backend.jobs == {}


def test_a_still_is_animated(backend: FakeBackend, client: Client) -> None:
    clip = client.predict(
        image=handle_file(PERSON), prompt="waving", motion_bucket_id=200, api_name="/animate"
    )
    assert_mp4(clip)
    job = only_job(backend)
    assert (job.task, job.params.motion_bucket_id) == (Task.IMAGE_TO_VIDEO, 200)


def test_a_still_is_animated_towards_another_in_garments_that_stay(
    backend: FakeBackend, client: Client
) -> None:
    person, garment = handle_file(PERSON), handle_file(GARMENT)
    client.predict(image=person, garments=[garment], last_image=person, api_name="/animate")
    job = only_job(backend)
    assert job.task is Task.IMAGE_TO_VIDEO
    pictures = [Path(path).read_bytes() for path in (PERSON, GARMENT, PERSON)]
    assert backend.inputs[job.id] == pictures


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompt": " "}, "prompt must not be empty"),
        ({"prompt": "a dress", "seed": -1}, "seed: Input should be greater than or equal to 0"),
    ],
)
def test_a_wrong_call_is_told_which_value_and_queues_nothing(
    backend: FakeBackend, client: Client, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(AppError, match=message):
        client.predict(**arguments, api_name="/text_to_video")
    assert backend.jobs == {}


def test_the_reason_of_a_failed_job_reaches_the_caller(
    backend: FakeBackend, client: Client
) -> None:
    backend.fail_with = "the GPU is out of memory"
    with pytest.raises(AppError, match="the GPU is out of memory"):
        client.predict("a red dress", api_name="/text_to_video")
