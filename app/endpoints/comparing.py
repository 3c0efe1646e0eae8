"""The endpoint that makes one clip with several models and measures each."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.client import BackendError
from app.compared_input import FEWEST, MOST
from app.comparison import common_sizes
from app.dressed_once import begin_still, finished_still, only_animates
from app.endpoints.calls import Calls, given, refusals, required
from app.endpoints.dressers import dresser_for
from app.following import follow_all, queue_each, stop_all
from app.progress import final_words
from serve.protocol import Job, JobStatus, ModelCard

ENDPOINTS = {
    "compare": (
        "compared",
        "Make the same clip with two to four models, to choose one. models: their ids; what is "
        "given, a prompt, a photo of a person, one of a garment, says what they do. Models that "
        "put no garment on a person get a still that the dresser makes once. size is one that all "
        "of them make (default: each model's own). price_per_hour is what an hour of your machine "
        "costs, in dollars. Returns of each model: model, job_id (for /download), still_id (the "
        "job of that still), status, error, seconds of computing, cost in dollars, peak_memory_gb "
        "and quality.",
    ),
}
NOT_FIELDS = ("models", "person", "garment", "dresser", "price_per_hour")


class Comparing:
    """What gradio_client calls. Parameters left out take each model's own defaults."""

    def __init__(self, calls: Calls) -> None:
        self._wait = calls.wait
        self._client = calls.client
        self._downloads = calls.downloads

    async def compare(
        self,
        models: list[str],
        prompt: str | None = None,
        person: str | None = None,
        garment: str | None = None,
        dresser: str | None = None,
        size: str | None = None,
        seed: int | None = None,
        price_per_hour: float | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> list[dict[str, Any]]:
        """One input to several clips; a cancelled call cancels them all."""
        fields = {"seed": 7} | given(locals(), *NOT_FIELDS)
        with refusals():
            served = await self._client.models()
            cards = _chosen(served, models or [], size)
            still: Job | None = None
            if garment and any(only_animates(card) for card in cards):
                by, first = dresser_for(served, dresser, None).id, required("person", person)
                still = await begin_still(self._client, by, fields, first, garment)
                still = await self._wait(still, progress)
            dressed = await finished_still(self._downloads, still) if still else None
            jobs = await queue_each(self._client, cards, fields, person, garment, dressed)
            try:
                await self._finish(jobs, progress)
            except BaseException:
                await stop_all(self._client, jobs)
                raise
            return [
                await self._row(card, job, price_per_hour)
                | {"still_id": still.id if still and only_animates(card) else None}
                for card, job in zip(cards, jobs, strict=True)
            ]

    async def _finish(self, jobs: list[Job], progress: gr.Progress) -> None:
        async for index, event in follow_all(self._client, list(jobs)):
            jobs[index] = event.job
            done = sum(job.progress for job in jobs)
            progress((done, 100 * len(jobs)), desc=f"{len(jobs)} models", unit="%")

    async def _row(self, card: ModelCard, job: Job, price: float | None) -> dict[str, Any]:
        done = job.status is JobStatus.COMPLETED
        quality = await self._client.quality(job) if done else None
        return {
            "model": card.id,
            "job_id": job.id,
            "status": job.status.value,
            "error": None if done else final_words(job),
            "seconds": round(job.run_seconds, 3),
            "cost": card.cost_of(job, price) if done else None,
            "peak_memory_gb": job.peak_memory_gb,
            "quality": quality.model_dump() if quality else None,
        }


def _chosen(cards: Sequence[ModelCard], models: Sequence[str], size: str | None) -> list[ModelCard]:
    """The cards of these ids, each once, all of which make that size."""
    known = {card.id: card for card in cards}
    wanted = list(dict.fromkeys(models))
    if unknown := [model for model in wanted if model not in known]:
        raise BackendError(f"models: {unknown[0]!r} is not one of {', '.join(known)}.")
    if not FEWEST <= len(wanted) <= MOST:
        raise BackendError(f"models names {len(wanted)}: it must be {FEWEST} to {MOST}.")
    chosen = [known[model] for model in wanted]
    if size and size not in (common := common_sizes(chosen)):
        sizes = ", ".join(common) or "none"
        raise BackendError(f"size: not all of these models make {size!r}; all make: {sizes}.")
    return chosen
