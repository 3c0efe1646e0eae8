"""The list of states that are pictured and checked for accessibility knows the whole page."""

import ast
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.screenshots import FOLDER, VIEWS, encode, index, names
from tests.browser.states import STATES, as_it_opens

UI = Path(__file__).resolve().parents[1] / "app" / "ui.py"


def tabs() -> list[str]:
    """The titles of the page's tabs: the texts in `gr.Tab(t("…"))`."""
    return [
        str(text.value)
        for node in ast.walk(ast.parse(UI.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "gr.Tab"
        for text in ast.walk(node.args[0])
        if isinstance(text, ast.Constant)
    ]


def test_every_tab_is_pictured_as_it_opens() -> None:
    assert tabs()
    opened = [state.tab for state in STATES if state.reach is as_it_opens]
    missing = set(tabs()) - set(opened)
    assert not missing, f"add a State for each of these to tests/browser/states.py: {missing}"
    assert {state.tab for state in STATES} <= set(tabs())


def test_no_two_pictures_have_one_name() -> None:
    assert len(set(names())) == len(names())
    assert {view.theme for view in VIEWS} == {"light", "dark"}


def test_the_page_of_pictures_shows_every_one() -> None:
    assert [name for name in names() if name not in index()] == []


def test_the_documents_have_every_picture_and_no_other() -> None:
    assert {path.name for path in FOLDER.glob("*.jpg")} == set(names())
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == index()


def test_pictures_are_as_good_as_fits() -> None:
    pictures = {"noise.jpg": Image.effect_noise((100, 100), 60).convert("RGB")}
    (best,) = encode(pictures).values()
    (smaller,) = encode(pictures, most=len(best) - 1).values()
    assert 0 < len(smaller) < len(best)
    with pytest.raises(SystemExit, match="more than 10 bytes"):
        encode(pictures, most=10)
