"""The page: its header, its tabs and the model list that keeps them current; and the server."""

import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import Dependency
from starlette.middleware import Middleware

from app import samples
from app.agents import offer_tools
from app.client import BackendClient, BackendError
from app.components import readiness_words
from app.downloads import Downloads
from app.endpoints import add_endpoints
from app.lookbook.workshop import Workshop
from app.media import media_route
from app.resuming import Resuming
from app.settings import Settings
from app.studio import Studio, keep_jobs
from app.tabs import compare, library, lookbook, perform, text_to_video, try_on, video_to_video
from app.telling import telling_texts
from app.theme import ASSETS, build_css, build_theme
from app.told import told
from app.translated import TranslatedPage
from app.wardrobe import Wardrobe
from app.wiring import PRIVATE
from app.words import building, t
from serve.protocol import ModelCard, Readiness

logger = logging.getLogger(__name__)

LOOK_SOON, LOOK_LATER = 2.0, 10.0
"""Seconds between two looks at the model list, while something is amiss and when all is well."""
DELETE_CACHE = (3600, 24 * 3600)


def build_ui(settings: Settings) -> tuple[gr.Blocks, Workshop]:
    """Lay out the page, and what works on without it; nothing here waits for the backend."""
    client = BackendClient(settings.backend_url, poll_seconds=settings.poll_seconds)
    downloads = Downloads(client, Path(settings.cache_dir))
    workshop = Workshop(
        client, downloads, settings.lookbooks_dir, poll_seconds=settings.poll_seconds
    )
    with (
        building(),
        gr.Blocks(title="Lookreel", analytics_enabled=False, delete_cache=DELETE_CACHE) as blocks,
    ):
        browser = gr.BrowserState(
            "", storage_key="lookreel-browser", secret=settings.browser_secret
        )
        wardrobe = Wardrobe(settings.wardrobe_dir)
        kept = keep_jobs(settings.browser_secret)
        studio = Studio(client, downloads, browser, gr.State(""), wardrobe, kept)
        gr.HTML(header_html())
        banner = gr.HTML(elem_id="banner")
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            with gr.Tab(t("Try-on"), id="try-on"):
                fitting_room = try_on.build_tab(studio)
            with gr.Tab(t("Text to video"), id="text-to-video"):
                cutting_room = text_to_video.build_tab(studio)
            with gr.Tab(t("Video to video"), id="video-to-video"):
                repainting = video_to_video.build_tab(studio)
            with gr.Tab(t("Perform"), id="perform"):
                stage = perform.build_tab(studio)
            with gr.Tab(t("Lookbook"), id="lookbook") as wall:
                lookbook.build_tab(studio, workshop).open_with(wall)
            with gr.Tab(t("Compare"), id="compare"):
                comparing = compare.build_tab(studio)
            with gr.Tab(t("Library"), id="library") as shelf:
                made = library.build_tab(
                    studio, tabs, cutting_room, repainting, fitting_room, stage
                )
                made.open_with(shelf)
        Resuming(studio, cutting_room, repainting, fitting_room, comparing, stage).open_with(blocks)
        add_endpoints(client, downloads, workshop, wardrobe)
        known = blocks.load(_keep_browser_id, browser, browser, **PRIVATE)
        fitting_room.open_with(blocks)
        _watch_models(known, studio, banner)
    return blocks, workshop


def launch(settings: Settings, *, blocking: bool = False) -> gr.Blocks:
    """Serve the page; the returned object has ``close()``."""
    offer_tools()
    blocks, workshop = build_ui(settings)
    client = BackendClient(settings.backend_url)
    media = media_route(client, Downloads(client, Path(settings.cache_dir)))

    @asynccontextmanager
    async def working(_app: object) -> AsyncIterator[None]:
        workshop.resume()
        yield
        await workshop.close()

    blocks.queue(default_concurrency_limit=None)
    blocks.launch(
        server_name=settings.host,
        server_port=settings.port,
        root_path=settings.root_path or None,
        theme=build_theme(),
        css=build_css(),
        js=(ASSETS / "page.js").read_text(encoding="utf-8"),
        favicon_path=str(ASSETS / "favicon.svg"),
        allowed_paths=[
            settings.cache_dir,
            str(settings.wardrobe_dir),
            str(settings.lookbooks_dir),
            str(samples.IMAGES),
            str(ASSETS),
        ],
        footer_links=["api"],
        max_file_size="100mb",
        ssr_mode=False,
        quiet=True,
        show_error=True,
        mcp_server=settings.mcp_server,
        app_kwargs={
            "middleware": [Middleware(TranslatedPage)],
            "lifespan": working,
            "routes": [media],
        },
        prevent_thread_lock=not blocking,
    )
    return blocks


def header_html() -> str:
    """The name and what it is."""
    return (
        f'<header class="lr-header" {telling_texts()}>'
        '<h1><a class="lr-wordmark" href="./">Lookreel</a></h1>'
        f"<p>{t('Virtual try-on, in motion')}</p></header>"
    )


def _keep_browser_id(browser_id: str) -> str:
    """The id this browser already has, or a new one nobody can guess."""
    return browser_id or uuid.uuid4().hex


def _watch_models(known: Dependency, studio: Studio, banner: gr.HTML) -> None:
    """Ask for the model list now and again, so that the page follows without a reload.

    Nothing can be made before the browser's id is `known`: the Library would never find it.
    """

    async def look(browser: str) -> list[Any]:
        try:
            models = await studio.client.listing()
        except BackendError as error:
            return ["", banner_html(told(error.message), trouble=True), gr.Timer(LOOK_SOON)]
        cards = models.data
        done = all(card.readiness is not Readiness.LOADING for card in cards)
        every = gr.Timer(LOOK_LATER if done and cards and browser else LOOK_SOON)
        listed = models.model_dump_json() if browser else gr.skip()
        return [listed, models_banner(cards), every]

    timer = gr.Timer(LOOK_SOON)
    outputs = [studio.cards, banner, timer]
    looking = {"fn": look, "inputs": studio.browser, "outputs": outputs, "concurrency_limit": None}
    known.then(**looking, **PRIVATE)
    timer.tick(**looking, **PRIVATE)


def models_banner(cards: Sequence[ModelCard]) -> str:
    """Which models are loading or failed; nothing when all is well."""
    if not cards:
        return banner_html(t("The backend serves no model yet."), trouble=False)
    waiting = [readiness_words(card) for card in cards if not card.readiness.takes_work]
    trouble = any(card.readiness is Readiness.FAILED for card in cards)
    return banner_html(" ".join(waiting), trouble=trouble) if waiting else ""


def banner_html(message: str, *, trouble: bool) -> str:
    """A line under the header."""
    kind = "lr-trouble" if trouble else "lr-loading"
    return f'<div class="lr-banner {kind}" role="status"><p>{escape(message)}</p></div>'
