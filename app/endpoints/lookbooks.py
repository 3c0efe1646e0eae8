"""The endpoints around lookbooks that exist: list, pack, cancel, retry, delete."""

from typing import Any

import gradio as gr

from app.endpoints.calls import Calls, refusals, required
from app.lookbook.book import Book
from app.lookbook.handover import Handover
from app.lookbook.workshop import Workshop
from serve.protocol import JobStatus, Variant

ENDPOINTS = {
    "list_lookbooks": (
        "lookbooks",
        "The lookbooks of one user, newest first, also those begun on the page. Returns of each: "
        "lookbook_id, title, created_at, rows, completed, failed, cancelled, is_done and trouble, "
        "which says what it waits for.",
    ),
    "pack_lookbook": (
        "archive",
        "What there is of a lookbook so far, as a ZIP like that of /lookbook.",
    ),
    "cancel_lookbook": ("book", "Stop a lookbook: what is made stays. Returns it."),
    "retry_lookbook": (
        "book",
        "Make again the rows that failed or were cancelled, and no others. Returns it.",
    ),
    "delete_lookbook": (
        "book",
        "Delete a lookbook with everything made for it. Returns {id, deleted}.",
    ),
}


class Lookbooks:
    """What gradio_client calls; a lookbook is found by who gives its user alone."""

    def __init__(self, calls: Calls, workshop: Workshop) -> None:
        self._workshop = workshop
        self._handover = Handover(workshop, calls.downloads)

    async def list_lookbooks(self, user: str) -> list[dict[str, Any]]:
        """What there is."""
        with refusals():
            return [_told(book) for book in await self._workshop.books(required("user", user))]

    async def pack_lookbook(
        self, lookbook_id: str, user: str, formats: list[str] | None = None
    ) -> str:
        """The path of the ZIP."""
        book = await self._own(lookbook_id, user)
        with refusals():
            packed = await self._handover.pack(book, [Variant(one) for one in formats or ()])
        return str(packed[0])

    async def cancel_lookbook(self, lookbook_id: str, user: str) -> dict[str, Any]:
        """The lookbook, cancelled."""
        book = await self._own(lookbook_id, user)
        with refusals():
            await self._workshop.cancel(book)
        return _told(book)

    async def retry_lookbook(self, lookbook_id: str, user: str) -> dict[str, Any]:
        """The lookbook, at work again."""
        book = await self._own(lookbook_id, user)
        with refusals():
            await self._workshop.retry(book)
        return _told(book)

    async def delete_lookbook(self, lookbook_id: str, user: str) -> dict[str, Any]:
        """Nothing is left of it."""
        book = await self._own(lookbook_id, user)
        with refusals():
            await self._workshop.forget(book)
        return {"id": book.id, "deleted": True}

    async def _own(self, lookbook_id: str, user: str) -> Book:
        """The lookbook, if it is this user's; of a restarted app, too."""
        with refusals():
            books = await self._workshop.books(required("user", user))
        for book in books:
            if book.id == lookbook_id:
                return book
        raise gr.Error(f"There is no lookbook {lookbook_id!r}.", print_exception=False)


def _told(book: Book) -> dict[str, Any]:
    return {
        "lookbook_id": book.id,
        "title": book.title,
        "created_at": book.created_at,
        "rows": len(book.rows),
        "completed": book.number_of(JobStatus.COMPLETED),
        "failed": book.number_of(JobStatus.FAILED),
        "cancelled": book.number_of(JobStatus.CANCELLED),
        "is_done": book.is_done,
        "trouble": book.trouble,
    }
