"""The *Compare* tab in Chromium: a fake backend makes the clips, whose figures are real."""

from playwright.sync_api import Page, expect

from serve.protocol import Task
from tests.browser.conftest import open_tab
from tests.browser.shelf import Shelf
from tests.fake_backend import card


def opened(shelf: Shelf) -> Page:
    """The tab, with a second model for prompts to compare."""
    shelf.backend.cards.append(card("other", [Task.TEXT_TO_VIDEO], title="Other"))
    shelf.page.reload()
    open_tab(shelf.page, "Compare")
    return shelf.page


def choose_models(page: Page, *titles: str) -> None:
    for title in titles:
        page.locator("#compare-models label", has_text=title).locator("input").check()


def test_two_models_make_clips_of_one_prompt_and_a_table_tells_them_apart(shelf: Shelf) -> None:
    page = opened(shelf)
    page.get_by_label("Prompt", exact=True).locator("visible=true").fill("a red dress, walking")
    choose_models(page, "Croquis · ", "Other")
    shelf.backend.held = True
    page.locator("#compare-run").click()
    expect(page.locator("#compare-status")).to_contain_text("Other: Creating")
    shelf.backend.held = False
    expect(page.locator(".lr-compared video:visible")).to_have_count(2)
    rows = page.locator("#compare-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("Other")
    expect(rows.nth(0).locator("td").nth(2)).to_have_text("–")  # no price was given
    assert float(rows.nth(0).locator("td").nth(4).inner_text()) > 0  # it flickers a little
    page.get_by_role("button", name="Play in step").click()
    expect(page.locator("#compare-run")).to_be_enabled()


def test_what_a_comparison_lacks_is_said_before_anything_is_queued(shelf: Shelf) -> None:
    page = opened(shelf)
    choose_models(page, "Croquis Try-on")
    page.locator("#compare-run").click()
    expect(page.locator("#compare-status")).to_contain_text("Choose two to 4 models")
    choose_models(page, "Other")
    page.locator("#compare-run").click()
    expect(page.locator("#compare-status")).to_contain_text("cannot do")
    page.locator("#compare-models label", has_text="Croquis Try-on").locator("input").uncheck()
    choose_models(page, "Croquis · ")
    page.locator("#compare-run").click()
    expect(page.locator("#compare-status")).to_contain_text("Write a prompt first")
    assert shelf.backend.jobs == {}
