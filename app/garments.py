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
PARTS = {
    1: ("",),
    2: ("the left half of ", "the right half of "),
    3: ("the left third of ", "the middle third of ", "the right third of "),
    4: tuple(f"the {place} quarter of " for place in ("first", "second", "third", "last")),
}
"""What pictures are called that lie side by side in one: so many, from the left."""


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
    in_each = card.limits.in_each(len(pictures(garments)))
    return told_apart(garments, card.picture_word, in_each, place=place, notes=notes)


def told_apart(
    garments: Sequence[Garment],
    word: str,
    in_each: Sequence[int],
    *,
    place: str = "",
    notes: str = "",
) -> str:
    """The instruction for a model that calls its pictures `word` and a number.

    `in_each` of its pictures, after the person's, so many of the garments' lie side by side.
    """
    person = f"{word} 1"
    outfit = _outfit(garments, _places(word, in_each))
    background = f"Show the person {place}." if place else "The background stays, too."
    return " ".join(
        filter(
            None,
            (
                f"Dress the person of {person} in {outfit},",
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


def _outfit(garments: Sequence[Garment], places: Sequence[str]) -> str:
    """*the top of image 2 (image 3 shows its back) and the dress in the left half of image 4*."""
    phrases, left = [], iter(places)
    for garment in dressing_order(garments):
        place = next(left)
        within = "in" if place.startswith("the ") else "of"
        phrase = f"the {NOUNS[garment.category]} {within} {place}"
        if garment.back:
            phrase += f" ({next(left)} shows its back)"
        phrases.append(phrase)
    *first, last = phrases
    return f"{', '.join(first)} and {last}" if first else last


def _places(word: str, in_each: Sequence[int]) -> list[str]:
    """Where the model sees each picture of a garment: *image 2*, *the left half of image 3*."""
    return [
        f"{part}{word} {picture}"
        for picture, number in enumerate(in_each, 2)
        for part in _parts(number)
    ]


def _parts(number: int) -> Sequence[str]:
    if number in PARTS:
        return PARTS[number]
    return [f"the picture {at} of {number} from the left in " for at in range(1, number + 1)]
