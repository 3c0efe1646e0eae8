"""The job queue as a Ray deployment: `Jobs`, with model handles for models."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator

import ray.exceptions
from ray import serve
from ray.serve.exceptions import DeploymentUnavailableError, RayServeException
from ray.serve.handle import DeploymentHandle

from serve.config import ServeArgs
from serve.dispatch import Interrupted, NoReplica
from serve.errors import ModelFailed, ServeError
from serve.generation import GenerationEvent, GenerationRequest
from serve.job_store import JobStore
from serve.jobs import Jobs, ModelStates
from serve.loading import read_note
from serve.protocol import Readiness
from serve.storage import Storage

logger = logging.getLogger(__name__)

POOL_SECONDS = 2.0
STATUS_SECONDS = 1.0
"""How long an answer of Serve's controller is good for."""

_READINESS = {
    "HEALTHY": Readiness.READY,
    "UPSCALING": Readiness.READY,
    "DOWNSCALING": Readiness.READY,
    "UPDATING": Readiness.LOADING,
    "UNHEALTHY": Readiness.LOADING,  # Serve is replacing a lost replica
    "DEPLOY_FAILED": Readiness.FAILED,
}


class ServedModel:
    """One model deployment, as a stream of events per request."""

    def __init__(
        self, name: str, handle: DeploymentHandle, slots: int, status: "ServeStatus"
    ) -> None:
        self.slots = slots
        self._name = name
        self._handle = handle.options(stream=True)
        self._status = status

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        """Run it on one replica; closing the stream cancels it there."""
        response = self._handle.generate.remote(request)
        try:
            async for event in response:
                yield event
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ServeError):
                raise error.cause from None
            logger.exception("%s: the model raised", request.job_id)
            raise ModelFailed("The model failed unexpectedly.") from error
        except DeploymentUnavailableError as error:
            raise NoReplica(str(error)) from error
        except (ray.exceptions.RayError, RayServeException) as error:
            raise Interrupted(str(error)) from error
        finally:
            response.cancel()

    async def failure(self) -> str | None:
        """Why the model can't be loaded; None while there is hope."""
        state, detail = (await self._status.states())[self._name]
        return detail if state is Readiness.FAILED else None


class ServeStatus:
    """What Serve's controller says of each model, asked at most once a second."""

    def __init__(
        self, deployments: dict[str, str], storage: Storage, pool: DeploymentHandle | None
    ) -> None:
        """`deployments`: from model id to deployment name; `pool` knows more of its own models."""
        self._app = serve.get_replica_context().app_name
        self._deployments = deployments
        self._storage = storage
        self._pool = pool
        self._states: ModelStates = {}
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def states(self) -> ModelStates:
        """Whether each model can take work."""
        async with self._asking:
            if time.monotonic() - self._asked > STATUS_SECONDS:
                self._states = await asyncio.to_thread(self._ask) | await self._ask_pool()
                self._asked = time.monotonic()
        return self._states

    async def _ask_pool(self) -> ModelStates:
        if self._pool is None:
            return {}
        try:
            asking = self._pool.readiness.remote()
            found: dict[str, Readiness] = await asyncio.wait_for(asking, POOL_SECONDS)
        except (TimeoutError, ray.exceptions.RayError, RayServeException):
            return {}  # not there yet, or not any more: what the controller says holds
        return {model: (readiness, "") for model, readiness in found.items()}

    def _ask(self) -> ModelStates:
        application = serve.status().applications.get(self._app)
        known = application.deployments if application else {}
        states: ModelStates = {}
        for model, name in self._deployments.items():
            status = known.get(name)
            if status is None:
                states[model] = (Readiness.LOADING, "")
            else:
                readiness = _READINESS.get(status.status.value, Readiness.LOADING)
                words = _in_words(readiness, status.message)
                if readiness is Readiness.LOADING:
                    words = read_note(self._storage, model) or words
                states[model] = (readiness, words)
        return states


class JobQueue(Jobs):
    """The one replica that all ingress replicas ask; `application` turns it into a deployment."""

    async def __init__(  # type: ignore[misc]  # Serve awaits it before the replica takes calls
        self,
        args: ServeArgs,
        handles: dict[str, DeploymentHandle],
        slots: dict[str, int],
        pool: DeploymentHandle | None,
    ) -> None:
        """`handles` by model id; those of models that share replicas are `pool`."""
        storage = Storage(args.output_dir)
        names = {model: handle.deployment_name for model, handle in handles.items()}
        status = ServeStatus(names, storage, pool)
        served: dict[str, ServedModel] = {}
        for model, handle in handles.items():
            one = ServedModel(model, handle, slots[model], status)
            served.setdefault(handle.deployment_name, one)
        models = {model: served[name] for model, name in names.items()}
        store = await asyncio.to_thread(JobStore, args.database)
        super().__init__(models, store, storage, status.states, args.max_queued_jobs)
        await self.recover()


def _in_words(readiness: Readiness, message: str) -> str:
    """Serve's message without its traceback: the line that says what went wrong."""
    if readiness is Readiness.READY:
        return ""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[-1] if lines else ""
