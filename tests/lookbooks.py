"""Lookbooks for tests: pictures of one colour, rows of them, and a workshop at a fake backend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from PIL import Image

from app.client import BackendClient
from app.downloads import Downloads
from app.lookbook.book import Book, Kind, Recipe
from app.lookbook.catalogue import Named, Shared, cross
from app.lookbook.workshop import Workshop
from tests.fake_backend import FakeBackend, build

STILLS = Shared(Kind.STILL, seed=7)
CLIPS = Shared(Kind.CLIP, seed=7, prompt="turning around")


def paint(folder: Path, *names: str) -> list[str]:
    """Small pictures of those names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.new("RGB", (30, 40), (90, 40 * number % 256, 120)).save(folder / name)
    return [str(folder / name) for name in names]


def book_of(
    folder: Path, people: int, garments: int, shared: Shared = STILLS, **recipe: object
) -> Book:
    """Every person in every garment."""
    wearers = paint(folder, *(f"person-{n}.png" for n in range(people)))
    clothes = paint(folder, *(f"garment-{n}.png" for n in range(garments)))
    rows = cross([Named.of(path) for path in wearers], [Named.of(path) for path in clothes], shared)
    made = Recipe.model_validate(recipe)
    return Book(title="Spring", user="anna", recipe=made, rows=rows, size=len(rows))


@asynccontextmanager
async def workshop_at(backend: FakeBackend, folder: Path) -> AsyncIterator[Workshop]:
    """A workshop whose files are below `folder`; a second one takes up what the first left."""
    client = BackendClient("http://fake", transport=httpx.ASGITransport(build(backend)))
    downloads = Downloads(client, folder / "cache")
    workshop = Workshop(client, downloads, folder / "books", poll_seconds=0.005)
    yield workshop
    await workshop.close()
    await client.aclose()
