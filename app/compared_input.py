"""The one input of a comparison: what it asks of the models, and what is wrong with it."""

from collections.abc import Sequence

from app.comparison import common_sizes
from app.consent import ASK_FOR_PHOTOS
from app.dressed_once import only_animates
from app.words import t
from serve.protocol import ModelCard, Task

FEWEST, MOST = 2, 4
"""Models side by side."""
OWN = ""
"""In place of a size: each model's own."""


def task_of(person: str | None, garment: str | None) -> Task:
    """What is asked of every model."""
    if garment:
        return Task.TRY_ON
    return Task.IMAGE_TO_VIDEO if person else Task.TEXT_TO_VIDEO


def problem_of(
    cards: Sequence[ModelCard],
    task: Task,
    prompt: str | None,
    person: str | None,
    garment: str | None,
    size: str = OWN,
    *,
    agreed: bool,
) -> str | None:
    """What is missing, in words; None if the jobs can be queued."""
    if garment and not person:
        return t("Add a photo of the person who is to wear the garment.")
    if not FEWEST <= len(cards) <= MOST:
        return t("Choose two to {most} models; you chose {n}.", most=MOST, n=len(cards))
    unable = [card.title for card in cards if not _able(card, task)]
    if unable:
        return t(
            "{models} cannot do {task}. Choose others, or another input.",
            models=", ".join(unable),
            task=task.value,
        )
    if size not in (OWN, *(common := common_sizes(cards))):
        sizes = ", ".join(common) or "–"
        return t("Not all of these models make {size}. All make: {sizes}.", size=size, sizes=sizes)
    if task is Task.TEXT_TO_VIDEO and not (prompt or "").strip():
        return t("Write a prompt first: who, wearing what, doing what, where.")
    return None if agreed else t(ASK_FOR_PHOTOS)


def _able(card: ModelCard, task: Task) -> bool:
    """Whether it can, if need be with a still of the person in the garment."""
    return task in card.tasks or (task is Task.TRY_ON and only_animates(card))


def undressed(animating: Sequence[ModelCard], dresser: str | None) -> str | None:
    """Why the models that only animate cannot have a dressed person; None if they can."""
    if not animating or dresser:
        return None
    return t(
        "{models} only animate a photo, and no model here could dress the person for them.",
        models=", ".join(card.title for card in animating),
    )
