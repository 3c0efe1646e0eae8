"""The *Compare* tab: one input through several models, side by side in step, with figures."""

from collections.abc import AsyncIterator, Sequence
from html import escape
from typing import Any

import gradio as gr

from app.client import BackendError
from app.components import cards_for, model_choices
from app.following import follow_all, queue_each
from app.panel import Update, cancel_all, cumulative
from app.progress import eta_words, final_words, notice_card, stage_words
from app.studio import Studio
from app.told import told
from app.words import later, t
from serve.protocol import Job, JobStatus, ModelCard, Quality, Task

MOST = 4
"""Models side by side."""
MAKES_CLIPS = (Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO, Task.TRY_ON)
IN_STEP_JS = """() => document.querySelectorAll('.lr-compared video').forEach(
    (clip) => { clip.currentTime = 0; clip.play() })"""
HEAD = (
    later("Model"),
    later("Seconds"),
    later("Cost per clip"),
    later("Peak memory"),
    later("Flicker"),
    later("Smoothness"),
    later("Subject kept"),
    later("Garment kept"),
)
EXPLAINED = later(
    "Flicker: change from frame to frame, lower is calmer. The others are better the nearer they "
    "come to 1. They compare these clips with one another, and with no other measurement."
)


class Compare:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=5, min_width=320):
                gr.HTML(f'<h2 class="lr-step"><span>1</span>{t("One input")}</h2>')
                self.prompt = gr.Textbox(
                    label=t("Prompt"),
                    lines=2,
                    placeholder=t("Who, wearing what, doing what, where"),
                )
                with gr.Row(elem_classes="lr-pair"):
                    self.person = _photo(t("Person, if there is one"))
                    self.garment = _photo(t("Garment, if there is one"))
            with gr.Column(scale=6, min_width=320):
                gr.HTML(f'<h2 class="lr-step"><span>2</span>{t("Several models")}</h2>')
                self.models = gr.CheckboxGroup(
                    [], label=t("Models, up to {n}", n=MOST), elem_id="compare-models"
                )
                self.seed = gr.Number(7, label=t("Seed, the same for all"), precision=0, minimum=0)
                self.price = gr.Number(
                    None,
                    label=t("Price of an hour of your machine, in dollars"),
                    info=t("For the cost of a clip. Hosted models cost what their host charges."),
                    minimum=0,
                    elem_id="compare-price",
                )
                self.run = gr.Button(t("Compare"), variant="primary", elem_id="compare-run")
        self.jobs = gr.State([])
        self.status = gr.HTML(elem_id="compare-status")
        self.cancel = gr.Button(
            t("Cancel"),
            visible=False,
            size="sm",
            elem_classes="lr-cancel",
            elem_id="compare-cancel",
        )
        with gr.Row(elem_classes="lr-compared"):
            self.clips = [
                gr.Video(visible=False, autoplay=True, loop=True, interactive=False, buttons=[])
                for _ in range(MOST)
            ]
        self.in_step = gr.Button(t("Play in step"), visible=False, size="sm")
        self.table = gr.HTML(elem_id="compare-table")
        self._wire()

    def _wire(self) -> None:
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        self._studio.cards.change(
            lambda cards: gr.CheckboxGroup(model_choices(cards_for(cards, *MAKES_CLIPS))),
            self._studio.cards,
            self.models,
            queue=False,
            **private,
        )
        inputs = [self.prompt, self.person, self.garment, self.models, self.seed, self.price]
        self.run.click(
            self._compare,
            [self._studio.cards, self._studio.browser, *inputs],
            [self.run, self.jobs, self.status, self.cancel]
            + [*self.clips, self.in_step, self.table],
            concurrency_limit=None,
            **private,
        ).then(None, js=IN_STEP_JS, api_visibility="private")
        self.in_step.click(None, js=IN_STEP_JS, api_visibility="private")
        self.cancel.click(self._cancel, self.jobs, self.cancel, concurrency_limit=None, **private)

    async def _cancel(self, jobs: list[Job]) -> gr.Button:
        return await cancel_all(self._studio.client, jobs)

    async def _compare(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._steps(*values)):
            yield update

    async def _steps(
        self,
        cards: str,
        user: str,
        prompt: str | None,
        person: str | None,
        garment: str | None,
        models: list[str],
        seed: int | None,
        price: float | None,
    ) -> AsyncIterator[Update]:
        chosen = [card for card in cards_for(cards, *MAKES_CLIPS) if card.id in models]
        task = _task(person, garment)
        if problem := _problem(chosen, task, prompt, person, garment):
            gr.Warning(problem, title=t("Warning"))
            yield {self.status: notice_card(problem)}
            return
        hidden: Update = {clip: gr.Video(value=None, visible=False) for clip in self.clips}
        yield hidden | {self.run: gr.Button(t("Working…"), interactive=False), self.table: ""}
        fields = {"prompt": (prompt or "").strip(), "seed": seed, "user": user or None}
        try:
            queued = queue_each(self._studio.client, chosen, fields, person, garment)
            jobs = [job async for job in queued]
            stop = gr.Button(t("Cancel"), visible=True, interactive=True)
            yield {self.jobs: list(jobs), self.cancel: stop}
            async for index, event in follow_all(self._studio.client, jobs):
                jobs[index] = event.job
                yield {self.status: _status(chosen, jobs)}
            yield await self._results(chosen, jobs, price)
        except BackendError as error:
            message = told(error.message)
            gr.Warning(message, title=t("Warning"))
            yield {self.status: notice_card(message)}
        yield {
            self.run: gr.Button(t("Compare"), interactive=True),
            self.cancel: gr.Button(visible=False),
        }

    async def _results(
        self, cards: Sequence[ModelCard], jobs: Sequence[Job], price: float | None
    ) -> Update:
        """The clips that there are, and the table."""
        updates: Update = {}
        rows = []
        done = [pair for pair in zip(cards, jobs, strict=True) if _is_done(pair[1])]
        for clip, (card, job) in zip(self.clips, done, strict=False):
            path = await self._studio.downloads.video(job)
            updates[clip] = gr.Video(value=path, label=card.title, visible=True)
            quality = await self._studio.client.quality(job)
            rows.append(_row(card, job, quality, card.cost_of(job, price or None)))
        failed = [job for job in jobs if not _is_done(job)]
        status = "".join(notice_card(f"{job.model}: {final_words(job)}") for job in failed)
        return updates | {
            self.status: status,
            self.table: _table(rows),
            self.in_step: gr.Button(visible=len(done) > 1),
        }


