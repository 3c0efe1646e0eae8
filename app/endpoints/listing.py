"""The endpoint that says what there is to choose from."""

from typing import Any

import gradio as gr

from app.client import BackendError
from app.endpoints.calls import Calls

ENDPOINTS = {
    "list_models": (
        "cards",
        "List the models: their ids, what each can do (tasks), defaults, limits, licence, and "
        "whether it is ready. Returns JSON.",
    ),
}


class Listing:
    """What gradio_client and agents ask before they make something."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def list_models(self) -> list[dict[str, Any]]:
        """Every model of the backend, as its card."""
        try:
            cards = await self._calls.client.models()
        except BackendError as error:
            raise gr.Error(error.message, print_exception=False) from error
        return [card.model_dump(mode="json", exclude_none=True) for card in cards]
