"""``python -m serve.cluster CONFIG FOLDER``: a Ray of its own, with CONFIG deployed by stock Serve.

A process for a launcher to start: it reports on stdout, one `Condition` per line, until its reader
is gone or it is terminated; Ray ends with it. All else that is printed goes to stderr.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from pathlib import Path
from typing import Any

import ray
from pydantic import BaseModel
from ray import serve
from ray.serve.schema import DeploymentSchema, ServeApplicationSchema, ServeDeploySchema
from ray.serve.scripts import cli

from serve.loading import read_note
from serve.plan import Condition, Plan, StartError
from serve.storage import Storage

OBJECT_STORE_BYTES = 256 * 2**20
"""Results are files, so only messages pass through Ray's object store."""
PLACEMENT_SECONDS = 20
"""How long Serve looks for a place for a replica before it says what is missing."""
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_SERVE_SLOW_STARTUP_WARNING_S": str(PLACEMENT_SECONDS),
    "RAY_SERVE_SLOW_STARTUP_WARNING_PERIOD_S": "5",
    # Ray's own defaults starve replicas beside anything busy, and give the proxy up after 5 s.
    "RAY_worker_niceness": "0",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
}


def start(plan: Plan, folder: Path) -> None:
    """Start Ray, its sockets and logs in `folder`, and hand the plan to Serve."""
    refuse_unknown_fields(plan)
    plan.check(ServeDeploySchema, plan.config)
    os.environ.update(ENVIRONMENT)
    ray.init(
        address="local",
        namespace="serve",
        include_dashboard=False,
        object_store_memory=OBJECT_STORE_BYTES,
        _temp_dir=str(folder),
    )
    cli.main(["run", "--non-blocking", str(plan.path)], standalone_mode=False)


def refuse_unknown_fields(plan: Plan) -> None:
    """Serve itself ignores a field that it does not know, and with it every slip of the pen."""

    def refuse(given: dict[str, Any], schema: type[BaseModel], where: str) -> None:
        if unknown := sorted(given.keys() - schema.model_fields.keys()):
            raise StartError(f"{plan.path.name}: {where}{unknown[0]}: Serve has no such field")

    refuse(plan.config, ServeDeploySchema, "")
    for index, application in enumerate(plan.config["applications"]):
        refuse(application, ServeApplicationSchema, f"applications.{index}.")
        for number, deployment in enumerate(application.get("deployments") or []):
            refuse(deployment, DeploymentSchema, f"applications.{index}.deployments.{number}.")


def condition(storages: Sequence[Storage] = ()) -> Condition:
    """How far the deployments are; `StartError` if one of them will never be ready.

    `storages` are where replicas that load leave their notes.
    """
    status = serve.status()
    now = Condition(is_ready=bool(status.applications))
    for application_name, application in status.applications.items():
        for name, deployment in application.deployments.items():
            refuse_failure(name, deployment.status, deployment.message)
            (now.ready if deployment.status == "HEALTHY" else now.waiting).append(name)
        refuse_failure(application_name, application.status, application.message)
        now.is_ready &= application.status == "RUNNING"
    now.doing = {
        name: words
        for name in now.waiting
        for storage in storages
        if (words := read_note(storage, name))
    }
    now.is_ready &= all(proxy == "HEALTHY" for proxy in status.proxies.values())
    return now


def refuse_failure(name: str, status: str, message: str) -> None:
    """Serve would go on trying; whoever has just started it wants to know at once."""
    if lack := lack_in(message):
        raise StartError(f"{name}: there is no place for it: {lack}")
    if status in ("DEPLOY_FAILED", "UNHEALTHY") or "failed to start" in message:
        raise StartError(f"{name}: {reason_in(message)}")


def lack_in(message: str) -> str | None:
    """What Serve says is missing for a replica; None if it is only slow to start."""
    said = re.search(r"required for each replica: (.+?), total .+? available: (.+?)\. ", message)
    if said is None or "to be scheduled" not in message:
        return None
    needed, free = (json.loads(resources) for resources in said.groups())
    lacking = [
        f"it needs {amount:g} {resource} and {free.get(resource, 0):g} is free"
        for resource, amount in needed.items()
        if amount > free.get(resource, 0)
    ]
    return ", ".join(lacking) or None


def reason_in(message: str) -> str:
    """What a user needs of a Serve message: what a traceback ends with, or all of it."""
    if "Traceback" not in message:
        return message
    lines = message[message.rfind('\n  File "') + 1 :].splitlines()
    words = list(dropwhile(lambda line: line.startswith(" ") or not line, lines))
    return "\n".join(line for line in words if "errors.pydantic.dev" not in line) or message


def life(config: Path, folder: Path) -> Iterator[Condition]:
    """Start, then tell the condition for as long as anybody asks."""
    try:
        plan = Plan.read(config)
        start(plan, folder)
        storages = [Storage(args["output_dir"]) for args in plan.args]
        while not (now := condition(storages)).is_ready:
            yield now
    except StartError as error:
        yield Condition(failure=str(error))
        return
    while True:
        yield now


def main() -> None:
    """Report until the launcher has gone: then nobody needs this cluster."""
    report = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    config, folder = map(Path, sys.argv[1:])
    for now in life(config, folder):
        report.write(now.model_dump_json() + "\n")
        time.sleep(0.5)


if __name__ == "__main__":
    main()
