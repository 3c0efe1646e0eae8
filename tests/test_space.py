"""The Docker Space that ``python -m hosting.space`` writes."""

import json
import re
from pathlib import Path

import pytest
import yaml

from hosting.space import write_space
from start_app import parse

KNOWN_SETTINGS = {
    *("title", "emoji", "colorFrom", "colorTo", "sdk", "app_port", "fullWidth", "license", "tags"),
    *("short_description", "startup_duration_timeout", "suggested_hardware", "pinned"),
}
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


@pytest.fixture(params=[False, True], ids=["cpu", "gpu"])
def gpu(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def space(tmp_path: Path, gpu: bool, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A written Space, without its weights, which are large."""
    monkeypatch.setattr("hosting.space.PROGRAM", ("start_app.py", "pyproject.toml", "LICENSE"))
    write_space(tmp_path / "space", gpu=gpu)
    return tmp_path / "space"


def dockerfile(space: Path) -> str:
    return (space / "Dockerfile").read_text()


def test_the_front_page_has_the_settings_that_spaces_know(space: Path, gpu: bool) -> None:
    front = yaml.safe_load((space / "README.md").read_text().split("---")[1])
    assert set(front) <= KNOWN_SETTINGS
    assert (front["sdk"], front["app_port"]) == ("docker", 7860)
    assert {front["colorFrom"], front["colorTo"]} <= COLOURS
    assert len(front["short_description"]) <= 60
    assert ("suggested_hardware" in front) is gpu


def test_the_container_starts_lookreel_as_it_wants_to_be_started(space: Path, gpu: bool) -> None:
    command = json.loads(re.findall(r"^CMD (.+)$", dockerfile(space), re.MULTILINE)[-1])
    assert command[:2] == ["python", "start_app.py"]
    options = parse(command[2:])
    assert (options.host, options.port) == ("0.0.0.0", 7860)
    assert str(options.config) == ("deployments.yaml" if gpu else "deployments.cpu.yaml")
    assert f"EXPOSE {options.port}" in dockerfile(space)


def test_the_container_s_user_is_the_one_of_spaces(space: Path) -> None:
    assert "--uid 1000 user" in dockerfile(space)
    assert dockerfile(space).index("USER user") < dockerfile(space).index("COPY --chown=user . .")


def test_the_gpu_s_container_has_torch_with_cuda(space: Path, gpu: bool) -> None:
    assert ("whl/cpu" in dockerfile(space)) is not gpu


def test_a_folder_with_files_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(SystemExit, match="not empty"):
        write_space(tmp_path)
