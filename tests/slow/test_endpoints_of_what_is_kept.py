"""The endpoints around what a user keeps, called by gradio_client as a user's script would."""

import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from app.samples import IMAGES
from serve.protocol import JobStatus, Task
from tests.fake_backend import FakeBackend, card

PERSON, GARMENT = str(IMAGES / "person-1.png"), str(IMAGES / "garment-1.png")


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("endpoint", "arguments"),
    [
        ("/text_to_video", {"prompt": "a red dress"}),
        ("/text_to_image", {"prompt": "a red dress"}),
        ("/animate", {"image": handle_file(PERSON)}),
        ("/dress", {"person": handle_file(PERSON), "garments": [handle_file(GARMENT)]}),
    ],
)
def test_what_is_made_is_found_by_its_user_and_named_by_its_job(
    backend: FakeBackend, client: Client, endpoint: str, arguments: dict[str, Any]
) -> None:
    made = client.predict(**arguments, user="anna", api_name=endpoint)
    (job,) = client.predict(user="anna", api_name="/list_jobs")["data"]
    path = made[0] if isinstance(made, list) else made
    assert Path(path).stem.removesuffix("-1") == f"lookreel-{job['id']}"
    assert client.predict(user="ben", api_name="/list_jobs")["data"] == []


def test_the_still_on_the_way_to_a_try_on_is_its_user_s_too(
    backend: FakeBackend, client: Client
) -> None:
    backend.cards = [card("dresser", [Task.IMAGE_EDIT]), card("wan-i2v", [Task.IMAGE_TO_VIDEO])]
    garments = [handle_file(GARMENT)]
    client.predict(
        person=handle_file(PERSON), garments=garments, seed=5, user="anna", api_name="/try_on"
    )
    assert [(job.user, job.params.seed) for job in backend.jobs.values()] == [("anna", 5)] * 2


def test_a_running_job_is_found_marked_and_cancelled_by_its_user(
    backend: FakeBackend, client: Client
) -> None:
    backend.step_seconds = 5
    call = client.submit("a red dress", user="anna", api_name="/text_to_video")
    until(lambda: backend.jobs)
    (job,) = client.predict(user="anna", api_name="/list_jobs")["data"]
    marked = client.predict(job["id"], "anna", api_name="/favourite")
    assert marked["favourite"]
    listed = client.predict(user="anna", favourite=True, api_name="/list_jobs")
    assert [one["id"] for one in listed["data"]] == [job["id"]]
    assert not client.predict(job["id"], "anna", False, api_name="/favourite")["favourite"]
    cancelled = client.predict(job["id"], "anna", api_name="/cancel")
    assert (cancelled["id"], cancelled["status"]) == (job["id"], "cancelled")
    with pytest.raises(AppError, match="ancelled"):
        call.result(timeout=30)


def test_a_job_is_tried_again_and_with_another_prompt(backend: FakeBackend, client: Client) -> None:
    backend.fail_with = "the GPU is out of memory"
    with pytest.raises(AppError):
        client.predict("a red dress", seed=3, user="anna", api_name="/text_to_video")
    backend.fail_with = None
    (failed,) = backend.jobs
    again = client.predict(failed, user="anna", api_name="/remix")
    other = client.predict(failed, "a blue dress", "anna", api_name="/remix")
    assert (again["prompt"], other["prompt"]) == ("a red dress", "a blue dress")
    assert again["params"]["seed"] == other["params"]["seed"] == 3
    until(lambda: backend.jobs[other["id"]].status is JobStatus.COMPLETED)
    clip = client.predict(other["id"], user="anna", api_name="/download")
    assert b"ftyp" in Path(clip).read_bytes()[:16]
    with pytest.raises(AppError, match="There is no job"):
        client.predict(failed, user="ben", api_name="/remix")


def test_models_are_compared_on_one_input(backend: FakeBackend, client: Client) -> None:
    cards = [card(name, [Task.TRY_ON]) for name in ("one", "two", "three")]
    limits = cards[0].limits.model_copy(update={"sizes": ["192x256", "256x192"]})
    backend.cards = [one.model_copy(update={"limits": limits}) for one in cards]
    rows = client.predict(
        models=["two", "one"],
        person=handle_file(PERSON),
        garment=handle_file(GARMENT),
        size="256x192",
        price_per_hour=2,
        user="anna",
        api_name="/compare",
    )
    assert [(row["model"], row["status"], row["error"]) for row in rows] == [
        ("two", "completed", None),
        ("one", "completed", None),
    ]
    for row in rows:
        job = backend.jobs[row["job_id"]]
        assert (job.model, job.task, job.params.seed) == (row["model"], Task.TRY_ON, 7)
        assert job.size == "256x192"
        assert row["cost"] == pytest.approx(2 * row["seconds"] / 3600)
        alone = client.predict(job.id, "anna", api_name="/quality")
        assert row["quality"] == alone
        assert 0 <= alone["subject_consistency"] <= 1


