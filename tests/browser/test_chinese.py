"""The page in a Chinese browser: labels, statuses, results, messages and errors."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import app_for, open_studio, open_tab
from tests.fake_backend import FakeBackend

SOON = 20_000.0
TABS = ("虚拟试穿", "文生视频", "视频转视频", "表演", "画册", "模型对比", "作品库")
CHINESE = re.compile(r"[\u4e00-\u9fff]{2}")
KEYS = """() => [...document.querySelectorAll('body *')].flatMap((one) => [
    ...[...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data),
    one.value, one.placeholder, one.title, one.alt, one.ariaLabel,
]).filter((text) => /__\\w/.test(text ?? ''))"""
"""Texts anywhere on the page that are keys still: Gradio's own, or marks of ours."""


@pytest.fixture(scope="module")
def backend() -> FakeBackend:
    return FakeBackend(step_seconds=0.3)


@pytest.fixture(scope="module")
def app(backend: FakeBackend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_for(backend, tmp_path_factory) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, app: str, backend: FakeBackend) -> Iterator[Page]:
    backend.fail_with = None
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 1000})
    yield open_studio(context, app)
    context.close()


def test_a_clip_is_made_in_chinese_from_label_to_caption(page: Page) -> None:
    expect(page.get_by_role("tab")).to_have_text(list(TABS))
    for tab in TABS:
        open_tab(page, tab)
        panel = page.get_by_role("tabpanel").locator("visible=true")
        expect(panel).to_contain_text(CHINESE)
        assert page.evaluate(KEYS) == [], tab
    open_tab(page, "文生视频")
    page.get_by_label("提示词", exact=True).locator("visible=true").fill("a red dress")
    page.locator("#t2v-run").click()
    result = page.locator("#t2v-result")
    expect(result).to_contain_text("正在生成", timeout=SOON)
    expect(page.locator("video:visible")).to_have_count(1, timeout=SOON)
    expect(result).to_contain_text("帧/秒")
    expect(result).to_contain_text("种子")
    assert page.evaluate(KEYS) == []


def test_what_is_missing_and_what_failed_is_said_in_chinese(
    page: Page, backend: FakeBackend
) -> None:
    open_tab(page, "文生视频")
    page.locator("#t2v-run").click()
    result = page.locator("#t2v-result")
    expect(result).to_contain_text("请先写提示词", timeout=SOON)
    backend.fail_with = "The GPU ran out of memory. Fewer frames or a smaller size may fit."
    page.get_by_label("提示词", exact=True).locator("visible=true").fill("too much")
    page.locator("#t2v-run").click()
    expect(result).to_contain_text("未能完成：显存不足", timeout=SOON)
