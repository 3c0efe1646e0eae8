"""What a stylist does with Lookreel, done in Chromium against the real models."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from serve.config import Marking
from serve.encoding import decode_mp4
from serve.label import Label
from tests.browser.conftest import JOB_MILLISECONDS, open_tab
from tests.browser.controls import set_slider
from tests.test_marks import SOURCE_TYPE, manifest

pytestmark = pytest.mark.timeout(900)  # several generations, on whatever machine this is

PROMPT = "a woman wearing a red dress walking towards the camera on a runway"


def has_label(frame: NDArray[np.uint8]) -> bool:
    """Whether the usual label's letters stand out of its plate, both where they have to be."""
    height, width, _ = frame.shape
    drawn = Image.open(io.BytesIO(Label(Marking().label_text).png(width, height)))
    label, light = np.asarray(drawn), frame.mean(axis=2)
    shown = label[..., 3] > 0
    letters, plate = shown & (label[..., 0] > 200), shown & (label[..., 0] < 40)
    return bool(light[letters].mean() > light[plate].mean() + 60 and light[plate].mean() < 110)


def make_clip(page: Page, prompt: str, num_frames: int = 5, steps: int = 2) -> None:
    """Fill in *Text to video* for the shortest run, and start it."""
    open_tab(page, "Text to video")
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_role("button", name="Advanced").locator("visible=true").click()
    set_slider(page, "Frames", num_frames)
    set_slider(page, "Steps", steps)
    page.locator("#t2v-run").click()


def shorten_clip(page: Page) -> None:
    """The shortest clip that *Try-on* can make."""
    page.get_by_role("button", name="Clip settings").click()
    set_slider(page, "Frames", 5)
    set_slider(page, "Steps", 2)


def choose_example(page: Page, label: str, number: int) -> None:
    strip = page.locator(".lr-strip").nth(0 if label == "person" else 1)
    strip.locator("button").nth(number).click()


def expect_playing(page: Page, result: str) -> Locator:
    """A clip that the browser really decodes."""
    video = page.locator("video:not(.lr-live):visible")
    expect(video).to_have_count(1, timeout=JOB_MILLISECONDS)
    expect(page.locator(f"#{result} .lr-done")).to_be_visible()
    page.wait_for_function("v => v.readyState >= 2 && v.videoWidth > 0", arg=video.element_handle())
    return video


def test_a_prompt_becomes_a_clip_that_plays_and_loops(page: Page) -> None:
    make_clip(page, PROMPT)
    running = page.locator("#t2v-result .lr-running")
    expect(running.get_by_role("progressbar")).to_be_visible()
    video = expect_playing(page, "t2v-result")
    assert video.evaluate("v => [v.loop, v.autoplay, v.videoWidth, v.videoHeight]") == [
        True,
        True,
        192,
        256,
    ]
    expect(page.locator("#t2v-result")).to_contain_text(re.compile(r"0\.6 s · 192 × 256 · 8 fps"))
    expect(page.locator("#t2v-run")).to_be_enabled()
    with page.expect_download() as download:
        page.locator(
            ".lr-video a[download]:visible, .lr-video button[aria-label='Download']:visible"
        ).first.click()
    clip = Path(download.value.path()).read_bytes()
    assert manifest(clip, "video/mp4")["source"] == SOURCE_TYPE
    assert SOURCE_TYPE.encode() in clip.partition(b"http://ns.adobe.com/xap/1.0/")[2]
    assert all(has_label(frame) for frame in decode_mp4(clip))


def test_a_person_is_dressed_a_still_approved_and_animated(page: Page) -> None:
    shorten_clip(page)
    choose_example(page, "person", 0)
    choose_example(page, "garment", 0)
    page.locator("#tryon-dress").click()
    stills = page.locator("#tryon-stills button.thumbnail-item")
    expect(stills).to_have_count(2, timeout=JOB_MILLISECONDS)
    animate = page.locator("#tryon-animate")
    expect(animate).to_have_text("Click the still you approve")
    stills.nth(1).click()
    expect(animate).to_have_text("Animate this look")
    animate.click()
    expect_playing(page, "tryon-result")


def test_one_click_on_an_example_dresses_and_animates(page: Page) -> None:
    shorten_clip(page)
    page.locator(".lr-looks button.thumbnail-item").nth(1).click()
    expect_playing(page, "tryon-result")
    expect(page.get_by_label("Direction")).to_have_value(re.compile("posing"))


def test_cancel_stops_the_job_and_keeps_what_was_typed(page: Page) -> None:
    make_clip(page, PROMPT, num_frames=17, steps=50)
    expect(page.locator("#t2v-result")).to_contain_text("step", timeout=JOB_MILLISECONDS)
    page.get_by_role("button", name="Cancel").locator("visible=true").click()
    expect(page.locator("#t2v-result")).to_contain_text("Cancelled. Nothing you entered is lost.")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(PROMPT)
    expect(page.locator("#t2v-run")).to_be_enabled()
    open_tab(page, "Library")
    expect(page.locator("#library-grid")).to_contain_text("Cancelled")
