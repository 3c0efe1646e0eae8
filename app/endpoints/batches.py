"""The endpoint that makes a whole lookbook."""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from app.client import PATIENCE, BackendError, build_request
from app.endpoints.calls import Calls, given, refusals
from app.endpoints.dressers import dresser_for, still_fields
from app.endpoints.outfit import outfit
from app.garments import Category
from app.lookbook.board import summary
from app.lookbook.book import Book, Kind, Recipe, Row
from app.lookbook.catalogue import Named, Shared, cross, read_csv
from app.lookbook.form import one_seed
from app.lookbook.handover import Handover
from app.lookbook.pictures import unpack
from app.lookbook.problems import LookbookError
from app.lookbook.workshop import Workshop
from serve.protocol import (
    ImageEditRequest,
    JobStatus,
    ModelCard,
    Task,
    Variant,
    VideoCreateRequest,
)

ENDPOINTS = {
    "lookbook": (
        "archive",
        "Make every person in every garment, or the rows of a CSV, as stills or clips. Give people "
        "and garments (with categories and backs as in dress), or as catalogue a CSV with the "
        "pictures it names (or a ZIP with both); its columns are person, garment and, if need be, "
        "name, sku, what, prompt, seed. model and size are those of what is made; with a dresser "
        "or still_size, clips are made of stills that are dressed so. Returns a ZIP "
        "of the files, contact sheets, and lookbook.csv, which says of each row how it ended. With "
        "a user it is kept, and can be listed, packed, mended and deleted.",
    ),
}
LOOK_SECONDS = 0.5
REQUESTS: dict[Kind, type[ImageEditRequest | VideoCreateRequest]] = {
    Kind.STILL: ImageEditRequest,
    Kind.CLIP: VideoCreateRequest,
}
NOT_SETTINGS = (
    *("people", "garments", "categories", "backs", "catalogue", "what", "title", "formats"),
    *("prompt", "seed", "user", "dresser", "still_size"),
)


class Batches:
    """What gradio_client calls. Parameters left out take the model's own defaults."""

    def __init__(self, calls: Calls, workshop: Workshop) -> None:
        self._client = calls.client
        self._workshop = workshop
        self._handover = Handover(workshop, calls.downloads)

    async def lookbook(
        self,
        people: list[str] | None = None,
        garments: list[str] | None = None,
        categories: list[Category] | None = None,
        backs: list[str] | None = None,
        catalogue: list[str] | None = None,
        what: str | None = None,
        title: str | None = None,
        formats: list[str] | None = None,
        prompt: str | None = None,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        num_frames: int | None = None,
        fps: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        seconds: float | None = None,
        motion_bucket_id: int | None = None,
        loras: dict[str, float] | None = None,
        dresser: str | None = None,
        still_size: str | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """People and garments, or a CSV, to a ZIP."""
        settings = given(locals(), *NOT_SETTINGS)
        with refusals():
            shared = Shared(_kind(what), one_seed(seed), prompt or "")
            build_request(REQUESTS[shared.what], settings)
            worn = _worn(garments, categories, backs)
            rows = await asyncio.to_thread(_rows, people, worn, catalogue, shared)
            cards = await self._client.models()
            recipe = recipe_for(cards, shared.what, settings, dresser, still_size)
            name = (title or "").strip()[:80] or "Lookbook"
            book = Book(title=name, user=user or None, recipe=recipe, rows=rows, size=len(rows))
            await self._workshop.begin(book)
            await self._wait(book, progress)
            packed = await self._handover.pack(book, [Variant(one) for one in formats or ()])
            return str(packed[0])

    async def _wait(self, book: Book, progress: gr.Progress) -> None:
        """Until every row has ended; a cancelled call cancels them all."""
        well = time.monotonic()
        try:
            while not book.is_done:
                progress(
                    (sum(one.status.is_final for one in book.standings), len(book.rows)),
                    desc=book.trouble or summary(book),
                    unit="rows",
                )
                await asyncio.sleep(LOOK_SECONDS)
                well = well if book.trouble else time.monotonic()
                if time.monotonic() - well > PATIENCE:
                    await self._workshop.cancel(book)
                    raise BackendError(book.trouble)
        except asyncio.CancelledError:
            await asyncio.shield(self._workshop.cancel(book))
            raise
        if not book.number_of(JobStatus.COMPLETED):
            raise BackendError(f"No row could be made: {book.standings[0].error}")


def recipe_for(
    cards: list[ModelCard],
    what: Kind,
    settings: dict[str, Any],
    dresser: str | None = None,
    still_size: str | None = None,
) -> Recipe:
    """The settings for rows of that kind; the steps before them take the models' defaults."""
    model, dresses = settings.get("model"), bool(dresser or still_size)
    if dresses and what is Kind.STILL:
        raise LookbookError(
            "dresser and still_size are for clips: of stills, model and size say the same."
        )
    able = [card for card in cards if what is Kind.STILL or model in (None, card.id)]
    dressers = [card for card in cards if Task.IMAGE_EDIT in card.tasks]
    chosen = [card for card in dressers if card.id == model] or dressers
    still = settings if what is Kind.STILL else {}
    if dresses:
        chosen = [dresser_for(cards, dresser, still_size)]
        still = still_fields(chosen[0], still_size)
    return Recipe(
        still=still,
        clip=settings if what is Kind.CLIP else {},
        dresses_first=dresses or not any(Task.TRY_ON in card.tasks for card in able),
        dress_prompt=chosen[0].defaults.prompt if chosen else "",
        picture_word=chosen[0].picture_word if chosen else "",
    )


def _worn(
    garments: list[str] | None, categories: list[Category] | None, backs: list[str] | None
) -> list[Named]:
    """The garments by name, with what is known of each."""
    if not (garments or categories or backs):
        return []
    found = outfit(garments or [], categories, backs)
    return [
        replace(Named.of(one.front), back=one.back, category=one.category if categories else None)
        for one in found
    ]


def _kind(what: str | None) -> Kind:
    try:
        return Kind((what or Kind.STILL).strip().lower().removesuffix("s"))
    except ValueError:
        raise LookbookError(f"what is {what!r}: it must be still or clip.") from None


def _rows(
    people: list[str] | None,
    garments: list[Named],
    catalogue: list[str] | None,
    shared: Shared,
) -> list[Row]:
    if not catalogue:
        return cross([Named.of(path) for path in people or []], garments, shared)
    if people or garments:
        raise LookbookError("Give people and garments, or catalogue; not both.")
    folder = Path(tempfile.mkdtemp(prefix="lookbook-", dir=Path(catalogue[0]).parent))
    return read_csv(unpack(catalogue, folder), shared)[0]
