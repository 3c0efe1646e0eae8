"""Painting on the person's photo what of it may change."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.samples import IMAGES
from serve.images import cover
from serve.protocol import Job, Role, Task
from tests.browser.conftest import JOB_MILLISECONDS, app_for, first_visit, open_tab
from tests.fake_backend import FakeBackend, card

pytestmark = pytest.mark.timeout(300)
PERSON = IMAGES / "person-1.png"
FOLD = "Only change a part"


@pytest.fixture(scope="module")
def backend() -> FakeBackend:
    backend = FakeBackend()
    plain = card("plain", [Task.IMAGE_EDIT], title="Plain")
    limits = plain.limits.model_copy(update={"mask": False})
    backend.cards.append(plain.model_copy(update={"limits": limits}))
    return backend


@pytest.fixture(scope="module")
def app(backend: FakeBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_for(backend, tmp_path_factory) as address:
        yield address


@pytest.fixture(scope="module")
def window(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1440, "height": 1400})
    yield made
    made.close()


@pytest.fixture
def fitting(window: BrowserContext, app: str, backend: FakeBackend) -> Iterator[Page]:
    """The form with a person, a garment and the opened fold."""
    backend.jobs.clear()
    with first_visit(window, app) as page:
        fill(page)
        yield page


def fill(page: Page) -> None:
    for strip, slot in enumerate(("#tryon-person", "#tryon-garment-1")):
        page.locator(".lr-strip").nth(strip).locator("button").first.click()
        expect(page.locator(f"{slot} img")).to_be_visible()
    page.get_by_role("button", name=FOLD).click()
    ready(page)


def ready(page: Page) -> None:
    """The photo is there to be painted on."""
    canvas = page.locator("#tryon-mask canvas")
    expect(canvas).to_be_visible()
    page.wait_for_function("canvas => canvas.height == 640", arg=canvas.element_handle())


def paint(page: Page, *points: tuple[float, float]) -> None:
    """With the mouse, from point to point, each in shares of the photo."""
    canvas = page.locator("#tryon-mask canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    for number, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def dress(page: Page) -> None:
    """Have stills made, and wait until they are there instead of any before."""
    still = page.locator("#tryon-stills img").first
    before = still.get_attribute("src") or "" if still.count() else ""
    page.locator("#tryon-dress").click()
    expect(still).to_be_visible(timeout=JOB_MILLISECONDS)
    expect(still).not_to_have_attribute("src", before, timeout=JOB_MILLISECONDS)
    expect(page.locator("#tryon-dress")).to_be_enabled()


def mask_of(backend: FakeBackend, job: Job) -> Image.Image:
    """The job's mask as it was sent."""
    sent = Image.open(io.BytesIO(backend.inputs[job.id][job.inputs.index(Role.MASK)]))
    with Image.open(PERSON) as person:
        assert (sent.mode, sent.size) == ("L", person.size)
    return sent


def shares(mask: Image.Image) -> list[float]:
    """Where the white lies: left, top, right and bottom in shares of the picture."""
    box = mask.getbbox()
    assert box
    return [at / side for at, side in zip(box, mask.size * 2, strict=True)]


def test_what_is_painted_with_the_mouse_is_where_the_photo_may_change(
    fitting: Page, backend: FakeBackend
) -> None:
    paint(fitting, (0.3, 0.4), (0.7, 0.4), (0.7, 0.6), (0.3, 0.6))
    dress(fitting)
    (job,) = backend.jobs.values()
    mask = mask_of(backend, job)
    width, height = mask.size
    assert shares(mask) == pytest.approx([0.24, 0.355, 0.76, 0.645], abs=0.02)
    for x, y, value in ((0.5, 0.4, 255), (0.7, 0.5, 255), (0.4, 0.5, 0), (0.5, 0.2, 0)):
        assert mask.getpixel((round(x * width), round(y * height))) == value
    # One more of them keeps it; taken up again from the Library, it is there to be changed.
    still = fitting.locator("#tryon-stills img").first
    source = still.get_attribute("src") or ""
    fitting.locator("#tryon-stills button").first.click()
    fitting.locator("#tryon-again").click()
    expect(still).not_to_have_attribute("src", source)
    assert [mask_of(backend, one).tobytes() for one in backend.jobs.values()] == [
        mask.tobytes()
    ] * 2
    fitting.reload()
    expect(fitting.locator("#tryon-dress")).to_be_enabled()
    open_tab(fitting, "Library")
    fitting.locator("#library-grid .lr-open").first.click()
    fitting.locator("#library-reuse").click()
    expect(fitting.locator(".toast-body")).to_contain_text("All settings are restored.")
    fitting.get_by_role("button", name=FOLD).click()
    ready(fitting)
    fitting.get_by_role("button", name="Eraser").click()
    paint(fitting, (0.2, 0.6), (0.8, 0.6))
    dress(fitting)
    rest = mask_of(backend, list(backend.jobs.values())[-1])
    assert shares(rest)[3] == pytest.approx(0.555, abs=0.02)
    assert shares(rest)[:3] == shares(mask)[:3]


