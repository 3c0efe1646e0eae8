"""Every main state of the page, as axe-core judges it: in light and dark, on desktop and phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from serve.protocol import Task
from tests.browser.conftest import TABS, app_for, open_studio, open_tab
from tests.browser.controls import turn_on
from tests.browser.states import STATES, go
from tests.fake_backend import FakeBackend, card, rich_cards

pytestmark = pytest.mark.timeout(900)

DESKTOP, PHONE = ViewportSize(width=1440, height=1000), ViewportSize(width=390, height=844)
TABLET = ViewportSize(width=820, height=1180)
GRAVE = ("serious", "critical")
SETTLED_MILLISECONDS = 300


@pytest.fixture(scope="module")
def rich_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app whose models have every control."""
    backend = FakeBackend(cards=rich_cards(), step_seconds=0.05)
    with app_for(backend, tmp_path_factory) as address:
        yield address


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    backend = FakeBackend(step_seconds=0.1)
    backend.cards.insert(1, card("other", [Task.TEXT_TO_VIDEO], title="Other"))
    backend.cards.append(card("mover", [Task.MOTION_TRANSFER], title="Mover"))
    with app_for(backend, tmp_path_factory) as address:
        yield address


def faults(page: Page) -> set[str]:
    """What is seriously wrong with the page as it stands: rule, element and reason."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return {
        f"{fault['id']}: {node['html'][:150]} ({node['failureSummary']})"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    }


@pytest.mark.parametrize(
    ("theme", "viewport"), [("light", DESKTOP), ("dark", PHONE), ("light", TABLET)]
)
def test_no_state_of_the_page_has_a_serious_fault(
    chromium: Browser, app: str, theme: str, viewport: ViewportSize
) -> None:
    # A colour half-way through a transition is not what anybody reads.
    context = chromium.new_context(viewport=viewport, reduced_motion="reduce")
    page = open_studio(context, f"{app}/?__theme={theme}")
    wrong: dict[str, set[str]] = {}
    for state in STATES:
        go(page, state)
        page.wait_for_timeout(SETTLED_MILLISECONDS)
        wrong[state.name] = faults(page)
    context.close()
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize(("theme", "viewport"), [("dark", DESKTOP), ("light", PHONE)])
def test_nor_has_a_tab_with_all_controls_there_are(
    chromium: Browser, rich_app: str, theme: str, viewport: ViewportSize
) -> None:
    context = chromium.new_context(viewport=viewport, reduced_motion="reduce")
    page = open_studio(context, f"{rich_app}/?__theme={theme}")
    wrong = {}
    for tab in TABS:
        open_tab(page, tab)
        unfold(page)
        wrong[tab] = faults(page)
        modes = page.locator(".lr-mode input").locator("visible=true")
        for index in range(1, modes.count()):
            turn_on(modes.nth(index))
            unfold(page)
            wrong[f"{tab}, mode {index + 1}"] = faults(page)
    context.close()
    assert {name: found for name, found in wrong.items() if found} == {}
    assert len(wrong) > len(TABS)


def unfold(page: Page) -> None:
    """Open every fold that is shown."""
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    closed = page.locator(".lr-advanced button.label-wrap:not(.open)").locator("visible=true")
    while closed.count():
        closed.first.click()
    page.wait_for_timeout(SETTLED_MILLISECONDS)


def test_the_page_says_which_language_it_is_in(chromium: Browser, app: str) -> None:
    for locale, tag in (("en-GB", "en"), ("zh-CN", "zh-CN")):
        context = chromium.new_context(locale=locale)
        page = open_studio(context, app)
        expect(page.locator("html")).to_have_attribute("lang", tag)
        context.close()
