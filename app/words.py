"""The page's texts in the user's language: English in the code, others in ``languages/``.

Wrap every text that a person reads in `t`, with the English text as it stands::

    gr.Button(t("Make the clip"))                            # label, placeholder, info, caption
    gr.HTML(f'<h2>{t("Person")}</h2>')                       # inside HTML
    t("{n} stills", n=3)                                     # values by name, never an f-string
    yield {run: gr.Button(t("Working…"))}                    # updates, made in event handlers
    gr.Warning(t("Write a prompt first."))                   # messages
    gr.Radio([(t("Walk"), "Walk"), (t("Turn"), "Turn")])     # choices: (shown, value)

and add its Chinese to ``languages/zh/<module>.yaml`` (any file there counts; `tests/test_words.py`
misses what you forget)::

    Make the clip: 生成视频
    "{n} stills": "{n} 张定妆照"

While the page is built, nobody has asked for it yet: then `t` gives a mark, and `app/translated.py`
puts the text of each visitor's language in its place. So keep `t` inside functions that build or
handle; a text in a constant is wrapped in `later` there, and in `t` where it is shown::

    STAGE_WORDS = {Stage.WRITING: later("Saving")}
    t(STAGE_WORDS[stage])

What the backend says in English goes through `told` of `app/told.py`. Never compare or store what
`t` returns, and do not wrap prompts: models are told what they were taught, in English. The labels
and descriptions of named endpoints stay English too.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from gradio.context import LocalContext

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "languages"
ENGLISH = "en"
TAGS = {ENGLISH: "en", "zh": "zh-CN"}
"""Every language, with its tag for the page's ``lang``."""

MARK = re.compile(r"__words-(\d+)__")
_marks: list[tuple[str, dict[str, Any]]] = []
_building: ContextVar[bool] = ContextVar("building", default=False)


def t(text: str, /, **values: Any) -> str:
    """The text in the language of whoever is being answered, with its values filled in."""
    return _mark(text, values) if _building.get() else in_language(language(), text, **values)


def later(text: str) -> str:
    """The text as it is: it has a translation, for which the place that shows it asks `t`."""
    return text


@contextmanager
def building() -> Iterator[None]:
    """In here the page is laid out, for visitors of every language."""
    before = _building.set(True)
    try:
        yield
    finally:
        _building.reset(before)


def language() -> str:
    """The language of the browser whose event is being handled; English outside of events."""
    request = LocalContext.request.get(None)
    return preferred(request.headers.get("accept-language", "")) if request else ENGLISH


def preferred(accepted: str) -> str:
    """The language that an ``Accept-Language`` header likes best of ours, else English."""
    wishes: list[tuple[float, int, str]] = []
    for wish in accepted.split(","):
        tag, _, quality = wish.strip().partition(";q=")
        found = tag.split("-")[0].lower()
        with_quality = re.fullmatch(r"[01](\.\d*)?", quality.strip() or "1")
        if found in TAGS and with_quality:
            wishes.append((-float(with_quality[0]), len(wishes), found))
    return min(wishes)[2] if wishes else ENGLISH


def in_language(language: str, text: str, /, **values: Any) -> str:
    """The text in that language; what has no translation stays English."""
    found = text if language == ENGLISH else translations(language).get(text)
    if found is None:
        logger.warning("No translation into %s of %r", language, text)
    return (found or text).format(**values) if values else found or text


def unmarked(language: str, mark: re.Match[str]) -> str:
    """The text that one match of `MARK` stands for."""
    text, values = _marks[int(mark[1])]
    return in_language(language, text, **values)


@cache
def translations(language: str) -> dict[str, str]:
    """English to that language, out of all of its files."""
    found: dict[str, str] = {}
    for file in sorted((FOLDER / language).glob("*.yaml")):
        found |= yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return found


def _mark(text: str, values: dict[str, Any]) -> str:
    assert not MARK.search(text), f"wrapped twice: {MARK.sub(partial(unmarked, ENGLISH), text)}"
    if (text, values) not in _marks:
        _marks.append((text, values))
    return f"__words-{_marks.index((text, values))}__"
