"""The controls of the page, found by their labels and set by hand."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect


def seen(page: Page, label: str) -> Locator:
    """Of all tabs' controls of that label the one that is shown."""
    return page.get_by_label(label, exact=True).locator("visible=true")


def set_slider(page: Page, label: str, value: float) -> None:
    """By the number field beside the slider."""
    field = seen(page, f"number input for {label}")
    field.fill(str(value))
    field.press("Tab")


def turn_on(option: Locator) -> None:
    """A radio or checkbox; a busy page shows it a moment later, which `check` calls a failure."""
    if not option.is_checked():
        option.click(force=True)
    expect(option).to_be_checked()


def choose(page: Page, label: str, choice: str) -> None:
    """Out of a dropdown."""
    seen(page, label).click()
    page.get_by_role("option", name=choice, exact=True).click()


def upload(page: Page, slot: str, picture: Path) -> None:
    """Into the place for a picture of that id."""
    page.locator(f"#{slot} input[type=file]").set_input_files(picture)
    expect(page.locator(f"#{slot} img")).to_be_visible()
