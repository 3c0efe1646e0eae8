"""The *Library* in Chromium: a fake backend holds the jobs, since only the page is tested here."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from app.samples import IMAGES
from serve.protocol import JobStatus
from tests.browser.conftest import open_tab
from tests.fake_backend import FakeBackend
from tests.servers import free_port, running_app, serving

PERSON = (IMAGES / "person-1.png").read_bytes()
GARMENT = (IMAGES / "garment-1.png").read_bytes()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeBackend, str, str]]:
    backend = FakeBackend(step_seconds=0.01)
    folder: Path = tmp_path_factory.mktemp("cache")
    with serving(backend, free_port()) as url, running_app(url, folder) as app:
        yield backend, url, app


@pytest.fixture
def backend(services: tuple[FakeBackend, str, str]) -> FakeBackend:
    backend = services[0]
    backend.jobs.clear()
    backend.fail_with, backend.step_seconds = None, 0.01
    return backend


class Shelf:
    """The page with its Library, and the backend behind it."""

    def __init__(self, page: Page, backend: FakeBackend, url: str) -> None:
        self.page, self.backend, self._url = page, backend, url
        self.tiles = page.locator("#library-grid .lr-tile")
        self.user = self._user()

    def _user(self) -> str:
        """This browser's id, as the backend gets it with a job."""
        open_tab(self.page, "Text to video")
        self.page.get_by_label("Prompt", exact=True).fill("first")
        expect(self.page.locator("#t2v-run")).to_be_enabled(timeout=15_000)
        self.page.locator("#t2v-run").click()
        expect(self.page.locator("#t2v-result .lr-done")).to_be_visible(timeout=15_000)
        (job,) = self.backend.jobs.values()
        self.backend.jobs.clear()
        assert job.user
        return job.user

    def make(self, prompt: str, pictures: Any = (), kind: str = "videos", **fields: Any) -> str:
        """A finished job of this browser; its id."""
        path = "/v1/images/edits" if kind == "images" else "/v1/videos"
        data = {"prompt": prompt, "user": self.user, **fields}
        sent: dict[str, Any] = {"data": data, "files": pictures} if pictures else {"json": data}
        job_id: str = httpx.post(self._url + path, **sent).json()["id"]
        end = time.monotonic() + 15
        while not self.backend.jobs[job_id].status.is_final:
            assert time.monotonic() < end
            time.sleep(0.02)
        return job_id

    def open(self) -> None:
        open_tab(self.page, "Text to video")
        open_tab(self.page, "Library")

    def tile(self, prompt: str) -> Locator:
        return self.tiles.filter(has_text=prompt)


@pytest.fixture
def shelf(
    context: BrowserContext, services: tuple[FakeBackend, str, str], backend: FakeBackend
) -> Shelf:
    page = context.new_page()
    page.goto(services[2])
    return Shelf(page, backend, services[1])


def test_a_tile_plays_under_the_mouse_and_under_the_keyboard(shelf: Shelf) -> None:
    shelf.make("a red dress")
    shelf.make("a coat")
    shelf.open()
    expect(shelf.tiles).to_have_count(2)
    red = shelf.tile("a red dress")
    expect(red).to_contain_text("Croquis · just now")
    expect(red).to_contain_text("2.1 s")
    red.locator(".lr-open").hover()
    clip = red.locator("video")
    expect(clip).to_have_count(1)
    shelf.page.wait_for_function("v => v.currentTime > 0", arg=clip.element_handle())
    shelf.tile("a coat").locator(".lr-open").hover()
    expect(clip).to_have_count(0)
    shelf.page.mouse.move(0, 0)
    shelf.page.keyboard.press("Tab")
    red.locator(".lr-open").focus()
    expect(clip).to_have_count(1)
    shelf.page.keyboard.press("Enter")
    expect(shelf.page.locator("#library-result .lr-done")).to_be_visible()


