"""start_app.py as a user meets it: it becomes ready or says why not, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from start_app import ROOT
from tests.processes import Mark
from tests.servers import free_port


class Launch:
    """One run of start_app.py, whose processes all carry a mark in their environment."""

    def __init__(self, *arguments: str, cwd: Path | None = None, **environment: str) -> None:
        self.mark = Mark()
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "start_app.py"), *arguments],
            cwd=cwd,
            env=os.environ | environment | self.mark.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""

    def read_until(self, words: str) -> None:
        """Read what it prints until it has said `words`."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.output += line
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}: {self.output}")

    def end(self) -> int:
        """Read the rest of what it prints; the exit status."""
        self.output += self.process.communicate()[0]
        return self.process.returncode

    def interrupt(self, number: signal.Signals) -> None:
        """What a terminal does on Ctrl-C: the signal goes to the whole process group."""
        os.killpg(self.process.pid, number)

    def left_behind(self) -> list[str]:
        """The command lines of its processes that live."""
        return self.mark.bearers()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Launches the tiny application with the given arguments."""
    launches = []

    def launch(*arguments: str, **args: object) -> Launch:
        application = {
            "name": "tiny",
            "route_prefix": "/",
            "import_path": "tests.cluster.tiny_app:build",
            "args": args,
        }
        config = tmp_path_factory.mktemp("tiny") / "tiny.yaml"
        http = {"host": "127.0.0.1", "port": free_port()}
        config.write_text(yaml.safe_dump({"http_options": http, "applications": [application]}))
        launches.append(Launch("--config", str(config), "--no-ui", *arguments))
        return launches[-1]

    yield launch
    for one in launches:
        if one.process.poll() is None:
            one.process.terminate()
            one.end()


@pytest.fixture(scope="module", autouse=True)
def without_a_place(tiny: Any) -> Launch:
    """Its cluster looks for a place for half a minute, beside the other tests."""
    launch: Launch = tiny(num_cpus=999)
    return launch


def test_a_model_that_cannot_load_ends_the_start_with_the_reason(tiny: Any) -> None:
    launch = tiny(weights="/nowhere/weights")
    assert launch.end() == 1
    assert "tiny: FileNotFoundError: " in launch.output
    assert "'/nowhere/weights'" in launch.output
    assert "Traceback" not in launch.output
    assert launch.left_behind() == []


def test_an_argument_that_the_application_refuses_is_named(tiny: Any) -> None:
    launch = tiny(wieghts="/nowhere")
    assert launch.end() == 1
    assert "wieghts\n  Extra inputs are not permitted" in launch.output
    assert launch.left_behind() == []


def test_a_field_that_serve_would_ignore_is_named_with_its_file(tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    text = (ROOT / "deployments.cpu.yaml").read_text().replace("route_prefix", "root_prefix")
    config.write_text(text)
    launch = Launch("--config", str(config), "--no-ui", "--backend-port", str(free_port()))
    assert launch.end() == 1
    assert "mine.yaml: applications.0.root_prefix: Serve has no such field" in launch.output


@pytest.mark.parametrize("seconds", [0.5, 3])
def test_a_stop_while_it_starts_leaves_no_process(tiny: Any, seconds: float) -> None:
    launch = tiny()
    launch.read_until("Configuration")
    time.sleep(seconds)
    launch.interrupt(signal.SIGTERM)
    assert launch.end() == 0
    assert launch.output.endswith("Stopped\n")
    assert launch.left_behind() == []


def test_an_impatient_second_interrupt_leaves_no_process(tiny: Any) -> None:
    launch = tiny()
    launch.read_until("Ready")
    assert launch.left_behind() != []
    launch.interrupt(signal.SIGINT)
    launch.read_until("Stopping")
    launch.interrupt(signal.SIGINT)
    launch.interrupt(signal.SIGTERM)
    assert launch.end() == 0
    assert launch.left_behind() == []


def test_a_launcher_that_is_killed_takes_its_cluster_along(tiny: Any) -> None:
    launch = tiny()
    launch.read_until("Ready")
    launch.process.kill()
    launch.end()
    deadline = time.monotonic() + 60
    while launch.left_behind() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert launch.left_behind() == []


def test_a_deployment_that_finds_no_place_ends_the_start_with_what_is_missing(
    without_a_place: Launch,
) -> None:
    assert without_a_place.end() == 1
    assert "tiny: there is no place for it: it needs 999 CPU and " in without_a_place.output
    assert without_a_place.left_behind() == []
