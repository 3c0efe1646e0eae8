"""The *Library* in Chromium: a fake backend holds the jobs, since only the page is tested here."""

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

from serve.protocol import JobStatus
from tests.browser.conftest import open_tab
from tests.browser.controls import choose
from tests.browser.shelf import GARMENT, PERSON, Shelf


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
    short = shelf.make("look 1", num_frames=5)
    shelf.make("look 0", num_frames=33)
    shelf.repeat(short, (f"look {number}" for number in range(2, 27)))
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
    choose(page, "Order", "Shortest first")
    expect(shelf.tiles.first).to_contain_text("dressed")
    choose(page, "Order", "Oldest first")
    expect(shelf.tiles.first).to_contain_text("look 1")
    choose(page, "Kind", "Stills")
    expect(shelf.tiles).to_have_count(1)
    expect(shelf.tiles).to_contain_text("2 stills")


def test_more_filters_find_a_job_by_its_maker_its_model_and_its_state(shelf: Shelf) -> None:
    shelf.make("a red dress")
    shelf.make("turning around", [("input_reference", PERSON), ("garment", GARMENT)])
    shelf.backend.fail_with = "out of memory"
    shelf.make("a coat")
    page = shelf.page
    shelf.open()
    expect(shelf.tiles).to_have_count(3)
    page.get_by_role("button", name="More filters").click()
    for label, choice, found in (
        ("Made by", "Try-on", ["turning around"]),
        ("Model", "Croquis", ["a red dress", "a coat"]),
        ("State", "Did not work", ["a coat"]),
        ("State", "Finished", ["a red dress", "turning around"]),
    ):
        choose(page, label, choice)
        expect(shelf.tiles).to_have_count(len(found))
        for prompt in found:
            expect(shelf.tile(prompt)).to_have_count(1)
        choose(page, label, "All")
        expect(shelf.tiles).to_have_count(3)
    choose(page, "Made by", "Text to video")
    choose(page, "State", "Finished")
    expect(shelf.tiles).to_have_count(1)
    expect(shelf.tiles).to_contain_text("a red dress")


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
    page.locator("#tryon-consent input").check()  # a photo like any other
    page.locator("#tryon-photo").click()
    expect(page.locator("#tryon-result .lr-done")).to_be_visible(timeout=15_000)
    job = list(shelf.backend.jobs.values())[-1]
    assert job.inputs == ["input_reference"]
    assert shelf.backend.inputs[job.id][0].startswith(b"\x89PNG")


def test_every_format_is_offered_and_comes_as_a_file(shelf: Shelf) -> None:
    shelf.make("a red dress", num_frames=5)
    page = opened(shelf, "a red dress")
    page.locator(".lr-menu summary").click()
    for words, end in (
        ("GIF", ".gif"),
        ("Last frame", ".png"),
        ("MP4", ".mp4"),
        ("WebM", ".webm"),
    ):
        file = downloaded(page, words)
        assert file.suggested_filename.endswith(end)
        assert Path(file.path()).stat().st_size > 500
    with zipfile.ZipFile(downloaded(page, "All frames").path()) as frames:
        assert len(frames.namelist()) == 5
    shelf.make("dressed", [("image[]", PERSON), ("image[]", GARMENT)], "images", n=2)
    page = opened(shelf, "dressed")
    page.locator(".lr-menu summary").click()
    with zipfile.ZipFile(downloaded(page, "ZIP").path()) as stills:
        assert stills.namelist() == ["still-0001.png", "still-0002.png"]


def downloaded(page: Page, words: str) -> Download:
    """The file behind that line of the menu."""
    with page.expect_download() as download:
        page.locator(".lr-menu a", has_text=words).click()
    return download.value


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
    shelf.backend.held = True
    job = shelf.begin("a red dress")
    shelf.open()
    expect(shelf.tiles).to_have_count(1)
    shelf.tile("a red dress").locator(".lr-open").click()
    result = shelf.page.locator("#library-result")
    expect(result).to_contain_text("Creating, step")
    assert shelf.backend.jobs[job].status is JobStatus.IN_PROGRESS
    shelf.backend.held = False
    expect(result.locator(".lr-done")).to_be_visible()
    expect(shelf.page.locator(".lr-video video:visible")).to_have_count(1)  # the tile has its own
    expect(shelf.tile("a red dress")).to_contain_text("just now")
