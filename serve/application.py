"""Binds everything that is served into one Ray Serve application: what `serve run` builds."""

import re
import subprocess
from shutil import which
from typing import Any

from ray import serve
from ray.serve import Application

from serve import catalog
from serve.card import Card
from serve.catalog import Catalog, refuse_code
from serve.config import ModelConfig, OnDemand, ServeArgs
from serve.deployment import ModelDeployment
from serve.ingress import Ingress
from serve.job_queue import JobQueue
from serve.marks import Marks
from serve.placement import Share, check_memory, fits
from serve.pool import ModelPool

# Both only pass messages on, so they must not take a CPU away from the models (Ray's default is one
# each); and event streams and waiting clients hold a slot for as long as they are open.
_MESSENGER: dict[str, Any] = {
    "max_ongoing_requests": 10_000,
    "ray_actor_options": {"num_cpus": 0},
    "graceful_shutdown_timeout_s": 5,
    "graceful_shutdown_wait_loop_s": 0.2,
}
_MODEL: dict[str, Any] = {
    # A replica has one pipeline and runs one job at a time; what is more must be left to others.
    # (A run whose queue was lost goes on to its end, and only then begins its repetition.)
    "max_ongoing_requests": 1,
    "graceful_shutdown_timeout_s": 20,
    "graceful_shutdown_wait_loop_s": 0.2,
}


def build_app(args: ServeArgs) -> Application:
    """One deployment per model, one for those that are loaded on demand, the job queue before them
    and the ingress before that."""
    Marks(args.marking)  # a font or key that cannot be used stops the start
    known = catalog.load_catalog(args.catalog)
    memory = _gpu_memory_gb()
    cards = [_chosen(known, model) for model in args.models]
    shared = _on_demand(args.on_demand, known, args, memory) if args.on_demand else []
    _refuse_duplicates(cards + shared)
    if not args.allow_non_commercial:
        _refuse_non_commercial(known, cards + shared)
    if not args.trust_remote_code:
        refuse_code(cards + shared)
    pinned = list(zip(cards, args.models, strict=True))
    check_memory([Share(card.id, model.num_gpus, card.memory_gb) for card, model in pinned], memory)
    models = {card.id: _model(card, model, args) for card, model in pinned}
    # Handing over one job per replica that Ray may start is what makes queued work visible to
    # Serve's autoscaler: what no replica has room for yet counts as load and calls for another.
    slots = {card.id: model.max_replicas for card, model in pinned}
    pool = None
    if args.on_demand:
        pool = _pool(shared, args.on_demand, args)
        models |= dict.fromkeys([card.id for card in shared], pool)
        slots |= dict.fromkeys([card.id for card in shared], args.on_demand.max_replicas)
    queue = serve.deployment(JobQueue).options(**_MESSENGER).bind(args, models, slots, pool)
    return serve.deployment(Ingress).options(**_MESSENGER).bind(args, cards + shared, queue, known)


def _chosen(known: Catalog, model: ModelConfig) -> Card:
    card = known.find(model.id, model.base)
    if model.load_format == "auto":
        return card
    return card.model_copy(
        update={"load_format": model.load_format, "title": f"{card.title}, dummy"}
    )


def _on_demand(
    wanted: OnDemand, known: Catalog, args: ServeArgs, gpu_memory_gb: float | None
) -> list[Card]:
    """The cards that share replicas; of ``all``, those that may and can be served there."""
    if wanted.models != "all":
        cards = [known.find(name) for name in wanted.models]
        check_memory(
            [Share(card.id, wanted.num_gpus, card.memory_gb) for card in cards], gpu_memory_gb
        )
        return cards
    pinned = {known.find(model.id, model.base).id for model in args.models}
    local = [card for card in known.models if card.engine == "diffusers"]
    cards = [card for card in local if card.id not in pinned]
    if not args.allow_non_commercial:
        cards = [card for card in cards if card.licence.commercial]
    if not args.trust_remote_code:
        cards = [card for card in cards if not card.brings_code]
    if gpu_memory_gb is not None and wanted.num_gpus:
        cards = [card for card in cards if card.memory_gb or card.sketch]  # else: nobody knows
    shares = {card.id: Share(card.id, wanted.num_gpus, card.memory_gb) for card in cards}
    return [card for card in cards if fits(shares[card.id], gpu_memory_gb)]


def deployment_name(card: Card) -> str:
    """The model's id as Ray may write it in file names."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", card.id)


def _model(card: Card, model: ModelConfig, args: ServeArgs) -> Application:
    options = {**_MODEL, **model.deployment, "name": deployment_name(card)}
    deployment = serve.deployment(ModelDeployment).options(**options)
    return deployment.bind(card, args.output_dir, model.num_gpus)


def _pool(cards: list[Card], wanted: OnDemand, args: ServeArgs) -> Application:
    # The queue hands over one job at a time; further calls ask how the models stand.
    options = {**_MODEL, "max_ongoing_requests": 8, **wanted.deployment, "name": "on-demand"}
    deployment = serve.deployment(ModelPool).options(**options)
    return deployment.bind(
        cards, args.output_dir, wanted.num_gpus, wanted.memory_gb, wanted.idle_seconds
    )


def _refuse_duplicates(cards: list[Card]) -> None:
    ids = [card.id for card in cards]
    for card_id in ids:
        if ids.count(card_id) > 1:
            raise ValueError(
                f"models: {card_id!r} is listed twice; use num_replicas for more of it"
            )


def _refuse_non_commercial(known: Catalog, cards: list[Card]) -> None:
    """The terms of these must be accepted; whoever serves a folder of their own knows its terms."""
    for card in cards:
        for bound in known.terms(card):
            if not bound.licence.commercial:
                what = card.id if bound is card else f"{card.id}, made of {bound.id},"
                raise ValueError(
                    f"{what} is not free for commercial use: {bound.licence.name}, "
                    f"{bound.licence.url}. To serve it nevertheless, start with "
                    "--allow-non-commercial, or set allow_non_commercial: true beside models."
                )


def _gpu_memory_gb() -> float | None:
    """GiB of the smallest GPU of this machine; None where there is none to ask."""
    if which("nvidia-smi") is None:
        return None
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    run = subprocess.run(query, capture_output=True, text=True, check=False)
    sizes = [float(line) for line in run.stdout.split() if line.replace(".", "").isdigit()]
    return min(sizes) / 1024 if run.returncode == 0 and sizes else None
