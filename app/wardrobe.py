"""The wardrobe: people and garments that a browser keeps, as files that outlive the app.

``<folder>/<browser>/<id>/`` holds ``item.json``, ``front.png`` and perhaps ``back.png``. The
browser's folder is named by a digest of its secret id, so that nobody can guess another's.
"""

import hashlib
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps
from pydantic import BaseModel, Field, ValidationError

from app.garments import Category
from app.words import t

Kind = Literal["person", "garment"]
MAX_ITEMS = 200
"""Most items of one browser."""
MAX_SIDE = 2048
"""Saved pictures are no larger: more than any model takes."""


class Leave(StrEnum):
    """What the user has the right to use; the value is the file that says so."""

    PHOTOS = ".consent"
    CLIPS = ".consent-clips"
    PERFORMANCES = ".consent-performances"


class WardrobeError(Exception):
    """What cannot be saved or found, in words for a user."""


class Item(BaseModel):
    """What is known of a person or a garment beside the pictures."""

    kind: Kind
    name: str = Field(min_length=1, max_length=80)
    sku: str = Field("", max_length=80)
    category: Category | None = None
    created_at: float


@dataclass(frozen=True)
class Saved:
    """One item with its id and the paths of its pictures."""

    id: str
    item: Item
    front: str
    back: str | None

    @property
    def caption(self) -> str:
        """Name and, if there is one, article number."""
        return " · ".join(filter(None, (self.item.name, self.item.sku)))


class Wardrobe:
    """Every browser's items; a method never touches those of another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self, browser: str, kind: Kind) -> "list[Saved]":
        """A browser's people or garments, newest first."""
        return [saved for saved in self._all(browser) if saved.item.kind == kind]

    def save(
        self,
        browser: str,
        kind: Kind,
        name: str,
        front: str,
        *,
        back: str | None = None,
        category: Category | None = None,
        sku: str = "",
    ) -> Saved:
        """Keep copies of the pictures under a name."""
        if len(self._all(browser)) >= MAX_ITEMS:
            raise WardrobeError(
                t("The wardrobe holds at most {n}; delete some first.", n=MAX_ITEMS)
            )
        item = _item(kind=kind, name=name, sku=sku, category=category, created_at=time.time())
        folder = self._home(browser) / uuid.uuid4().hex
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Under another name until it is whole: a crash leaves no half item.
        partial = folder.with_name(f".{folder.name}")
        partial.mkdir()
        try:
            _keep(front, partial / "front.png")
            if back:
                _keep(back, partial / "back.png")
            (partial / "item.json").write_text(item.model_dump_json(), encoding="utf-8")
            partial.rename(folder)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise WardrobeError(
                t("The picture could not be saved ({reason}).", reason=error)
            ) from error
        return self.get(browser, folder.name)

    def change(self, browser: str, item_id: str, *, name: str, sku: str = "") -> Saved:
        """Another name or article number."""
        saved = self.get(browser, item_id)
        item = _item(**saved.item.model_dump() | {"name": name, "sku": sku})
        target = Path(saved.front).with_name("item.json")
        partial = target.with_suffix(f".{uuid.uuid4().hex}")
        partial.write_text(item.model_dump_json(), encoding="utf-8")
        partial.replace(target)
        return self.get(browser, item_id)

    def delete(self, browser: str, item_id: str) -> None:
        """Forget an item and its pictures."""
        shutil.rmtree(Path(self.get(browser, item_id).front).parent)

    def get(self, browser: str, item_id: str) -> Saved:
        """One item of this browser."""
        for saved in self._all(browser):
            if saved.id == item_id:
                return saved
        raise WardrobeError(t("This is not in the wardrobe any more."))

    def set_consent(self, browser: str, given: bool, to: Leave = Leave.PHOTOS) -> None:
        """Remember that this browser's user may use them, and since when; or no longer."""
        note = self._home(browser) / to
        if given:
            note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            note.write_text(f"{time.time():.0f}\n", encoding="ascii")
        else:
            note.unlink(missing_ok=True)

    def has_consent(self, browser: str | None, to: Leave = Leave.PHOTOS) -> bool:
        """Whether that was said in this browser before."""
        return bool(browser) and (self._home(browser or "") / to).exists()

    def _all(self, browser: str) -> "Sequence[Saved]":
        home = self._home(browser)
        folders = [path for path in home.glob("[!.]*") if path.is_dir()] if home.exists() else []
        found = [saved for folder in folders if (saved := _read(folder))]
        return sorted(found, key=lambda saved: saved.item.created_at, reverse=True)

    def _home(self, browser: str) -> Path:
        if not browser:
            raise WardrobeError(t("This browser has no id yet; reload the page."))
        return self._folder / hashlib.sha256(browser.encode()).hexdigest()


def _read(folder: Path) -> Saved | None:
    """None while another request is deleting it."""
    try:
        item = Item.model_validate_json((folder / "item.json").read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    back = folder / "back.png"
    return Saved(folder.name, item, str(folder / "front.png"), str(back) if back.exists() else None)


def _keep(picture: str, target: Path) -> None:
    """A copy without metadata such as where the photo was taken, and no larger than of use."""
    with Image.open(picture) as image:
        upright = ImageOps.exif_transpose(image)
        plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    plain.info.clear()
    plain.save(target, "PNG", compress_level=4)


def _item(**fields: object) -> Item:
    name = str(fields["name"] or "").strip()
    if not name:
        raise WardrobeError(t("Give it a name first."))
    try:
        return Item.model_validate(fields | {"name": name, "sku": str(fields["sku"] or "").strip()})
    except ValidationError as error:
        wrong = error.errors()[0]
        raise WardrobeError(f"{wrong['loc'][0]}: {wrong['msg']}.") from error
