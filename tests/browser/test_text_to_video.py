"""*Text to video* as a stylist uses it: chips, shapes, seconds, drafts, takes and stills first.

All of it against a fake backend; what the built-in models make of it is in `test_studio.py`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from serve.protocol import JobStatus, Task
from tests.browser.conftest import QUICK_CLICK_JS, first_visit, open_tab, reset
from tests.browser.controls import seen, set_slider, turn_on
from tests.fake_backend import FakeBackend
from tests.servers import free_port, running_app, serving

PROMPT = "a woman wearing a red dress walking towards the camera on a runway"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeBackend, str]]:
    """The backend and the address of the app."""
    backend = FakeBackend()
    folder: Path = tmp_path_factory.mktemp("cache")
    with serving(backend, free_port()) as url, running_app(url, folder) as app:
        yield backend, app


@pytest.fixture
def backend(services: tuple[FakeBackend, str]) -> FakeBackend:
    """The backend as if nobody had asked it for anything."""
    reset(services[0])
    return services[0]


@pytest.fixture
def tab(
    window: BrowserContext, services: tuple[FakeBackend, str], backend: FakeBackend
) -> Iterator[Page]:
    with first_visit(window, services[1]) as page:
        open_tab(page, "Text to video")
        expect(page.locator("#t2v-run")).to_be_enabled()
        yield page


def test_chips_put_words_into_the_prompt_which_stays_the_user_s(
    tab: Page, backend: FakeBackend
) -> None:
    prompt = seen(tab, "Prompt")
    prompt.fill("")
    for chip, words in (
        ("Red dress", "a person wearing a red dress"),
        ("Wave", "a person wearing a red dress, waving at the camera"),
        ("Dance", "a person wearing a red dress, dancing"),
        ("Yellow coat", "a person wearing a yellow coat, dancing"),
        ("Dance", "a person wearing a yellow coat"),
    ):
        tab.get_by_role("button", name=chip, exact=True).locator("visible=true").click()
        expect(prompt).to_have_value(words)
    prompt.fill("my own words")
    tab.get_by_role("button", name="Park", exact=True).locator("visible=true").click()
    expect(prompt).to_have_value("my own words, in a park")
    expect(tab.get_by_role("button", name="Low angle")).to_be_hidden()  # no use to a sketch


def test_a_draft_is_made_final_with_the_same_seed_and_more_steps(
    tab: Page, backend: FakeBackend
) -> None:
    seen(tab, "Prompt").fill(PROMPT)
    set_slider(tab, "Seconds", 3)
    expect(tab.locator(".lr-seconds").locator("visible=true")).to_have_text(
        "3.1 seconds, 25 frames"
    )
    turn_on(tab.get_by_label("Draft · 2 steps").locator("visible=true"))
    tab.locator("#t2v-run").click()
    final = tab.locator("#t2v-final")
    expect(final).to_be_visible()
    seen(tab, "Prompt").fill("something else by now")
    final.click()
    expect(final).to_be_hidden()
    expect(tab.locator("#t2v-result .lr-done")).to_be_visible()
    draft, made = backend.jobs.values()
    assert (draft.params.num_inference_steps, made.params.num_inference_steps) == (2, 8)
    same = {"num_inference_steps"}
    assert draft.params.model_dump(exclude=same) == made.params.model_dump(exclude=same)
    assert (draft.params.num_frames, draft.params.motion_bucket_id) == (25, None)


def test_another_way_of_working_chosen_meanwhile_waits_until_the_clip_is_made(
    tab: Page, backend: FakeBackend
) -> None:
    backend.held = True
    seen(tab, "Prompt").fill(PROMPT)
    run = tab.locator("#t2v-run")
    run.click()
    expect(tab.locator("#t2v-result .lr-bar")).to_be_visible()
    turn_on(tab.get_by_label("Stills first"))
    expect(seen(tab, "number input for Seconds")).to_have_count(0)
    expect(run).to_have_text("Working…")
    expect(run).to_be_disabled()
    backend.held = False
    expect(run).to_have_text("Make the stills")
    expect(run).to_be_enabled()
    expect(tab.locator(".lr-video video:visible")).to_have_count(1)


def test_of_several_takes_one_is_picked(tab: Page, backend: FakeBackend) -> None:
    seen(tab, "Prompt").fill(PROMPT)
    tab.get_by_role("button", name="Advanced").locator("visible=true").click()
    set_slider(tab, "Takes", 3)
    # By now the fold has settled: a seed put in at the very moment that it opens may be lost.
    seen(tab, "Seed").fill("7")
    seen(tab, "Seed").press("Tab")
    tab.locator("#t2v-run").click()
    picks = tab.get_by_role("button", name="Pick this take")
    expect(picks).to_have_count(3)
    assert [job.params.seed for job in backend.jobs.values()] == [7, 8, 9]
    expect(tab.locator("#t2v-takes video:visible")).to_have_count(3)
    picks.nth(1).click()
    expect(tab.locator("#t2v-result")).to_contain_text("seed 8")
    expect(tab.locator("#t2v-final")).to_be_visible()
    expect(tab.locator("#t2v-run")).to_be_enabled()
    # A seed that is taken out again is a new one each time, and no 0, also after the settings
    # have been out of sight.
    seen(tab, "Seed").fill("")
    turn_on(tab.get_by_label("Stills first"))
    expect(seen(tab, "number input for Seconds")).to_have_count(0)
    expect(tab.locator("#t2v-run")).to_have_text("Make the stills")  # the page is done with that
    turn_on(tab.get_by_label("Straight to the clip"))
    expect(seen(tab, "number input for Seconds")).to_have_count(1)
    expect(seen(tab, "Seed")).to_have_value("")


def test_a_take_that_is_picked_while_others_are_made_stays_on_show(
    tab: Page, backend: FakeBackend
) -> None:
    backend.one_by_one, backend.step_seconds = True, 0.5
    seen(tab, "Prompt").fill(PROMPT)
    set_slider(tab, "Takes", 2)
    tab.locator("#t2v-run").click()
    picks = tab.get_by_role("button", name="Pick this take")
    expect(picks).to_have_count(1)
    backend.held = True
    picks.first.click()
    result, clip = tab.locator("#t2v-result"), tab.locator(".lr-video video:visible")
    seed = next(iter(backend.jobs.values())).params.seed
    expect(result).to_contain_text(f"seed {seed}")
    expect(clip).to_have_count(1)
    backend.held = False
    expect(picks).to_have_count(2)
    expect(tab.locator("#t2v-run")).to_be_enabled()
    expect(result).to_contain_text(f"seed {seed}")
    expect(clip).to_have_count(1)
    expect(tab.locator("#t2v-final")).to_be_enabled()


def test_takes_that_the_queue_has_no_room_for_leave_the_others_running(
    tab: Page, backend: FakeBackend
) -> None:
    backend.max_queued_jobs, backend.step_seconds = 2, 0.5
    seen(tab, "Prompt").fill(PROMPT)
    set_slider(tab, "Takes", 3)
    tab.locator("#t2v-run").click()
    expect(tab.get_by_text("The queue is full.")).to_be_visible()
    expect(tab.get_by_role("button", name="Pick this take")).to_have_count(2)
    expect(tab.locator("#t2v-run")).to_be_enabled()


def test_takes_are_cancelled_together(tab: Page, backend: FakeBackend) -> None:
    backend.step_seconds = 10
    seen(tab, "Prompt").fill(PROMPT)
    set_slider(tab, "Takes", 2)
    tab.locator("#t2v-run").click()
    tab.get_by_role("button", name="Cancel all takes").click()
    expect(tab.locator("#t2v-takes").get_by_text("Cancelled.")).to_have_count(2)
    assert [job.status for job in backend.jobs.values()] == [JobStatus.CANCELLED] * 2


def test_a_still_clicked_as_soon_as_it_is_there_stays_approved(
    tab: Page, backend: FakeBackend
) -> None:
    seen(tab, "Prompt").fill(PROMPT)
    turn_on(tab.get_by_label("Stills first"))
    tab.evaluate(QUICK_CLICK_JS, ["#t2v-stills", 1])
    tab.locator("#t2v-run").click()
    animate = tab.locator("#t2v-animate")
    expect(animate).to_have_text("Animate this still")
    expect(tab.locator("#t2v-run")).to_be_enabled()
    animate.click()
    expect(tab.locator("video:visible")).to_have_count(1)
    made, clip = backend.jobs.values()
    assert backend.inputs[clip.id] == [backend.files[made.id][1]]


def test_a_still_is_approved_before_it_is_set_in_motion(tab: Page, backend: FakeBackend) -> None:
    seen(tab, "Prompt").fill(PROMPT)
    turn_on(tab.get_by_label("Stills first"))
    expect(seen(tab, "number input for Seconds")).to_have_count(0)
    set_slider(tab, "Stills", 3)
    tab.locator("#t2v-run").click()
    stills = tab.locator("#t2v-stills button.thumbnail-item")
    expect(stills).to_have_count(3)
    expect(tab.locator("#t2v-animate")).to_be_disabled()
    stills.nth(2).click()
    animate = tab.locator("#t2v-animate")
    expect(animate).to_have_text("Animate this still")
    animate.click()
    expect(tab.locator("video:visible")).to_have_count(1)
    expect(animate).to_be_enabled()
    made, clip = backend.jobs.values()
    assert (made.task, made.params.n, made.params.num_frames) == (Task.TEXT_TO_IMAGE, 3, 1)
    assert (clip.task, clip.prompt, clip.model) == (Task.IMAGE_TO_VIDEO, PROMPT, "croquis-tryon")
    assert backend.inputs[clip.id] == [backend.files[made.id][2]]
