"""Models on demand, on a real Ray Serve: loaded for a job, and switched without a restart."""

from collections.abc import Iterator

import pytest

from serve.config import ServeArgs
from tests.cluster.conftest import Service, ray_cluster, running


@pytest.fixture(scope="module")
def service(weights: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    pool = {
        "models": [*weights.values()],
        "memory_gb": 0.04,  # holds either of the two, but not both
        "deployment": {"ray_actor_options": {"num_cpus": 1}},
    }
    output = str(tmp_path_factory.mktemp("outputs"))
    args = ServeArgs.model_validate({"on_demand": pool, "output_dir": output})
    with ray_cluster() as url, running(args, url) as service:
        yield service


def standing(service: Service) -> dict[str, str]:
    with service.client() as http:
        cards = http.get("/v1/models").json()["data"]
    return {card["id"]: card["readiness"] for card in cards}


def test_jobs_of_different_models_load_them_in_turn(service: Service) -> None:
    assert standing(service) == {"croquis-t2v": "on demand", "croquis-tryon": "on demand"}
    form = {"prompt": "a woman in a red dress walks", "num_inference_steps": 1, "num_frames": 5}
    with service.client() as http:
        jobs = [
            http.post("/v1/videos", json=form | {"model": model}).json()
            for model in ("croquis-t2v", "croquis-tryon", "croquis-t2v")
        ]
    for job in jobs:
        ended = service.wait(job["id"])
        assert ended["status"] == "completed", ended["error"]
        assert ended["timings"]["loading"] > 0
    assert standing(service)["croquis-t2v"] == "ready"
