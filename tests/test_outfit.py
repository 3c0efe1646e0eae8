"""Outfits as endpoints are given them."""

import gradio as gr
import pytest

from app.endpoints.outfit import outfit
from app.garments import Category, Garment, pictures


def test_backs_belong_to_the_first_garments() -> None:
    worn = outfit(["coat", "top"], ["outerwear", "top"], ["coat-back"])
    assert worn == [Garment(Category.OUTERWEAR, "coat", "coat-back"), Garment(Category.TOP, "top")]


def test_without_categories_the_order_is_the_caller_s() -> None:
    assert pictures(outfit(["b", "a"], None, None)) == ["b", "a"]


@pytest.mark.parametrize(
    ("categories", "backs", "message"),
    [
        (["top"], None, "categories has 1 entries for 2 garments: give one for each"),
        (["top", "hat"], None, "categories: 'hat' is not one of top, bottom, dress"),
        (None, ["1", "2", "3"], "backs has 3 entries for 2 garments"),
    ],
)
def test_what_does_not_fit_is_named(
    categories: list[str] | None, backs: list[str] | None, message: str
) -> None:
    with pytest.raises(gr.Error, match=message):
        outfit(["coat", "top"], categories, backs)
