"""Every tab used by keyboard alone: all there is to press is reached and seen, runs are stopped."""

import random
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from app.lookbook.picker import example_garments as garments
from app.samples import people
from examples.croquis.scene import render_clip, sample_scene
from serve.encoding import encode_mp4
from serve.protocol import JobStatus, Task
from tests.browser.conftest import TABS
from tests.browser.shelf import Shelf
from tests.fake_backend import card

MOVER = card("mover", [Task.MOTION_TRANSFER], title="Mover")
MOST_STOPS = 150
"""Presses of Tab that lead from any part of a tab to any other."""
USABLE = """() => {
    const own = 'button, a[href], input, textarea, select, summary, [role=button], [role=slider]';
    const there = [...document.querySelectorAll('.tabitem')].find((tab) => tab.checkVisibility());
    window.reached = new Set();
    window.usable = [...there.querySelectorAll(own)].filter((one) =>
        one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().width > 0
        && !one.disabled && one.ariaDisabled !== 'true' && one.type !== 'file');
}"""
STOP = """() => {
    const at = document.activeElement, style = getComputedStyle(at), label = at.closest('label');
    window.reached.add(at.type === 'radio' ? at.name : at);
    return {
        inside: at.closest('.tabitem') !== null,
        seen: style.outlineStyle !== 'none' || style.boxShadow !== 'none'
            || (label && getComputedStyle(label).outlineStyle !== 'none'),
        what: at.outerHTML.slice(0, 200),
    };
}"""
MISSED = """() => window.usable
    .filter((one) => !window.reached.has(one.type === 'radio' ? one.name : one))
    .map((one) => one.outerHTML.slice(0, 200))"""


def go_to(page: Page, target: Locator) -> None:
    """By Tab, from wherever the page is."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached by keyboard")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    go_to(page, target)
    page.keyboard.press(key)


def open_tab(page: Page, name: str) -> None:
    tab = page.get_by_role("tab", name=name, exact=True)
    press(page, tab)
    expect(tab).to_have_attribute("aria-selected", "true")


def write(page: Page, target: Locator, words: str) -> None:
    go_to(page, target)
    page.keyboard.insert_text(words)


@pytest.mark.parametrize("tab", TABS)
def test_everything_in_a_tab_is_reached_and_seen_by_keyboard(shelf: Shelf, tab: str) -> None:
    page = shelf.page
    shelf.make("a red dress")
    shelf.make("a coat")
    shelf.backend.cards.append(MOVER)
    page.reload()
    expect(page.locator("#tryon-dress")).to_be_enabled()
    open_tab(page, tab)
    if tab == "Library":
        expect(shelf.tiles).to_have_count(2)
        press(page, shelf.tiles.first.locator(".lr-open"))
        expect(page.locator("#library-reuse")).to_be_visible()
    if tab == "Try-on":
        press(page, page.locator(".lr-strip").first.locator("button").first)
        press(page, page.get_by_role("button", name="Only change a part"))
        expect(page.locator("#tryon-mask canvas")).to_be_visible()
    page.evaluate("document.querySelector('[role=tab][aria-selected=true]').focus()")
    page.evaluate(USABLE)
    unseen = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if not stop["seen"]:
            unseen.append(stop["what"])
        if not stop["inside"] and page.evaluate("window.reached.size") > 6:
            break
    assert page.evaluate(MISSED) == []
    assert unseen == []


def dress(page: Page) -> None:
    for strip in (0, 1):
        press(page, page.locator(".lr-strip").nth(strip).locator("button").first)
        slot = ("#tryon-person", "#tryon-garment-1")[strip]
        expect(page.locator(f"{slot} img")).to_be_visible()
    press(page, page.locator("#tryon-dress"))


def describe(page: Page) -> None:
    write(page, page.locator("#t2v-prompt textarea"), "a red dress")
    press(page, page.locator("#t2v-run"))


def add_clip(page: Page, slot: str) -> None:
    """Chosen from the disk."""
    frames = render_clip(sample_scene(random.Random(7), "any"), 9)
    clip = FilePayload(
        name="walk.mp4", mimeType="video/mp4", buffer=encode_mp4(frames, fps=8, record={})
    )
    with page.expect_file_chooser() as chooser:
        press(page, page.locator(f"{slot} button").first)
    chooser.value.set_files(clip)
    expect(page.locator(f"{slot} video")).to_be_visible()


def repaint(page: Page) -> None:
    add_clip(page, "#v2v-source")
    press(page, page.locator("#v2v-consent input"), "Space")
    write(page, page.locator("#v2v-prompt textarea"), "a gold coat")
    press(page, page.locator("#v2v-run"))


def perform(page: Page) -> None:
    press(page, page.locator(".lr-strip").locator("visible=true").locator("button").first)
    expect(page.locator("#perform-person img")).to_be_visible()
    add_clip(page, "#perform-video")
    press(page, page.locator("#perform-consent input"), "Space")
    press(page, page.locator("#perform-run"))


def compare(page: Page) -> None:
    write(page, page.get_by_label("Prompt", exact=True).locator("visible=true"), "a red dress")
    for title in ("Croquis · ", "Other"):
        press(page, page.locator("#compare-models label", has_text=title).locator("input"), "Space")
    press(page, page.locator("#compare-run"))


def lay_out(page: Page) -> None:
    for slot, pictures in (("people", people()[:1]), ("garments", garments()[:1])):
        with page.expect_file_chooser() as chooser:
            press(page, page.locator(f"#lookbook-{slot} button").first)
        chooser.value.set_files(pictures)
        expect(page.locator(f"#lookbook-{slot} .thumbnail-item")).to_have_count(1)
    press(page, page.locator("#lookbook-lay-out"))
    expect(page.locator("#lookbook-start")).to_be_visible()
    press(page, page.locator("#lookbook-start"))


@pytest.mark.parametrize(
    ("tab", "start", "result", "cancel"),
    [
        ("Try-on", dress, "#tryon-result", ".lr-cancel"),
        ("Text to video", describe, "#t2v-result", ".lr-cancel"),
        ("Video to video", repaint, "#v2v-result", ".lr-cancel"),
        ("Perform", perform, "#perform-result", ".lr-cancel"),
        ("Lookbook", lay_out, "#lookbook-head", "#lookbook-cancel"),
        ("Compare", compare, "#compare-status", "#compare-cancel"),
    ],
)
def test_a_run_is_started_and_cancelled_by_keyboard(
    shelf: Shelf, tab: str, start: Callable[[Page], None], result: str, cancel: str
) -> None:
    page = shelf.page
    shelf.backend.cards += [card("other", [Task.TEXT_TO_VIDEO], title="Other"), MOVER]
    shelf.backend.held = True
    page.reload()
    expect(page.locator("#tryon-dress")).to_be_enabled()
    open_tab(page, tab)
    start(page)
    stop = page.locator(f"{cancel}:visible")
    expect(stop).to_be_enabled()
    press(page, stop)
    expect(page.locator(result)).to_contain_text("ancelled")
    assert {job.status for job in shelf.backend.jobs.values()} == {JobStatus.CANCELLED}
