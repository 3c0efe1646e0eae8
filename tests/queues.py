"""A job queue under test: a scripted model, a real store and real storage, without Ray."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from serve.job_store import JobStore
from serve.jobs import Jobs, ModelStates
from serve.protocol import JobEvent, JobStatus, Readiness
from serve.storage import Storage
from tests.jobs import MODEL, ScriptedModel


@dataclass
class Queue:
    """The queue under test and what it stands on."""

    jobs: Jobs
    model: ScriptedModel
    store: JobStore
    storage: Storage
    states: ModelStates

    async def status(self, job_id: str) -> JobStatus:
        return (await self.jobs.get(job_id)).status

    async def begins(self, job_id: str) -> None:
        """Wait until its run has begun."""
        while await self.status(job_id) is JobStatus.QUEUED:
            await asyncio.sleep(0.001)

    async def ends(self, job_id: str) -> JobEvent:
        """The last event of a job, and so its end."""
        return [event async for event in self.jobs.follow(job_id)][-1]


OpenQueue = Callable[..., Awaitable[Queue]]
"""Opens one more queue on the same database and storage, as a restart would."""


@asynccontextmanager
async def queues(database_url: str, folder: Path) -> AsyncIterator[OpenQueue]:
    """Queues that end with their test."""
    stores = []

    async def open_one(slots: int = 1) -> Queue:
        store = JobStore(database_url)
        stores.append(store)
        storage = Storage(str(folder))
        model = ScriptedModel(storage, slots)
        states: ModelStates = {MODEL: (Readiness.READY, "")}

        async def ask() -> ModelStates:
            return states

        queue = Queue(Jobs({MODEL: model}, store, storage, ask, 3), model, store, storage, states)
        await queue.jobs.recover()
        return queue

    yield open_one
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()  # the store is used in there
    for store in stores:
        store.close()
