"""What tabs are built of: the model list, the words on a model and the controls of its card."""

from app.cards import cards_for, choose, is_ready, read_cards
from app.controls import AS_PHOTO, ControlValues, ModelControls
from app.model_notes import (
    SWITCH_TO_WAN,
    model_choices,
    model_note,
    models_note,
    readiness_words,
)
from app.presets import size_choices

__all__ = [
    "AS_PHOTO",
    "SWITCH_TO_WAN",
    "ControlValues",
    "ModelControls",
    "cards_for",
    "choose",
    "is_ready",
    "model_choices",
    "model_note",
    "models_note",
    "read_cards",
    "readiness_words",
    "size_choices",
]
