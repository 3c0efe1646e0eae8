"""One browser's Library, and the fake backend that holds what is in it."""

import time
import uuid
from collections.abc import Iterable
from typing import Any

import httpx
from playwright.sync_api import Locator, Page

from app.samples import IMAGES
from tests.fake_backend import FakeBackend

PERSON = (IMAGES / "person-1.png").read_bytes()
GARMENT = (IMAGES / "garment-1.png").read_bytes()


class Shelf:
    """The page with its Library, and the backend behind it."""

    def __init__(self, page: Page, backend: FakeBackend, url: str, user: str) -> None:
        self.page, self.backend, self._url = page, backend, url
        self.tiles = page.locator("#library-grid .lr-tile")
        self.user = user

    def make(self, prompt: str, pictures: Any = (), kind: str = "videos", **fields: Any) -> str:
        """A finished job of this browser; its id."""
        job_id = self.begin(prompt, pictures, kind, **fields)
        end = time.monotonic() + 15
        while not self.backend.jobs[job_id].status.is_final:
            assert time.monotonic() < end
            time.sleep(0.02)
        return job_id

    def begin(self, prompt: str, pictures: Any = (), kind: str = "videos", **fields: Any) -> str:
        """A job of this browser, which may still run; its id."""
        path = "/v1/images/edits" if kind == "images" else "/v1/videos"
        data = {"prompt": prompt, "user": self.user, **fields}
        sent: dict[str, Any] = {"data": data, "files": pictures} if pictures else {"json": data}
        job_id: str = httpx.post(self._url + path, **sent).json()["id"]
        return job_id

    def repeat(self, job_id: str, prompts: Iterable[str], **changes: Any) -> None:
        """Copies of a finished job, which nobody has to wait for."""
        for prompt in prompts:
            copy = f"video_{uuid.uuid4().hex[:12]}"
            changed = {"id": copy, "prompt": prompt, **changes}
            self.backend.jobs[copy] = self.backend.jobs[job_id].model_copy(update=changed)
            self.backend.files[copy] = self.backend.files[job_id]
            self.backend.inputs[copy] = []

    def open(self) -> None:
        for tab in ("Text to video", "Library"):
            self.page.get_by_role("tab", name=tab, exact=True).click()

    def tile(self, prompt: str) -> Locator:
        return self.tiles.filter(has_text=prompt)