def test_search_filters_and_order_are_the_server_s(shelf: Shelf) -> None:
    for number in range(27):
        shelf.make(f"look {number}", num_frames=5 if number else 33, num_inference_steps=1)
    still = [("image[]", PERSON), ("image[]", GARMENT)]
    shelf.make("dressed", still, "images", n=2)
    page = shelf.page
    shelf.open()
    expect(shelf.tiles).to_have_count(24)
    expect(shelf.tiles.first).to_contain_text("dressed")
    page.locator("#library-more").click()
    expect(shelf.tiles).to_have_count(28)
    page.locator("#library-search textarea, #library-search input").fill("LOOK 26")
    expect(shelf.tiles).to_have_count(1)
    page.locator("#library-search textarea, #library-search input").fill("nowhere")
    expect(page.locator("#library-grid")).to_contain_text("Nothing here matches.")
    page.locator("#library-search textarea, #library-search input").fill("")
    choose(page, "Order", "Longest first")
    expect(shelf.tiles.first).to_contain_text("look 0")
    choose(page, "Kind", "Stills")
    expect(shelf.tiles).to_have_count(1)
    expect(shelf.tiles).to_contain_text("2 stills")


def choose(page: Page, label: str, choice: str) -> None:
    page.get_by_label(label, exact=True).locator("visible=true").click()
    page.get_by_role("option", name=choice, exact=True).click()


def opened(shelf: Shelf, prompt: str) -> Page:
    """The page with that job open."""
    shelf.open()
    shelf.tile(prompt).locator(".lr-open").click()
    expect(shelf.page.locator("#library-reuse")).to_be_visible()
    return shelf.page


def test_favourites_are_kept_by_the_backend_and_found_again(shelf: Shelf) -> None:
    kept, other = shelf.make("a red dress"), shelf.make("a coat")
    page = opened(shelf, "a coat")
    star = shelf.tile("a red dress").locator(".lr-star")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    assert shelf.backend.jobs[kept].favourite
    page.locator("#library-favourite").click()
    expect(shelf.tile("a coat").locator(".lr-star")).to_have_attribute("aria-pressed", "true")
    page.locator("#library-favourite").click()
    expect(page.locator("#library-favourite")).to_have_text("☆ Favourite")
    assert not shelf.backend.jobs[other].favourite
    page.get_by_label("Favourites only").check()
    expect(shelf.tiles).to_have_count(1)
    page.reload()
    open_tab(page, "Library")
    expect(shelf.tile("a red dress").locator(".lr-star")).to_have_attribute("aria-pressed", "true")


def test_two_clips_play_in_step_and_their_differences_are_listed(shelf: Shelf) -> None:
    shelf.make("a red dress", seed=1, num_frames=17)
    shelf.make("a coat", seed=1, num_frames=9)
    shelf.open()
    for prompt in ("a red dress", "a coat"):
        shelf.tile(prompt).hover()
        shelf.tile(prompt).locator(".lr-pick").click()
    pair = shelf.page.locator("#library-pair .lr-pair-view")
    expect(pair.locator("figcaption")).to_have_text(["A · a red dress", "B · a coat"])
    expect(pair).to_contain_text("Frames")
    expect(pair.locator("table")).not_to_contain_text("Seed")
    output = pair.locator("output")
    expect(output).to_contain_text("/ 17")
    shelf.page.wait_for_function("() => document.querySelector('.lr-two video').currentTime > 0.3")
    pair.locator("[data-do=seek]").fill("4")
    expect(output).to_have_text("5 / 17")
    pair.get_by_role("button", name="One frame on").click()
    expect(output).to_have_text("6 / 17")
    pair.get_by_role("button", name="One frame back").click()
    pair.get_by_role("button", name="One frame back").click()
    expect(output).to_have_text("4 / 17")
    times = "() => [...document.querySelectorAll('.lr-two video')].map((v) => v.currentTime)"
    assert shelf.page.evaluate(times) == pytest.approx([3.5 / 8] * 2, abs=0.01)
    pair.locator("[data-do=seek]").fill("15")  # the shorter one waits at its end
    assert shelf.page.evaluate(times) == pytest.approx([15.5 / 8, 8.5 / 8], abs=0.01)
    pair.get_by_role("button", name="Close").click()
    expect(pair).to_have_count(0)


