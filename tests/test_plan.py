"""Tests of serve/plan.py: config files are checked field by field and adjusted."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from serve.plan import Plan, StartError
from serve.protocol import Task

ROOT = Path(__file__).parents[1]


def write(folder: Path, *models: str, **args: Any) -> Path:
    """A config that serves `models` with a share of the CPU each."""
    share = {"ray_actor_options": {"num_cpus": 0.5}}
    path = folder / "mine.yaml"
    application = {
        "name": "lookreel",
        "import_path": "serve.application:build_app",
        "args": {"models": [{"id": one, "deployment": share} for one in models], **args},
    }
    path.write_text(yaml.safe_dump({"applications": [application]}))
    return path


def served(plan: Plan) -> list[str]:
    return [model["id"] for model in plan.args[0]["models"]]


@pytest.mark.parametrize(
    "name", ["deployments.yaml", "deployments.cpu.yaml", "deployments.on-demand.yaml"]
)
def test_the_configs_that_ship_with_lookreel_are_good_plans(name: str) -> None:
    assert Plan.read(ROOT / name).http_port == 8000


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"nowhere\.yaml: No such file"):
        Plan.read(tmp_path / "nowhere.yaml")


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("applications:\n  - name: [unclosed\n")
    with pytest.raises(StartError, match=r"(?s)mine\.yaml is not valid YAML.*line 3"):
        Plan.read(path)


@pytest.mark.parametrize("text", ["", "just words", "applications: 3", "applications: [3]"])
def test_yaml_that_is_no_serve_config_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(StartError, match=r"mine\.yaml: applications"):
        Plan.read(path)


def test_an_unknown_argument_is_named_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, "croquis-t2v", max_uploads=3)
    with pytest.raises(StartError, match=r"mine\.yaml: applications\.0\.args\.max_uploads: "):
        Plan.read(path)


def test_a_model_without_an_id_is_named_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    with pytest.raises(StartError, match=r"applications\.0\.args\.models\.0\.id: "):
        Plan.read(path)


def test_a_model_takes_the_place_and_the_deployment_of_the_one_with_its_task(
    tmp_path: Path,
) -> None:
    plan = Plan.read(write(tmp_path, "croquis-t2v", "croquis-tryon"))
    plan.use_model("fastwan2.1-t2v-1.3b", Task.TEXT_TO_VIDEO)
    plan.use_model("Wan-AI/Wan2.1-I2V-14B-480P-Diffusers", Task.IMAGE_TO_VIDEO)
    assert served(plan) == ["fastwan2.1-t2v-1.3b", "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers"]
    assert plan.args[0]["models"][1]["deployment"]["ray_actor_options"] == {"num_cpus": 0.5}


def test_the_specialist_is_replaced_and_the_model_that_does_more_stays(tmp_path: Path) -> None:
    plan = Plan.read(write(tmp_path, "croquis-tryon", "croquis-t2v"))
    plan.use_model("fastwan2.1-t2v-1.3b", Task.TEXT_TO_VIDEO)
    assert served(plan) == ["croquis-tryon", "fastwan2.1-t2v-1.3b"]


def test_a_local_folder_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my-model").mkdir()
    (tmp_path / "my-model" / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    monkeypatch.chdir(tmp_path)
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    plan.use_model("my-model", Task.TEXT_TO_VIDEO)
    assert served(plan) == [str(tmp_path / "my-model")]


def test_a_card_goes_before_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my-wan").mkdir()
    (tmp_path / "own.yaml").write_text(OWN.replace("me/my-wan", "./my-wan"))
    monkeypatch.chdir(tmp_path)
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    plan.use_catalog("own.yaml")
    plan.use_model("my-wan", Task.TEXT_TO_VIDEO)
    assert served(plan) == ["my-wan"]


def test_a_model_that_nobody_knows_is_refused_with_what_may_have_been_meant(
    tmp_path: Path,
) -> None:
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    with pytest.raises(StartError, match=r"'croqis-t2v' is neither .* Did you mean croquis-t2v"):
        plan.use_model("croqis-t2v", Task.TEXT_TO_VIDEO)


def test_a_model_that_cannot_be_had_is_refused_with_its_reason(tmp_path: Path) -> None:
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    with pytest.raises(StartError, match=r"Sora 2 cannot be had: .* Use wan2\.2-ti2v-5b in its"):
        plan.use_model("Sora-2", Task.TEXT_TO_VIDEO)


def test_a_model_for_another_task_is_refused(tmp_path: Path) -> None:
    plan = Plan.read(write(tmp_path, "croquis-tryon"))
    with pytest.raises(
        StartError, match=r"croquis-t2v does text-to-video.*; it cannot do image-to"
    ):
        plan.use_model("croquis-t2v", Task.IMAGE_TO_VIDEO)


def test_a_plan_without_a_model_to_replace_is_refused(tmp_path: Path) -> None:
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    with pytest.raises(StartError, match=r"mine\.yaml has no image-to-video model"):
        plan.use_model("wan2.1-i2v-14b-480p", Task.IMAGE_TO_VIDEO)


def test_another_output_folder_takes_the_database_along(tmp_path: Path) -> None:
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    plan.write_to(str(tmp_path / "elsewhere"))
    assert plan.args[0]["output_dir"] == str(tmp_path / "elsewhere")
    assert plan.args[0]["database_url"] == f"sqlite:///{tmp_path}/elsewhere/jobs.db"


def test_an_output_bucket_needs_a_database_of_its_own(tmp_path: Path) -> None:
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    with pytest.raises(StartError, match="database_url must be given"):
        plan.write_to("s3://bucket/lookreel")


def test_another_port_keeps_the_other_http_options(tmp_path: Path) -> None:
    plan = Plan.read(ROOT / "deployments.cpu.yaml")
    plan.listen_on(9000)
    assert plan.http_port == 9000
    assert plan.config["http_options"]["host"] == "127.0.0.1"


OWN = """\
models:
  - id: my-wan
    family: wan
    title: My Wan
    owned_by: me
    source: me/my-wan
    licence: {name: MIT, url: "https://opensource.org/license/mit", commercial: true}
