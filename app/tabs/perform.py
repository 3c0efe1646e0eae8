"""The *Perform* tab: a person moves as somebody does in a clip, or says a recording."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import gradio as gr

from app.panel import ResultPanel, Update, cumulative
from app.perform_form import PerformForm
from app.studio import Studio
from app.wiring import PRIVATE
from app.words import later
from serve.protocol import Job


class Perform:
    """The tab's components and what they do."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with gr.Row(elem_classes="lr-columns"):
            with gr.Column(scale=5, min_width=320):
                self.form = PerformForm(studio)
            with gr.Column(scale=6, min_width=320, elem_classes="lr-stage-column"):
                self.panel = ResultPanel(
                    studio,
                    "perform-result",
                    title=later("The stage"),
                    text=later("Add a person and what leads them: the clip plays here."),
                )
        self.run = self.form.run
        self._wire()

    def _wire(self) -> None:
        cards, browser = self._studio.cards, self._studio.browser
        self.form.wire(cards, self.panel.busy)
        gr.on(
            [self.run.click, self.form.prompt.submit],
            self._perform,
            [cards, browser, *self.form.inputs],
            [self.run, *self.panel.outputs],
            concurrency_limit=None,
            **PRIVATE,
        )
        self.panel.reveal(self.run.click, self.form.prompt.submit)

    async def _perform(self, *values: Any) -> AsyncIterator[Update]:
        async for update in cumulative(self._steps(*values)):
            yield update

    async def _steps(self, cards: str, user: str, *values: Any) -> AsyncIterator[Update]:
        performance = self.form.read(cards, user, values)
        problem = performance.problem()
        if problem:
            yield self.panel.problem(problem)
            return
        fields = performance.fields() | {"user": user or None}
        async for update in self.panel.make(fields, performance.uploads(), self.run):
            yield update

    def show_job(self, cards: str, job: Job, inputs: Sequence[str]) -> Update:
        """The files and settings of an earlier job, ready to run again."""
        return self.form.show_job(cards, job, inputs)

    @property
    def reuse_outputs(self) -> list[Any]:
        """What `show_job` may name."""
        return self.form.filled


def build_tab(studio: Studio) -> Perform:
    """Lay out the tab; call inside ``gr.Tab``."""
    return Perform(studio)
