"""The page's model list: which models can do a task."""

from collections.abc import Sequence

from serve.protocol import ModelCard, ModelList, Task, UnavailableModel


def read_cards(cards: str) -> list[ModelCard]:
    """The model cards out of the page's state, where they travel as JSON."""
    return ModelList.model_validate_json(cards).data if cards else []


def missing_models(cards: str) -> list[UnavailableModel]:
    """What nobody can have, out of the same state."""
    return ModelList.model_validate_json(cards).unavailable if cards else []


def cards_for(cards: str, *tasks: Task) -> list[ModelCard]:
    """The models that can do one of these tasks, in the backend's order."""
    return [card for card in read_cards(cards) if set(tasks) & set(card.tasks)]


def is_ready(cards: str, model: str | None, *tasks: Task) -> bool:
    """Whether the chosen model can work now."""
    card = choose(cards_for(cards, *tasks), model)
    return card is not None and card.readiness.takes_work


def choose(cards: Sequence[ModelCard], model: str | None) -> ModelCard | None:
    """The card of that id, else the first."""
    return next((card for card in cards if card.id == model), next(iter(cards), None))
