"""What every tab shares: the backend, the fetched files, the browser's id, models, wardrobe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.client import BackendClient
from app.downloads import Downloads
from app.wardrobe import Wardrobe

KEPT = (
    *("tryon-result", "t2v-result", "t2v-takes", "v2v-result"),
    *("perform-result", "compare-status", "library-result"),
)
"""Where jobs run that a browser comes back to."""
ASKED = "compare-asked"
"""Where a comparison keeps what it asked of every model."""


def keep_jobs(secret: str) -> dict[str, gr.BrowserState]:
    """Where a browser keeps the ids of the jobs that run under each of the names `KEPT`,
    and what one asked.

    Call outside of all tabs: what is inside of one does not exist in the browser before the tab is
    opened, and this is looked into when the page is.
    """
    first: dict[str, Any] = dict.fromkeys(KEPT, []) | {ASKED: {}}
    return {
        name: gr.BrowserState(value, storage_key=f"lookreel-jobs-{name}", secret=secret)
        for name, value in first.items()
    }


@dataclass(frozen=True)
class Studio:
    """Handed to each ``build_tab``."""

    client: BackendClient
    downloads: Downloads
    browser: gr.BrowserState
    """This browser's random id: whose jobs the Library shows."""
    cards: gr.State
    """The model list as JSON; its change event is where controls are built from."""
    wardrobe: Wardrobe
    """The people and garments that browsers keep."""
    kept: Mapping[str, gr.BrowserState]
    """What `keep_jobs` made."""