def test_a_try_on_is_used_again_with_its_pictures_in_their_places(shelf: Shelf) -> None:
    pictures = [("input_reference", PERSON), ("garment", GARMENT)]
    shelf.make("turning around", pictures, seed=11, num_frames=9)
    page = opened(shelf, "turning around")
    page.locator("#library-reuse").click()
    expect(page.locator(".toast-body")).to_contain_text("All settings are restored.")
    expect(page.locator("#tryon-person img")).to_be_visible()
    page.locator("#tryon-both").click()
    expect(page.locator("#tryon-result .lr-done")).to_be_visible(timeout=15_000)
    again = list(shelf.backend.jobs.values())[-1]
    assert (again.prompt, again.params.seed, again.params.num_frames) == ("turning around", 11, 9)
    assert again.inputs == ["input_reference", "garment"]


def test_what_cannot_be_restored_is_said(shelf: Shelf) -> None:
    job = shelf.make("walking", model="wan-of-last-year", seed=5)
    page = opened(shelf, "walking")
    page.locator("#library-reuse").click()
    expect(page.locator(".toast-body")).to_contain_text("wan-of-last-year is not served here")
    expect(page.locator("#t2v-prompt textarea")).to_have_value("walking")
    assert shelf.backend.jobs[job].model == "wan-of-last-year"


def test_a_failed_job_is_tried_again_with_the_same_settings(shelf: Shelf) -> None:
    shelf.backend.fail_with = "out of memory"
    failed = shelf.make("a red dress", seed=3)
    shelf.backend.fail_with = None
    page = opened(shelf, "Did not work · a red dress")
    page.locator("#library-retry").click()
    expect(page.locator("#library-result .lr-done")).to_be_visible(timeout=15_000)
    again = list(shelf.backend.jobs.values())[-1]
    assert again.params == shelf.backend.jobs[failed].params
    expect(shelf.tiles).to_have_count(2)


def test_a_clip_goes_on_from_its_last_frame(shelf: Shelf) -> None:
    shelf.make("a red dress")
    page = opened(shelf, "a red dress")
    page.locator("#library-continue").click()
    expect(page.locator("#tryon-person img")).to_be_visible()
    page.locator("#tryon-photo").click()
    expect(page.locator("#tryon-result .lr-done")).to_be_visible(timeout=15_000)
    job = list(shelf.backend.jobs.values())[-1]
    assert job.inputs == ["input_reference"]
    assert shelf.backend.inputs[job.id][0].startswith(b"\x89PNG")


def test_every_format_is_offered_and_comes_as_a_file(shelf: Shelf) -> None:
    shelf.make("a red dress", num_frames=5)
    page = opened(shelf, "a red dress")
    page.locator(".lr-menu summary").click()
    for words, end in (("GIF", ".gif"), ("Last frame", ".png"), ("MP4", ".mp4")):
        with page.expect_download() as download:
            page.locator(".lr-menu a", has_text=words).click()
        assert download.value.suggested_filename.endswith(end)
        assert Path(download.value.path()).stat().st_size > 500


def test_deleting_asks_first(shelf: Shelf) -> None:
    job = shelf.make("a red dress")
    page = opened(shelf, "a red dress")
    page.locator("#library-delete").click()
    page.locator("#library-keep").click()
    expect(page.locator("#library-sure")).to_be_hidden()
    assert job in shelf.backend.jobs
    page.locator("#library-delete").click()
    page.locator("#library-sure").click()
    expect(shelf.tiles).to_have_count(0)
    assert job not in shelf.backend.jobs


def test_a_job_that_runs_is_followed_and_a_stranger_s_is_not_shown(shelf: Shelf) -> None:
    shelf.make("not yours", user="somebody else")
    shelf.open()
    expect(shelf.page.locator("#library-grid")).to_contain_text("Nothing made here yet.")
    stranger = next(iter(shelf.backend.jobs.values()))
    assert stranger.status is JobStatus.COMPLETED
