"""An outfit as an endpoint is given it: garment photos, what each is, and their backs."""

from collections.abc import Sequence

import gradio as gr

from app.endpoints.calls import required
from app.garments import Category, Garment


def outfit(
    garments: Sequence[str], categories: Sequence[str] | None, backs: Sequence[str] | None
) -> list[Garment]:
    """The garments; an error names the parameter that does not fit the others."""
    required("garments", garments)
    for name, values in (("categories", categories), ("backs", backs)):
        if len(values or []) > len(garments):
            raise gr.Error(
                f"{name} has {len(values or [])} entries for {len(garments)} garments.",
                print_exception=False,
            )
    if categories and len(categories) < len(garments):
        raise gr.Error(
            f"categories has {len(categories)} entries for {len(garments)} garments: "
            "give one for each, or none.",
            print_exception=False,
        )
    kinds = [_category(name) for name in categories or [Category.TOP] * len(garments)]
    behind = [*(backs or []), *[None] * len(garments)]
    return [Garment(*one) for one in zip(kinds, garments, behind, strict=False)]


def _category(name: str) -> Category:
    try:
        return Category(name)
    except ValueError:
        allowed = ", ".join(Category)
        raise gr.Error(
            f"categories: {name!r} is not one of {allowed}.", print_exception=False
        ) from None
