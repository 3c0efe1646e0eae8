"""Several jobs at once: one input to several models, and what becomes of each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from app.client import BackendClient, BackendError, build_request
from serve.protocol import Job, JobEvent, ModelCard, VideoCreateRequest


async def queue_each(
    client: BackendClient,
    cards: Sequence[ModelCard],
    fields: dict[str, Any],
    person: str | None,
    garment: str | None,
) -> AsyncIterator[Job]:
    """One clip by each model, as it is queued; a `BackendError` leaves those before it queued."""
    for card in cards:
        yield await client.create_video(
            build_request(VideoCreateRequest, fields | {"model": card.id}),
            input_reference=Path(person) if person else None,
            garments=[Path(garment)] if garment else [],
        )


async def follow_all(
    client: BackendClient, jobs: Sequence[Job]
) -> AsyncIterator[tuple[int, JobEvent]]:
    """Each change of each job with the job's index, until all have ended."""
    news: asyncio.Queue[tuple[int, JobEvent] | BackendError | None] = asyncio.Queue()

    async def watch(index: int, job: Job) -> None:
        try:
            async for event in client.follow(job):
                await news.put((index, event))
        except BackendError as error:
            await news.put(error)
        finally:
            await news.put(None)

    watching = [asyncio.create_task(watch(index, job)) for index, job in enumerate(jobs)]
    left = len(jobs)
    try:
        while left:
            told = await news.get()
            if isinstance(told, BackendError):
                raise told
            if told is None:
                left -= 1
            else:
                yield told
    finally:
        for task in watching:
            task.cancel()