def test_a_comparison_dresses_a_person_once_for_models_that_only_animate(
    backend: FakeBackend, client: Client
) -> None:
    animating = [card(name, [Task.IMAGE_TO_VIDEO]) for name in ("living", "moving")]
    editors = [card(name, [Task.IMAGE_EDIT]) for name in ("first", "second")]
    backend.cards = [*editors, card("dresser", [Task.TRY_ON]), *animating]
    asked = {"person": handle_file(PERSON), "garment": handle_file(GARMENT)}
    rows = client.predict(
        models=["living", "dresser", "moving"],
        **asked,
        dresser="second",
        seed=5,
        user="anna",
        api_name="/compare",
    )
    still, *clips = backend.jobs.values()
    assert (still.task, still.model, still.params.seed) == (Task.IMAGE_EDIT, "second", 5)
    assert (still.user, [row["still_id"] for row in rows]) == ("anna", [still.id, None, still.id])
    both = [Path(PERSON).read_bytes(), Path(GARMENT).read_bytes()]
    dressed = backend.files[still.id]
    assert [backend.inputs[job.id] for job in (still, *clips)] == [both, dressed, both, dressed]
    assert [row["status"] for row in rows] == ["completed"] * 3
    backend.jobs.clear()
    with pytest.raises(AppError, match="dresser: 'third' is not one of first, second"):
        client.predict(models=["living", "dresser"], **asked, dresser="third", api_name="/compare")
    backend.fail_with = "The model ended."
    with pytest.raises(AppError, match="first: "):
        client.predict(models=["living", "dresser"], **asked, api_name="/compare")
    assert [job.task for job in backend.jobs.values()] == [Task.IMAGE_EDIT]


@pytest.mark.parametrize(
    ("models", "size", "message"),
    [
        (["croquis-t2v"], None, "models names 1: it must be 2 to 4"),
        (["croquis-t2v", "sora"], None, "models: 'sora' is not one of croquis-t2v, croquis-tryon"),
        (
            *(["croquis-t2v", "croquis-tryon"], "640x480"),
            "size: not all of these models make '640x480'; all make: 192x256.",
        ),
    ],
)
def test_a_comparison_that_cannot_be_made_queues_nothing(
    backend: FakeBackend, client: Client, models: list[str], size: str | None, message: str
) -> None:
    with pytest.raises(AppError, match=message):
        client.predict(models=models, prompt="a coat", size=size, api_name="/compare")
    assert backend.jobs == {}


def test_a_file_tells_its_settings_and_pictures(
    backend: FakeBackend, client: Client, tmp_path: Path
) -> None:
    (still,) = client.predict(
        person=handle_file(PERSON),
        garments=[handle_file(GARMENT)],
        embed_inputs=True,
        label=False,
        api_name="/dress",
    )
    assert not next(iter(backend.jobs.values())).params.label
    found = client.predict(handle_file(still), api_name="/read_settings")
    assert [one["role"] for one in found["inputs"]] == ["input_reference", "garment"]
    assert found["inputs"][0]["image_url"].startswith("data:image/jpeg;base64,")
    clip = client.predict("a red dress", seed=7, api_name="/text_to_video")
    found = client.predict(handle_file(clip), api_name="/read_settings")
    assert (found["record"]["prompt"], found["record"]["seed"]) == ("a red dress", 7)
    assert (found["inputs"], found["signature"], found["signed_by"]) == ([], None, None)
    stranger = tmp_path / "other.png"
    Image.new("RGB", (64, 64)).save(stranger)
    with pytest.raises(AppError, match="settings"):
        client.predict(handle_file(str(stranger)), api_name="/read_settings")


