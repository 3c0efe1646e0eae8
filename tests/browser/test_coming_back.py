"""Jobs that outlive the page: it is left and opened again, or lies behind another window."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.samples import IMAGES
from serve.encoding import encode_mp4
from serve.protocol import JobStatus, ModelCard
from tests.browser.conftest import open_studio, open_tab
from tests.browser.shelf import GARMENT, PERSON, Shelf
from tests.fake_backend import FakeBackend
from tests.servers import free_port, running_app, serving
from tests.test_exports import clip as frames

RUNNING = re.compile("Creating, step")
NOTIFICATIONS = """
window.told = [];
window.answer = 'denied';
window.Notification = class {
  static permission = 'default';
  static async requestPermission() { return Notification.permission = window.answer; }
  constructor(title, options) { window.told.push([title, options.body]); }
};
let away = false;
window.leave = (gone) => { away = gone; document.dispatchEvent(new Event('visibilitychange')); };
Object.defineProperty(document, 'hidden', { get: () => away });
"""


def started(shelf: Shelf, prompt: str) -> Page:
    """The page with a clip of that prompt under way, as far as it may go for now."""
    shelf.backend.held = True
    open_tab(shelf.page, "Text to video")
    shelf.page.locator("#t2v-prompt textarea").fill(prompt)
    shelf.page.locator("#t2v-run").click()
    expect(shelf.page.locator("#t2v-result")).to_contain_text(RUNNING)
    return shelf.page


def test_a_job_runs_on_while_the_page_is_away_and_its_clip_is_there_at_last(shelf: Shelf) -> None:
    page = started(shelf, "a red dress")
    page.reload()
    open_tab(page, "Text to video")
    expect(page.locator("#t2v-result")).to_contain_text(RUNNING)
    page.reload()  # and once more, since following must not forget
    open_tab(page, "Text to video")
    expect(page.locator("#t2v-result")).to_contain_text(RUNNING)
    shelf.backend.held = False
    expect(page.locator("#t2v-result .lr-done")).to_be_visible()
    expect(page.locator("video:visible")).to_have_count(1)
    page.reload()
    open_tab(page, "Text to video")
    expect(page.locator("#t2v-run")).to_be_enabled()
    expect(page.locator("#t2v-result .lr-empty")).to_be_visible()


def test_a_job_that_was_come_back_to_can_be_cancelled(shelf: Shelf) -> None:
    page = started(shelf, "a red dress")
    page.reload()
    open_tab(page, "Text to video")
    page.locator(".lr-cancel:visible").click()
    expect(page.locator("#t2v-result")).to_contain_text("Cancelled.")
    (job,) = shelf.backend.jobs.values()
    assert job.status is JobStatus.CANCELLED


def test_an_app_that_is_started_again_finds_the_page_still_open_and_its_job(
    context: BrowserContext, backend: FakeBackend, tmp_path: Path
) -> None:
    port = free_port()
    with serving(backend, free_port()) as url:
        with running_app(url, tmp_path, port) as app:
            page = open_studio(context, app)
            backend.held = True
            open_tab(page, "Text to video")
            page.locator("#t2v-prompt textarea").fill("a red dress")
            page.locator("#t2v-run").click()
            expect(page.locator("#t2v-result")).to_contain_text(RUNNING)
        expect(page.locator(".toast-body")).to_contain_text("Attempting reconnection")
        page.evaluate("window.old = true")
        with running_app(url, tmp_path, port):
            page.wait_for_function("!window.old", timeout=60_000)
            open_tab(page, "Text to video")
            expect(page.locator("#t2v-result")).to_contain_text(RUNNING)
            backend.held = False
            expect(page.locator("#t2v-result .lr-done")).to_be_visible()
            open_tab(page, "Library")
            page.locator("#library-grid .lr-tile", has_text="a red dress").click()
            expect(page.locator("#library-result .lr-done")).to_be_visible()


def test_takes_are_come_back_to_as_well(shelf: Shelf) -> None:
    page = shelf.page
    shelf.backend.held = True
    open_tab(page, "Text to video")
    page.locator("#t2v-prompt textarea").fill("a coat")
    field = page.get_by_label("number input for Takes", exact=True).locator("visible=true")
    field.fill("2")
    field.press("Tab")
    page.locator("#t2v-run").click()
    expect(page.locator("#t2v-takes .lr-running")).to_have_count(2)
    page.reload()
    open_tab(page, "Text to video")
    expect(page.locator("#t2v-takes .lr-running")).to_have_count(2)
    shelf.backend.held = False
    expect(page.locator("#t2v-takes video")).to_have_count(2)


def test_stills_and_repainted_clips_are_come_back_to_in_their_tabs(
    shelf: Shelf, tmp_path: Path
) -> None:
    page = shelf.page
    shelf.backend.held = True
    page.locator(".lr-looks button.thumbnail-item").first.click()  # a look: person and garment
    expect(page.locator("#tryon-result")).to_contain_text(RUNNING)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(encode_mp4(frames(), fps=8, record={}))
    open_tab(page, "Video to video")
    page.locator("#v2v-source input[type=file]").set_input_files(clip)
    expect(page.locator("#v2v-source video")).to_be_visible()
    page.locator("#v2v-consent input").check()
    page.locator("#v2v-prompt textarea").fill("a gold coat")
    page.locator("#v2v-run").click()
    expect(page.locator("#v2v-result")).to_contain_text(RUNNING)
    page.reload()
    expect(page.locator("#tryon-result")).to_contain_text(RUNNING)
    open_tab(page, "Video to video")
    expect(page.locator("#v2v-result")).to_contain_text(RUNNING)
    shelf.backend.held = False
    expect(page.locator("#v2v-result .lr-done")).to_be_visible()
    open_tab(page, "Try-on")
    expect(page.locator("#tryon-result .lr-done")).to_be_visible()


def test_what_is_compared_is_come_back_to(other: ModelCard, shelf: Shelf) -> None:
    page, backend = shelf.page, shelf.backend
    open_tab(page, "Compare")
    page.get_by_label("Prompt", exact=True).locator("visible=true").fill("a red dress")
    for title in ("Croquis · ", other.title):
        page.locator("#compare-models label", has_text=title).locator("input").check()
    backend.held = True
    page.locator("#compare-run").click()
    expect(page.locator("#compare-status")).to_contain_text("Other: Creating, step")
    page.reload()
    open_tab(page, "Compare")
    expect(page.locator("#compare-status")).to_contain_text("Other: Creating, step")
    expect(page.locator("#compare-cancel")).to_be_visible()
    backend.held = False
    expect(page.locator("#compare-table tbody tr")).to_have_count(2)
    clips = page.locator("#compare-clips video")
    expect(clips).to_have_count(2)
    page.wait_for_function("clip => clip.currentTime > 0.2", arg=clips.first.element_handle())
    expect(page.locator("#compare-cancel")).to_be_hidden()


def test_another_browser_sees_nothing_of_it(
    shelf: Shelf, chromium: Browser, services: tuple[FakeBackend, str, str]
) -> None:
    started(shelf, "a red dress")
    stranger = chromium.new_context()
    page = stranger.new_page()
    page.goto(services[2])
    open_tab(page, "Text to video")
    expect(page.locator("#t2v-run")).to_be_enabled()
    expect(page.locator("#t2v-result .lr-empty")).to_be_visible()
    open_tab(page, "Library")
    expect(page.locator("#library-grid")).to_contain_text("Nothing made here yet.")
    # A page can send any id; the server shows only what is its own.
    (job,) = shelf.backend.jobs
    page.evaluate(
        """(job) => { const tile = document.createElement('div');
        tile.className = 'lr-tile';
        tile.dataset.job = job;
        tile.innerHTML = '<button class="lr-open">x</button>';
        document.querySelector('#library-grid .lr-nothing').append(tile) }""",
        job,
    )
    page.locator("#library-grid .lr-open").click()
    expect(page.locator("#library-result")).to_contain_text("There is no job")
    expect(page.locator("#library-reuse")).to_be_hidden()
    stranger.close()


def test_who_asked_for_it_is_told_behind_another_window(shelf: Shelf) -> None:
    shelf.page.add_init_script(NOTIFICATIONS)
    shelf.page.reload()
    page = started(shelf, "a red dress")
    tell = page.locator(".lr-tell:visible")
    expect(tell).to_have_attribute("aria-pressed", "false")
    tell.click()
    expect(tell).to_have_text("This browser allows no notifications from here")
    expect(tell).to_have_attribute("aria-pressed", "false")
    page.evaluate("answer = 'granted'")  # as the user may in the browser's own settings
    tell.click()
    expect(tell).to_have_text("Tell me when it's done")
    expect(tell).to_have_attribute("aria-pressed", "true")
    page.evaluate("leave(true)")
    shelf.backend.held = False
    expect(page).to_have_title("Your work is done · Lookreel")
    assert page.evaluate("told") == [["Lookreel", "Your work is done"]]
    page.evaluate("leave(false)")
    expect(page).to_have_title("Lookreel")


def test_a_file_made_here_brings_its_settings_and_its_pictures_back(
    shelf: Shelf, tmp_path: Path
) -> None:
    pictures = [("input_reference", PERSON), ("garment", GARMENT)]
    fields: dict[str, Any] = {"seed": 11, "num_frames": 9, "embed_inputs": "true"}
    fields["metadata"] = '{"garments": "dress"}'
    job = shelf.make("turning around", pictures, **fields)
    file = tmp_path / "clip.mp4"
    file.write_bytes(shelf.backend.files[job][0])
    bare = tmp_path / "bare.mp4"
    bare.write_bytes(shelf.backend.files[shelf.make("walking", pictures, seed=12)][0])
    page = shelf.page
    shelf.open()
    page.locator("#library-file input[type=file]").set_input_files(file)
    expect(page.locator(".toast-body")).to_contain_text("All settings are restored.")
    expect(page.locator("#tryon-person img")).to_be_visible()
    page.locator("#tryon-consent input").check()  # it travelled as a copy, which may be anyone's
    page.locator("#tryon-both").click()
    expect(page.locator("#tryon-result .lr-done")).to_be_visible()
    again = list(shelf.backend.jobs.values())[-1]
    assert (again.prompt, again.params.seed, again.params.num_frames) == ("turning around", 11, 9)
    assert again.inputs == ["input_reference", "garment"]
    assert again.params.embed_inputs
    assert again.metadata == {"garments": "dress"}
    shelf.open()
    page.locator("#library-file input[type=file]").set_input_files(bare)
    expect(page.locator(".toast-body").last).to_contain_text("The pictures: add them again.")
    shelf.open()
    page.locator("#library-file input[type=file]").set_input_files(IMAGES / "person-1.png")
    expect(page.locator(".toast-body").last).to_contain_text("made by Lookreel")
