"""Several jobs at once: one input to several models, and what becomes of each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from app.client import BackendClient, BackendError, build_request
from serve.protocol import Job, JobEvent, ModelCard, Task, VideoCreateRequest


async def queue_each(
    client: BackendClient,
    cards: Sequence[ModelCard],
    fields: dict[str, Any],
    person: str | None,
    garment: str | None,
    still: str | None = None,
) -> list[Job]:
    """One clip by each model, or none: where one is refused, those before it are cancelled.

    With a `still` of the person in the garment, models that do no try-on are given that alone.
    Raises the `BackendError` of that refusal.
    """
    jobs: list[Job] = []
    try:
        for card in cards:
            dressed = still is not None and Task.TRY_ON not in card.tasks
            first, worn = (still, None) if dressed else (person, garment)
            job = await client.create_video(
                build_request(VideoCreateRequest, fields | {"model": card.id}),
                input_reference=Path(first) if first else None,
                garments=[Path(worn)] if worn else [],
            )
            jobs.append(job)
    except BaseException:
        await stop_all(client, jobs)
        raise
    return jobs


async def stop_all(client: BackendClient, jobs: Sequence[Job]) -> None:
    """Cancel them, also while the caller itself is being cancelled; what has ended stays."""
    stopping = [client.cancel(job) for job in jobs if not job.status.is_final]
    await asyncio.shield(asyncio.gather(*stopping, return_exceptions=True))


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
