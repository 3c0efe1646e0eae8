"""The page as a whole: what it says, how wide it is, whom it asks, and what a first click does."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from serve.protocol import Task
from tests.browser.conftest import TABS, open_tab
from tests.browser.controls import turn_on
from tests.browser.shelf import Shelf

TOO_WIDE = """() => [...document.querySelectorAll('body *')].filter((one) => {
    const box = one.getBoundingClientRect();
    if (!one.checkVisibility() || !box.width || box.right <= innerWidth + 1) return false;
    for (let up = one.parentElement; up; up = up.parentElement) {
        const style = getComputedStyle(up);
        if (up.matches('.gradio-container') || up.getBoundingClientRect().right > innerWidth + 1)
            continue;
        if (style.overflowX !== 'visible' || style.clip !== 'auto') return false;
    }
    return true;
}).map((one) => one.outerHTML.slice(0, 120))"""
"""What reaches beyond the right edge, where it can neither be seen nor scrolled to."""


def choose_example(page: Page, strip: int, number: int) -> None:
    page.locator(".lr-strip").nth(strip).locator("button").nth(number).click()


def test_what_is_missing_is_said_before_anything_is_queued(shelf: Shelf) -> None:
    page = shelf.page
    page.locator("#tryon-dress").click()
    expect(page.locator("#tryon-result")).to_contain_text("Add a photo of the person first")
    choose_example(page, 0, 0)
    expect(page.locator("#tryon-person img")).to_be_visible()
    page.locator("#tryon-both").click()
    expect(page.locator("#tryon-result")).to_contain_text("Add a photo of the garment first")
    open_tab(page, "Text to video")
    page.locator("#t2v-run").click()
    expect(page.locator("#t2v-result")).to_contain_text("Write a prompt first")
    open_tab(page, "Library")
    expect(page.locator("#library-grid")).to_contain_text("Nothing made here yet")
    assert shelf.backend.jobs == {}


def test_the_page_names_its_language_and_its_models_with_kind_and_licence(shelf: Shelf) -> None:
    expect(shelf.page.locator("html")).to_have_attribute("lang", "en")
    open_tab(shelf.page, "Text to video")
    tab = shelf.page.get_by_role("tabpanel").locator("visible=true")
    expect(tab).to_contain_text("sketch model")
    expect(tab).to_contain_text("--config deployments.yaml")
    expect(tab.get_by_role("link", name="Apache-2.0")).to_be_visible()


def test_a_dressed_photo_is_animated_as_it_is(shelf: Shelf) -> None:
    page = shelf.page
    turn_on(page.get_by_label("Animate a dressed photo"))
    expect(page.locator("#tryon-garment-1")).to_be_hidden()
    choose_example(page, 0, 1)
    expect(page.locator("#tryon-person img")).to_be_visible()
    page.locator("#tryon-photo").click()
    expect(page.locator("#tryon-result .lr-done")).to_be_visible()
    (job,) = shelf.backend.jobs.values()
    assert (job.task, job.inputs) == (Task.IMAGE_TO_VIDEO, ["input_reference"])


@pytest.mark.parametrize(
    ("scheme", "darkest", "brightest"), [("light", 700, 765), ("dark", 0, 100)]
)
def test_phone_and_tablet_get_their_own_colours_and_nothing_wider_than_themselves(
    shelf: Shelf, scheme: Literal["light", "dark"], darkest: int, brightest: int
) -> None:
    page = shelf.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(ViewportSize(width=390, height=844))
    page.reload()
    for tab in TABS:
        open_tab(page, tab)
        for width, height in ((820, 1180), (390, 844)):
            page.set_viewport_size(ViewportSize(width=width, height=height))
            assert page.evaluate(TOO_WIDE) == [], (tab, width)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", colour)[:3])
    assert darkest <= brightness <= brightest


def test_the_page_asks_no_other_server_for_anything(
    shelf: Shelf, services: tuple[object, str, str]
) -> None:
    page, own = shelf.page, (services[2], "data:", "blob:")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    for tab in TABS:
        open_tab(page, tab)
    open_tab(page, "Text to video")
    expect(page.locator(".lr-prompts img").first).to_be_visible()
    assert asked
    assert [url for url in asked if not url.startswith(own)] == []
