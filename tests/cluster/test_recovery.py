"""What an accepted job survives: the loss of its model, of the queue, and of everything."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
import ray
from ray.util import list_named_actors

from serve.config import ModelConfig, ServeArgs
from serve.job_store import JobRecord, JobStore
from start_app import ROOT
from tests.cluster.conftest import Service, deployed, make_args, running
from tests.cluster.test_launch import Launch
from tests.servers import free_port

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


@pytest.fixture
def app(args: ServeArgs, weights: dict[str, str]) -> Iterator[tuple[Launch, Service, str]]:
    """All of Lookreel as users start it, its backend, and the address of its page."""
    port, backend_port = free_port(), free_port()
    with TemporaryDirectory(prefix="lkk") as folder:  # short: Ray puts Unix sockets below it
        launch = Launch(
            *("--config", str(ROOT / "deployments.cpu.yaml"), "--output-dir", args.output_dir),
            *("--port", str(port), "--backend-port", str(backend_port)),
            *("--t2v-model", weights["croquis-t2v"], "--i2v-model", weights["croquis-tryon"]),
            RAY_TMPDIR=folder,
            LOOKREEL_CACHE_DIR=f"{folder}/cache",
            LOOKREEL_DATA_DIR=f"{folder}/data",
        )
        backend = Service("lookreel", f"http://127.0.0.1:{backend_port}", args)
        try:
            yield launch, backend, f"http://127.0.0.1:{port}"
        finally:
            launch.mark.kill()
            launch.end()


def stored(args: ServeArgs) -> dict[str, JobRecord]:
    """What the database says of every job, in the order in which they were accepted."""
    store = JobStore(args.database)
    try:
        return {record.id: record for record in reversed(store.page()[0])}
    finally:
        store.close()


def test_an_app_that_is_killed_loses_no_job_and_none_that_was_done_is_done_again(
    app: tuple[Launch, Service, str], args: ServeArgs, ray_url: str
) -> None:
    launch, backend, page = app
    launch.read_until("Ready")
    assert httpx.get(page, timeout=60).status_code == 200
    assert backend.health()["models"] == {"croquis-t2v": "ready", "croquis-tryon": "ready"}
    with backend.client() as http:
        done = submit(http, SHORT)
        assert_all_complete(backend, [done])
        clip = http.get(f"/v1/videos/{done}/content").content
        cut_off, *waiting = submit_three(http)
        waiting.append(submit(http, SHORT))
    launch.mark.kill()
    left = stored(args)
    assert list(left) == [done, cut_off, *waiting]
    assert [left[job].status for job in (cut_off, *waiting)] == ["in_progress", *["queued"] * 3]

    with running(args, ray_url, "revived") as service, service.client() as http:
        assert_all_complete(service, [cut_off, *waiting])
        for job in (cut_off, *waiting):
            assert http.get(f"/v1/videos/{job}/content").content[4:8] == b"ftyp"
        assert http.get(f"/v1/videos/{done}/content").content == clip
    after = stored(args)
    assert list(after) == list(left)
    assert after[done] == left[done]
    assert [after[job].attempt for job in (cut_off, *waiting)] == [2, 1, 1, 1]


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
