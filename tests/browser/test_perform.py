"""The *Perform* tab in Chromium, with a backend that is quick."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.samples import IMAGES
from examples.croquis.scene import render_clip, sample_scene
from serve.encoding import encode_mp4
from serve.protocol import Role, Task
from tests.api import speech
from tests.browser.conftest import app_for, first_visit, open_tab
from tests.browser.controls import turn_on
from tests.fake_backend import FakeBackend, card

pytestmark = pytest.mark.timeout(300)
MOVER = card("mover", [Task.MOTION_TRANSFER], title="Mover", sketch=False)
TALKER = card("talker", [Task.AUDIO_TO_VIDEO], title="Talker", sketch=False)


@dataclass(frozen=True)
class Files:
    """What a user has on disk."""

    dance: Path
    face: Path
    words: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder: Path = tmp_path_factory.mktemp("drivers")
    found = Files(folder / "dance.mp4", folder / "face.mp4", folder / "words.wav")
    for seed, path in enumerate((found.dance, found.face)):
        frames = render_clip(sample_scene(random.Random(seed), "any"), 9)
        path.write_bytes(encode_mp4(frames, fps=8, record={}))
    found.words.write_bytes(speech(1.5))
    return found


@pytest.fixture(scope="module")
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture(scope="module")
def app(backend: FakeBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_for(backend, tmp_path_factory) as address:
        yield address


@pytest.fixture
def page(window: BrowserContext, app: str, backend: FakeBackend) -> Iterator[Page]:
    backend.jobs.clear()
    backend.held = False
    backend.cards = [*FakeBackend().cards, MOVER, TALKER]
    with first_visit(window, app) as opened:
        open_tab(opened, "Perform")
        yield opened


def add(page: Page, slot: str, file: Path) -> None:
    page.locator(f"#perform-{slot} input[type=file]").set_input_files(file)
    shown = page.locator(f"#perform-{slot}").locator("img, video, .waveform-container, #waveform")
    expect(shown.first).to_be_visible()


def add_person(page: Page) -> None:
    add(page, "person", IMAGES / "person-1.png")


def say(page: Page) -> None:
    turn_on(page.get_by_label("Say a recording"))
    expect(page.locator("#perform-audio")).to_be_visible()


def test_a_person_moves_as_in_a_clip_and_the_job_is_taken_up_again_from_the_library(
    page: Page, backend: FakeBackend, files: Files
) -> None:
    run, result = page.locator("#perform-run"), page.locator("#perform-result")
    expect(run).to_be_enabled()
    run.click()
    expect(result).to_contain_text("Add a photo of the person first")
    add_person(page)
    run.click()
    expect(result).to_contain_text("Add the clip with the motion first")
    add(page, "video", files.dance)
    add(page, "face", files.face)
    run.click()
    expect(result).to_contain_text("right to use these pictures and voices")
    assert backend.jobs == {}
    page.locator("#perform-consent input").check()
    page.locator("#perform-prompt textarea").fill("a woman dancing")
    run.click()
    expect(result.locator(".lr-done")).to_be_visible()
    clip = page.locator(".lr-video video:visible")
    page.wait_for_function("v => v.readyState >= 2", arg=clip.element_handle())
    (job,) = backend.jobs.values()
    assert (job.model, job.task, job.prompt) == ("mover", Task.MOTION_TRANSFER, "a woman dancing")
    assert job.inputs == [Role.INPUT_REFERENCE, Role.VIDEO, Role.FACE_VIDEO]
    sent = [IMAGES / "person-1.png", files.dance, files.face]
    assert backend.inputs[job.id] == [path.read_bytes() for path in sent]
    page.reload()
    open_tab(page, "Library")
    page.locator("#library-grid .lr-open").first.click()
    page.locator("#library-reuse").click()
    expect(page.locator(".toast-body")).to_contain_text("All settings are restored.")
    expect(page.locator("#perform-prompt textarea")).to_have_value("a woman dancing")
    for slot in ("video", "face"):
        expect(page.locator(f"#perform-{slot} video")).to_be_visible()
    expect(page.locator("#perform-person img")).to_be_visible()
    run.click()
    expect(page.locator("#perform-result .lr-done")).to_be_visible()
    first, again = backend.jobs.values()
    assert again.inputs == first.inputs
    assert again.params == first.params


def test_to_replace_somebody_takes_two_clips(
    page: Page, backend: FakeBackend, files: Files
) -> None:
    add_person(page)
    add(page, "video", files.dance)
    page.locator("#perform-consent input").check()
    page.get_by_role("button", name="Replace the person in a clip").click()
    add(page, "background", files.dance)
    page.locator("#perform-run").click()
    expect(page.locator("#perform-result")).to_contain_text("both clips")
    assert backend.jobs == {}
    add(page, "mask", files.face)
    page.locator("#perform-run").click()
    expect(page.locator("#perform-result .lr-done")).to_be_visible()
    (job,) = backend.jobs.values()
    assert job.inputs[2:] == [Role.BACKGROUND_VIDEO, Role.MASK_VIDEO]


def test_a_photo_says_a_recording_and_the_page_may_be_left_meanwhile(
    page: Page, backend: FakeBackend, files: Files
) -> None:
    run, result = page.locator("#perform-run"), page.locator("#perform-result")
    say(page)
    turn_on(page.get_by_label("Move as in a clip"))
    expect(page.locator("#perform-audio")).to_be_hidden()
    say(page)
    expect(page.locator("#perform-seconds input")).to_have_value("")
    page.get_by_role("button", name="Clip settings").locator("visible=true").click()
    expect(page.get_by_label("Seed", exact=True).locator("visible=true")).to_have_value("")
    add_person(page)
    run.click()
    expect(result).to_contain_text("Add a recording first")
    add(page, "audio", files.words)
    page.locator("#perform-consent input").check()
    backend.held = True
    run.click()
    expect(result.locator(".lr-running")).to_be_visible()
    page.reload()
    open_tab(page, "Perform")
    expect(result.locator(".lr-running")).to_be_visible()
    backend.held = False
    expect(result.locator(".lr-done")).to_be_visible()
    expect(page.locator(".lr-video video:visible")).to_have_count(1)
    (job,) = backend.jobs.values()
    assert (job.model, job.task) == ("talker", Task.AUDIO_TO_VIDEO)
    person = (IMAGES / "person-1.png").read_bytes()
    assert backend.inputs[job.id] == [person, files.words.read_bytes()]


def test_a_filmed_person_says_the_beginning_of_a_recording_and_a_running_job_is_cancelled(
    page: Page, backend: FakeBackend, files: Files
) -> None:
    say(page)
    turn_on(page.get_by_label("A clip", exact=True))
    expect(page.locator("#perform-person")).to_be_hidden()
    add(page, "filmed", files.dance)
    add(page, "audio", files.words)
    page.locator("#perform-consent input").check()
    seconds = page.locator("#perform-seconds input")
    seconds.fill("0.1")
    page.locator("#perform-run").click()
    expect(page.locator("#perform-result")).to_contain_text("seconds is 0.1: talker takes")
    assert backend.jobs == {}
    seconds.fill("1")
    backend.held = True
    page.locator("#perform-run").click()
    page.locator(".lr-cancel").locator("visible=true").click()
    expect(page.locator("#perform-result")).to_contain_text("Cancelled")
    (job,) = backend.jobs.values()
    assert job.inputs == [Role.VIDEO, Role.AUDIO]


def test_where_no_model_can_do_it_the_page_says_which_would(
    window: BrowserContext, app: str, backend: FakeBackend
) -> None:
    backend.cards = [*FakeBackend().cards, MOVER]
    with first_visit(window, app) as page:
        open_tab(page, "Perform")
        expect(page.locator("#perform-run")).to_be_enabled()
        turn_on(page.get_by_label("Say a recording"))
        notice = page.locator("#perform-notice")
        expect(notice).to_contain_text("sadtalker, musetalk-1.5, wav2lip")
        expect(notice).to_contain_text("docs/adding-a-model.md")
        expect(page.locator("#perform-run")).to_be_hidden()
        turn_on(page.get_by_label("Move as in a clip"))
        expect(page.locator("#perform-run")).to_be_enabled()
