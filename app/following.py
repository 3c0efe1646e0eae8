"""Several jobs followed at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from app.client import BackendClient, BackendError
from serve.protocol import Job, JobEvent


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