def test_without_a_mouse_a_part_is_chosen_taken_back_and_painted(
    fitting: Page, backend: FakeBackend
) -> None:
    def press(name: str) -> None:
        fitting.get_by_role("button", name=name, exact=True).focus()
        fitting.keyboard.press("Enter")

    press("Upper body")
    press("Lower body")
    press("Undo")
    dress(fitting)
    upper = mask_of(backend, list(backend.jobs.values())[-1])
    assert shares(upper) == pytest.approx([0, 0.17, 1, 0.58], abs=0.01)
    press("Clear")
    dress(fitting)
    assert Role.MASK not in list(backend.jobs.values())[-1].inputs
    fitting.locator("#tryon-mask canvas").focus()
    for key in (*["ArrowDown"] * 4, "Space"):
        fitting.keyboard.press(key)
    dress(fitting)
    spot = shares(mask_of(backend, list(backend.jobs.values())[-1]))
    assert (spot[1] + spot[3]) / 2 == pytest.approx(0.59, abs=0.02)


def test_a_mask_from_a_file_is_taken_and_one_that_does_not_fit_is_refused(
    fitting: Page, backend: FakeBackend, tmp_path: Path
) -> None:
    with Image.open(PERSON) as person:
        size = person.size
    files = {name: tmp_path / f"{name}.png" for name in ("good", "black", "wide")}
    good = Image.new("L", size, 0)
    good.paste(255, (10, 20, 30, 40))
    good.save(files["good"])
    Image.new("L", size, 0).save(files["black"])
    Image.new("L", (size[1], size[0]), 255).save(files["wide"])
    chosen = fitting.locator("#tryon-mask-file, button:has(#tryon-mask-file)").first
    for name, words in (("black", "leaves nothing to change"), ("wide", "another shape")):
        with fitting.expect_file_chooser() as chooser:
            chosen.click()
        chooser.value.set_files(files[name])
        expect(fitting.locator(".toast-body").last).to_contain_text(words)
    with fitting.expect_file_chooser() as chooser:
        chosen.click()
    chooser.value.set_files(files["good"])
    fitting.wait_for_function(
        """() => { const canvas = document.querySelector('#tryon-mask canvas');
        return canvas.getContext('2d').getImageData(25, 37, 1, 1).data[3] == 255 }"""
    )
    dress(fitting)
    (job,) = backend.jobs.values()
    assert mask_of(backend, job).tobytes() == good.tobytes()


def test_another_person_is_not_painted_on_and_a_model_without_masks_is_not_given_one(
    fitting: Page, backend: FakeBackend
) -> None:
    fitting.get_by_role("button", name="Upper body").click()
    before = fitting.locator("#tryon-mask img").get_attribute("src") or ""
    fitting.locator(".lr-strip").nth(0).locator("button").nth(1).click()
    expect(fitting.locator("#tryon-mask img")).not_to_have_attribute("src", before)
    dress(fitting)
    assert Role.MASK not in list(backend.jobs.values())[-1].inputs
    ready(fitting)
    fitting.get_by_role("button", name="Upper body").click()
    fitting.get_by_role("button", name="Still settings").click()
    model = fitting.get_by_role("combobox", name="Dressing model")
    model.fill("Plain")
    model.press("Enter")
    expect(fitting.get_by_role("button", name=FOLD)).to_be_hidden()
    dress(fitting)
    job = list(backend.jobs.values())[-1]
    assert (job.model, Role.MASK in job.inputs) == ("plain", False)


def test_the_built_in_model_leaves_all_else_of_the_photo_as_it_is(page: Page) -> None:
    fill(page)
    page.get_by_role("button", name="Upper body").click()
    page.get_by_role("button", name="Still settings").click()
    stills = page.get_by_label("number input for How many stills").locator("visible=true")
    stills.fill("1")
    stills.press("Tab")
    dress(page)
    address = page.locator("#tryon-stills img").first.get_attribute("src")
    still = np.asarray(
        Image.open(io.BytesIO(page.request.get(str(address)).body())).convert("RGB")
    ).astype(int)
    height, width = still.shape[:2]
    person = np.asarray(cover(Image.open(PERSON).convert("RGB"), width, height)).astype(int)
    different = np.abs(still - person).max(axis=(1, 2))
    top, bottom, label = (round(share * height) for share in (0.16, 0.6, 0.85))
    assert different[:top].max() == 0
    assert different[bottom:label].max() == 0
    assert different[top:bottom].max() > 40