def test_a_wardrobe_is_filled_renamed_and_emptied_by_its_user_alone(client: Client) -> None:
    coat = client.predict(
        item_kind="garment",
        name="Coat",
        front=handle_file(GARMENT),
        back=handle_file(PERSON),
        category="outerwear",
        user="anna",
        api_name="/save_item",
    )
    assert (coat["name"], coat["category"], coat["has_back"]) == ("Coat", "outerwear", True)
    ada = client.predict("person", "Ada", handle_file(PERSON), "anna", api_name="/save_item")
    listed = client.predict("anna", api_name="/list_wardrobe")
    assert [one["item_id"] for one in listed] == [ada["item_id"], coat["item_id"]]
    assert client.predict("anna", "garment", api_name="/list_wardrobe") == [coat]
    photos = client.predict(coat["item_id"], "anna", api_name="/get_item")
    assert [Path(photo).name for photo in photos] == ["front.png", "back.png"]
    renamed = client.predict(coat["item_id"], "anna", sku="4711", api_name="/rename_item")
    assert (renamed["name"], renamed["sku"]) == ("Coat", "4711")
    for endpoint in ("/get_item", "/rename_item", "/delete_item"):
        with pytest.raises(AppError, match="not in the wardrobe"):
            client.predict(item_id=coat["item_id"], user="ben", api_name=endpoint)
    assert client.predict(coat["item_id"], "anna", api_name="/delete_item")["deleted"]
    assert client.predict("anna", api_name="/list_wardrobe") == [ada]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "Give it a name first"),
        ({"item_kind": "shoe"}, "item_kind is 'shoe': it must be person or garment"),
        ({"category": "hat"}, "category is 'hat': it must be one of top, bottom"),
        ({"user": ""}, "user is missing"),
    ],
)
def test_what_cannot_be_saved_is_told(
    client: Client, changes: dict[str, Any], message: str
) -> None:
    item = {"item_kind": "garment", "name": "Coat", "front": handle_file(GARMENT), "user": "cara"}
    with pytest.raises(AppError, match=message):
        client.predict(**item | changes, api_name="/save_item")
    assert client.predict("cara", api_name="/list_wardrobe") == []


def test_a_photo_is_looked_at_before_it_is_used(client: Client, tmp_path: Path) -> None:
    dark = tmp_path / "dark.png"
    Image.new("RGB", (100, 120), "black").save(dark)
    hints = client.predict(handle_file(str(dark)), api_name="/check_photo")
    assert "small (100 × 120)" in hints[0]
    assert "dark" in hints[1]
    assert client.predict(handle_file(GARMENT), "garment", api_name="/check_photo") == []


def test_a_user_s_lookbook_stays_and_is_listed_mended_packed_and_deleted(
    backend: FakeBackend, client: Client
) -> None:
    backend.fail_with = "the GPU is out of memory"
    people, garments = [handle_file(PERSON)], [handle_file(GARMENT)]
    with pytest.raises(AppError, match="out of memory"):
        client.predict(
            people=people,
            garments=garments,
            what="clip",
            title="Spring",
            seconds=1,
            loras={"walk": 0.5},
            user="anna",
            api_name="/lookbook",
        )
    (book,) = client.predict("anna", api_name="/list_lookbooks")
    assert (book["title"], book["rows"], book["failed"]) == ("Spring", 1, 1)
    backend.fail_with = None
    mine = {"lookbook_id": book["lookbook_id"], "user": "anna"}
    client.predict(**mine, api_name="/retry_lookbook")
    until(lambda: client.predict("anna", api_name="/list_lookbooks")[0]["completed"] == 1)
    job = list(backend.jobs.values())[-1]
    assert (job.params.num_frames, job.params.loras) == (9, {"walk": 0.5})
    with zipfile.ZipFile(client.predict(**mine, api_name="/pack_lookbook")) as archive:
        assert "lookbook.csv" in archive.namelist()
    for endpoint in ("/cancel_lookbook", "/retry_lookbook", "/delete_lookbook", "/pack_lookbook"):
        with pytest.raises(AppError, match="There is no lookbook"):
            client.predict(**mine | {"user": "ben"}, api_name=endpoint)
    assert client.predict(**mine, api_name="/delete_lookbook")["deleted"]
    assert client.predict("anna", api_name="/list_lookbooks") == []
    assert backend.jobs == {}


def test_a_running_lookbook_is_cancelled_by_its_id(backend: FakeBackend, client: Client) -> None:
    backend.step_seconds = 5
    people, garments = [handle_file(PERSON)], [handle_file(GARMENT)]
    call = client.submit(people=people, garments=garments, user="dora", api_name="/lookbook")
    until(lambda: backend.jobs)
    (book,) = client.predict("dora", api_name="/list_lookbooks")
    ended = client.predict(book["lookbook_id"], "dora", api_name="/cancel_lookbook")
    assert (ended["cancelled"], ended["is_done"]) == (1, True)
    with pytest.raises(AppError, match="No row could be made"):
        call.result(timeout=30)


def test_a_still_s_lookbook_refuses_what_only_clips_have(
    backend: FakeBackend, client: Client
) -> None:
    people, garments = [handle_file(PERSON)], [handle_file(GARMENT)]
    with pytest.raises(AppError, match="seconds: Extra inputs are not permitted"):
        client.predict(people=people, garments=garments, seconds=2, api_name="/lookbook")
    assert backend.jobs == {}