"""


def test_a_card_of_ones_own_catalog_can_be_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    plan.use_catalog("own.yaml")
    plan.use_model("my-wan", Task.TEXT_TO_VIDEO)
    assert served(plan) == ["my-wan"]
    assert plan.args[0]["catalog"] == str(tmp_path / "own.yaml")


def test_a_fault_in_ones_own_catalog_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN.replace("title", "titel"))
    plan = Plan.read(write(tmp_path, "croquis-t2v", catalog=str(tmp_path / "own.yaml")))
    with pytest.raises(StartError, match=r"own\.yaml, line 4: models\.0\.titel: Extra inputs"):
        plan.use_model("my-wan", Task.TEXT_TO_VIDEO)


def test_a_single_file_goes_with_its_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = b'{"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
    (tmp_path / "my.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    monkeypatch.chdir(tmp_path)
    plan = Plan.read(write(tmp_path, "croquis-t2v"))
    plan.use_model("my.safetensors", Task.TEXT_TO_VIDEO, "wan2.1-t2v-1.3b")
    model = plan.args[0]["models"][0]
    assert (model["id"], model["base"]) == (str(tmp_path / "my.safetensors"), "wan2.1-t2v-1.3b")
    with pytest.raises(StartError, match="my.safetensors is a single file: it has a denoiser and"):
        plan.use_model("my.safetensors", Task.TEXT_TO_VIDEO)


def test_code_that_a_model_brings_must_be_allowed_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN + "    trust_remote_code: true\n")
    plan = Plan.read(write(tmp_path, "croquis-t2v", catalog=str(tmp_path / "own.yaml")))
    with pytest.raises(StartError, match=r"my-wan brings code of its own \(me/my-wan\), which wou"):
        plan.use_model("my-wan", Task.TEXT_TO_VIDEO)
    plan.trust_remote_code()
    plan.use_model("my-wan", Task.TEXT_TO_VIDEO)
    assert served(plan) == ["my-wan"]
