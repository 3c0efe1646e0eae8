"""Every choice that the richest models leave, made by hand: what is written, what is queued."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from skimage import data

from app.directions import CAMERAS, MOTIONS, PLACES
from app.samples import IMAGES
from serve.protocol import Task
from tests.browser.conftest import WAIT_MILLISECONDS, open_tab
from tests.browser.controls import choose, seen, set_slider, turn_on
from tests.browser.shelf import Shelf
from tests.fake_backend import FakeBackend, rich_cards

pytestmark = pytest.mark.timeout(300)

SHAPES = {
    "9:16 story": "720x1280",
    "4:5 feed": "512x640",
    "3:4 lookbook": "480x640",
    "1:1 square": "768x768",
    "16:9 wide": "1280x720",
}


@pytest.fixture(autouse=True)
def rich(backend: FakeBackend) -> Iterator[None]:
    """Models with every control; `shelf`, which is named by the tests, opens the page with them."""
    backend.cards = rich_cards()
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=WAIT_MILLISECONDS)


def open_fold(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).locator("visible=true").click()


def test_every_motion_place_and_camera_writes_its_words_into_the_direction(shelf: Shelf) -> None:
    page = shelf.page
    direction = page.get_by_label("Direction").locator("visible=true")
    for name, moving in MOTIONS.items():
        turn_on(page.get_by_label(name, exact=True))
        expect(direction).to_have_value(f"{moving}, static camera")
    for name, place in PLACES.items():
        choose(page, "Place", name)
        expect(direction).to_have_value(f"{moving} {place}".strip() + ", static camera")
    for name, camera in CAMERAS.items():
        choose(page, "Camera", name)
        expect(direction).to_have_value(f"{moving} {place}, {camera}")
    direction.press("End")
    direction.press_sequentially(", smiling")
    turn_on(page.get_by_label("Animate a dressed photo"))
    page.locator(".lr-strip").nth(0).locator("button").first.click()
    expect(page.locator("#tryon-person img")).to_be_visible()
    page.locator("#tryon-photo").click()
    expect(page.locator("#tryon-result .lr-done")).to_be_visible()
    (job,) = shelf.backend.jobs.values()
    assert job.prompt == f"{moving} {place}, {camera}, smiling"


def test_what_is_set_by_hand_and_each_shape_arrive_in_the_jobs_of_a_prompt(shelf: Shelf) -> None:
    page = shelf.page
    open_tab(page, "Text to video")
    seen(page, "Prompt").fill("a red dress")
    set_slider(page, "Motion strength", 200)
    open_fold(page, "Advanced")
    set_slider(page, "Guidance", 6.5)
    set_slider(page, "Frames per second", 12)
    set_slider(page, "Frames", 5)
    set_slider(page, "Steps", 2)
    set_slider(page, "walk", 0.8)
    seen(page, "Negative prompt").fill("blurred hands")
    result = page.locator("#t2v-result")
    for use, size in SHAPES.items():
        width, height = size.split("x")
        choose(page, "Shape", f"{use} · {width} × {height}")
        page.locator("#t2v-run").click()
        expect(result).to_contain_text(f"{width} × {height}")
        expect(page.locator("#t2v-run")).to_be_enabled()
    jobs = list(shelf.backend.jobs.values())
    assert [job.size for job in jobs] == list(SHAPES.values())
    for job in jobs:
        made = job.params
        assert (made.negative_prompt, made.guidance_scale) == ("blurred hands", 6.5)
        assert (made.fps, made.num_frames, made.num_inference_steps) == (12, 5, 2)
        assert (made.loras, made.motion_bucket_id) == ({"walk": 0.8}, 200)


def test_a_lying_photo_becomes_four_lying_stills_and_a_clip_that_keep_the_pictures(
    shelf: Shelf, tmp_path: Path
) -> None:
    lying = tmp_path / "lying.png"
    Image.fromarray(data.astronaut()).crop((0, 0, 512, 288)).save(lying)
    page = shelf.page
    page.locator("#tryon-person input[type=file]").set_input_files(lying)
    expect(page.locator("#tryon-person img")).to_be_visible()
    page.locator("#tryon-consent input").check()
    page.locator("#tryon-garment-1 input[type=file]").set_input_files(IMAGES / "garment-1.png")
    expect(page.locator("#tryon-garment-1 img")).to_be_visible()
    open_fold(page, "Still settings")
    set_slider(page, "How many stills", 4)
    expect(seen(page, "Shape of the stills")).to_have_value("As clip and photo")
    open_fold(page, "Clip settings")
    expect(seen(page, "Shape")).to_have_value("As the photo")
    page.locator("#tryon-embed input").check()
    page.locator("#tryon-dress").click()
    stills = page.locator("#tryon-stills button.thumbnail-item")
    expect(stills).to_have_count(4)
    expect(page.locator("#tryon-both")).to_be_enabled()
    page.locator("#tryon-both").click()
    expect(page.locator("#tryon-result .lr-done")).to_be_visible()
    expect(page.locator("video:visible")).to_have_count(1)
    dressed, clip = shelf.backend.jobs.values()
    assert (dressed.task, dressed.params.n) == (Task.IMAGE_EDIT, 4)
    assert clip.task is Task.TRY_ON
    assert [job.size for job in (dressed, clip)] == ["1280x720"] * 2
    assert [job.params.embed_inputs for job in (dressed, clip)] == [True, True]
