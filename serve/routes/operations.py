"""For those who run the service: health, metrics, and what this address is."""

from importlib.metadata import version

from fastapi import APIRouter, Response

from serve.backend import BackendDep
from serve.metrics import CONTENT_TYPE
from serve.protocol import Health, Readiness

router = APIRouter(tags=["operations"])


@router.get("/")
async def root() -> dict[str, str]:
    """Where to go from here."""
    return {"name": "lookreel", "docs": "/docs", "openapi": "/openapi.json", "health": "/health"}


@router.get("/health")
async def health(response: Response, backend: BackendDep) -> Health:
    """How the models stand; 503 only when none of them can ever take work."""
    states = await backend.jobs.states()
    models = {card.id: states.get(card.id, (Readiness.LOADING, ""))[0] for card in backend.cards}
    failed = [state is Readiness.FAILED for state in models.values()]
    if all(failed):
        response.status_code = 503
    queued, in_progress = await backend.jobs.counts()
    ready = all(state.takes_work for state in models.values())
    return Health(
        status="degraded" if any(failed) else "ok" if ready else "loading",
        version=version("lookreel"),
        models=models,
        queued=queued,
        in_progress=in_progress,
    )


@router.get("/metrics")
async def metrics(backend: BackendDep) -> Response:
    """Prometheus series of the job queue and of the ingress replica that answers."""
    content = await backend.jobs.metrics() + backend.metrics.render()
    return Response(content, media_type=CONTENT_TYPE)
