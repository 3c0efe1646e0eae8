"""The endpoint /lookbook, called by gradio_client as a user's script would."""

import csv
import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from app.lookbook.picker import example_garments as garments
from app.samples import people
from serve.protocol import JobStatus, Task
from tests.fake_backend import FakeBackend, card

pytestmark = pytest.mark.timeout(300)

PEOPLE = [handle_file(path) for path in people()[:2]]
GARMENTS = [handle_file(path) for path in garments()[:2]]


def table_of(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    text = archive.read("lookbook.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_people_and_garments_become_a_zip_of_stills(backend: FakeBackend, client: Client) -> None:
    made = client.predict(people=PEOPLE, garments=GARMENTS, seed=3, api_name="/lookbook")
    with zipfile.ZipFile(made) as archive:
        stills = [name for name in archive.namelist() if name.endswith(".png")]
        assert stills[0] == "garment-1_person-1_look-1.png"
        assert len(stills) == 4
        assert archive.read(stills[0])[:4] == b"\x89PNG"
        assert archive.read("contact-sheet.jpg")[:2] == b"\xff\xd8"
        assert {row["status"] for row in table_of(archive)} == {"completed"}
    jobs = list(backend.jobs.values())
    assert {(job.task, job.params.seed) for job in jobs} == {(Task.IMAGE_EDIT, 3)}


def test_a_csv_becomes_clips_called_after_its_skus(
    backend: FakeBackend, client: Client, tmp_path: Path
) -> None:
    looks = tmp_path / "looks.csv"
    looks.write_text("person,garment,sku,name,prompt\nperson-1,garment-2.png,A-1,Hero,waving\n")
    catalogue = [handle_file(str(looks)), *PEOPLE, *GARMENTS]
    made = client.predict(
        catalogue=catalogue,
        what="clips",
        num_frames=9,
        seed=3,
        formats=["gif"],
        api_name="/lookbook",
    )
    with zipfile.ZipFile(made) as archive:
        assert b"ftyp" in archive.read("A-1_person-1_Hero.mp4")[:16]
        assert archive.read("A-1_person-1_Hero.gif")[:4] == b"GIF8"
        (row,) = table_of(archive)
    assert (row["prompt"], row["num_frames"], row["what"]) == ("waving", "9", "clip")
    (job,) = backend.jobs.values()
    assert job.task is Task.TRY_ON
    assert backend.inputs[job.id][1] == Path(garments()[1]).read_bytes()


def test_clips_go_through_stills_where_no_model_can_dress_and_animate(
    backend: FakeBackend, client: Client
) -> None:
    backend.cards = [card("dresser", [Task.IMAGE_EDIT]), card("wan-i2v", [Task.IMAGE_TO_VIDEO])]
    client.predict(people=PEOPLE[:1], garments=GARMENTS[:1], what="clip", api_name="/lookbook")
    assert [job.task for job in backend.jobs.values()] == [Task.IMAGE_EDIT, Task.IMAGE_TO_VIDEO]


def test_the_dresser_of_clips_and_what_garments_are_is_named(
    backend: FakeBackend, client: Client
) -> None:
    backend.cards.append(card("klein", [Task.IMAGE_EDIT], picture_word="image"))
    call: dict[str, Any] = {"people": PEOPLE[:1], "garments": GARMENTS, "api_name": "/lookbook"}
    call |= {"categories": ["dress", "outerwear"], "backs": GARMENTS[1:]}
    client.predict(**call, what="clip", dresser="klein", still_size="192x256", num_frames=9)
    jobs = list(backend.jobs.values())
    stills = [job for job in jobs if job.task is Task.IMAGE_EDIT]
    clips = [job for job in jobs if job.task is Task.IMAGE_TO_VIDEO]
    assert [(job.model, job.size) for job in stills] == [("klein", "192x256")] * 2
    assert [(job.model, job.params.num_frames) for job in clips] == [("croquis-tryon", 9)] * 2
    assert "the dress of image 2 (image 3 shows its back)" in stills[0].prompt
    assert "the coat or jacket of image 2," in stills[1].prompt
    assert [len(backend.inputs[job.id]) for job in stills] == [3, 2]
    backend.jobs.clear()
    client.predict(**call, model="klein")
    assert [job.model for job in backend.jobs.values()] == ["klein"] * 2
    assert "the dress of image 2 (image 3" in next(iter(backend.jobs.values())).prompt


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"people": PEOPLE}, "Add at least one photo of a garment"),
        ({"people": PEOPLE, "garments": GARMENTS, "what": "film"}, "what is 'film'"),
        ({"people": PEOPLE, "garments": GARMENTS, "seed": -1}, "The seed is -1"),
        ({"people": PEOPLE, "catalogue": GARMENTS}, "not both"),
        ({"catalogue": GARMENTS, "backs": GARMENTS}, "garments is missing"),
        (
            {"people": PEOPLE, "garments": GARMENTS, "categories": ["dress"]},
            "categories has 1 entries for 2 garments",
        ),
        (
            {"people": PEOPLE, "garments": GARMENTS, "dresser": "croquis-tryon"},
            "dresser and still_size are for clips",
        ),
        ({"catalogue": GARMENTS}, "Add a CSV with the columns person and garment"),
    ],
)
def test_a_wrong_call_is_told_why_and_queues_nothing(
    backend: FakeBackend, client: Client, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(AppError, match=message):
        client.predict(**arguments, api_name="/lookbook")
    assert backend.jobs == {}


def test_a_lookbook_of_which_nothing_could_be_made_is_an_error(
    backend: FakeBackend, client: Client
) -> None:
    backend.fail_with = "the GPU is out of memory"
    with pytest.raises(AppError, match="the GPU is out of memory"):
        client.predict(people=PEOPLE[:1], garments=GARMENTS, api_name="/lookbook")


def test_cancelling_the_call_cancels_every_row(backend: FakeBackend, client: Client) -> None:
    backend.step_seconds = 5
    call = client.submit(people=PEOPLE, garments=GARMENTS, api_name="/lookbook")
    until(lambda: len(backend.jobs) == 4)
    until(lambda: call.status().progress_data)
    call.cancel()
    until(lambda: {job.status for job in backend.jobs.values()} == {JobStatus.CANCELLED})
