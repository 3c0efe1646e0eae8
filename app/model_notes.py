"""What is said of a model beside its controls: readiness, kind, licence."""

from collections.abc import Collection, Sequence
from html import escape

from app.cards import read_cards
from serve.protocol import ModelCard, Readiness

_READINESS = {
    Readiness.LOADING: "loading…",
    Readiness.FAILED: "failed",
    Readiness.ON_DEMAND: "loads on demand",
    Readiness.NOT_INSTALLED: "not installed",
}
SWITCH_TO_WAN = (
    "It draws rather than photographs. For photographic clips start Lookreel on a GPU with "
    "<code>--config deployments.yaml</code>, which serves Wan."
)


def model_note(card: ModelCard) -> str:
    """Readiness, what kind of model it is, and under which licence."""
    parts = []
    if card.readiness is not Readiness.READY:
        parts.append(f"<p><b>{escape(readiness_words(card))}</b></p>")
    if not card.limits.prompt:
        parts.append("<p>This model takes no words: it moves the picture in its own way.</p>")
    if card.sketch:
        parts.append(f"<p><span class='lr-tag'>sketch model</span> {SWITCH_TO_WAN}</p>")
    elif card.description:
        parts.append(f"<p>{escape(card.description)}</p>")
    parts.append(f"<p>Licence: {_licence(card)}</p>")
    return "".join(parts)


def models_note(cards: str, models: Collection[str | None]) -> str:
    """The chosen models in one line each: kind and licence."""
    chosen = [card for card in read_cards(cards) if card.id in models]
    return "".join(
        f"<p>{escape(card.title)}: "
        f"{'<span class=lr-tag>sketch model</span>' if card.sketch else ''} {_licence(card)}</p>"
        for card in chosen
    )


def readiness_words(card: ModelCard) -> str:
    """Whether the model can work now."""
    if card.readiness is Readiness.FAILED:
        return f"{card.title} could not be loaded: {card.detail or 'see the server log'}"
    if card.readiness is Readiness.LOADING:
        return f"{card.title} is loading… {card.detail}".strip()
    if card.readiness is Readiness.NOT_INSTALLED:
        return f"{card.title} will be downloaded first, which may take long."
    return f"{card.title} will be loaded first." if card.readiness is Readiness.ON_DEMAND else ""


def _licence(card: ModelCard) -> str:
    use = "" if card.licence.commercial else ", <b>not free for commercial use</b>"
    return (
        f'<a href="{escape(card.licence.url)}" target="_blank" rel="noopener">'
        f"{escape(card.licence.name)}</a>{use}"
    )


def model_choices(cards: Sequence[ModelCard]) -> list[tuple[str, str]]:
    """Title, kind, licence and readiness of each model, for a dropdown."""
    return [(_title(card), card.id) for card in cards]


def _title(card: ModelCard) -> str:
    words = [card.title, card.licence.name]
    if card.sketch:
        words.insert(1, "sketch model")
    if card.readiness is not Readiness.READY:
        words.append(_READINESS[card.readiness])
    return " · ".join(words)
