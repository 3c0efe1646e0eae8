"""The arguments in the YAML files, and the two files that ship."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from ray.serve.schema import ServeDeploySchema

from serve import application
from serve.application import build_app, deployment_name
from serve.catalog import find
from serve.config import ModelConfig, ServeArgs
from serve.errors import ModelNotFound
from serve.placement import DoesNotFit, Share, check_memory

ROOT = Path(__file__).parents[1]
FILES = ["deployments.yaml", "deployments.cpu.yaml", "deployments.on-demand.yaml"]


def args(**changes: Any) -> ServeArgs:
    return ServeArgs.model_validate({"models": [{"id": "croquis-t2v"}], **changes})


def test_paths_are_made_absolute_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert args(output_dir="out").output_dir == str(tmp_path / "out")
    assert args(output_dir="out").database == f"sqlite:///{tmp_path}/out/jobs.db"


def test_a_bucket_needs_a_database_of_its_own() -> None:
    with pytest.raises(ValidationError, match="database_url must be given"):
        args(output_dir="s3://bucket/prefix")
    kept = args(output_dir="s3://bucket/prefix", database_url="postgresql://db/lookreel")
    assert kept.output_dir == "s3://bucket/prefix"


@pytest.mark.parametrize(
    "wrong", [{"modles": []}, {"max_queued_jobs": 0}, {"on_demand": {"models": "any"}}]
)
def test_a_slip_in_the_arguments_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        args(**wrong)


@pytest.mark.parametrize(
    ("deployment", "replicas"),
    [
        ({}, 1),
        ({"num_replicas": 3}, 3),
        ({"num_replicas": "auto"}, 100),
        ({"num_replicas": "auto", "autoscaling_config": {"max_replicas": 5}}, 5),
        ({"autoscaling_config": {"min_replicas": 0, "max_replicas": 4}}, 4),
        ({"autoscaling_config": {"min_replicas": 0}}, 1),
    ],
)
def test_the_number_of_jobs_handed_over_is_where_scaling_ends(
    deployment: dict[str, Any], replicas: int
) -> None:
    assert ModelConfig(id="croquis-t2v", deployment=deployment).max_replicas == replicas


@pytest.mark.parametrize("name", FILES)
def test_the_shipped_files_are_stock_ray_serve_configs(name: str) -> None:
    config = yaml.safe_load((ROOT / name).read_text())
    deployed = ServeDeploySchema.model_validate(config)
    [application] = deployed.applications
    assert application.import_path == "serve.application:build_app"
    chosen = ServeArgs.model_validate(application.args)
    for model in chosen.models:
        assert find(model.id).id == model.id
    assert build_app(chosen)._bound_deployment.name == "Ingress"


def test_the_production_models_share_one_gpu_and_fit_it() -> None:
    config = yaml.safe_load((ROOT / "deployments.yaml").read_text())
    models = ServeArgs.model_validate(config["applications"][0]["args"]).models
    assert all(0 < model.num_gpus < 1 for model in models)
    assert sum(model.num_gpus for model in models) == pytest.approx(1)
    shares = [Share(model.id, model.num_gpus, find(model.id).memory_gb) for model in models]
    check_memory(shares, 79.6)  # what an "80 GB" card has


def test_a_share_that_is_too_small_is_refused_with_the_numbers() -> None:
    shares = [Share("large", 0.5, 39), Share("small", 0.25, 10), Share("cpu", 0, 20)]
    check_memory(shares, 80)
    check_memory(shares, None)
    with pytest.raises(DoesNotFit, match="large needs 39 GiB.* it needs a larger GPU"):
        check_memory(shares, 24)
    with pytest.raises(DoesNotFit) as refused:
        check_memory(shares, 48)
    assert str(refused.value) == (
        "The models do not fit: large needs 39 GiB, but num_gpus 0.5 of a GPU with 48 GiB is "
        "24.0 GiB: give it num_gpus 0.82 or more"
    )


def test_a_model_listed_twice_is_refused() -> None:
    twice = args(models=[{"id": "fastwan"}, {"id": "FastVideo/FastWan2.1-T2V-1.3B-Diffusers"}])
    with pytest.raises(ValueError, match="'fastwan2.1-t2v-1.3b' is listed twice"):
        build_app(twice)


def test_a_model_may_be_served_with_random_weights() -> None:
    _, cards, *_ = build_app(
        args(models=[{"id": "wan2.1-t2v-14b", "load_format": "dummy"}])
    )._bound_deployment.init_args
    assert (cards[0].id, cards[0].load_format) == ("wan2.1-t2v-14b", "dummy")
    assert cards[0].title == "Wan 2.1 (14B), dummy"


def test_something_must_be_served() -> None:
    with pytest.raises(ValidationError, match="models and on_demand are both empty"):
        args(models=[])


def bound(served: ServeArgs) -> list[str]:
    """The ids of the cards that the ingress was given, in the order of its choice."""
    _, cards, *_ = build_app(served)._bound_deployment.init_args
    return [card.id for card in cards]


def test_models_on_demand_come_after_those_that_are_always_loaded() -> None:
    served = args(on_demand={"models": ["wan2.1-t2v-1.3b", "croquis-tryon"]})
    assert bound(served) == ["croquis-t2v", "wan2.1-t2v-1.3b", "croquis-tryon"]


def test_all_models_on_demand_are_those_that_may_and_can_be_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = {"models": "all", "deployment": {"ray_actor_options": {"num_gpus": 0.5}}}
    ids = bound(args(on_demand=pool))
    assert ids[0] == "croquis-t2v"
    assert len(ids) == len({*ids})
    assert "wan2.1-vace-14b" in ids and "svd-xt" not in ids
    assert "open-sora-2-256px" not in ids  # a program of its own, which must be set up
    monkeypatch.setattr(application, "_gpu_memory_gb", lambda: 80.0)
    smaller = bound(args(on_demand=pool, allow_non_commercial=True))
    assert "wan2.1-vace-14b" not in smaller and "svd-xt" in smaller


def test_a_model_on_demand_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_gpu_memory_gb", lambda: 80.0)
    options = {"ray_actor_options": {"num_gpus": 0.5}}
    with pytest.raises(DoesNotFit, match="wan2.1-vace-14b needs 55 GiB"):
        build_app(args(on_demand={"models": ["wan2.1-vace-14b"], "deployment": options}))
    with pytest.raises(ValueError, match="'croquis-t2v' is listed twice"):
        build_app(args(on_demand={"models": ["croquis-t2v"]}))


def test_all_models_on_demand_leave_out_those_whose_size_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = find("wan2.1-t2v-1.3b").model_dump(mode="json", exclude={"memory_gb"})
    own = tmp_path / "own.yaml"
    own.write_text(json.dumps({"models": [card | {"id": "mine", "source": "me/mine"}]}))
    pool = {"models": "all", "deployment": {"ray_actor_options": {"num_gpus": 1}}}
    served = args(catalog=str(own), on_demand=pool)
    assert "mine" in bound(served)
    monkeypatch.setattr(application, "_gpu_memory_gb", lambda: 40.0)
    ids = bound(served)
    assert "mine" not in ids
    assert {"croquis-tryon", "wan2.1-t2v-14b"} <= {*ids}


def test_a_non_commercial_model_is_served_only_when_that_is_accepted() -> None:
    with pytest.raises(ValueError, match=r"svd-xt is not free for commercial use: Stability"):
        build_app(args(models=[{"id": "svd-xt"}]))
    build_app(args(models=[{"id": "svd-xt"}], allow_non_commercial=True))


@pytest.mark.parametrize(
    ("base", "bound"),
    [("hunyuanvideo", "hunyuanvideo"), ("animatelcm", "animatelcm"), ("HunyuanVideo", None)],
)
def test_a_single_file_is_under_the_terms_of_its_base(
    base: str, bound: str | None, tmp_path: Path
) -> None:
    header = b'{"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
    file = tmp_path / "mine.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    if bound is None:  # a local copy of the base
        base = str(tmp_path / base)
        Path(base).mkdir()
    model = {"models": [{"id": str(file), "base": base}]}
    words = f"mine, made of {bound or 'hunyuanvideo'}, is not free for commercial use"
    with pytest.raises(ValueError, match=words):
        build_app(args(**model))
    build_app(args(**model, allow_non_commercial=True))
    build_app(args(models=[{"id": str(file), "base": "wan2.1-t2v-1.3b"}]))


def test_a_copy_of_a_non_commercial_model_is_under_its_terms_and_a_folder_of_ones_own_is_not(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "stable-video-diffusion-img2vid-xt"
    copy.mkdir()
    with pytest.raises(ValueError, match=r"svd-xt is not free for commercial use: Stability"):
        build_app(args(models=[{"id": str(copy)}]))
    with pytest.raises(ValueError, match=r"svd-xt is not free for commercial use: Stability"):
        build_app(args(on_demand={"models": [str(copy)]}))
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "model_index.json").write_text('{"_class_name": "StableVideoDiffusionPipeline"}')
    build_app(args(models=[{"id": str(mine)}]))


def test_a_model_with_code_of_its_own_is_served_only_when_that_is_accepted(tmp_path: Path) -> None:
    card: dict[str, Any] = {
        "id": "mine",
        "title": "Mine",
        "owned_by": "me",
        "source": "./mine",
        "family": "wan",
    }
    card |= {"licence": {"name": "MIT", "url": "", "commercial": True}}
    own = tmp_path / "own.yaml"
    own.write_text(json.dumps({"models": [card | {"custom_pipeline": "./code"}]}))
    models: dict[str, Any] = {"models": [{"id": "mine"}], "catalog": str(own)}
    words = f"mine brings code of its own .{tmp_path}/code.*--trust-remote-code, or set trust_rem"
    with pytest.raises(ModelNotFound, match=words):
        build_app(args(**models))
    build_app(args(**models, trust_remote_code=True))


def test_deployment_names_hold_nothing_that_is_no_file_name() -> None:
    card = find("croquis-t2v").model_copy(update={"id": "org/model name"})
    assert deployment_name(card) == "org-model-name"


def test_marking_that_cannot_work_stops_the_start(tmp_path: Path) -> None:
    files = {"certificate": str(tmp_path / "chain.pem"), "private_key": str(tmp_path / "key.pem")}
    with pytest.raises(ValueError, match=r"certificate '.*chain.pem' cannot be read as PEM"):
        build_app(args(marking=files))
    with pytest.raises(ValueError, match="label_text is 'généré par IA': the font has no é"):
        build_app(args(marking={"label_text": "généré par IA"}))
    with pytest.raises(ValidationError, match=r"marking\.lable"):
        args(marking={"lable": False})


def test_files_of_marking_are_made_absolute_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    marking = args(marking={"certificate": "c.pem", "private_key": "k.pem"}).marking
    assert (marking.certificate, marking.private_key) == (f"{tmp_path}/c.pem", f"{tmp_path}/k.pem")
