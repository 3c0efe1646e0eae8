"""A real Ray Serve at a free port, gone when all its tests are done, with Lookreel on it.

One application serves most tests; what needs other models is an application beside it.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import ray
from ray import serve

from serve.application import build_app
from serve.catalog import find
from serve.config import ModelConfig, ServeArgs
from tests.servers import free_port

READY_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Service:
    """One running application."""

    name: str
    url: str
    args: ServeArgs

    def client(self) -> httpx.Client:
        """For plain HTTP against it."""
        return httpx.Client(base_url=self.url, timeout=60)

    def health(self) -> dict[str, Any]:
        """What `/health` says; nothing while nobody answers.

        Serve's proxy holds a request until there is a replica for it, on a busy machine for longer
        than any client waits.
        """
        try:
            answer = httpx.get(f"{self.url}/health", timeout=10)
        except httpx.TransportError:
            return {}
        return dict(answer.json()) if "models" in answer.text else {}

    def wait_for_health(self, status: str) -> None:
        """Until `/health` says that."""
        end = time.monotonic() + READY_SECONDS
        while (health := self.health()).get("status") != status:
            assert time.monotonic() < end, health
            time.sleep(0.2)

    def wait(self, job_id: str, kind: str = "video", seconds: float = 180) -> dict[str, Any]:
        """The job once it has ended."""
        with self.client() as http:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                job: dict[str, Any] = http.get(f"/v1/{kind}s/{job_id}").json()
                if job["status"] in ("completed", "failed", "cancelled"):
                    return job
                time.sleep(0.1)
        raise AssertionError(f"{job_id} did not end within {seconds} s: {job}")


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The built-in models, or where they are not in the checkout, tiny random twins of them."""
    folder = tmp_path_factory.mktemp("weights")
    chosen = {}
    for model in ("croquis-t2v", "croquis-tryon"):
        card = find(model)
        own = Path(card.location)
        if not (own / "model_index.json").exists():
            from tests.twins import build_twin  # loads torch

            own = build_twin(card.pipeline_class, folder / model)
        chosen[model] = str(own)
    return chosen


@pytest.fixture(scope="session")
def ray_url() -> Iterator[str]:
    """A private Ray with Serve's proxy on a free port; yields the address."""
    folder = tempfile.mkdtemp(prefix="lkr")  # short: Ray puts Unix sockets below it
    port = free_port()
    os.environ |= {
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",  # Ray's own 5 s are few on a busy machine
        "RAY_worker_niceness": "0",  # Ray's own 15 lets anything else on the machine starve it
        "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "1",
    }
    ray.init(
        address="local",
        num_cpus=4,  # for several applications, which rarely work at the same time
        include_dashboard=False,
        object_store_memory=128 * 2**20,
        _temp_dir=folder,
        logging_level="warning",
        log_to_driver=False,
    )
    try:
        serve.start(http_options={"host": "127.0.0.1", "port": port})
        yield f"http://127.0.0.1:{port}"
    finally:
        serve.shutdown()
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def deployed(args: ServeArgs, url: str, name: str = "") -> Iterator[Service]:
    """An application, as soon as its HTTP side answers below ``/name``; deleted afterwards."""
    service = Service(name or "lookreel", f"{url}/{name}".rstrip("/"), args)
    target = serve.RunTarget(build_app(args), name=service.name, route_prefix=f"/{name}")
    serve.run_many([target], wait_for_applications_running=False)
    end = time.monotonic() + READY_SECONDS
    while not service.health():
        assert time.monotonic() < end, "no HTTP"
        time.sleep(0.1)
    try:
        yield service
    finally:
        serve.delete(service.name)


@contextmanager
def running(args: ServeArgs, url: str, name: str = "") -> Iterator[Service]:
    """An application once every model is ready."""
    with deployed(args, url, name) as service:
        service.wait_for_health("ok")
        yield service


def make_args(weights: dict[str, str], output: Path, **changes: object) -> ServeArgs:
    """Both models, each with half a CPU, storing below `output`."""
    models = [
        ModelConfig(id=folder, deployment={"ray_actor_options": {"num_cpus": 0.5}})
        for folder in weights.values()
    ]
    return ServeArgs.model_validate({"models": models, "output_dir": str(output), **changes})


@pytest.fixture(scope="session")
def service(
    weights: dict[str, str], ray_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """One application for all tests that do with both models."""
    args = make_args(weights, tmp_path_factory.mktemp("outputs"), max_queued_jobs=4)
    with running(args, ray_url) as service:
        yield service
