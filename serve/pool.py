"""Models that share a replica: each is loaded when a job asks for it, and the idle ones go.

As many stay loaded as the memory holds; the one that was not used for longest goes first.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from serve.card import Card
from serve.deployment import Deployment
from serve.errors import ModelUnavailable
from serve.generation import GenerationEvent, GenerationRequest, StageStarted
from serve.pipelines import loader
from serve.pipelines.base import Pipeline, Report
from serve.protocol import Readiness, Stage

log = logging.getLogger(__name__)

MEGABYTE = 1_000_000


@dataclass(slots=True)
class Resident:
    """A model that is loaded."""

    card: Card
    pipeline: Pipeline
    memory_gb: float
    used_at: float


class ModelPool(Deployment):
    """Any of `cards`, one generation at a time."""

    def __init__(
        self,
        cards: list[Card],
        storage_url: str,
        gpu_fraction: float = 0,
        memory_gb: float | None = None,
        idle_seconds: float = 900,
    ) -> None:
        """`memory_gb` is what the loaded models may fill; by default this replica's share."""
        super().__init__("on-demand", storage_url)
        self._cards = {card.id: card for card in cards}
        self._gpu_fraction = gpu_fraction
        self._memory_gb = memory_gb
        self._idle_seconds = idle_seconds
        self._residents: dict[str, Resident] = {}
        """The one not used for longest comes first."""

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        """As every deployment; afterwards the model is kept for a while."""
        try:
            async with aclosing(super().generate(request)) as events:
                async for event in events:
                    yield event
        finally:
            asyncio.get_running_loop().call_later(
                self._idle_seconds, self._thread.submit, self._unload_idle
            )

    async def readiness(self) -> dict[str, Readiness]:
        """How each model stands."""
        return await asyncio.to_thread(self._readiness)

    def _readiness(self) -> dict[str, Readiness]:
        from serve.pipelines import weights

        loaded = {*self._residents}
        absent = {True: Readiness.ON_DEMAND, False: Readiness.NOT_INSTALLED}
        return {
            name: Readiness.READY if name in loaded else absent[weights.is_installed(card)]
            for name, card in self._cards.items()
        }

    def _take(self, model: str, report: Report) -> tuple[Card, Pipeline]:
        resident = self._residents.pop(model, None) or self._load(self._cards[model], report)
        resident.used_at = time.monotonic()
        self._residents[model] = resident
        return resident.card, resident.pipeline

    def _load(self, card: Card, report: Report) -> Resident:
        from serve.pipelines import device, weights

        report(StageStarted(Stage.LOADING))
        card = weights.install(card, lambda here, whole: _report_download(report, here, whole))
        needed = card.memory_gb or weights.size_gb(card)
        budget = self._memory_gb or device.memory_gb(self._gpu_fraction)
        resting = weights.size_gb(card) if card.offload else 0
        while self._residents and (
            self._filled + needed > budget or resting > device.free_host_gb()
        ):
            self._unload(next(iter(self._residents)))
        if resting > (free := device.free_host_gb()):
            raise ModelUnavailable(
                f"{card.id} keeps {resting:.0f} GiB of weights in the machine's memory, of which "
                f"{free:.0f} GiB are free."
            )
        report(StageStarted(Stage.LOADING))
        pipeline = loader.load(card, gpu_fraction=self._gpu_fraction)
        log.info("%s: loaded", card.id)
        return Resident(card, pipeline, needed, time.monotonic())

    @property
    def _filled(self) -> float:
        return sum(resident.memory_gb for resident in self._residents.values())

    def _unload_idle(self) -> None:
        now = time.monotonic()
        for name, resident in [*self._residents.items()]:
            if now - resident.used_at >= self._idle_seconds:
                self._unload(name)

    def _unload(self, name: str) -> None:
        from serve.pipelines import device

        del self._residents[name]
        device.release()
        log.info("%s: unloaded", name)


def _report_download(report: Report, here: int, whole: int) -> None:
    report(StageStarted(Stage.DOWNLOADING, here // MEGABYTE, whole // MEGABYTE))
