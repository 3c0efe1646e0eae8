"""The tiles of the *Library*, and the filters above them."""

import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from app.cards import read_cards
from app.media import media_url
from app.progress import caption, stage_words
from app.wiring import AT_ONCE
from app.words import later, t
from serve.protocol import Job, JobQuery, JobStatus, Task

JS = (Path(__file__).parent / "assets" / "tiles.js").read_text(encoding="utf-8")
ANY = ""
"""In place of a choice: whatever it is."""

TASKS = {
    Task.TEXT_TO_VIDEO: later("Text to video"),
    Task.TRY_ON: later("Try-on"),
    Task.IMAGE_TO_VIDEO: later("Photo to video"),
    Task.VIDEO_TO_VIDEO: later("Video to video"),
    Task.MOTION_TRANSFER: later("Motion of a clip"),
    Task.AUDIO_TO_VIDEO: later("Talking head"),
    Task.IMAGE_EDIT: later("Dressed still"),
    Task.TEXT_TO_IMAGE: later("Still of words"),
}
STATUSES = {
    "running": (later("Waiting or running"), [JobStatus.QUEUED, JobStatus.IN_PROGRESS]),
    "completed": (later("Finished"), [JobStatus.COMPLETED]),
    "failed": (later("Did not work"), [JobStatus.FAILED]),
    "cancelled": (later("Cancelled"), [JobStatus.CANCELLED]),
}
ORDERS = {
    "newest": (later("Newest first"), {"sort": "created_at", "order": "desc"}),
    "oldest": (later("Oldest first"), {"sort": "created_at", "order": "asc"}),
    "longest": (later("Longest first"), {"sort": "seconds", "order": "desc"}),
    "shortest": (later("Shortest first"), {"sort": "seconds", "order": "asc"}),
}


class Filters:
    """Which jobs are shown, and in which order."""

    def __init__(self) -> None:
        with gr.Row(elem_classes="lr-filters"):
            self.words = gr.Textbox(
                label=t("Search"),
                placeholder=t("In prompts"),
                max_length=200,
                min_width=150,
                elem_id="library-search",
            )
            self.order = _choice(t("Order"), [(t(ORDERS[name][0]), name) for name in ORDERS])
            self.kind = _choice(
                t("Kind"), [(t("All"), ANY), (t("Clips"), "video"), (t("Stills"), "image")]
            )
        with (
            gr.Accordion(t("More filters"), open=False, elem_classes="lr-advanced"),
            gr.Row(elem_classes="lr-filters"),
        ):
            self.task = _choice(
                t("Made by"),
                [(t("All"), ANY), *((t(words), task) for task, words in TASKS.items())],
            )
            self.model = _choice(t("Model"), [(t("All"), ANY)])
            self.status = _choice(
                t("State"), [(t("All"), ANY), *((t(STATUSES[name][0]), name) for name in STATUSES)]
            )
        self.favourites = gr.Checkbox(
            label=t("Favourites only"), elem_id="library-favourites", elem_classes="lr-check"
        )

    @property
    def inputs(self) -> list[gr.components.Component]:
        """In the order in which `asked_for` takes their values."""
        return [
            self.words,
            self.order,
            self.kind,
            self.task,
            self.model,
            self.status,
            self.favourites,
        ]

    def follow(self, cards: gr.State) -> None:
        """Offer the models that are served."""
        cards.change(
            lambda found: gr.Dropdown(
                [(t("All"), ANY), *((card.title, card.id) for card in read_cards(found))]
            ),
            cards,
            self.model,
            **AT_ONCE,
        )


def asked_for(user: str, limit: int, after: str | None, values: Sequence[Any]) -> JobQuery:
    """One page of what the filters say, of one browser's jobs."""
    words, order, kind, task, model, status, favourites = values
    return JobQuery.model_validate(
        {
            "user": user,
            "limit": limit,
            "after": after,
            "kind": kind or "all",
            "q": (words or "").strip() or None,
            "task": task or None,
            "model": model or None,
            "status": STATUSES[status][1] if status else [],
            "favourite": True if favourites else None,
            **ORDERS[order or "newest"][1],
        }
    )


def tiles_html(jobs: Sequence[Job], titles: dict[str, str], *, narrowed: bool) -> str:
    """All tiles; `titles` has the names of models by their ids."""
    if not jobs:
        empty = t("Nothing here matches.") if narrowed else t("Nothing made here yet.")
        return f'<p class="lr-quiet lr-nothing">{escape(empty)}</p>'
    tiles = "".join(_tile(job, titles.get(job.model, job.model)) for job in jobs)
    return f'<ul class="lr-tiles">{tiles}</ul>'


def _tile(job: Job, model: str) -> str:
    title = escape(tile_words(job))
    done = job.status is JobStatus.COMPLETED
    clip = f' data-clip="{media_url(job, "video")}"' if done and job.object == "video" else ""
    if done:
        picture = f'<img src="{media_url(job, "thumbnail")}" alt="" loading="lazy">'
        length = _length(job)
    else:
        picture, length = f'<span class="lr-no-picture lr-{job.status}"></span>', ""
    kept = str(job.favourite).lower()
    star, pick = escape(t("Favourite")), escape(t("Compare"))
    picking = (
        f'<button type="button" class="lr-pick" aria-pressed="false" title="{pick}" '
        f'aria-label="{pick}: {title}">◧</button>'
        if clip
        else ""
    )
    return (
        f'<li class="lr-tile" data-job="{escape(job.id)}"{clip}>'
        f'<button type="button" class="lr-open"><span class="lr-thumb">{picture}{length}</span>'
        f'<span class="lr-title">{title}</span>'
        f'<span class="lr-meta">{escape(model)} · {escape(age_words(job.created_at))}</span>'
        f'</button><button type="button" class="lr-star" aria-pressed="{kept}" title="{star}" '
        f'aria-label="{star}: {title}">{"★" if job.favourite else "☆"}</button>{picking}</li>'
    )


def _length(job: Job) -> str:
    if job.object == "image":
        words = t("1 still") if job.params.n == 1 else t("{n} stills", n=job.params.n)
    else:
        words = t("{n:.1f} s", n=job.params.num_frames / job.params.fps)
    return f'<span class="lr-length">{escape(words)}</span>'


def tile_words(job: Job) -> str:
    """The title of one job."""
    if job.status is JobStatus.COMPLETED:
        return job.prompt or caption(job)
    if not job.status.is_final:
        return " · ".join(filter(None, (stage_words(job), job.prompt)))
    state = t("Cancelled") if job.status is JobStatus.CANCELLED else t("Did not work")
    return " · ".join(filter(None, (state, job.prompt)))


def age_words(created_at: int) -> str:
    """How long ago that was."""
    minutes = max(0, int(time.time()) - created_at) // 60
    if minutes < 1:
        return t("just now")
    if minutes < 60:
        return t("{n} min ago", n=minutes)
    if minutes < 48 * 60:
        return t("{n} h ago", n=minutes // 60)
    return t("{n} days ago", n=minutes // (24 * 60))


def _choice(label: str, choices: list[tuple[str, str]]) -> gr.Dropdown:
    return gr.Dropdown(
        choices, value=choices[0][1], label=label, interactive=True, min_width=120, filterable=False
    )
