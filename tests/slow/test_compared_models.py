"""The script that compares models, with a backend that speaks as the real one does."""

from collections.abc import Iterator

import httpx
import pytest

from app.samples import IMAGES
from benchmarks import compare_models
from serve.protocol import Job, Task
from tests.fake_backend import FakeBackend, card
from tests.servers import free_port, serving

PERSON, GARMENT = IMAGES / "person-1.png", IMAGES / "garment-1.png"
PICTURES = ["--person", str(PERSON), "--garment", str(GARMENT)]


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_models, "POLL_SECONDS", 0.02)


@pytest.fixture
def backend() -> FakeBackend:
    animating = [card(name, [Task.IMAGE_TO_VIDEO]) for name in ("living", "moving")]
    dressing = [card("dresser", [Task.TRY_ON]), card("editor", [Task.IMAGE_EDIT])]
    return FakeBackend(cards=[*dressing, *animating], step_seconds=0.0)


@pytest.fixture
def http(backend: FakeBackend) -> Iterator[httpx.Client]:
    with serving(backend, free_port()) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def of(backend: FakeBackend, task: Task) -> list[Job]:
    return [job for job in backend.jobs.values() if job.task is task]


def test_a_person_is_dressed_once_for_all_models_that_only_animate(
    backend: FakeBackend, http: httpx.Client
) -> None:
    arguments = ["dresser", "living", "moving", *PICTURES, "--dresser", "editor"]
    entries, clips = compare_models.compare(http, compare_models.parse(arguments))
    assert [(entry.model, entry.dresser) for entry in entries] == [
        ("dresser", None),
        ("living", "editor"),
        ("moving", "editor"),
    ]
    assert len(clips) == 3
    (still,) = of(backend, Task.IMAGE_EDIT)
    both = [path.read_bytes() for path in (PERSON, GARMENT)]
    assert (still.model, backend.inputs[still.id]) == ("editor", both)
    given = [backend.inputs[job.id] for job in of(backend, Task.IMAGE_TO_VIDEO)]
    assert given == [backend.files[still.id]] * 4  # two models, each once more to be warm
    assert [backend.inputs[job.id] for job in of(backend, Task.TRY_ON)] == [both] * 2


def test_who_dresses_has_to_be_said_before_anything_is_made(
    backend: FakeBackend, http: httpx.Client
) -> None:
    options = compare_models.parse(["living", "dresser", *PICTURES])
    with pytest.raises(SystemExit, match="--dresser"):
        compare_models.compare(http, options)
    assert backend.jobs == {}


def test_a_photo_without_a_garment_is_animated_as_it_is(
    backend: FakeBackend, http: httpx.Client
) -> None:
    options = compare_models.parse(["living", "--person", str(PERSON)])
    entries, _ = compare_models.compare(http, options)
    assert [entry.dresser for entry in entries] == [None]
    assert {job.task for job in backend.jobs.values()} == {Task.IMAGE_TO_VIDEO}
