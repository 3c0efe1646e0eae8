"""The *Lookbook* tab in Chromium: against a fake backend, and once against the real models."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from app.lookbook.picker import example_garments as garments
from app.samples import people
from serve.protocol import Task
from tests.browser.conftest import (
    JOB_MILLISECONDS,
    app_for,
    first_visit,
    open_tab,
)
from tests.browser.controls import turn_on
from tests.fake_backend import FakeBackend

pytestmark = [pytest.mark.timeout(400), pytest.mark.usefixtures("patience")]


@pytest.fixture(scope="module")
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture(scope="module")
def app(backend: FakeBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_for(backend, tmp_path_factory) as address:
        yield address


@pytest.fixture
def tab(window: BrowserContext, app: str, backend: FakeBackend) -> Iterator[Page]:
    backend.jobs.clear()
    backend.fail_with, backend.step_seconds = None, 0.02
    with first_visit(window, app) as page:
        open_tab(page, "Lookbook")
        yield page


def upload(page: Page, people: list[str], garments: list[str]) -> None:
    for slot, pictures in (("people", people), ("garments", garments)):
        page.locator(f"#lookbook-{slot} input[type=file]").set_input_files(pictures)
        expect(page.locator(f"#lookbook-{slot} .thumbnail-item")).to_have_count(len(pictures))


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f"#lookbook-table [data-testid=cell-{row}-{column}]")


def lay_out(page: Page, rows: int) -> None:
    page.locator("#lookbook-lay-out").click()
    expect(cell(page, rows - 1, 0)).to_be_visible()
    expect(cell(page, rows, 0)).to_have_count(0)


def begin(page: Page) -> None:
    page.locator("#lookbook-start").click()


def packed(page: Page) -> zipfile.ZipFile:
    page.locator("#lookbook-pack").click()
    link = page.locator("#lookbook-files a[download]").first
    with page.expect_download() as download:
        link.click(timeout=60_000)
    return zipfile.ZipFile(download.value.path())


def test_rows_are_named_and_dropped_before_they_are_made(tab: Page, backend: FakeBackend) -> None:
    upload(tab, people()[:1], garments()[:3])
    lay_out(tab, 3)
    cell(tab, 0, 2).dblclick()
    tab.keyboard.press("Control+a")
    tab.keyboard.type("Hero")
    tab.keyboard.press("Enter")
    cell(tab, 1, 0).locator("input[type=checkbox]").uncheck()
    begin(tab)
    expect(tab.locator("#lookbook-head")).to_contain_text("2 of 2 done")
    expect(tab.locator("#lookbook-board img")).to_have_count(2)
    names = {name for name in packed(tab).namelist() if name.endswith(".png")}
    assert names == {"garment-1_person-1_Hero.png", "garment-3_person-1_look-3.png"}
    assert len(backend.jobs) == 2


def test_a_csv_that_names_a_missing_picture_is_refused_and_then_mended(
    tab: Page, backend: FakeBackend, tmp_path: Path
) -> None:
    tab.get_by_label("From a CSV").check()
    looks = tmp_path / "looks.csv"
    looks.write_text("person,garment,sku\nperson-1,garment-1,A-1\nperson-1,garment-9,A-2\n")
    drop = tab.locator("#lookbook-drop input[type=file]")
    drop.set_input_files([str(looks), people()[0], garments()[0]])
    expect(tab.locator("#lookbook-drop")).to_contain_text("looks")
    tab.locator("#lookbook-lay-out").click()
    notice = tab.locator("#lookbook-notice")
    expect(notice).to_contain_text("Row 3, column garment: there is no picture garment-9")
    expect(tab.locator("#lookbook-start")).to_be_hidden()
    mended = tmp_path / "mended.zip"
    with zipfile.ZipFile(mended, "w") as archive:
        archive.writestr("looks.csv", looks.read_text().replace("garment-9", "garment-2"))
        for picture in (people()[0], *garments()[:2]):
            archive.write(picture, Path(picture).name)
    tab.locator("#lookbook-drop").get_by_label("Clear").click()
    drop.set_input_files(str(mended))
    expect(tab.locator("#lookbook-drop")).to_contain_text("mended")
    lay_out(tab, 2)
    begin(tab)
    expect(tab.locator("#lookbook-head")).to_contain_text("2 of 2 done")
    sent = [backend.inputs[job][1] for job in backend.jobs]
    assert sent == [Path(garment).read_bytes() for garment in garments()[:2]]


def test_a_lookbook_is_left_found_again_cancelled_and_mended(
    tab: Page, backend: FakeBackend
) -> None:
    backend.step_seconds = 600
    upload(tab, people()[:1], garments()[:2])
    lay_out(tab, 2)
    tab.get_by_label("Name of the lookbook").fill("Spring")
    begin(tab)
    expect(tab.locator("#lookbook-head")).to_contain_text("Spring")
    tab.reload()
    open_tab(tab, "Lookbook")
    expect(tab.locator("#lookbook-head")).to_contain_text("0 of 2 done")
    expect(tab.locator(".lr-look[data-status=queued]")).to_have_count(2)
    tab.locator("#lookbook-cancel").click()
    expect(tab.locator("#lookbook-head")).to_contain_text("2 cancelled")
    backend.step_seconds = 0.02
    tab.locator("#lookbook-retry").click()
    expect(tab.locator("#lookbook-head")).to_contain_text("2 of 2 done")
    tab.locator("#lookbook-delete").click()
    tab.locator("#lookbook-keep").click()
    expect(tab.locator("#lookbook-sure")).to_be_hidden()
    assert len(backend.jobs) == 4  # those that were cancelled, too
    tab.locator("#lookbook-delete").click()
    tab.locator("#lookbook-sure").click()
    expect(tab.locator("#lookbook-head")).to_have_text("")
    expect(tab.locator("#lookbook-sure")).to_be_hidden()
    assert backend.jobs == {}


def test_clips_come_in_the_zip_also_as_webm_and_gif(tab: Page, backend: FakeBackend) -> None:
    upload(tab, people()[:1], garments()[:1])
    turn_on(tab.locator("#lookbook-what").get_by_label("Clips"))
    direction = tab.get_by_label("Direction", exact=True).locator("visible=true")
    direction.fill("turning around")
    lay_out(tab, 1)
    begin(tab)
    expect(tab.locator("#lookbook-head")).to_contain_text("1 of 1 done")
    (job,) = backend.jobs.values()
    assert (job.task, job.prompt) == (Task.TRY_ON, "turning around")
    for name in ("WebM", "GIF"):
        turn_on(tab.locator("#lookbook-formats").get_by_label(name, exact=True))
    archive = packed(tab)
    heads = {".mp4": b"ftyp", ".webm": b"\x1a\x45\xdf\xa3", ".gif": b"GIF8"}
    for ending, head in heads.items():
        assert head in archive.read(f"garment-1_person-1_look-1{ending}")[:16]


def test_what_failed_says_why_on_its_card(tab: Page, backend: FakeBackend) -> None:
    backend.fail_with = "The GPU is out of memory."
    upload(tab, people()[:1], garments()[:1])
    lay_out(tab, 1)
    begin(tab)
    expect(tab.locator("#lookbook-board")).to_contain_text("The GPU is out of memory.")
    expect(tab.locator("#lookbook-head")).to_contain_text("1 failed")


def test_two_stills_of_the_real_models_are_a_zip_in_the_end(page: Page) -> None:
    open_tab(page, "Lookbook")
    upload(page, people()[:1], garments()[:2])
    lay_out(page, 2)
    begin(page)
    expect(page.locator("#lookbook-head")).to_contain_text("2 of 2 done", timeout=JOB_MILLISECONDS)
    archive = packed(page)
    stills = [name for name in archive.namelist() if name.endswith(".png")]
    assert stills == ["garment-1_person-1_look-1.png", "garment-2_person-1_look-2.png"]
    assert archive.read(stills[0]) != archive.read(stills[1])
    assert archive.read("contact-sheet.jpg")[:2] == b"\xff\xd8"
    table = csv.DictReader(io.StringIO(archive.read("lookbook.csv").decode("utf-8-sig")))
    rows = [(row["status"], row["seed"], row["model"]) for row in table]
    assert rows == [("completed", "7", "croquis-tryon")] * 2
