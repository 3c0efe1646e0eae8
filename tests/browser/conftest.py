"""Lookreel as its user starts it, and a headless Chromium to use it with."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from skimage import data

from app.wardrobe import Leave, Wardrobe
from serve.catalog import find
from serve.protocol import ModelCard, Task
from tests.browser.shelf import Shelf
from tests.fake_backend import FakeBackend, card
from tests.processes import Mark
from tests.servers import data_folder, free_port, running_app, serving

ROOT = Path(__file__).resolve().parents[2]
TABS = (
    *("Try-on", "Text to video", "Video to video", "Perform"),
    *("Lookbook", "Compare", "Library"),
)
START_SECONDS = 180.0
JOB_MILLISECONDS = 300_000.0
"""How long a generation may take on two very busy cores before a test gives up."""
STEP_SECONDS = 0.01
"""How long the fake backend takes for a step."""
WAIT_MILLISECONDS = 30_000.0
"""How long the page itself may take there; every ``expect`` waits so long if not told otherwise."""
CHROMIUM = os.environ.get("LOOKREEL_CHROMIUM") or shutil.which("chromium")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def model_flags(folder: Path) -> list[str]:
    """Nothing where the built-in weights are in the checkout, else tiny random twins of them."""
    flags = []
    for flag, model in (("--t2v-model", "croquis-t2v"), ("--i2v-model", "croquis-tryon")):
        card = find(model)
        if not (Path(card.location) / "model_index.json").exists():
            from tests.twins import build_twin  # loads torch

            flags += [flag, str(build_twin(card.pipeline_class, folder / model))]
    return flags


@pytest.fixture(scope="session")
def studio() -> Iterator[str]:
    with running_studio() as address:
        yield address


@contextmanager
def running_studio() -> Iterator[str]:
    """The address of a running Lookreel: ``start_app.py`` with the CPU configuration.

    Or, with ``LOOKREEL_STUDIO=http://…``, one that somebody has started already. When it is
    stopped, nothing of it may be left.
    """
    if running := os.environ.get("LOOKREEL_STUDIO"):
        yield running
        return
    folder = Path(tempfile.mkdtemp(prefix="lkb"))
    port, backend_port = free_port(), free_port()
    command = [sys.executable, "start_app.py", "--config", "deployments.cpu.yaml"]
    command += ["--port", str(port), "--backend-port", str(backend_port)]
    command += ["--output-dir", str(folder / "outputs"), *model_flags(folder)]
    mark = Mark()
    environment = os.environ | mark.environment
    environment |= {
        "LOOKREEL_CACHE_DIR": str(folder / "cache"),
        "LOOKREEL_DATA_DIR": str(folder / "data"),
    }
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        wait_until_ready(process, f"http://127.0.0.1:{backend_port}", folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(60)
        log.close()
        said = (folder / "log").read_text()
        shutil.rmtree(folder, ignore_errors=True)
    assert status == 0, said
    assert mark.bearers() == []


def wait_until_ready(process: subprocess.Popen[bytes], backend: str, log: Path) -> None:
    """Every model ready, or the log of why not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{backend}/health").json()["status"] == "ok":
                return
        except (httpx.TransportError, ValueError, KeyError):
            pass
        time.sleep(0.5)
    raise AssertionError(f"not ready within {START_SECONDS:.0f} s: {log.read_text()}")


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real person, which no example is."""
    path: Path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


@pytest.fixture
def patience() -> Iterator[None]:
    """For uploads, beside which faces are looked for: a busy machine takes a while over each."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=WAIT_MILLISECONDS)


QUICK_CLICK_JS = """([grid, index]) => new MutationObserver((_, observer) => {
    const still = document.querySelectorAll(`${grid} button.thumbnail-item`)[index];
    if (still) { observer.disconnect(); setTimeout(() => still.click(), 100); }
}).observe(document.body, {childList: true, subtree: true})"""
"""Clicks on a still a moment after it appears, sooner than any hand."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Browser tests need Debian's chromium (or LOOKREEL_CHROMIUM=/path/to/it)."
    expect.set_options(timeout=WAIT_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used yet, so with a Library of its own."""
    made = chromium.new_context(viewport={"width": 1440, "height": 1000})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, studio: str) -> Page:
    return open_studio(context, studio)


