"""The endpoints of the wardrobe, and what a photographer would say of a photo."""

import asyncio
from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.endpoints.calls import refusals, required
from app.garments import Category
from app.photo_checks import garment_hints, person_hints
from app.wardrobe import Kind, Saved, Wardrobe

ENDPOINTS = {
    "list_wardrobe": (
        "items",
        "The people and garments that a user has saved, newest first; item_kind, person or "
        "garment, names only these. Returns of each: item_id, item_kind, name, sku, category, "
        "has_back, created_at.",
    ),
    "get_item": ("photos", "The photos of something saved: its front and, if there is one, back."),
    "save_item": (
        "item",
        "Save a person or a garment (item_kind) under a name, to be had again with get_item. "
        "Location and other metadata are taken out of the photos. Returns it with its item_id.",
    ),
    "rename_item": ("item", "Give something saved another name or article number. Returns it."),
    "delete_item": ("item", "Delete something saved, photos included. Returns {id, deleted}."),
    "check_photo": (
        "hints",
        "What may keep a photo of a person or a garment (item_kind) from dressing well: small, "
        "dark, blurred, no face or several, a garment that is cut off. Returns a list of hints, "
        "empty if all is well; the photo may be used anyway.",
    ),
}
KINDS: Sequence[Kind] = ("person", "garment")


class Closet:
    """What gradio_client calls; an item is found by who gives its user alone."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        self._wardrobe = wardrobe

    async def list_wardrobe(self, user: str, item_kind: str | None = None) -> list[dict[str, Any]]:
        """What there is."""
        kinds = [_kind(item_kind)] if item_kind else KINDS
        owner = required("user", user)
        found = [one for kind in kinds for one in await self._do(self._wardrobe.list, owner, kind)]
        return [_told(one) for one in sorted(found, key=_age)]

    async def get_item(self, item_id: str, user: str) -> list[str]:
        """The paths of its photos."""
        saved = await self._do(self._wardrobe.get, required("user", user), item_id)
        return [photo for photo in (saved.front, saved.back) if photo]

    async def save_item(
        self,
        item_kind: str,
        name: str,
        front: str,
        user: str,
        back: str | None = None,
        category: str | None = None,
        sku: str | None = None,
    ) -> dict[str, Any]:
        """What was saved."""
        saved = await self._do(
            self._wardrobe.save,
            required("user", user),
            _kind(item_kind),
            name,
            required("front", front),
            back=back,
            category=_category(category),
            sku=sku or "",
        )
        return _told(saved)

    async def rename_item(
        self, item_id: str, user: str, name: str | None = None, sku: str | None = None
    ) -> dict[str, Any]:
        """The item as it is now; what is left out stays."""
        owner = required("user", user)
        item = (await self._do(self._wardrobe.get, owner, item_id)).item
        kept = {
            "name": item.name if name is None else name,
            "sku": item.sku if sku is None else sku,
        }
        return _told(await self._do(self._wardrobe.change, owner, item_id, **kept))

    async def delete_item(self, item_id: str, user: str) -> dict[str, Any]:
        """Nothing is left of it."""
        await self._do(self._wardrobe.delete, required("user", user), item_id)
        return {"id": item_id, "deleted": True}

    async def check_photo(self, photo: str, item_kind: str | None = None) -> list[str]:
        """What there is to say about it; of a person, unless it is said otherwise."""
        check = person_hints if _kind(item_kind or "person") == "person" else garment_hints
        hints: list[str] = await self._do(check, required("photo", photo))
        return hints

    async def _do(self, function: Any, *arguments: Any, **named: Any) -> Any:
        """Files and pictures are worked on beside the event loop."""
        with refusals():
            return await asyncio.to_thread(function, *arguments, **named)


def _told(saved: Saved) -> dict[str, Any]:
    item = saved.item.model_dump(mode="json")
    return {
        "item_id": saved.id,
        "item_kind": item.pop("kind"),
        "has_back": saved.back is not None,
    } | item


def _age(saved: Saved) -> float:
    return -saved.item.created_at


def _kind(name: str) -> Kind:
    for kind in KINDS:
        if name == kind:
            return kind
    raise gr.Error(
        f"item_kind is {name!r}: it must be {' or '.join(KINDS)}.", print_exception=False
    )


def _category(name: str | None) -> Category | None:
    try:
        return Category(name) if name else None
    except ValueError:
        allowed = ", ".join(Category)
        raise gr.Error(
            f"category is {name!r}: it must be one of {allowed}.", print_exception=False
        ) from None
