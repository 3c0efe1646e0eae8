"""Garments as a dresser is told of them: which they are, in which order, and in which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.words import t
from serve.protocol import ModelCard


class Category(StrEnum):
    """What a garment is, in the order in which one gets dressed."""

    TOP = "top"
    BOTTOM = "bottom"
    DRESS = "dress"
    OUTERWEAR = "outerwear"
    ACCESSORY = "accessory"


NOUNS = {
    Category.TOP: "top",
    Category.BOTTOM: "trousers or skirt",
    Category.DRESS: "dress",
    Category.OUTERWEAR: "coat or jacket",
    Category.ACCESSORY: "accessory",
}
"""What a prompt calls them."""


@dataclass(frozen=True)
class Garment:
    """One garment: a picture of its front and, perhaps, of its back."""

    category: Category
    front: str
    back: str | None = None


def dressing_order(garments: Sequence[Garment]) -> list[Garment]:
    """From the skin outwards; garments of one category stay as they were given."""
    order = list(Category)
    return sorted(garments, key=lambda garment: order.index(garment.category))


def pictures(garments: Sequence[Garment]) -> list[str]:
    """Every picture, each back behind its front."""
    return [
        picture
        for garment in dressing_order(garments)
        for picture in (garment.front, garment.back)
        if picture
    ]


def too_many(garments: Sequence[Garment], card: ModelCard | None) -> str | None:
    """Why the model cannot take so many garments; None if it can."""
    return too_many_pictures(len(pictures(garments)), card)


def too_many_pictures(given: int, card: ModelCard | None) -> str | None:
    """Why the model cannot take so many pictures of garments; None if it can."""
    if card is None:
        return None
    most = card.limits.max_garments
    if given <= most:
        return None
    if most == 1:
        return t(
            "{model} takes one garment picture; there are {given}. "
            "Remove some, or choose another model in the settings below.",
            model=card.title,
            given=given,
        )
    return t(
        "{model} takes at most {most} garment pictures, backs included; there are {given}. "
        "Remove some, or choose another model in the settings below.",
        model=card.title,
        most=most,
        given=given,
    )


def instruction(
    garments: Sequence[Garment], card: ModelCard, *, place: str = "", notes: str = ""
) -> str:
    """What the dresser is told: which garment is in which picture, what changes, what stays.

    A model that cannot tell pictures apart by number gets its card's own words instead.
    """
    if not card.picture_word or not garments:
        return " ".join(filter(None, (card.defaults.prompt, place, notes)))
    return told_apart(garments, card.picture_word, place=place, notes=notes)


def told_apart(garments: Sequence[Garment], word: str, *, place: str = "", notes: str = "") -> str:
    """The instruction for a model that calls its pictures `word` and a number."""
    person = f"{word} 1"
    background = f"Show the person {place}." if place else "The background stays, too."
    return " ".join(
        filter(
            None,
            (
                f"Dress the person of {person} in {_outfit(garments, word)},",
                "true to cut, length, colours, pattern, fabric and details, with folds that follow",
                f"the pose and the light of {person}.",
                notes,
                "Of anybody else in those pictures take the garment alone.",
                f"Face, hair, skin, body, pose, hands and framing stay exactly as in {person},",
                "and so does whatever else the person wears.",
                background,
            ),
        )
    )


def _outfit(garments: Sequence[Garment], word: str) -> str:
    """*the top of image 2 (image 3 shows its back) and the dress of image 4*."""
    phrases, number = [], 2
    for garment in dressing_order(garments):
        phrase = f"the {NOUNS[garment.category]} of {word} {number}"
        number += 1
        if garment.back:
            phrase += f" ({word} {number} shows its back)"
            number += 1
        phrases.append(phrase)
    *first, last = phrases
    return f"{', '.join(first)} and {last}" if first else last
