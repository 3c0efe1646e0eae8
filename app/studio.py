"""What every tab shares: the backend, the fetched files, the browser's id, models, wardrobe."""

from dataclasses import dataclass

import gradio as gr

from app.client import BackendClient
from app.downloads import Downloads
from app.wardrobe import Wardrobe


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

    def keeping(self, name: str) -> gr.BrowserState:
        """Where this browser keeps the ids of the jobs that run under that name."""
        return gr.BrowserState([], storage_key=f"lookreel-jobs-{name}", secret=self.browser.secret)
