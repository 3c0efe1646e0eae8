"""The page while models load, while the backend is away, and when a job fails.

A fake backend plays these parts, because real models cannot be told to.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from serve.protocol import ModelCard, Readiness
from tests.browser.conftest import open_tab
from tests.fake_backend import FakeBackend
from tests.servers import free_port, running_app, serving


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def app(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app alone; its backend comes and goes."""
    folder: Path = tmp_path_factory.mktemp("cache")
    with running_app(f"http://127.0.0.1:{port}", folder) as url:
        yield url


def loading(cards: list[ModelCard]) -> list[ModelCard]:
    return [card.model_copy(update={"readiness": Readiness.LOADING}) for card in cards]


def opened(context: BrowserContext, app: str) -> Page:
    page = context.new_page()
    page.goto(app)
    open_tab(page, "Text to video")
    return page


def test_a_page_opened_too_early_says_so_and_becomes_usable_by_itself(
    context: BrowserContext, app: str, port: int
) -> None:
    page = opened(context, app)
    banner, run = page.locator("#banner"), page.locator("#t2v-run")
    expect(banner).to_contain_text("cannot be reached")
    expect(run).to_be_disabled()
    backend = FakeBackend()
    ready = backend.cards
    backend.cards = loading(ready)
    with serving(backend, port):
        expect(banner).to_contain_text("Croquis is loading…")
        expect(run).to_be_disabled()
        page.get_by_label("Prompt", exact=True).fill("typed while waiting")
        backend.cards = ready
        expect(run).to_be_enabled()
        expect(banner).to_have_text("")
        expect(page.get_by_label("Prompt", exact=True)).to_have_value("typed while waiting")


def test_nothing_can_be_made_before_the_page_knows_its_browser(
    context: BrowserContext, app: str, port: int
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        """What the page asks as it opens waits; its looks at the models do not."""
        if is_asked_at_opening(route.request):
            held.append(route)
        else:
            route.continue_()

    def is_later(request: Request) -> bool:
        return "/queue/join" in request.url and not is_asked_at_opening(request)

    page = context.new_page()
    page.route("**/queue/join*", hold)
    with serving(FakeBackend(), port):
        page.goto(app)
        open_tab(page, "Text to video")
        for _look in range(2):  # the first of them is answered when the second is asked
            page.wait_for_event("request", is_later)
        expect(page.locator("#t2v-run")).to_be_disabled()
        for route in held:
            route.continue_()
        expect(page.locator("#t2v-run")).to_be_enabled()


def is_asked_at_opening(request: Request) -> bool:
    return '"trigger_id":0,' in (request.post_data or "")


def test_a_failed_job_says_why_in_plain_words(context: BrowserContext, app: str, port: int) -> None:
    backend = FakeBackend(fail_with="The GPU is out of memory; ask for fewer frames.")
    with serving(backend, port):
        page = opened(context, app)
        page.get_by_label("Prompt", exact=True).fill("too much")
        expect(page.locator("#t2v-run")).to_be_enabled()
        page.locator("#t2v-run").click()
        result = page.locator("#t2v-result")
        expect(result).to_contain_text("ask for fewer frames")
        expect(page.locator("body")).not_to_contain_text("Traceback")
        expect(page.get_by_label("Prompt", exact=True)).to_have_value("too much")


def test_a_slow_browser_misses_nothing(context: BrowserContext, app: str, port: int) -> None:
    with serving(FakeBackend(), port):
        page = opened(context, app)
        expect(page.locator("#t2v-run")).to_be_enabled()
        slow = context.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 5})
        for take in (1, 2, 3):
            page.get_by_label("Prompt", exact=True).fill(f"take {take}")
            page.locator("#t2v-run").click()
            expect(page.locator("#t2v-result .lr-running")).to_be_visible()
            expect(page.locator("video:visible")).to_have_count(1)
            expect(page.locator("#t2v-run")).to_be_enabled()
