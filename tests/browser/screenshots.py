"""Take the documents' pictures anew: ``python -m tests.browser.screenshots [FOLDER]``.

Every state of the page, made by the built-in models in a Lookreel of its own, or in the one of
``LOOKREEL_STUDIO``: on a desktop in light, and as each tab opens also in dark, on a tablet and on a
phone. Beside them a page that shows them all.
"""

import io
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.conftest import CHROMIUM, CHROMIUM_ARGS, ROOT, open_studio, running_studio
from tests.browser.states import STATES, State, as_it_opens, go

FOLDER = ROOT / "docs" / "screens"
MOST_BYTES = 2 * 1024 * 1024
"""Of all pictures together: they are kept in the repository."""
QUALITIES = (75, 60, 45)
SETTLED_MILLISECONDS = 800


@dataclass(frozen=True)
class View:
    """How the page is looked at; pictures are narrowed to `width` and cut at `height` pixels."""

    name: str
    theme: str
    viewport: ViewportSize
    every_state: bool
    width: int
    height: int

    @property
    def states(self) -> list[State]:
        """Those pictured in this view."""
        return [state for state in STATES if self.every_state or state.reach is as_it_opens]


DESKTOP, PHONE = ViewportSize(width=1440, height=1000), ViewportSize(width=390, height=844)
TABLET = ViewportSize(width=820, height=1180)
VIEWS = (
    View("light", "light", DESKTOP, True, width=1080, height=1200),
    View("dark", "dark", DESKTOP, False, width=1080, height=1200),
    View("tablet", "light", TABLET, False, width=615, height=1000),
    View("phone", "light", PHONE, False, width=390, height=1400),
    View("phone-dark", "dark", PHONE, False, width=390, height=1400),
)
INDEX_HEAD = """# Every tab and state

Taken by `python -m tests.browser.screenshots` in headless Chromium, with the built-in sketch models
(`examples/croquis/README.md`) making what is seen.
"""


def names() -> list[str]:
    """Every picture's file, in the order in which they are taken."""
    return [f"{state.name}-{view.name}.jpg" for view in VIEWS for state in view.states]


def index() -> str:
    """A page of all pictures: each tab as it opens in every view, then its states."""
    lines = [INDEX_HEAD]
    for state in STATES:
        name = state.name
        if state.reach is as_it_opens:
            others = [view.name for view in VIEWS if not view.every_state]
            small = " ".join(f'<img src="{name}-{o}.jpg" alt="{o}" width="23%">' for o in others)
            lines += [f"## {state.tab}\n\n![{state.tab}]({name}-light.jpg)\n\n{small}\n"]
        else:
            words = name.rsplit("-", 1)[1].capitalize()
            lines += [f"### {words}\n\n![{state.tab}: {words.lower()}]({name}-light.jpg)\n"]
    return "\n".join(lines)


def shoot(page: Page, view: View) -> Image.Image:
    """The page as it stands, as far down as the view goes."""
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    whole = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    size = (view.width, round(whole.height * view.width / whole.width))
    return whole.resize(size).crop((0, 0, view.width, min(size[1], view.height)))


def take(browser: Browser, studio: str, view: View) -> dict[str, Image.Image]:
    """All pictures of one view, in a browser of its own."""
    context = browser.new_context(viewport=view.viewport, locale="en-GB")
    page = open_studio(context, f"{studio}/?__theme={view.theme}")
    pictures = {}
    for state in view.states:
        go(page, state)
        pictures[f"{state.name}-{view.name}.jpg"] = shoot(page, view)
        for warning in page.locator(".toast-close").all():
            warning.click()  # it belongs to this picture only
    context.close()
    return pictures


def encode(pictures: dict[str, Image.Image], most: int = MOST_BYTES) -> dict[str, bytes]:
    """All as JPEG, as good as fits into so many bytes."""
    for quality in QUALITIES:
        files = {}
        for name, picture in pictures.items():
            file = io.BytesIO()
            picture.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
            files[name] = file.getvalue()
        if sum(map(len, files.values())) <= most:
            return files
    raise SystemExit(f"{len(pictures)} pictures are more than {most} bytes at any quality.")


def main(folder: Path = FOLDER) -> None:
    """Replace the folder's pictures."""
    pictures: dict[str, Image.Image] = {}
    with running_studio() as studio, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        for view in VIEWS:
            pictures |= take(browser, studio, view)
        browser.close()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jpg"):
        old.unlink()
    for name, data in encode(pictures).items():
        (folder / name).write_bytes(data)
    (folder / "README.md").write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
