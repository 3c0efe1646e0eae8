"""What is said of a model beside its controls: readiness, kind, licence."""

from collections.abc import Collection, Sequence
from html import escape

from app.cards import missing_models, read_cards
from app.words import later, t
from serve.protocol import ModelCard, Readiness, Task

_READINESS = {
    Readiness.LOADING: later("loading…"),
    Readiness.FAILED: later("failed"),
    Readiness.ON_DEMAND: later("loads on demand"),
    Readiness.NOT_INSTALLED: later("not installed"),
}
IN_ITS_OWN_WAY = later("This model takes no words: it moves the picture in its own way.")
SWITCH_TO_WAN = later(
    "It draws rather than photographs. For photographic clips start Lookreel on a GPU with "
    "<code>--config deployments.yaml</code>, which serves Wan."
)


def model_note(card: ModelCard) -> str:
    """Readiness, what kind of model it is, and under which licence."""
    parts = []
    if card.readiness is not Readiness.READY:
        parts.append(f"<p><b>{escape(readiness_words(card))}</b></p>")
    if not card.limits.prompt:
        animates = Task.IMAGE_TO_VIDEO in card.tasks
        parts.append(f"<p>{t(IN_ITS_OWN_WAY) if animates else t('This model takes no words.')}</p>")
    if card.sketch:
        parts.append(f"<p><span class='lr-tag'>{t('sketch model')}</span> {t(SWITCH_TO_WAN)}</p>")
    elif card.description:
        parts.append(f"<p>{escape(card.description)}</p>")
    if card.notes:
        parts.append(f"<p>{escape(card.notes)}</p>")
    parts.append(f"<p>{t('Licence')}: {_licence(card)}</p>")
    return "".join(parts)


def models_note(cards: str, models: Collection[str | None]) -> str:
    """The chosen models in one line each: kind and licence."""
    chosen = [card for card in read_cards(cards) if card.id in models]
    tag = f"<span class=lr-tag>{t('sketch model')}</span>"
    return "".join(
        f"<p>{escape(card.title)}: {tag if card.sketch else ''} {_licence(card)}</p>"
        for card in chosen
    )


def missing_note(cards: str) -> str:
    """After the models that there are, in a fold, those that people ask for and nobody can have."""
    rows = [
        f"<p><b>{escape(one.title)}</b>: {escape(one.why)} "
        f"{t('Use {model} in its place.', model=escape(one.successor))}</p>"
        for one in missing_models(cards)
    ]
    if not rows:
        return ""
    return f"<details><summary>{t('Models that cannot be had')}</summary>{''.join(rows)}</details>"


def readiness_words(card: ModelCard) -> str:
    """Whether the model can work now."""
    if card.readiness is Readiness.FAILED:
        reason = card.detail or t("see the server log")
        return t("{model} could not be loaded: {reason}", model=card.title, reason=reason)
    if card.readiness is Readiness.LOADING:
        return f"{t('{model} is loading…', model=card.title)} {card.detail}".strip()
    if card.readiness is Readiness.NOT_INSTALLED:
        return t("{model} will be downloaded first, which may take long.", model=card.title)
    if card.readiness is Readiness.ON_DEMAND:
        return t("{model} will be loaded first.", model=card.title)
    return ""


def _licence(card: ModelCard) -> str:
    use = "" if card.licence.commercial else f", <b>{t('not free for commercial use')}</b>"
    gate = f", {t('to be accepted on its page before it can be downloaded')}" if card.gated else ""
    return (
        f'<a href="{escape(card.licence.url)}" target="_blank" rel="noopener">'
        f"{escape(card.licence.name)}</a>{use}{gate}"
    )


def model_choices(cards: Sequence[ModelCard]) -> list[tuple[str, str]]:
    """Title, kind, licence and readiness of each model, for a dropdown."""
    return [(_title(card), card.id) for card in cards]


def _title(card: ModelCard) -> str:
    words = [card.title, card.licence.name]
    if card.sketch:
        words.insert(1, t("sketch model"))
    if card.readiness is not Readiness.READY:
        words.append(t(_READINESS[card.readiness]))
    return " · ".join(words)
