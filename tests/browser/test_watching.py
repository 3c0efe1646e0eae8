"""A job as it is watched: its place in the queue, its preview, its time; and a still page.

A fake backend holds its jobs where a test needs to look.
"""

import re

from playwright.sync_api import Page, expect

from app.samples import PROMPTS
from tests.browser.conftest import open_tab
from tests.browser.shelf import Shelf

MOST_SHIFT = 0.1
"""What Google calls good, of all that moves by itself."""
SETTLED_MILLISECONDS = 500
WATCH_SHIFTS = """() => { window.shifted = 0; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: 'layout-shift', buffered: false}) }"""


def run(page: Page, prompt: str) -> None:
    page.locator("#t2v-prompt textarea").fill(prompt)
    page.locator("#t2v-run").click()


def test_a_job_is_watched_from_its_place_in_the_queue_to_its_clip(shelf: Shelf) -> None:
    page, backend = shelf.page, shelf.backend
    backend.held, backend.one_by_one, backend.step_seconds = True, True, 1.0
    shelf.begin("somebody's before")
    open_tab(page, "Text to video")
    run(page, "a red dress")
    result = page.locator("#t2v-result")
    expect(result).to_contain_text("Next in line")
    page.evaluate(WATCH_SHIFTS)
    backend.one_by_one = False
    expect(result.locator("img.lr-preview")).to_have_attribute(
        "src", re.compile("^data:image/jpeg")
    )
    expect(result.locator(".lr-eta")).to_have_text("about 4 s left")
    assert page.evaluate("window.shifted") < MOST_SHIFT
    backend.held, backend.step_seconds = False, 0.01
    expect(result.locator(".lr-done")).to_be_visible()
    expect(page.locator("video:visible")).to_have_count(1)
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    assert page.evaluate("window.shifted") < MOST_SHIFT


def test_dressed_stills_come_without_pushing_anything_about(shelf: Shelf) -> None:
    page, backend = shelf.page, shelf.backend
    for strip, slot in enumerate(("#tryon-person", "#tryon-garment-1")):
        page.locator(".lr-strip").nth(strip).locator("button").first.click()
        expect(page.locator(f"{slot} img")).to_be_visible()
    backend.held = True
    page.locator("#tryon-dress").click()
    expect(page.locator("#tryon-result img.lr-preview")).to_be_visible()
    page.evaluate(WATCH_SHIFTS)
    backend.held = False
    expect(page.locator("#tryon-stills img")).to_have_count(2)
    expect(page.locator("#tryon-dress")).to_be_enabled()
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    assert page.evaluate("window.shifted") < MOST_SHIFT


def test_a_click_on_a_prompt_picture_makes_its_clip(shelf: Shelf) -> None:
    page = shelf.page
    open_tab(page, "Text to video")
    expect(page.locator("#t2v-run")).to_be_enabled()
    pictures = page.locator(".lr-prompts button.thumbnail-item")
    expect(pictures).to_have_count(len(PROMPTS))
    pictures.nth(2).click()
    expect(page.locator("#t2v-prompt textarea")).to_have_value(PROMPTS[2])
    expect(page.locator("video:visible")).to_have_count(1)
    (job,) = shelf.backend.jobs.values()
    assert job.prompt == PROMPTS[2]