def _photo(label: str) -> gr.Image:
    with gr.Column(min_width=150):
        gr.HTML(f'<p class="lr-hint">{label}</p>')
        return gr.Image(
            label=label,
            type="filepath",
            sources=["upload", "clipboard"],
            height=220,
            elem_classes="lr-upload",
        )


def _task(person: str | None, garment: str | None) -> Task:
    if garment:
        return Task.TRY_ON
    return Task.IMAGE_TO_VIDEO if person else Task.TEXT_TO_VIDEO


def _problem(
    cards: Sequence[ModelCard],
    task: Task,
    prompt: str | None,
    person: str | None,
    garment: str | None,
) -> str | None:
    """What is missing, in words; None if the jobs can be queued."""
    if garment and not person:
        return t("Add a photo of the person who is to wear the garment.")
    if not 2 <= len(cards) <= MOST:
        return t("Choose two to {most} models; you chose {n}.", most=MOST, n=len(cards))
    unable = [card.title for card in cards if task not in card.tasks]
    if unable:
        return t(
            "{models} cannot do {task}. Choose others, or another input.",
            models=", ".join(unable),
            task=task.value,
        )
    if task is Task.TEXT_TO_VIDEO and not (prompt or "").strip():
        return t("Write a prompt first: who, wearing what, doing what, where.")
    return None


def _is_done(job: Job) -> bool:
    return job.status is JobStatus.COMPLETED


def _status(cards: Sequence[ModelCard], jobs: Sequence[Job]) -> str:
    lines = []
    for card, job in zip(cards, jobs, strict=True):
        words = t("Done") if _is_done(job) else stage_words(job)
        if job.status.is_final and not _is_done(job):
            words = final_words(job)
        lines.append(
            f'<div class="lr-status" role="status"><span class="lr-stage">{escape(card.title)}: '
            f'{escape(words)}</span><span class="lr-eta">{escape(eta_words(job))}</span></div>'
        )
    return f'<div class="lr-card">{"".join(lines)}</div>'


def _row(card: ModelCard, job: Job, quality: Quality, cost: float | None) -> list[str]:
    peak = job.peak_memory_gb
    figures = (
        quality.temporal_flicker,
        quality.motion_smoothness,
        quality.subject_consistency,
        quality.garment_consistency,
    )
    return [
        card.title,
        f"{job.run_seconds:.1f}",
        "–" if cost is None else f"${cost:.4f}",
        "–" if peak is None else f"{peak:.1f} GiB",
        *("–" if figure is None else f"{figure:.3f}" for figure in figures),
    ]


def _table(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{t(name)}</th>' for name in HEAD)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return (
        f'<div class="lr-table" tabindex="0" role="region" aria-label="{t("Figures")}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        f'</table><p class="lr-quiet">{t(EXPLAINED)}</p></div>'
    )


def build_tab(studio: Studio) -> Compare:
    """Lay out the tab; call inside ``gr.Tab``."""
    return Compare(studio)
