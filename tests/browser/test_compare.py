"""The *Compare* tab in Chromium: a fake backend makes the clips, whose figures are real."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.samples import IMAGES
from serve.protocol import JobStatus, ModelCard, Role, Task
from tests.browser.conftest import open_tab
from tests.browser.shelf import Shelf
from tests.fake_backend import FakeBackend, card

WAITS = "() => { const [a, b] = %s; return b.ended && a.currentTime > b.duration + 0.2 }"
TOGETHER = """() => { const [a, b] = %s;
    return a.currentTime < 0.9 && !b.ended && Math.abs(a.currentTime - b.currentTime) < 0.125 }"""
CLIPS = "document.querySelectorAll('#compare-clips video')"
TIMES = f"() => [...{CLIPS}].map((clip) => clip.currentTime)"


@pytest.fixture
def tab(other: ModelCard, shelf: Shelf) -> Page:
    open_tab(shelf.page, "Compare")
    return shelf.page


def choose_models(page: Page, *titles: str) -> None:
    for title in titles:
        page.locator("#compare-models label", has_text=title).locator("input").check()


def ask(page: Page, prompt: str) -> None:
    page.get_by_label("Prompt", exact=True).locator("visible=true").fill(prompt)
    choose_models(page, "Croquis · ", "Other")


def test_two_models_make_clips_of_one_prompt_and_a_table_tells_them_apart(
    tab: Page, backend: FakeBackend
) -> None:
    ask(tab, "a red dress, walking")
    expect(tab.locator("#compare-price input")).to_have_value("")
    backend.held = True
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-status")).to_contain_text("Other: Creating")
    backend.held = False
    clips = tab.locator("#compare-clips")
    expect(clips.locator("figcaption")).to_have_text(["Croquis · 192 × 256", "Other · 480 × 640"])
    rows = tab.locator("#compare-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("Other")
    expect(rows.nth(0).locator("td").nth(2)).to_have_text("–")  # no price was given
    assert float(rows.nth(0).locator("td").nth(4).inner_text()) > 0  # it flickers a little
    expect(tab.locator("#compare-run")).to_be_enabled()
    for state in (WAITS, TOGETHER, WAITS):  # so it starts anew with the longer one, and in step
        tab.wait_for_function(state % CLIPS)
    output = clips.locator("output")
    clips.locator("[data-do=seek]").fill("3")
    expect(output).to_have_text("4 / 17")
    assert tab.evaluate(TIMES) == pytest.approx([3.5 / 8] * 2, abs=0.01)
    clips.get_by_role("button", name="Play or pause").click()
    tab.wait_for_function(TOGETHER % CLIPS)
    clips.get_by_role("button", name="Play or pause").click()
    at = tab.evaluate(TIMES)
    tab.wait_for_timeout(300)
    assert tab.evaluate(TIMES) == pytest.approx(at, abs=0.05)


def test_a_size_is_offered_that_every_chosen_model_makes(tab: Page, backend: FakeBackend) -> None:
    ask(tab, "a coat")
    tab.get_by_label("Size", exact=True).locator("visible=true").click()
    options = tab.get_by_role("option")
    expect(options).to_contain_text(["Each model's own", "192 × 256"])
    expect(options).to_have_count(2)
    options.nth(1).click()
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-clips video")).to_have_count(2)
    assert [job.size for job in backend.jobs.values()] == ["192x256"] * 2


def test_a_comparison_that_one_model_refuses_leaves_nothing_in_the_queue(
    tab: Page, backend: FakeBackend
) -> None:
    ask(tab, "a coat")
    backend.held, backend.max_queued_jobs = True, 1
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-status")).to_contain_text("The queue is full.")
    expect(tab.locator("#compare-run")).to_be_enabled()
    (job,) = backend.jobs.values()
    assert (job.model, job.status) == ("croquis-t2v", JobStatus.CANCELLED)
    expect(tab.locator("#compare-cancel")).to_be_hidden()


def test_what_a_comparison_lacks_is_said_before_anything_is_queued(
    tab: Page, backend: FakeBackend
) -> None:
    choose_models(tab, "Croquis Try-on")
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-status")).to_contain_text("Choose two to 4 models")
    choose_models(tab, "Other")
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-status")).to_contain_text("cannot do")
    tab.locator("#compare-models label", has_text="Croquis Try-on").locator("input").uncheck()
    choose_models(tab, "Croquis · ")
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-status")).to_contain_text("Write a prompt first")
    assert backend.jobs == {}


def test_a_photo_of_somebody_is_compared_once_that_is_allowed(
    tab: Page, backend: FakeBackend, tmp_path: Path
) -> None:
    add_living(tab, backend)
    own = tmp_path / "me.png"
    Image.new("RGB", (90, 120), "red").save(own)
    tab.locator("#compare-person input[type=file]").set_input_files(own)
    consent = tab.locator("#compare-consent")
    expect(consent).to_be_visible()
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-status")).to_contain_text("right to use these photos")
    assert backend.jobs == {}
    consent.locator("input").check()
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-table tbody tr")).to_have_count(2)
    assert [job.inputs for job in backend.jobs.values()] == [[Role.INPUT_REFERENCE]] * 2
    assert [backend.inputs[job] for job in backend.jobs] == [[own.read_bytes()]] * 2


def test_a_drawn_person_is_compared_without_anybodys_leave(tab: Page, backend: FakeBackend) -> None:
    add_living(tab, backend)
    tab.locator("#compare-person input[type=file]").set_input_files(IMAGES / "person-1.png")
    expect(tab.locator("#compare-person img")).to_be_visible()
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-table tbody tr")).to_have_count(2)
    expect(tab.locator("#compare-consent")).to_be_hidden()


def test_a_person_is_dressed_once_for_a_model_that_only_animates(
    tab: Page, backend: FakeBackend
) -> None:
    dresser = tab.locator("#compare-dresser")
    add_living(tab, backend)
    tab.locator("#compare-person input[type=file]").set_input_files(IMAGES / "person-1.png")
    expect(tab.locator("#compare-person img")).to_be_visible()
    expect(dresser).to_be_hidden()
    tab.locator("#compare-garment input[type=file]").set_input_files(IMAGES / "garment-1.png")
    expect(dresser).to_be_visible()
    expect(dresser.locator("input")).to_have_value(re.compile("Croquis Try-on"))
    backend.held = True
    tab.locator("#compare-run").click()
    expect(tab.locator("#compare-status")).to_contain_text("Croquis Try-on: ")
    expect(tab.locator("#compare-cancel")).to_be_visible()
    backend.held = False
    expect(tab.locator("#compare-table tbody tr")).to_have_count(2)
    still, *clips = backend.jobs.values()
    assert still.task is Task.IMAGE_EDIT
    assert len({job.user for job in (still, *clips)}) == 1
    given = {job.model: backend.inputs[job.id] for job in clips}
    assert given == {"croquis-tryon": backend.inputs[still.id], "living": backend.files[still.id]}
    tab.locator("#compare-models label", has_text="Living").locator("input").uncheck()
    expect(dresser).to_be_hidden()


def test_a_page_left_while_the_person_is_dressed_comes_back_to_the_whole_comparison(
    tab: Page, backend: FakeBackend
) -> None:
    begin_dressing(tab, backend)
    expect(tab.locator("#compare-status")).to_contain_text("Croquis Try-on: ")
    tab.reload()
    open_tab(tab, "Compare")
    expect(tab.locator("#compare-status")).to_contain_text("Croquis Try-on: ")
    expect(tab.locator("#compare-cancel")).to_be_visible()
    backend.held = False
    expect(tab.locator("#compare-table tbody tr")).to_have_count(2)
    still, *clips = backend.jobs.values()
    given = {job.model: backend.inputs[job.id] for job in clips}
    assert given == {"croquis-tryon": backend.inputs[still.id], "living": backend.files[still.id]}
    assert {job.params.seed for job in clips} == {7}


def test_a_still_cancelled_by_a_page_that_came_back_ends_the_comparison(
    tab: Page, backend: FakeBackend
) -> None:
    begin_dressing(tab, backend)
    expect(tab.locator("#compare-cancel")).to_be_visible()
    tab.reload()
    open_tab(tab, "Compare")
    tab.locator("#compare-cancel").click()
    expect(tab.locator("#compare-status")).to_contain_text("croquis-tryon: ")
    expect(tab.locator("#compare-cancel")).to_be_hidden()
    tab.reload()  # and there is nothing more to come back to
    open_tab(tab, "Compare")
    expect(tab.locator("#compare-run")).to_be_enabled()
    expect(tab.locator("#compare-status")).to_be_empty()
    assert [job.status for job in backend.jobs.values()] == [JobStatus.CANCELLED]


def test_a_still_that_is_cancelled_ends_the_comparison(tab: Page, backend: FakeBackend) -> None:
    begin_dressing(tab, backend)
    tab.locator("#compare-cancel").click()
    expect(tab.locator("#compare-run")).to_be_enabled()
    expect(tab.locator("#compare-status")).to_contain_text("croquis-tryon: ")
    expect(tab.locator("#compare-cancel")).to_be_hidden()
    assert [job.status for job in backend.jobs.values()] == [JobStatus.CANCELLED]


def begin_dressing(page: Page, backend: FakeBackend) -> None:
    """A comparison that waits for its still."""
    add_living(page, backend)
    add_pictures(page)
    backend.held = True
    page.locator("#compare-run").click()


def add_living(page: Page, backend: FakeBackend) -> None:
    """A second model for photos, and both chosen."""
    backend.cards.append(card("living", [Task.IMAGE_TO_VIDEO], title="Living"))
    page.reload()
    open_tab(page, "Compare")
    choose_models(page, "Croquis Try-on", "Living")


def add_pictures(page: Page) -> None:
    """A person and a garment, with a model chosen that has to be given both as one still."""
    for name in ("person", "garment"):
        page.locator(f"#compare-{name} input[type=file]").set_input_files(IMAGES / f"{name}-1.png")
        expect(page.locator(f"#compare-{name} img")).to_be_visible()
    expect(page.locator("#compare-dresser")).to_be_visible()
