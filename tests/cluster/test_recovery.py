"""What an accepted job survives: the loss of its model, of the queue, and of everything."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import ray
from ray.util import list_named_actors

from serve.config import ModelConfig, ServeArgs
from tests.cluster.conftest import Service, deployed, make_args, running

pytestmark = pytest.mark.timeout(400)

SHORT = {"prompt": "a red dress", "num_inference_steps": 2, "num_frames": 5}
LONG = {"prompt": "a red dress", "num_inference_steps": 12}


@pytest.fixture
def args(weights: dict[str, str], tmp_path: Path) -> ServeArgs:
    return make_args({"croquis-t2v": weights["croquis-t2v"]}, tmp_path / "outputs")


@pytest.fixture(scope="module")
def growing(
    weights: dict[str, str], ray_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A model that gets a second replica when jobs wait, beside one that cannot be loaded."""
    folder: Path = tmp_path_factory.mktemp("growing")
    args = make_args({"croquis-t2v": weights["croquis-t2v"]}, folder / "outputs")
    args.models[0].deployment |= {
        "autoscaling_config": {
            "min_replicas": 1,
            "max_replicas": 2,
            "target_ongoing_requests": 1,
            "upscale_delay_s": 0.5,
            "metrics_interval_s": 10,
            "look_back_period_s": 11,
        }
    }
    broken = folder / "croquis-tryon"
    broken.mkdir()
    (broken / "model_index.json").write_text('{"_class_name": "WanVACEPipeline"}')
    half_a_cpu = {"ray_actor_options": {"num_cpus": 0.5}, "max_constructor_retry_count": 1}
    args.models.append(ModelConfig(id=str(broken), deployment=half_a_cpu))
    with deployed(args, ray_url, "growing") as service:
        service.wait_for_health("degraded")
        yield service


def replicas(service: Service, deployment: str) -> list[str]:
    """The names of its actors."""
    names = [actor["name"] for actor in list_named_actors(all_namespaces=True)]
    prefix = f"SERVE_REPLICA::{service.name}#{deployment}#"
    return [name for name in names if name.startswith(prefix)]


def kill(service: Service, deployment: str) -> None:
    """End the replica's process, as a crash would."""
    [name] = replicas(service, deployment)
    ray.kill(ray.get_actor(name, namespace="serve"))


def submit(http: httpx.Client, body: dict[str, Any]) -> str:
    answer = http.post("/v1/videos", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def jobs_of(http: httpx.Client, job_id: str) -> Iterator[dict[str, Any]]:
    """The job at every event, to its end."""
    with http.stream("GET", f"/v1/videos/{job_id}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))["job"]


def submit_three(http: httpx.Client) -> list[str]:
    """One job that is denoising, and two that wait for it."""
    ids = [submit(http, LONG), submit(http, SHORT), submit(http, SHORT)]
    for job in jobs_of(http, ids[0]):
        if job["stage"] == "denoising" and job["step"]:
            return ids
    raise AssertionError("it ended before it could be disturbed")


def assert_all_complete(service: Service, ids: list[str]) -> None:
    for job_id in ids:
        job = service.wait(job_id)
        assert job["status"] == "completed", job


def test_every_job_completes_when_the_model_replica_is_killed(service: Service) -> None:
    with service.client() as http:
        ids = submit_three(http)
        kill(service, "croquis-t2v")
        assert_all_complete(service, ids)
        assert "lookreel_interruptions_total" in http.get("/metrics").text


def test_every_job_completes_when_the_queue_is_killed(service: Service) -> None:
    with service.client() as http:
        ids = submit_three(http)
        watching = jobs_of(http, ids[0])
        assert next(watching)["status"] == "in_progress"
        kill(service, "JobQueue")
        accepted_meanwhile = submit(http, SHORT)
        assert [job["status"] for job in watching][-1] == "completed"
        assert_all_complete(service, [*ids, accepted_meanwhile])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_jobs_complete_after_the_application_was_stopped_and_are_taken_while_it_starts_again(
    args: ServeArgs, ray_url: str, database_url: str
) -> None:
    """What SQLite keeps is seen above, where the queue is killed."""
    args.database_url = database_url
    with running(args, ray_url, "lasting") as service, service.client() as http:
        ids = submit_three(http)
    with deployed(args, ray_url, "lasting") as service, service.client() as http:
        assert http.get("/health").json()["status"] == "loading"
        [card] = http.get("/v1/models").json()["data"]
        assert card["readiness"] == "loading"
        ids.append(submit(http, SHORT))
        assert http.get(f"/v1/videos/{ids[-1]}").json()["status"] == "queued"
        assert_all_complete(service, ids)
        listed = http.get("/v1/videos", params={"order": "asc"}).json()["data"]
        assert [job["id"] for job in listed] == ids


def test_a_model_that_cannot_be_loaded_says_why_and_the_others_work(growing: Service) -> None:
    with growing.client() as http:
        assert http.get("/health").json()["models"]["croquis-tryon"] == "failed"
        cards = {card["id"]: card for card in http.get("/v1/models").json()["data"]}
        assert "croquis-tryon" in cards["croquis-tryon"]["detail"]
        assert "Traceback" not in cards["croquis-tryon"]["detail"]
        refused = http.post("/v1/videos", json=SHORT | {"model": "croquis-tryon"})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "model_unavailable"
        assert_all_complete(growing, [submit(http, SHORT)])


def test_waiting_jobs_make_serve_add_a_replica_and_then_run_side_by_side(growing: Service) -> None:
    with growing.client() as http:
        assert len(replicas(growing, "croquis-t2v")) == 1
        ids = [submit(http, LONG | {"num_inference_steps": 50}) for _ in range(5)]
        ids.append(submit(http, SHORT))
        assert http.get(f"/v1/videos/{ids[-1]}").json()["queue_position"] >= 4
        for _ in jobs_of(http, ids[-1]):
            if http.get("/health").json()["in_progress"] == 2:
                break
        else:
            raise AssertionError("no two jobs ever ran side by side")
        for job_id in ids[:-1]:
            http.post(f"/v1/videos/{job_id}/cancel")
        assert growing.wait(ids[-1])["status"] == "completed"
