"""What the slow tests share: one app, and each twin built, loaded and first run once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gradio_client import Client

from serve.pipelines import loader
from serve.pipelines.base import Pipeline
from tests.cards import card_for, generation
from tests.checkpoints import TWINS
from tests.fake_backend import FakeBackend
from tests.runs import Ran, Usual, run
from tests.servers import free_port, running_app, serving

QWEN = "diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus"


@dataclass(frozen=True)
class Studio:
    """A running app, and the fake backend that it talks to."""

    url: str
    backend: FakeBackend
    backend_url: str
    folder: Path
    """Where the app keeps what it has to know after a restart."""


@pytest.fixture(scope="session")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    backend = FakeBackend()
    folder: Path = tmp_path_factory.mktemp("cache")
    with serving(backend, free_port()) as backend_url, running_app(backend_url, folder) as url:
        yield Studio(url, backend, backend_url, folder)


@pytest.fixture
def studio(shared_studio: Studio) -> Studio:
    """The app that tests share, whose backend is as if nobody had used it."""
    backend = shared_studio.backend
    backend.jobs.clear()
    backend.fail_with, backend.held, backend.step_seconds = None, False, 0.02
    backend.cards = FakeBackend().cards
    return shared_studio


@pytest.fixture
def backend(studio: Studio) -> FakeBackend:
    return studio.backend


@pytest.fixture(scope="session")
def client(shared_studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """gradio_client as a user's script makes it."""
    files = tmp_path_factory.mktemp("files")
    client = Client(shared_studio.url, verbose=False, download_files=files)
    yield client
    client.close()


@pytest.fixture(scope="session")
def small_references() -> Iterator[None]:
    """Twins do without the megapixel that Qwen-Image-Edit makes of every picture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{QWEN}.VAE_IMAGE_SIZE", 128 * 128)
        yield


@pytest.fixture(scope="session")
def twin(small_references: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a name's twin, built when first asked for; only to be read."""
    folders: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in folders:
            folders[name] = TWINS[name].build(tmp_path_factory.mktemp(name))
        return folders[name]

    return folder


@pytest.fixture(scope="session")
def pipelines(twin: Callable[[str], Path]) -> Callable[[str], Pipeline]:
    """A name's twin, loaded when first asked for, and used by all tests after each other."""
    loaded: dict[str, Pipeline] = {}

    def pipeline(name: str) -> Pipeline:
        if name not in loaded:
            loaded[name] = loader.load(card_for(name, twin(name)))
        return loaded[name]

    return pipeline


@pytest.fixture(scope="session")
def usual(pipelines: Callable[[str], Pipeline]) -> Usual:
    """What the usual generation of a name gives and tells, the first time that it runs."""
    ran: dict[str, Ran] = {}

    def first(name: str) -> Ran:
        if name not in ran:
            ran[name] = run(pipelines(name), generation(name))
        return ran[name]

    return first
