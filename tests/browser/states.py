"""Every main state of the page, reached as a user reaches it: for looking at and for checking.

They are reached in this order on one page, by themselves or one after the other.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page, expect

from app.lookbook.picker import example_garments as garments
from app.samples import people
from examples.croquis.scene import render_clip, sample_scene
from serve.encoding import encode_mp4
from tests.browser.conftest import JOB_MILLISECONDS, open_tab
from tests.browser.controls import set_slider, turn_on


@dataclass(frozen=True)
class State:
    """One state, which may build on those before it."""

    name: str
    tab: str
    reach: Callable[[Page], None]


def as_it_opens(page: Page) -> None:
    """Nothing entered yet."""


def try_on_missing(page: Page) -> None:
    page.locator("#tryon-dress").click()
    expect(page.locator("#tryon-result .lr-notice")).to_be_visible()


def try_on_stills(page: Page) -> None:
    for strip, slot in enumerate(("#tryon-person", "#tryon-garment-1")):
        page.locator(".lr-strip").nth(strip).locator("button").first.click()
        expect(page.locator(f"{slot} img")).to_be_visible()
    page.locator("#tryon-dress").click()
    stills = page.locator("#tryon-stills img")
    expect(stills.first).to_be_visible(timeout=JOB_MILLISECONDS)


def try_on_part(page: Page) -> None:
    page.get_by_role("button", name="Only change a part").click()
    page.get_by_role("button", name="Upper body").click()


def try_on_wardrobe(page: Page) -> None:
    page.get_by_role("button", name="Wardrobe").first.click()
    page.get_by_label("Name", exact=True).locator("visible=true").fill("Ada")
    page.locator("#save-person").click()
    expect(page.locator("#saved-person button.thumbnail-item").first).to_be_visible()


def try_on_clip(page: Page) -> None:
    page.locator("#tryon-stills button").first.click()
    expect(page.locator("#tryon-animate")).to_be_enabled()
    page.locator("#tryon-animate").click()
    expect(page.locator("video:visible")).to_have_count(1, timeout=JOB_MILLISECONDS)


def text_to_video_running(page: Page) -> None:
    page.locator("#t2v-prompt textarea").fill("a woman in a red dress walking on a runway")
    page.locator("#t2v-run").click()
    expect(page.locator("#t2v-result .lr-running")).to_be_visible()


def text_to_video_clip(page: Page) -> None:
    expect(page.locator("video:visible")).to_have_count(1, timeout=JOB_MILLISECONDS)
    expect(page.locator("#t2v-run")).to_be_enabled()


def text_to_video_advanced(page: Page) -> None:
    page.get_by_role("button", name="Advanced").locator("visible=true").click()
    expect(page.get_by_label("Negative prompt").locator("visible=true")).to_be_visible()


def text_to_video_stills(page: Page) -> None:
    turn_on(page.get_by_label("Stills first"))
    page.locator("#t2v-run").click()
    expect(page.locator("#t2v-stills img").first).to_be_visible(timeout=JOB_MILLISECONDS)
    expect(page.locator("#t2v-run")).to_be_enabled()


def text_to_video_queue(page: Page) -> None:
    turn_on(page.get_by_label("Straight to the clip"))
    set_slider(page, "Takes", 2)
    page.locator("#t2v-run").click()
    expect(page.get_by_role("button", name="Cancel all takes")).to_be_visible()
    expect(page.locator("#t2v-takes .lr-running")).not_to_have_count(0)


def text_to_video_takes(page: Page) -> None:
    picks = page.get_by_role("button", name="Pick this take")
    expect(picks).to_have_count(2, timeout=JOB_MILLISECONDS)
    expect(page.locator("#t2v-run")).to_be_enabled()


def text_to_video_cancelled(page: Page) -> None:
    set_slider(page, "Takes", 1)
    set_slider(page, "Steps", 50)  # so that it is not done before
    page.locator("#t2v-run").click()
    page.locator(".lr-cancel").locator("visible=true").click()
    expect(page.locator("#t2v-result")).to_contain_text("Cancelled.")


def video_to_video_clip(page: Page) -> None:
    frames = render_clip(sample_scene(random.Random(7), "any"), 17)
    clip = FilePayload(
        name="walk.mp4", mimeType="video/mp4", buffer=encode_mp4(frames, fps=8, record={})
    )
    page.locator("#v2v-source input[type=file]").set_input_files(clip)
    expect(page.locator("#v2v-source video")).to_be_visible()
    page.locator("#v2v-consent input").check()
    page.locator("#v2v-prompt textarea").fill("a woman in a green coat walking in a park")
    page.locator("#v2v-run").click()
    expect(page.locator("#v2v-result .lr-done")).to_be_visible(timeout=JOB_MILLISECONDS)


def perform_say(page: Page) -> None:
    turn_on(page.get_by_label("Say a recording"))
    expect(page.locator("#perform-audio, #perform-notice").locator("visible=true")).to_be_visible()


def lookbook_rows(page: Page) -> None:
    pictures = {"people": people()[:2], "garments": garments()[:2]}
    for slot, paths in pictures.items():
        page.locator(f"#lookbook-{slot} input[type=file]").set_input_files(paths)
        shown = page.locator(f"#lookbook-{slot} .thumbnail-item")
        expect(shown).to_have_count(len(paths))
    page.locator("#lookbook-lay-out").click()
    expect(page.locator("#lookbook-start")).to_be_visible()


def lookbook_running(page: Page) -> None:
    page.locator("#lookbook-start").click()
    expect(page.locator("#lookbook-head")).to_contain_text("of 4 done")


def lookbook_done(page: Page) -> None:
    expect(page.locator("#lookbook-board img")).to_have_count(4, timeout=JOB_MILLISECONDS)


def compare_results(page: Page) -> None:
    page.get_by_label("Prompt", exact=True).locator("visible=true").fill("a red dress, walking")
    for index in (0, 1):
        page.locator("#compare-models input").nth(index).check()
    page.locator("#compare-run").click()
    expect(page.locator("#compare-table tbody tr")).to_have_count(2, timeout=JOB_MILLISECONDS)


def library_opened(page: Page) -> None:
    page.locator("#library-grid .lr-open").nth(1).click()
    expect(page.locator("#library-reuse")).to_be_visible()


def library_pair(page: Page) -> None:
    for index in (0, 1):
        tile = page.locator("#library-grid .lr-tile").nth(index)
        tile.hover()
        tile.locator(".lr-pick").click()
    expect(page.locator("#library-pair .lr-pair-view")).to_be_visible()


STATES = (
    State("try-on", "Try-on", as_it_opens),
    State("try-on-missing", "Try-on", try_on_missing),
    State("try-on-stills", "Try-on", try_on_stills),
    State("try-on-part", "Try-on", try_on_part),
    State("try-on-wardrobe", "Try-on", try_on_wardrobe),
    State("try-on-clip", "Try-on", try_on_clip),
    State("text-to-video", "Text to video", as_it_opens),
    State("text-to-video-running", "Text to video", text_to_video_running),
    State("text-to-video-clip", "Text to video", text_to_video_clip),
    State("text-to-video-advanced", "Text to video", text_to_video_advanced),
    State("text-to-video-stills", "Text to video", text_to_video_stills),
    State("text-to-video-queue", "Text to video", text_to_video_queue),
    State("text-to-video-takes", "Text to video", text_to_video_takes),
    State("text-to-video-cancelled", "Text to video", text_to_video_cancelled),
    State("video-to-video", "Video to video", as_it_opens),
    State("video-to-video-clip", "Video to video", video_to_video_clip),
    State("perform", "Perform", as_it_opens),
    State("perform-say", "Perform", perform_say),
    State("lookbook", "Lookbook", as_it_opens),
    State("lookbook-rows", "Lookbook", lookbook_rows),
    State("lookbook-running", "Lookbook", lookbook_running),
    State("lookbook-done", "Lookbook", lookbook_done),
    State("compare", "Compare", as_it_opens),
    State("compare-results", "Compare", compare_results),
    State("library", "Library", as_it_opens),
    State("library-opened", "Library", library_opened),
    State("library-pair", "Library", library_pair),
)


def go(page: Page, state: State) -> None:
    """Open its tab and reach it."""
    tab = page.get_by_role("tab", name=state.tab, exact=True)
    if tab.get_attribute("aria-selected") != "true":
        open_tab(page, state.tab)
    state.reach(page)
