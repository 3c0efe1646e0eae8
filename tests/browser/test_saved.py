"""People and garments that a browser keeps, and wears again at a click."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.samples import IMAGES
from tests.browser.conftest import first_visit
from tests.browser.controls import upload

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("patience")]


@pytest.fixture
def page(window: BrowserContext, app: str) -> Iterator[Page]:
    with first_visit(window, app) as opened:
        yield opened


def test_the_wardrobe_survives_a_reload_and_fills_the_slots_at_a_click(
    page: Page, photo: Path
) -> None:
    upload(page, "tryon-person", photo)
    folds = page.get_by_role("button", name="Wardrobe")
    folds.nth(0).click()
    page.get_by_label("Name", exact=True).locator("visible=true").fill("Eileen")
    page.locator("#save-person").click()
    people = page.locator("#saved-person button.thumbnail-item")
    expect(people).to_have_count(1)
    page.reload()
    expect(people).to_have_count(1)
    expect(page.locator("#saved-person")).to_contain_text("Eileen")
    people.click()
    expect(page.locator("#tryon-person img")).to_be_visible()
    folds.nth(0).click()
    name = page.get_by_label("Name", exact=True).locator("visible=true")
    expect(name).to_have_value("Eileen")
    name.fill("Eileen C.")
    page.get_by_role("button", name="Rename").locator("visible=true").click()
    expect(page.locator("#saved-person")).to_contain_text("Eileen C.")
    people.click()
    page.get_by_role("button", name="Delete").locator("visible=true").click()
    expect(people).to_have_count(0)


def test_a_saved_garment_comes_back_with_kind_back_and_number(page: Page) -> None:
    upload(page, "tryon-garment-1", IMAGES / "garment-3.png")
    page.get_by_label("Kind of garment").locator("visible=true").click()
    page.get_by_role("option", name="Outerwear").click()
    page.get_by_role("button", name="Back view").locator("visible=true").click()
    upload(page, "tryon-back-1", IMAGES / "garment-2.png")
    page.get_by_role("button", name="Wardrobe").nth(1).click()
    page.get_by_label("Name", exact=True).locator("visible=true").fill("Yellow coat")
    page.get_by_label("SKU").locator("visible=true").fill("C-17")
    page.locator("#save-garment").click()
    page.locator("#tryon-add-garment").click()
    saved = page.locator("#saved-garment button.thumbnail-item")
    expect(saved).to_contain_text("Yellow coat · C-17")
    saved.click()
    expect(page.locator("#tryon-garment-2 img")).to_be_visible()
    expect(page.locator("#tryon-back-2 img")).to_be_visible()
    expect(page.get_by_label("Kind of garment").locator("visible=true")).to_have_value("Outerwear")
    expect(page.locator(".lr-slot-line:visible")).to_contain_text("front and back")
