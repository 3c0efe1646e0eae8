"""The *Video to video* tab in Chromium: without a model, and against the built-in one."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from examples.croquis.scene import render_clip, sample_scene
from serve.encoding import encode_mp4
from serve.protocol import Range, Task
from tests.browser.conftest import JOB_MILLISECONDS, app_for, open_tab
from tests.fake_backend import FakeBackend, card

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn clip of nine frames."""
    frames = render_clip(sample_scene(random.Random(7), "any"), 9)
    path: Path = tmp_path_factory.mktemp("clips") / "walk.mp4"
    path.write_bytes(encode_mp4(frames, fps=8, record={}))
    return path


@pytest.fixture(scope="module")
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture(scope="module")
def app(backend: FakeBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_for(backend, tmp_path_factory) as address:
        yield address


def add_clip(page: Page, clip: Path) -> None:
    page.locator("#v2v-source input[type=file]").set_input_files(str(clip))
    expect(page.locator("#v2v-source video")).to_be_visible()


def repaint(page: Page) -> None:
    page.locator("#v2v-run").click()
    expect(page.locator("#v2v-result .lr-done")).to_be_visible()


def take_up_newest(page: Page) -> None:
    """Of the library of a page that was left and opened again."""
    page.reload()
    expect(page.locator("#tryon-both")).to_be_enabled()
    open_tab(page, "Library")
    page.locator("#library-grid .lr-open").first.click()
    page.locator("#library-reuse").click()
    expect(page.locator("#v2v-source video")).to_be_visible()


def set_number(page: Page, label: str, value: float) -> None:
    field = page.get_by_label(f"number input for {label}", exact=True).locator("visible=true")
    field.fill(str(value))
    field.press("Tab")


def test_what_is_missing_is_said_before_anything_is_queued(
    context: BrowserContext, app: str, backend: FakeBackend, walk: Path
) -> None:
    page = context.new_page()
    page.goto(app)
    open_tab(page, "Video to video")
    run, result = page.locator("#v2v-run"), page.locator("#v2v-result")
    expect(run).to_be_enabled()
    run.click()
    expect(result).to_contain_text("Add a clip first")
    add_clip(page, walk)
    run.click()
    expect(result).to_contain_text("Write a prompt first")
    page.locator("#v2v-prompt textarea").fill("in a park")
    set_number(page, "Strength", 0.55)
    run.click()
    expect(result).to_contain_text("right to use it")
    assert backend.jobs == {}
    page.locator("#v2v-consent input").check()
    run.click()
    expect(result.locator(".lr-done")).to_be_visible()
    [job] = backend.jobs.values()
    assert job.params.strength == 0.55
    assert backend.inputs[job.id] == [walk.read_bytes()]
    # Said once in a browser, it is not asked for again.
    page.reload()
    open_tab(page, "Video to video")
    expect(run).to_be_enabled()
    expect(result.locator(".lr-empty")).to_be_visible()
    add_clip(page, walk)
    page.locator("#v2v-prompt textarea").fill("in a street")
    run.click()
    expect(result.locator(".lr-done")).to_be_visible()
    assert len(backend.jobs) == 2
    expect(page.locator("#v2v-consent")).to_be_hidden()


def test_a_model_that_enlarges_clips_asks_for_no_words_and_no_strength(
    context: BrowserContext, app: str, backend: FakeBackend, walk: Path
) -> None:
    backend.jobs.clear()
    upscaler = card("upscaler", [Task.VIDEO_TO_VIDEO], title="Upscaler")
    one = Range(minimum=1, maximum=1)
    limits = {"prompt": False, "negative_prompt": False, "strength": one, "keeps_fps": True}
    changes = {
        "limits": upscaler.limits.model_copy(update=limits),
        "defaults": upscaler.defaults.model_copy(update={"strength": 1}),
    }
    backend.cards.append(upscaler.model_copy(update=changes))
    page = context.new_page()
    page.goto(app)
    open_tab(page, "Video to video")
    run, prompt = page.locator("#v2v-run"), page.locator("#v2v-prompt textarea")
    expect(run).to_be_enabled()
    prompt.fill("in a park")
    page.get_by_role("button", name="Clip settings").locator("visible=true").click()
    model = page.get_by_role("combobox", name="Model").locator("visible=true")
    model.fill("Upscaler")
    model.press("Enter")
    expect(prompt).to_be_hidden()
    pace = page.get_by_label("number input for Frames per second").locator("visible=true")
    expect(pace).to_have_count(0)
    expect(page.locator("#v2v-strength input[type=number]")).to_be_hidden()
    add_clip(page, walk)
    page.locator("#v2v-consent input").check()
    run.click()
    expect(page.locator("#v2v-result .lr-done")).to_be_visible()
    [job] = backend.jobs.values()
    assert (job.model, job.prompt, job.params.strength) == ("upscaler", "", 1)
    model.fill("Croquis")
    model.press("Enter")
    expect(prompt).to_have_value("in a park")
    expect(pace).to_have_count(1)
    expect(page.locator("#v2v-strength input[type=number]")).to_be_visible()
    backend.cards.pop()


def test_a_part_of_a_clip_is_painted_anew_only_where_the_model_takes_a_mask(
    context: BrowserContext, app: str, backend: FakeBackend, walk: Path, tmp_path: Path
) -> None:
    backend.jobs.clear()
    usual = card("painter", [Task.VIDEO_TO_VIDEO], title="Painter")
    limits = usual.limits.model_copy(update={"video_mask": True})
    backend.cards.append(usual.model_copy(update={"limits": limits}))
    mask, coat = tmp_path / "mask.png", tmp_path / "coat.png"
    Image.new("L", (192, 256), "white").save(mask)
    Image.new("RGB", (30, 40), "red").save(coat)
    page = context.new_page()
    page.goto(app)
    open_tab(page, "Video to video")
    expect(page.locator("#v2v-run")).to_be_enabled()
    part = page.locator("#v2v-part")
    expect(part).to_be_hidden()
    page.get_by_role("button", name="Clip settings").locator("visible=true").click()
    model = page.get_by_role("combobox", name="Model").locator("visible=true")
    model.fill("Painter")
    model.press("Enter")
    part.get_by_role("button", name="Only change a part").click()
    page.locator("#v2v-mask input[type=file]").set_input_files(str(mask))
    page.locator("#v2v-garments input[type=file]").set_input_files(str(coat))
    expect(page.locator("#v2v-mask")).to_contain_text("mask")
    expect(page.locator("#v2v-garments")).to_contain_text("coat")
    add_clip(page, walk)
    page.locator("#v2v-consent input").check()
    page.locator("#v2v-prompt textarea").fill("a red coat")
    repaint(page)
    take_up_newest(page)
    repaint(page)
    first, again = backend.jobs.values()
    assert sorted(first.inputs) == sorted(again.inputs) == ["garment", "mask", "video"]
    assert sorted(backend.inputs[first.id]) == sorted(backend.inputs[again.id])
    backend.cards.pop()


def test_a_model_that_is_chosen_brings_its_strength_and_a_job_of_it_its_own(
    context: BrowserContext, app: str, backend: FakeBackend, walk: Path
) -> None:
    backend.jobs.clear()
    usual = card("painter", [Task.VIDEO_TO_VIDEO], title="Painter")
    defaults = usual.defaults.model_copy(update={"strength": 0.4})
    backend.cards.append(usual.model_copy(update={"defaults": defaults}))
    page = context.new_page()
    page.goto(app)
    open_tab(page, "Video to video")
    expect(page.locator("#v2v-run")).to_be_enabled()
    page.get_by_role("button", name="Clip settings").locator("visible=true").click()
    model = page.get_by_role("combobox", name="Model").locator("visible=true")
    strength = page.get_by_label("number input for Strength", exact=True).locator("visible=true")
    expect(strength).to_have_value("0.7")
    model.fill("Painter")
    model.press("Enter")
    expect(strength).to_have_value("0.4")
    set_number(page, "Strength", 0.3)
    add_clip(page, walk)
    page.locator("#v2v-consent input").check()
    page.locator("#v2v-prompt textarea").fill("in a park")
    repaint(page)
    take_up_newest(page)
    expect(strength).to_have_value("0.3")
    repaint(page)
    first, again = backend.jobs.values()
    assert (again.model, again.params) == (first.model, first.params)
    backend.cards.pop()


def test_a_clip_is_repainted_plays_and_can_be_taken_up_from_the_library(
    page: Page, walk: Path
) -> None:
    open_tab(page, "Video to video")
    add_clip(page, walk)
    page.locator("#v2v-consent input").check()
    page.locator("#v2v-prompt textarea").fill("a woman in a green coat walking in a park")
    page.get_by_role("button", name="Clip settings").locator("visible=true").click()
    set_number(page, "Frames", 5)
    set_number(page, "Steps", 3)
    page.locator("#v2v-run").click()
    expect(page.locator("#v2v-result .lr-done")).to_be_visible(timeout=JOB_MILLISECONDS)
    made = page.locator(".lr-video video:visible")
    expect(made).to_have_count(1)
    page.wait_for_function(
        "v => v.readyState >= 2 && v.videoWidth == 192", arg=made.element_handle()
    )
    expect(page.locator("#v2v-result")).to_contain_text("0.6 s · 192 × 256 · 8 fps")
    page.locator("#v2v-prompt textarea").fill("")
    open_tab(page, "Library")
    page.locator("#library-grid .lr-open").first.click()
    page.locator("#library-reuse").click()
    expect(page.locator("#v2v-prompt textarea")).to_have_value(
        "a woman in a green coat walking in a park"
    )
    expect(page.locator("#v2v-source video")).to_be_visible()
