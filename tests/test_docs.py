"""What the documents, the changelog and the configs name exists."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from serve import catalog, catalog_page
from serve.protocol import Task
from start_app import parse

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
SUFFIXES = (".py", ".md", ".yaml", ".toml", ".lock", ".png", ".jpg", ".sh", "/")
MADE_LATER = ("outputs/", ".venv/", "runs/", "benchmarks/results/", "my-")
"""What only a run makes, and what only the reader has."""


def code_in(document: Path) -> Iterator[str]:
    """Every code span and every line of a code block."""
    text = document.read_text()
    for block in re.findall(r"```[^\n]*\n(.*?)```", text, re.DOTALL):
        yield from block.splitlines()
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    yield from (line.strip() for line in text.splitlines() if line.startswith("    "))


def words_in(document: Path) -> set[str]:
    return {word.strip("\"'(),;:") for code in code_in(document) for word in code.split()}


def exists(name: str, document: Path) -> bool:
    """From the root, beside the document, or below the two packages, as prose names modules."""
    roots = (ROOT, document.parent, ROOT / "app", ROOT / "serve", ROOT / "tests")
    return any((root / name).exists() for root in roots)


def is_path(word: str) -> bool:
    return (
        word.endswith(SUFFIXES)
        and re.fullmatch(r"[\w./-]+", word) is not None
        and not word.startswith(("/", "..", "v1/"))
        and not word.startswith(MADE_LATER)
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = {word for word in words_in(document) if is_path(word)}
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
    assert [name for name in sorted({*named, *linked}) if not exists(name, document)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {match for code in code_in(document) for match in re.findall(r"\bmake ([a-z]+)", code)}
    assert named - targets == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_that_a_document_runs_exists(document: Path) -> None:
    for code in code_in(document):
        for module in re.findall(r"python3? -m ((?:app|serve|examples|benchmarks)[\w.]*)", code):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_option_of_start_app_that_a_document_names_exists(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    options = set(re.findall(r"--[a-z0-9-]+", capsys.readouterr().out))
    calls = [code for code in code_in(document) if "start_app.py" in code or "ARGS=" in code]
    named = {option for call in calls for option in re.findall(r"--[a-z0-9-]+", call)}
    assert named - options == set()


def test_the_newest_change_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == project["version"]


def test_the_page_of_models_is_what_the_catalog_says() -> None:
    assert (ROOT / "docs" / "models.md").read_text() == catalog_page.page()


def test_every_direct_dependency_is_bounded_and_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    locked = {
        re.split("==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line
    }
    for requirement in [*project["dependencies"], *extras]:
        name = re.split(r"[\[<>=]", requirement)[0].lower().replace("_", "-")
        assert name == "lookreel" or {name} <= locked, f"{name} is not in requirements.lock"
        assert name == "lookreel" or "<" in requirement, f"{name} has no bound"


@pytest.mark.parametrize("name", ["deployments.yaml", "deployments.cpu.yaml"])
def test_every_model_of_a_config_is_in_the_catalog_and_can_do_something(name: str) -> None:
    config = yaml.safe_load((ROOT / name).read_text())
    for application in config["applications"]:
        for model in application["args"].get("models", []):
            assert set(catalog.find(model["id"]).tasks) <= set(Task)
