"""The HTTP ingress as a Ray deployment: the API, with the job queue behind a handle."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import ray.exceptions
from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from serve.api import build_api
from serve.backend import Backend
from serve.card import Card
from serve.catalog import Catalog
from serve.config import ServeArgs
from serve.errors import QueueUnavailable, ServeError
from serve.exports import Exports
from serve.jobs import Jobs
from serve.marks import Marks
from serve.protocol import JobEvent
from serve.storage import Storage

logger = logging.getLogger(__name__)

ATTEMPTS = 5
PAUSE_SECONDS = 0.5
RETRY_AFTER = 5
"""Seconds; by then Serve has started another."""


class RemoteJobs:
    """`Jobs` in another process: the same methods, called again when the queue was replaced.

    That is safe because each of them may be repeated: a job keeps the id it was submitted with.
    """

    def __init__(self, handle: DeploymentHandle) -> None:
        self._handle = handle

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any) -> Any:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return await getattr(self._handle, method).remote(*args)
                except ray.exceptions.RayTaskError as error:
                    raise _cause(error) from None
                except ray.exceptions.RayActorError as error:
                    if attempt == ATTEMPTS:
                        raise _unavailable() from error
                    logger.warning("The job queue is being replaced; calling %s again", method)
                    await asyncio.sleep(PAUSE_SECONDS)
            raise AssertionError("the loop returns or raises")

        return call

    async def follow(self, job_id: str) -> AsyncIterator[JobEvent]:
        """The job now and after every change, across replacements of the queue."""
        lost = 0
        while True:
            response = self._handle.options(stream=True).follow.remote(job_id)
            try:
                async for event in response:
                    lost = 0
                    yield event
                return
            except ray.exceptions.RayTaskError as error:
                raise _cause(error) from None
            except ray.exceptions.RayActorError as error:
                lost += 1
                if lost == ATTEMPTS:
                    raise _unavailable() from error
                await asyncio.sleep(PAUSE_SECONDS)
            finally:
                response.cancel()


@serve.ingress()
class Ingress:
    """One HTTP replica; any number may run."""

    def __init__(
        self, args: ServeArgs, cards: list[Card], queue: DeploymentHandle, known: Catalog
    ) -> None:
        """`cards` are served; `known` is every model that there is."""
        jobs = cast(Jobs, RemoteJobs(queue))
        storage = Storage(args.output_dir)
        exports = Exports(storage, Marks(args.marking))
        self._backend = Backend(args, cards, jobs, storage, exports, known)

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Called by Serve in the replica, after the constructor."""
        return build_api(self._backend)


def _cause(error: ray.exceptions.RayTaskError) -> Exception:
    """What was raised over there, with its own fields."""
    return error.cause if isinstance(error.cause, ServeError) else error


def _unavailable() -> QueueUnavailable:
    return QueueUnavailable("The job queue is being replaced.", retry_after=RETRY_AFTER)
