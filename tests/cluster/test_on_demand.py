"""Models on demand, on a real Ray Serve: loaded for a job, and switched without a restart."""

from collections.abc import Iterator

import pytest

from serve.config import ServeArgs
from tests.cluster.conftest import Service, running


@pytest.fixture(scope="module")
def pool(
    weights: dict[str, str], ray_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    shared = {
        "models": [*weights.values()],
        "memory_gb": 0.04,  # holds either of the two, but not both
        "deployment": {"ray_actor_options": {"num_cpus": 1}},
    }
    output = str(tmp_path_factory.mktemp("outputs"))
    args = ServeArgs.model_validate({"on_demand": shared, "output_dir": output})
    with running(args, ray_url, "pool") as service:
        yield service


def standing(pool: Service) -> dict[str, str]:
    with pool.client() as http:
        cards = http.get("/v1/models").json()["data"]
    return {card["id"]: card["readiness"] for card in cards}


def test_jobs_of_different_models_load_them_in_turn(pool: Service) -> None:
    assert standing(pool) == {"croquis-t2v": "on demand", "croquis-tryon": "on demand"}
    form = {"prompt": "a woman in a red dress walks", "num_inference_steps": 1, "num_frames": 5}
    with pool.client() as http:
        jobs = [
            http.post("/v1/videos", json=form | {"model": model}).json()
            for model in ("croquis-t2v", "croquis-tryon", "croquis-t2v")
        ]
    for job in jobs:
        ended = pool.wait(job["id"])
        assert ended["status"] == "completed", ended["error"]
        assert ended["timings"]["loading"] > 0
    assert standing(pool)["croquis-t2v"] == "ready"