def open_studio(context: BrowserContext, studio: str) -> Page:
    """The page once its models are ready, which it notices by itself."""
    page = context.new_page()
    page.goto(studio)
    expect(page.locator("#tryon-both")).to_be_enabled(timeout=60_000)
    return page


@pytest.fixture(scope="module")
def window(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser for all tests of a module, each of which is a `first_visit`."""
    made = chromium.new_context(viewport={"width": 1440, "height": 1000})
    yield made
    made.close()


@contextmanager
def app_for(backend: FakeBackend, factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app of its own that talks to `backend`."""
    with (
        serving(backend, free_port()) as url,
        running_app(url, factory.mktemp("cache")) as address,
    ):
        yield address


@contextmanager
def first_visit(context: BrowserContext, studio: str) -> Iterator[Page]:
    """The page as a browser new to it sees it, of which `context` has the scripts already.

    Compiling those takes longer than most tests.
    """
    page = open_studio(context, studio)
    yield page
    page.evaluate("localStorage.clear()")
    page.close()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app of `services` keeps its files."""
    folder: Path = tmp_path_factory.mktemp("cache")
    return folder


@pytest.fixture(scope="session")
def services(cache: Path) -> Iterator[tuple[FakeBackend, str, str]]:
    """A fake backend, its address, and that of an app that talks to it: one for all tests."""
    backend = FakeBackend(step_seconds=STEP_SECONDS)
    with serving(backend, free_port()) as url, running_app(url, cache) as app:
        yield backend, url, app


@pytest.fixture
def backend(services: tuple[FakeBackend, str, str]) -> Iterator[FakeBackend]:
    """That backend as if nobody had asked it for anything."""
    reset(services[0])
    yield services[0]
    reset(services[0])


def reset(backend: FakeBackend) -> None:
    new = FakeBackend(step_seconds=STEP_SECONDS)
    backend.jobs.clear()
    backend.cards, backend.step_seconds = new.cards, new.step_seconds
    backend.fail_with, backend.held = new.fail_with, new.held
    backend.max_queued_jobs, backend.one_by_one = new.max_queued_jobs, new.one_by_one


@pytest.fixture
def other(backend: FakeBackend) -> ModelCard:
    """A second model for prompts, whose clips are shorter and larger.

    A test names it before `shelf`, whose page then opens with it.
    """
    usual = card("other", [Task.TEXT_TO_VIDEO], title="Other")
    changes = {
        "defaults": usual.defaults.model_copy(update={"num_frames": 9}),
        "limits": usual.limits.model_copy(update={"sizes": ["480x640", "192x256"]}),
    }
    made = usual.model_copy(update=changes)
    backend.cards.append(made)
    return made


@pytest.fixture
def app(services: tuple[FakeBackend, str, str], backend: FakeBackend) -> str:
    """The address of the app that talks to `backend`."""
    return services[2]


@pytest.fixture(scope="session")
def visitor(
    chromium: Browser, services: tuple[FakeBackend, str, str]
) -> Iterator[tuple[BrowserContext, str]]:
    """A browser and its id, as the backend gets it with a job."""
    backend, _url, app = services
    made = chromium.new_context(viewport={"width": 1440, "height": 1000})
    page = open_studio(made, app)
    open_tab(page, "Text to video")
    page.get_by_label("Prompt", exact=True).fill("first")
    page.locator("#t2v-run").click()
    expect(page.locator("#t2v-result .lr-done")).to_be_visible()
    (job,) = backend.jobs.values()
    assert job.user
    page.close()
    yield made, job.user
    made.close()


@pytest.fixture
def shelf(
    visitor: tuple[BrowserContext, str],
    services: tuple[FakeBackend, str, str],
    backend: FakeBackend,
    cache: Path,
) -> Iterator[Shelf]:
    """That browser's Library, whose user has not said yet what may be used."""
    wardrobe = Wardrobe(data_folder(cache) / "wardrobe")
    for leave in Leave:
        wardrobe.set_consent(visitor[1], False, leave)
    page = open_studio(visitor[0], services[2])
    yield Shelf(page, backend, services[1], visitor[1])
    page.close()
