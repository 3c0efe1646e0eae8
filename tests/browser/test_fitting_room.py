"""What a stylist does in the fitting room, with a backend that is quick."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from app.samples import IMAGES
from serve.protocol import Task
from tests.browser.conftest import QUICK_CLICK_JS, app_for, first_visit, open_tab
from tests.browser.controls import turn_on, upload
from tests.fake_backend import FakeBackend, card

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("patience")]


@pytest.fixture(scope="module")
def backend() -> FakeBackend:
    backend = FakeBackend(step_seconds=0.02)
    vace = card("vace", [Task.TRY_ON, Task.IMAGE_TO_VIDEO], title="Vace", sketch=False)
    limits = vace.limits.model_copy(update={"max_garments": 8, "max_references": 3})
    limits = limits.model_copy(update={"sizes": ["192x256", "256x192"]})
    told = {"limits": limits, "picture_word": "image", "sketch": False, "title": "Klein"}
    backend.cards += [vace, card("klein", [Task.IMAGE_EDIT], **told)]
    return backend


@pytest.fixture(scope="module")
def app(backend: FakeBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_for(backend, tmp_path_factory) as address:
        yield address


@pytest.fixture
def page(window: BrowserContext, app: str, backend: FakeBackend) -> Iterator[Page]:
    backend.jobs.clear()
    with first_visit(window, app) as opened:
        yield opened


def choose_example(page: Page, kind: str, number: int) -> None:
    strip = page.locator(".lr-strip").nth(0 if kind == "person" else 1)
    strip.locator("button").nth(number).click()


def choose_dresser(page: Page, title: str) -> None:
    model = page.get_by_label("Dressing model", exact=True)
    if not model.is_visible():
        page.get_by_role("button", name="Still settings").click()
    model.fill(title)
    model.press("Enter")


def stills(page: Page) -> Locator:
    return page.locator("#tryon-stills button.thumbnail-item")


def test_upload_to_download_takes_eight_clicks(page: Page, photo: Path) -> None:
    clicks: list[str] = []

    def click(element: Locator) -> None:
        clicks.append(str(element))
        element.click()

    for slot, picture in (("tryon-person", photo), ("tryon-garment-1", IMAGES / "garment-5.png")):
        with page.expect_file_chooser() as chooser:
            click(page.locator(f"#{slot} button[aria-label*='Drop'], #{slot} .wrap").first)
        chooser.value.set_files(picture)
        expect(page.locator(f"#{slot} img")).to_be_visible()
    click(page.locator("#tryon-consent input"))
    click(page.locator("#tryon-dress"))
    expect(stills(page)).to_have_count(2)
    click(stills(page).nth(1))
    slider = page.locator("#tryon-slider")  # before and after, without a click
    expect(slider.locator("img")).to_have_count(2)
    click(page.locator("#tryon-animate"))
    expect(page.locator("video:visible")).to_have_count(1)
    with page.expect_download() as download:
        click(page.locator(".lr-video a[download], .lr-video button[aria-label='Download']").first)
    assert b"ftyp" in Path(download.value.path()).read_bytes()[:16]
    assert len(clicks) <= 8, clicks


def test_two_garments_are_sent_in_the_order_one_gets_dressed(
    page: Page, backend: FakeBackend
) -> None:
    choose_example(page, "person", 0)
    choose_example(page, "garment", 2)
    expect(page.locator("#tryon-garment-1 img")).to_be_visible()
    page.locator("#tryon-add-garment").click()
    choose_example(page, "garment", 4)
    expect(page.locator("#tryon-garment-2 img")).to_be_visible()
    expect(page.locator(".lr-slot-line:visible")).to_contain_text("Outerwear")
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)
    (job,) = backend.jobs.values()
    sent = [IMAGES / name for name in ("person-1.png", "garment-5.png", "garment-3.png")]
    assert backend.inputs[job.id] == [path.read_bytes() for path in sent]


def test_a_garment_too_many_is_told_before_it_is_added_and_after(
    page: Page, backend: FakeBackend
) -> None:
    add, room = page.locator("#tryon-add-garment"), page.locator("#garment-room")
    expect(room).to_contain_text("takes at most 2 garment pictures, backs included")
    choose_example(page, "person", 0)
    choose_example(page, "garment", 0)
    expect(page.locator("#tryon-garment-1 img")).to_be_visible()
    add.click()
    expect(add).to_be_disabled()
    choose_dresser(page, "Klein")
    expect(room).to_be_empty()
    for number in (1, 2):
        choose_example(page, "garment", number)
        expect(page.locator(f"#tryon-garment-{number + 1} img")).to_be_visible()
        expect(add).to_be_enabled()
        if number == 1:
            add.click()
    choose_dresser(page, "Croquis")
    expect(page.locator("#garment-hints")).to_contain_text("at most 2 garment pictures")
    page.locator("#tryon-dress").click()
    expect(page.locator("#tryon-result")).to_contain_text("there are 3")
    assert backend.jobs == {}
    page.locator(".lr-slot-line:visible").first.get_by_role("button", name="Remove").click()
    expect(page.locator(".lr-slot-line:visible")).to_have_count(1)
    expect(page.locator("#garment-hints")).not_to_contain_text("at most")
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)


def test_four_garments_and_a_back_are_worn_together_and_come_back_from_the_library(
    page: Page, backend: FakeBackend
) -> None:
    choose_dresser(page, "Klein")
    page.get_by_label("Shape of the stills").click()
    page.get_by_role("option", name="256 × 192").click()
    choose_example(page, "person", 0)
    choose_example(page, "garment", 0)
    expect(page.locator("#tryon-garment-1 img")).to_be_visible()
    page.get_by_label("Kind of garment").locator("visible=true").click()
    page.get_by_role("option", name="Dress").click()
    page.get_by_role("button", name="Back view").locator("visible=true").click()
    upload(page, "tryon-back-1", IMAGES / "garment-6.png")
    for number in (1, 2, 3):
        page.locator("#tryon-add-garment").click()
        choose_example(page, "garment", number)
        expect(page.locator(f"#tryon-garment-{number + 1} img")).to_be_visible()
    expect(page.locator("#tryon-instruction textarea")).to_have_value(
        re.compile(r"the coat or jacket of image 4")
    )
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)
    (job,) = backend.jobs.values()
    assert (
        "the dress in the left half of image 2 (the right half of image 2 shows its back)"
        in job.prompt
    )
    assert len(backend.inputs[job.id]) == 6
    page.reload()
    expect(page.locator("#tryon-dress")).to_be_enabled()
    open_tab(page, "Library")
    page.locator("#library-grid .lr-open").click()
    page.locator("#library-reuse").click()
    expect(page.locator(".toast-body")).to_contain_text("All settings are restored.")
    expect(page.locator("#tryon-back-1 img")).to_be_attached()
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)
    _first, again = backend.jobs.values()
    same = ("prompt", "model", "inputs", "size", "metadata", "params")
    assert [getattr(again, name) for name in same] == [getattr(job, name) for name in same]
    assert backend.inputs[again.id] == backend.inputs[job.id]


def test_one_still_is_made_anew_and_the_others_stay(page: Page, backend: FakeBackend) -> None:
    choose_example(page, "person", 0)
    choose_example(page, "garment", 0)
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)
    sources = [stills(page).nth(n).locator("img").get_attribute("src") for n in (0, 1)]
    expect(page.locator("#tryon-again")).to_be_disabled()
    stills(page).nth(1).click()
    page.locator("#tryon-again").click()
    expect(stills(page).nth(1).locator("img")).not_to_have_attribute("src", sources[1] or "")
    expect(stills(page).nth(0).locator("img")).to_have_attribute("src", sources[0] or "")
    first, again = backend.jobs.values()
    assert again.params.n == 1
    assert again.params.seed != first.params.seed
    assert again.prompt == first.prompt
    assert backend.inputs[again.id] == backend.inputs[first.id]
    page.locator("#tryon-animate").click()
    expect(page.locator("video:visible")).to_have_count(1)
    clip = list(backend.jobs.values())[-1]
    assert backend.inputs[clip.id] == [backend.files[again.id][0]]


def test_another_model_chosen_meanwhile_waits_until_the_stills_are_made(
    page: Page, backend: FakeBackend
) -> None:
    choose_example(page, "person", 0)
    choose_example(page, "garment", 0)
    expect(page.locator("#tryon-garment-1 img")).to_be_visible()
    dress = page.locator("#tryon-dress")
    backend.held = True
    dress.click()
    expect(dress).to_be_disabled()
    choose_dresser(page, "Klein")
    expect(page.locator(".lr-note p", has_text="Klein:")).to_be_visible()
    page.locator("#tryon-add-garment").click()
    expect(page.locator("#tryon-garment-2")).to_be_visible()
    assert dress.is_disabled()  # still, and not only when the job tells of itself again
    backend.held = False
    expect(stills(page)).to_have_count(2)
    expect(dress).to_be_enabled()
    assert len(backend.jobs) == 1


def test_a_still_clicked_as_soon_as_it_is_there_stays_approved(
    page: Page, backend: FakeBackend
) -> None:
    choose_example(page, "person", 0)
    choose_example(page, "garment", 0)
    page.evaluate(QUICK_CLICK_JS, ["#tryon-stills", 1])
    page.locator("#tryon-dress").click()
    expect(page.locator("#tryon-slider img")).to_have_count(2)
    expect(page.locator("#tryon-dress")).to_be_enabled()
    page.locator("#tryon-animate").click()
    expect(page.locator("video:visible")).to_have_count(1)
    dressed, clip = backend.jobs.values()
    assert backend.inputs[clip.id] == [backend.files[dressed.id][1]]


def test_a_still_that_was_cleared_away_overnight_is_told_of_and_can_be_made_anew(
    page: Page, backend: FakeBackend, tmp_path_factory: pytest.TempPathFactory
) -> None:
    choose_example(page, "person", 0)
    choose_example(page, "garment", 0)
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)
    stills(page).nth(0).click()
    (job,) = backend.jobs.values()
    for kept in tmp_path_factory.getbasetemp().rglob(f"lookreel-{job.id}-*.png"):
        kept.unlink()
    page.locator("#tryon-animate").click()
    expect(page.locator("#tryon-result")).to_contain_text("was cleared away meanwhile")
    expect(page.locator("#tryon-dress")).to_be_enabled()
    page.locator("#tryon-dress").click()
    expect(page.locator("#tryon-animate")).to_be_disabled()
    expect(stills(page)).to_have_count(2)
    stills(page).nth(0).click()
    page.locator("#tryon-animate").click()
    expect(page.locator("video:visible")).to_have_count(1)


def test_garments_go_with_the_approved_still_where_the_clip_model_looks_at_them(
    page: Page, backend: FakeBackend
) -> None:
    keep = page.locator("#tryon-keep input")
    choose_example(page, "person", 0)
    choose_example(page, "garment", 0)
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)
    expect(keep).to_be_hidden()  # a sketch model's
    page.get_by_role("button", name="Clip settings").locator("visible=true").click()
    model = page.get_by_label("Clip model").locator("visible=true")
    model.fill("Vace")
    model.press("Enter")
    stills(page).nth(0).click()
    keep.check()
    page.locator("#tryon-animate").click()
    expect(page.locator("video:visible")).to_have_count(1)
    dressed, clip = backend.jobs.values()
    assert (clip.model, clip.task) == ("vace", Task.IMAGE_TO_VIDEO)
    garment = backend.inputs[dressed.id][1]
    assert backend.inputs[clip.id] == [backend.files[dressed.id][0], garment]


def test_an_own_photo_needs_leave_once_in_this_browser(
    page: Page, backend: FakeBackend, photo: Path
) -> None:
    choose_example(page, "garment", 0)
    upload(page, "tryon-person", photo)
    expect(page.locator("#tryon-consent")).to_be_visible()
    page.locator("#tryon-dress").click()
    expect(page.locator("#tryon-result")).to_contain_text("right to use these photos")
    assert backend.jobs == {}
    page.locator("#tryon-consent input").check()
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)
    page.reload()
    expect(page.locator("#tryon-dress")).to_be_enabled()
    upload(page, "tryon-person", photo)
    choose_example(page, "garment", 0)
    page.locator("#tryon-dress").click()
    expect(stills(page)).to_have_count(2)
    expect(page.locator("#tryon-consent")).to_be_hidden()


def test_presets_write_a_direction_that_stays_the_user_s(page: Page) -> None:
    direction = page.get_by_label("Direction")
    turn_on(page.get_by_label("Slow turn"))
    expect(direction).to_have_value("turning around slowly to show every side of the outfit")
    direction.press("End")
    direction.press_sequentially(", smiling")
    turn_on(page.get_by_label("Catwalk walk"))
    walking = "walking towards the camera with an even stride"
    expect(direction).to_have_value(f"{walking}, smiling")
    expect(page.get_by_label("Hair and collar")).to_have_count(0)  # a sketch could only pose
    expect(page.get_by_label("Camera", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Clip settings").locator("visible=true").click()
    model = page.get_by_label("Clip model").locator("visible=true")
    model.fill("Vace")
    model.press("Enter")
    expect(page.get_by_label("Camera", exact=True)).to_be_visible()
    expect(page.get_by_label("Hair and collar")).to_be_visible()
    expect(direction).to_have_value(f"{walking}, static camera, smiling")
