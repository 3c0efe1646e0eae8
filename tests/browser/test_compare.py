"""The *Compare* tab in Chromium, against the real models."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import JOB_MILLISECONDS, open_tab

pytestmark = pytest.mark.timeout(600)


def choose_models(page: Page, *titles: str) -> None:
    for title in titles:
        page.locator("#compare-models label", has_text=title).locator("input").check()


def test_two_models_make_clips_of_one_prompt_and_a_table_tells_them_apart(page: Page) -> None:
    open_tab(page, "Compare")
    page.get_by_label("Prompt", exact=True).locator("visible=true").fill("a red dress, walking")
    choose_models(page, "Croquis · ", "Croquis Try-on")
    page.locator("#compare-run").click()
    expect(page.locator("#compare-status")).to_contain_text("Croquis Try-on:")
    clips = page.locator(".lr-compared video:visible")
    expect(clips).to_have_count(2, timeout=2 * JOB_MILLISECONDS)
    rows = page.locator("#compare-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Croquis")
    assert float(rows.nth(0).locator("td").nth(1).inner_text()) > 0
    page.get_by_role("button", name="Play in step").click()
    expect(page.locator("#compare-run")).to_be_enabled()


def test_what_a_comparison_lacks_is_said_before_anything_is_queued(page: Page) -> None:
    open_tab(page, "Compare")
    choose_models(page, "Croquis Try-on")
    page.locator("#compare-run").click()
    expect(page.locator("#compare-status")).to_contain_text("Choose two to 4 models")
    choose_models(page, "Croquis · ")
    page.locator("#compare-run").click()
    expect(page.locator("#compare-status")).to_contain_text("Write a prompt first")
