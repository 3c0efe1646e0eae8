"""Binds everything that is served into one Ray Serve application: what `serve run` builds."""

import re
import subprocess
from shutil import which
from typing import Any

from ray import serve
from ray.serve import Application

from serve import catalog
from serve.card import Card
from serve.config import ModelConfig, ServeArgs
from serve.deployment import ModelDeployment
from serve.ingress import Ingress
from serve.job_queue import JobQueue
from serve.placement import Share, check_memory

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
    """One deployment per model, the job queue before them and the ingress before that."""
    known = catalog.load_catalog(args.catalog)
    cards = [known.find(model.id) for model in args.models]
    _refuse_duplicates(cards)
    if not args.allow_non_commercial:
        _refuse_non_commercial([card for card in cards if card in known.models])
    check_memory(
        [
            Share(card.id, model.num_gpus, card.memory_gb)
            for card, model in zip(cards, args.models, strict=True)
        ],
        _gpu_memory_gb(),
    )
    models = {
        card.id: _model(card, model, args) for card, model in zip(cards, args.models, strict=True)
    }
    # Handing over one job per replica that Ray may start is what makes queued work visible to
    # Serve's autoscaler: what no replica has room for yet counts as load and calls for another.
    slots = {card.id: model.max_replicas for card, model in zip(cards, args.models, strict=True)}
    queue = serve.deployment(JobQueue).options(**_MESSENGER).bind(args, models, slots)
    return serve.deployment(Ingress).options(**_MESSENGER).bind(args, cards, queue)


def deployment_name(card: Card) -> str:
    """The model's id as Ray may write it in file names."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", card.id)


def _model(card: Card, model: ModelConfig, args: ServeArgs) -> Application:
    options = {**_MODEL, **model.deployment, "name": deployment_name(card)}
    deployment = serve.deployment(ModelDeployment).options(**options)
    return deployment.bind(card, args.output_dir, model.num_gpus)


def _refuse_duplicates(cards: list[Card]) -> None:
    ids = [card.id for card in cards]
    for card_id in ids:
        if ids.count(card_id) > 1:
            raise ValueError(
                f"models: {card_id!r} is listed twice; use num_replicas for more of it"
            )


def _refuse_non_commercial(cards: list[Card]) -> None:
    """The terms of these must be accepted; whoever serves a folder of their own knows its terms."""
    for card in cards:
        if not card.licence.commercial:
            raise ValueError(
                f"{card.id} is not free for commercial use: {card.licence.name}, "
                f"{card.licence.url}. To serve it nevertheless, start with "
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
