"""Every text of the page in every language, and the right language for each browser."""

import ast
import json
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from gradio.context import LocalContext

from app.client import BackendClient
from app.told import MESSAGES, told
from app.translated import fill
from app.words import FOLDER, MARK, TAGS, building, later, preferred, t, translations

APP = Path(__file__).resolve().parents[1] / "app"
SERVE = APP.parent / "serve"
OTHERS = [language for language in TAGS if language != "en"]


@cache
def calls() -> list[tuple[str, ast.Call]]:
    """Every call in the app, each after its file and line."""
    return [
        (f"{file.relative_to(APP)}:{node.lineno}", node)
        for file in sorted(APP.rglob("*.py"))
        if file.name != "words.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


@cache
def wrapped() -> list[tuple[str, ast.expr]]:
    """Everything that the app gives to `t` or `later`, each after its file and line."""
    return [
        (place, call.args[0])
        for place, call in calls()
        if isinstance(call.func, ast.Name) and call.args and call.func.id in ("t", "later")
    ]


def texts() -> dict[str, str]:
    """Every wrapped text, and a place that has it."""
    found = wrapped()
    return {str(text.value): place for place, text in found if isinstance(text, ast.Constant)}


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@contextmanager
def asked_in(header: str) -> Iterator[None]:
    """In here an event of a browser that accepts those languages is handled."""
    token = LocalContext.request.set(SimpleNamespace(headers={"accept-language": header}))
    try:
        yield
    finally:
        LocalContext.request.reset(token)


@pytest.fixture(params=OTHERS)
def language(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_every_text_of_the_app_has_a_translation(language: str) -> None:
    known = translations(language)
    missing = {text: file for text, file in texts().items() if text not in known}
    assert not missing, f"add these to app/languages/{language}/: {missing}"


def test_no_translation_is_left_over(language: str) -> None:
    unused = set(translations(language)) - set(texts())
    assert not unused, f"no text of the app; take out of app/languages/{language}/: {unused}"


def test_translations_fill_in_the_same_values(language: str) -> None:
    for english, other in translations(language).items():
        assert isinstance(english, str), f"put {english!r} in quotes"
        assert isinstance(other, str), f"put the translation of {english!r} in quotes"
        assert placeholders(english) == placeholders(other), english


def test_a_text_that_two_files_have_is_the_same_in_both(language: str) -> None:
    found: dict[str, str] = {}
    for file in sorted((FOLDER / language).glob("*.yaml")):
        for english, other in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            assert found.setdefault(english, other) == other, f"{file.name}: {english}"


def test_no_wrapped_text_is_put_together_before_it_is_translated() -> None:
    for place, text in wrapped():
        assert not isinstance(text, ast.JoinedStr | ast.BinOp), f"{place}: give the values by name"


def test_every_message_has_a_heading_of_the_app_s_since_gradio_s_are_english() -> None:
    messages = [one for one in calls() if ast.unparse(one[1].func) in ("gr.Warning", "gr.Info")]
    assert messages
    for place, call in messages:
        assert "title" in [given.arg for given in call.keywords], place


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("de,zh-Hans;q=0.5", "zh"),
        ("en;q=0.3, zh;q=0.7", "zh"),
        ("fr, *;q=0.5", "en"),
        ("zh;q=nonsense", "en"),
    ],
)
def test_the_language_is_the_one_the_browser_likes_best(header: str, expected: str) -> None:
    assert preferred(header) == expected


def test_an_event_is_answered_in_the_language_of_its_browser() -> None:
    assert t("Next in line") == "Next in line"
    with asked_in("zh-CN"):
        assert t("Next in line") == "即将开始"
        assert t("about {n} s left", n=3) == "约剩 3 秒"
        assert t(later("no such text")) == "no such text"


def test_what_is_built_once_is_filled_for_each_visitor() -> None:
    with building():
        label, other = t("Next in line"), t("about {n} s left", n=3)
    page = (
        f'<html lang="en"><script>x = {json.dumps({"a": label, "b": f"<p>{other}</p>"})}</script>'
    )
    assert MARK.search(page)
    english, chinese = fill(page, "en"), fill(page, "zh")
    assert english == page.replace(label, "Next in line").replace(other, "about 3 s left")
    assert 'lang="zh-CN"' in chinese
    filled = json.loads(chinese.split(" = ")[1].removesuffix("</script>"))
    assert filled == {"a": "即将开始", "b": "<p>约剩 3 秒</p>"}


@pytest.mark.parametrize(
    ("message", "chinese"),
    [
        (
            str(BackendClient("http://gpu:8000")._unreachable(OSError("refused"))),
            "无法连接后端 http",
        ),
        ("num_frames is 99: croquis-t2v takes 5 to 33.", "croquis-t2v 可接受 5 to 33"),
        ("fps is 'fast': should be a valid integer.", "fps 的值是 'fast'："),
        ("garment is given 3 times: croquis-tryon takes at most 2.", "最多接受 2 件"),
        ("Something that no one has foreseen.", "Something that no one has foreseen."),
    ],
)
def test_what_the_backend_says_is_translated_where_it_is_known(message: str, chinese: str) -> None:
    assert told(message) == message
    with asked_in("zh-CN"):
        assert chinese in told(message)


def test_the_backend_s_messages_are_those_that_the_code_raises() -> None:
    """Every known message begins and goes on as a text somewhere in the backend or its client."""
    files = (*SERVE.rglob("*.py"), APP / "client.py", APP / "wire.py")
    sources = "\n".join(file.read_text(encoding="utf-8") for file in files)
    joined = re.sub(r'"\s+f?"', "", sources)
    for message in MESSAGES:
        longest = max(re.split(r"\{\w+\}", message), key=len)
        assert longest in joined, message
