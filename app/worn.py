"""What a job notes of its garments, so that they find their places again: kinds and backs.

A job has its pictures in a row; which of them is a coat, and which the back of another, is what the
page knows and keeps in the job's ``metadata``.
"""

from collections.abc import Mapping, Sequence

from app.garments import Category, Garment, dressing_order

KEY = "garments"
BACK = "+back"


def noted(garments: Sequence[Garment]) -> dict[str, str]:
    """The note, ``{"garments": "top+back, outerwear"}``, in the order in which they are sent."""
    words = [garment.category + BACK * bool(garment.back) for garment in dressing_order(garments)]
    return {KEY: ", ".join(words)} if words else {}


def remembered(metadata: Mapping[str, str], pictures: Sequence[str]) -> list[Garment] | None:
    """The garments of these pictures; None if the note is missing or is not of them."""
    left, garments = list(pictures), []
    for word in metadata.get(KEY, "").split(", "):
        kind, has_back = word.removesuffix(BACK), word.endswith(BACK)
        if kind not in set(Category) or len(left) < 1 + has_back:
            return None
        front, back = left.pop(0), left.pop(0) if has_back else None
        garments.append(Garment(Category(kind), front, back))
    return None if left else garments
