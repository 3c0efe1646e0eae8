"""The endpoint that makes a whole lookbook."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import gradio as gr

from app.client import PATIENCE, BackendError, build_request
from app.endpoints.calls import Calls, given, refusals
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
        "and garments, or as catalogue a CSV with the pictures it names (or a ZIP with both); its "
        "columns are person, garment and, if need be, name, sku, what, prompt, seed. Returns a ZIP "
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
    *("people", "garments", "catalogue", "what", "title", "formats", "prompt", "seed", "user"),
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
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """People and garments, or a CSV, to a ZIP."""
        settings = given(locals(), *NOT_SETTINGS)
        with refusals():
            shared = Shared(_kind(what), one_seed(seed), prompt or "")
            build_request(REQUESTS[shared.what], settings)
            rows = await asyncio.to_thread(_rows, people, garments, catalogue, shared)
            recipe = recipe_for(await self._client.models(), shared.what, settings)
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


def recipe_for(cards: list[ModelCard], what: Kind, settings: dict[str, Any]) -> Recipe:
    """The settings for rows of that kind; the steps before them take the models' defaults."""
    model = settings.get("model")
    able = [card for card in cards if what is Kind.STILL or model in (None, card.id)]
    dressers = [card for card in cards if Task.IMAGE_EDIT in card.tasks]
    chosen = [card for card in dressers if card.id == model] or dressers
    return Recipe(
        still=settings if what is Kind.STILL else {},
        clip=settings if what is Kind.CLIP else {},
        dresses_first=not any(Task.TRY_ON in card.tasks for card in able),
        dress_prompt=chosen[0].defaults.prompt if chosen else "",
        picture_word=chosen[0].picture_word if chosen else "",
    )


def _kind(what: str | None) -> Kind:
    try:
        return Kind((what or Kind.STILL).strip().lower().removesuffix("s"))
    except ValueError:
        raise LookbookError(f"what is {what!r}: it must be still or clip.") from None


def _rows(
    people: list[str] | None,
    garments: list[str] | None,
    catalogue: list[str] | None,
    shared: Shared,
) -> list[Row]:
    if not catalogue:
        return cross(
            [Named.of(path) for path in people or []],
            [Named.of(path) for path in garments or []],
            shared,
        )
    if people or garments:
        raise LookbookError("Give people and garments, or catalogue; not both.")
    folder = Path(tempfile.mkdtemp(prefix="lookbook-", dir=Path(catalogue[0]).parent))
    return read_csv(unpack(catalogue, folder), shared)[0]
