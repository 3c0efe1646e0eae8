"""`GET /v1/models`: the cards of what is served, each with its readiness."""

from fastapi import APIRouter

from serve.backend import BackendDep
from serve.protocol import ModelCard, ModelList, Readiness
from serve.resolution import not_served

router = APIRouter(tags=["models"])


@router.get("/v1/models")
async def list_models(backend: BackendDep) -> ModelList:
    """Every model served here, in the order in which defaults are chosen; what nobody can have."""
    states = await backend.jobs.states()
    unknown = (Readiness.LOADING, "")
    return ModelList(
        data=[card.on_the_wire(*states.get(card.id, unknown)) for card in backend.cards],
        unavailable=[one.on_the_wire for one in backend.catalog.unavailable],
    )


@router.get("/v1/models/{name:path}")
async def retrieve_model(name: str, backend: BackendDep) -> ModelCard:
    """One model, by its id, source or alias."""
    for card, shown in zip(backend.cards, (await list_models(backend)).data, strict=True):
        if card.answers_to(name):
            return shown
    raise not_served(name, backend.cards, backend.catalog)
