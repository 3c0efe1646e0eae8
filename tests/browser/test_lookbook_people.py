"""Who may be in a lookbook, and how what was saved gets into one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from app.garments import Category
from app.lookbook.picker import example_garments as garments
from app.wardrobe import Saved, Wardrobe
from serve.protocol import Job, Task
from tests.browser.conftest import open_tab
from tests.browser.shelf import Shelf
from tests.fake_backend import FakeBackend, card
from tests.servers import data_folder

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("patience")]


@pytest.fixture
def somebody(tmp_path: Path) -> str:
    """A picture of a person, which is none of the drawn examples."""
    path = tmp_path / "eileen.png"
    Image.new("RGB", (90, 120), "red").save(path)
    return str(path)


def drop(page: Page, slot: str, picture: str) -> None:
    page.locator(f"#lookbook-{slot} input[type=file]").set_input_files(picture)
    expect(page.locator(f"#lookbook-{slot} .thumbnail-item")).to_have_count(1)


def lay_out(page: Page) -> None:
    page.locator("#lookbook-lay-out").click()
    expect(page.locator("#lookbook-table [data-testid=cell-0-0]")).to_be_visible()


def only_job(shelf: Shelf) -> Job:
    """The job of a lookbook that is begun, and gone again when its one row is done."""
    page = shelf.page
    page.get_by_label("Name of the lookbook").fill("Spring")
    page.locator("#lookbook-start").click()
    head = page.locator("#lookbook-head")
    expect(head).to_contain_text("Spring")
    expect(head).to_contain_text("1 of 1 done")
    (job,) = shelf.backend.jobs.values()
    page.locator("#lookbook-delete").click()
    page.locator("#lookbook-sure").click()
    expect(head).not_to_contain_text("Spring")  # one that another test left may be there then
    return job


def test_a_person_of_flesh_and_blood_is_laid_out_once_that_is_allowed(
    shelf: Shelf, somebody: str
) -> None:
    page = shelf.page
    open_tab(page, "Lookbook")
    drop(page, "people", somebody)
    drop(page, "garments", garments()[0])
    consent = page.locator("#lookbook-consent")
    expect(consent).to_be_hidden()
    page.locator("#lookbook-lay-out").click()
    expect(consent).to_be_visible()
    expect(page.locator("#lookbook-notice")).to_contain_text("you have the right to use them")
    expect(page.locator("#lookbook-table")).to_be_hidden()
    expect(page.locator("#lookbook-start")).to_be_hidden()
    page.locator("#lookbook-lay-out").click()  # asking again allows nothing
    expect(page.locator("#lookbook-lay-out")).to_be_enabled()
    expect(page.locator("#lookbook-start")).to_be_hidden()
    consent.locator("input").check()
    lay_out(page)
    job = only_job(shelf)
    assert shelf.backend.inputs[job.id][0] == Path(somebody).read_bytes()


@pytest.fixture
def wardrobe(
    backend: FakeBackend,
    visitor: tuple[BrowserContext, str],
    cache: Path,
    somebody: str,
) -> Iterator[tuple[Saved, Saved]]:
    """A person and a coat with a back, saved in this browser; and a dresser that tells pictures
    apart."""
    told = {"picture_word": "image", "sketch": False, "title": "Klein"}
    backend.cards.insert(0, card("klein", [Task.IMAGE_EDIT], **told))
    wardrobe, user = Wardrobe(data_folder(cache) / "wardrobe"), visitor[1]
    person = wardrobe.save(user, "person", "Eileen", somebody)
    worn: dict[str, Any] = {"back": garments()[1], "category": Category.OUTERWEAR, "sku": "C-17"}
    coat = wardrobe.save(user, "garment", "Yellow coat", garments()[2], **worn)
    yield person, coat
    for saved in (person, coat):
        wardrobe.delete(user, saved.id)


def test_what_was_saved_goes_into_a_lookbook_at_a_click_with_its_back_and_kind(
    wardrobe: tuple[Saved, Saved], shelf: Shelf
) -> None:
    page = shelf.page
    open_tab(page, "Lookbook")
    for slot, saved in zip(("people", "garments"), wardrobe, strict=True):
        shown = page.locator(f"#lookbook-saved-{slot} button.thumbnail-item")
        expect(shown).to_contain_text(saved.caption)
        shown.click()
        expect(page.locator(f"#lookbook-{slot} .thumbnail-item")).to_contain_text(saved.caption)
        shown.click()  # a second time changes nothing
    page.locator("#lookbook-lay-out").click()
    page.locator("#lookbook-consent input").check()  # a saved person is a person, too
    lay_out(page)
    for column, words in ((3, "Eileen"), (4, "Yellow coat"), (5, "C-17")):
        expect(page.locator(f"#lookbook-table [data-testid=cell-0-{column}]")).to_contain_text(
            words
        )
    expect(page.locator("#lookbook-table [data-testid=cell-1-0]")).to_have_count(0)
    job = only_job(shelf)
    person, coat = wardrobe
    sent = [Path(path or "").read_bytes() for path in (person.front, coat.front, coat.back)]
    assert shelf.backend.inputs[job.id] == sent
    assert "the coat or jacket of image 2 (image 3 shows its back)" in job.prompt
    assert [job.metadata[name] for name in ("person", "garment", "sku")] == [
        *("Eileen", "Yellow coat", "C-17"),
    ]
