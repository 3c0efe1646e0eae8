"""The *Compare* tab: one input through several models, side by side in step, with figures."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import gradio as gr

from app.client import BackendError
from app.compared_input import MOST, OWN, problem_of, task_of, undressed
from app.comparison import (
    clips_html,
    common_sizes,
    is_done,
    row,
    status_html,
    table_html,
    times,
    title_of,
)
from app.components import cards_for, model_choices, read_cards
from app.consent import Consent, needs_leave
from app.details import PAIR_JS
from app.dressed_once import begin_still, finished_still, only_animates
from app.empty_numbers import away_unless, start_empty
from app.following import follow_all, queue_each
from app.panel import Update, cancel_all, cumulative, in_words
from app.progress import final_words, notice_card
from app.studio import ASKED, Studio
from app.told import told
from app.wardrobe import Leave
from app.wiring import AT_ONCE, PRIVATE
from app.words import t
from serve.protocol import Job, ModelCard, Task

MAKES_CLIPS = (Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO, Task.TRY_ON)


class Compare:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.kept = studio.kept["compare-status"]
        self.asked = studio.kept[ASKED]
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=5, min_width=320):
                gr.HTML(f'<h2 class="lr-step"><span>1</span>{t("One input")}</h2>')
                self.prompt = gr.Textbox(
                    label=t("Prompt"),
                    lines=2,
                    placeholder=t("Who, wearing what, doing what, where"),
                )
                with gr.Row(elem_classes="lr-pair"):
                    self.person = _photo(t("Person, if there is one"), "compare-person")
                    self.garment = _photo(t("Garment, if there is one"), "compare-garment")
                self.consent = Consent(studio, Leave.PHOTOS, "compare-consent")
            with gr.Column(scale=6, min_width=320):
                gr.HTML(f'<h2 class="lr-step"><span>2</span>{t("Several models")}</h2>')
                self.models = gr.CheckboxGroup(
                    [], label=t("Models, up to {n}", n=MOST), elem_id="compare-models"
                )
                self.dresser = gr.Dropdown(
                    [],
                    label=t("Who dresses the person"),
                    info=t("Once, for those of the models that only animate a photo."),
                    elem_classes=away_unless(False),
                    elem_id="compare-dresser",
                )
                self.size = gr.Dropdown(
                    [(t("Each model's own"), OWN)],
                    value=OWN,
                    label=t("Size"),
                    info=t("Those are offered that all chosen models make."),
                    elem_id="compare-size",
                )
                self.seed = gr.Number(7, label=t("Seed, the same for all"), precision=0, minimum=0)
                self.price = gr.Number(
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
        self.clips = gr.HTML(
            js_on_load=PAIR_JS, elem_id="compare-clips", elem_classes="lr-compared"
        )
        self.table = gr.HTML(elem_id="compare-table")
        self._wire()

    def _wire(self) -> None:
        self._studio.cards.change(
            lambda cards: gr.CheckboxGroup(model_choices(cards_for(cards, *MAKES_CLIPS))),
            self._studio.cards,
            self.models,
            **AT_ONCE,
        )
        start_empty(self.price, self._studio.cards)
        self.consent.wire(self.person)
        self.models.change(
            _sizes,
            [self._studio.cards, self.models, self.size],
            self.size,
            **AT_ONCE,
        )
        gr.on(
            [self._studio.cards.change, self.models.change, self.garment.change],
            _dressers,
            [self._studio.cards, self.models, self.garment, self.dresser],
            self.dresser,
            **AT_ONCE,
        )
        entered = [self.prompt, self.person, self.garment, self.consent.box]
        chosen = [self.models, self.dresser, self.size, self.seed, self.price]
        self.run.click(
            self._compare,
            [self._studio.cards, self._studio.browser, *entered, *chosen],
            [self.run, *self.outputs],
            concurrency_limit=None,
            **PRIVATE,
        )
        self.cancel.click(self._cancel, self.jobs, self.cancel, concurrency_limit=None, **PRIVATE)

    @property
    def outputs(self) -> list[Any]:
        """Every component that the updates of `follow` may name."""
        return [
            *(self.jobs, self.kept, self.asked, self.status, self.cancel),
            *(self.clips, self.table),
        ]

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
        ticked: bool,
        models: list[str],
        dresser: str | None,
        size: str,
        seed: int | None,
        price: float | None,
    ) -> AsyncIterator[Update]:
        chosen = [card for card in cards_for(cards, *MAKES_CLIPS) if card.id in models]
        task = task_of(person, garment)
        agreed = not needs_leave(person) or self.consent.given(ticked, user)
        problem = problem_of(chosen, task, prompt, person, garment, size, agreed=agreed)
        animating = [card for card in chosen if garment and only_animates(card)]
        if problem := problem or undressed(animating, dresser):
            yield self._notice(problem)
            return
        working = gr.Button(t("Working…"), interactive=False)
        yield {self.run: working, self.clips: "", self.table: ""}
        fields = {"prompt": (prompt or "").strip(), "seed": seed, "user": user or None}
        fields["size"] = None if size == OWN else size
        asked = {"models": [card.id for card in chosen], "fields": fields, "price": price or None}

        async def steps() -> AsyncIterator[Update]:
            client = self._studio.client
            if animating and dresser and person and garment:
                begun = [await begin_still(client, dresser, fields, person, garment)]
            else:
                begun = await queue_each(client, chosen, fields, person, garment)
            async for update in self.resume(begun, asked):
                yield update

        async for update in in_words(steps(), self._notice):
            yield update
        yield {self.run: gr.Button(t("Compare"), interactive=True)}

    async def resume(self, begun: Sequence[Job], asked: dict[str, Any]) -> AsyncIterator[Update]:
        """What is under way, clips or the still that they wait for, up to the figures.

        A page that is opened anew comes in here with what it kept: the jobs, and what was asked.
        """
        yield {
            self.jobs: list(begun),
            self.kept: [job.id for job in begun],
            self.asked: asked,
            self.cancel: gr.Button(t("Cancel"), visible=True, interactive=True),
        }
        ending = {self.cancel: gr.Button(visible=False)}
        try:
            async for update in self._follow(begun, asked):
                yield update
            ending |= {self.kept: []}
        except BackendError as error:
            ending |= self._notice(error.message)
            if not error.is_unreachable:
                ending |= {self.kept: []}
        yield ending

    async def _follow(self, begun: Sequence[Job], asked: dict[str, Any]) -> AsyncIterator[Update]:
        """How far the jobs are, again and again, and at last what they have made."""
        client, jobs = self._studio.client, list(begun)
        known = {card.id: card for card in await client.models()}
        yield {self.status: status_html(known, jobs)}
        async for index, event in follow_all(client, jobs):
            jobs[index] = event.job
            yield {self.status: status_html(known, jobs)}
        if jobs[0].object == "video":
            yield await self._results(known, jobs, asked.get("price"))
            return
        jobs = await self._queue_dressed(known, jobs[0], asked)
        yield {self.jobs: jobs, self.kept: [job.id for job in jobs]}
        async for update in self._follow(jobs, asked):
            yield update

    async def _queue_dressed(
        self, cards: Mapping[str, ModelCard], still: Job, asked: dict[str, Any]
    ) -> list[Job]:
        """The clips of a person who is dressed now."""
        dressed = await finished_still(self._studio.downloads, still)
        person, garment = await self._studio.downloads.inputs(still)
        chosen = [cards[model] for model in asked["models"] if model in cards]
        fields = asked["fields"]
        return await queue_each(self._studio.client, chosen, fields, person, garment, dressed)

    def _notice(self, message: str) -> Update:
        message = told(message)
        gr.Warning(message, title=t("Warning"))
        return {self.status: notice_card(message)}

    async def _results(
        self, cards: Mapping[str, ModelCard], jobs: Sequence[Job], price: float | None
    ) -> Update:
        """The clips that there are, and the table."""
        rows = []
        done = [job for job in jobs if is_done(job)]
        for job in done:
            card = cards.get(job.model)
            cost = card.cost_of(job, price or None) if card else None
            quality = await self._studio.client.quality(job)
            rows.append(row(title_of(cards, job), job, quality, cost))
        failed = [job for job in jobs if not is_done(job)]
        status = "".join(
            notice_card(f"{title_of(cards, job)}: {final_words(job)}") for job in failed
        )
        return {
            self.status: status,
            self.clips: clips_html(cards, done),
            self.table: table_html(rows),
        }


def _photo(label: str, elem_id: str) -> gr.Image:
    with gr.Column(min_width=150):
        gr.HTML(f'<p class="lr-hint">{label}</p>')
        return gr.Image(
            label=label,
            type="filepath",
            sources=["upload", "clipboard"],
            height=220,
            elem_classes="lr-upload",
            elem_id=elem_id,
        )


def _dressers(
    cards: str, models: list[str], garment: str | None, dresser: str | None
) -> gr.Dropdown:
    """The choice of a dresser, where one is needed; one that is still offered stays chosen."""
    able = cards_for(cards, Task.IMAGE_EDIT)
    needed = garment and any(only_animates(card) for card in read_cards(cards) if card.id in models)
    kept = dresser in [card.id for card in able]
    first = able[0].id if able else None
    return gr.Dropdown(
        model_choices(able),
        elem_classes=away_unless(bool(needed)),
        **({} if kept else {"value": first}),
    )


def _sizes(cards: str, models: list[str], size: str) -> gr.Dropdown:
    """The choice of a size for the chosen models; a size that is still offered stays chosen."""
    sizes = common_sizes([card for card in cards_for(cards, *MAKES_CLIPS) if card.id in models])
    choices = [(t("Each model's own"), OWN), *((times(name), name) for name in sizes)]
    return gr.Dropdown(choices, **({} if size in (OWN, *sizes) else {"value": OWN}))


def build_tab(studio: Studio) -> Compare:
    """Lay out the tab; call inside ``gr.Tab``."""
    return Compare(studio)
