"""Tests of start_app.py that start no cluster: choices, refusals, and processes that must end."""

import io
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import start_app
from serve.console import Console

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder where programs are found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return tmp_path


def install_driver(folder: Path, answer: str, status: int = 0) -> None:
    """An nvidia-smi that answers so."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '{answer}'\nexit {status}\n")
    program.chmod(0o755)


def test_without_a_gpu_the_small_models_are_served(path: Path) -> None:
    config, reason = start_app.choose_config(None)
    assert (config.name, reason) == ("deployments.cpu.yaml", "no CUDA GPU was found")


def test_a_gpu_that_the_driver_knows_is_named(path: Path) -> None:
    install_driver(path, "GPU 0: NVIDIA H200 (UUID: GPU-1)")
    assert start_app.find_gpu() == "NVIDIA H200"


def test_a_gpu_gets_the_production_models(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_driver(path, "GPU 0: NVIDIA H200 (UUID: GPU-1)")
    monkeypatch.setattr(start_app, "version", lambda package: "2.13.0")
    config, reason = start_app.choose_config(None)
    assert (config.name, reason) == ("deployments.yaml", "found NVIDIA H200")


def test_a_gpu_that_torch_cannot_use_is_said_to_be_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_driver(path, "GPU 0: NVIDIA H200 (UUID: GPU-1)")
    monkeypatch.setattr(start_app, "version", lambda package: "2.13.0+cpu")
    config, reason = start_app.choose_config(None)
    assert config.name == "deployments.cpu.yaml"
    assert "torch is a build without CUDA" in reason


def test_a_driver_that_fails_is_no_gpu(path: Path) -> None:
    install_driver(path, "GPU 0: NVIDIA H200 (UUID: GPU-1)", status=9)
    assert start_app.find_gpu() is None


def test_a_gpu_hidden_by_the_environment_is_no_gpu(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_driver(path, "GPU 0: NVIDIA H200 (UUID: GPU-1)")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert start_app.find_gpu() is None


def test_a_config_that_is_asked_for_is_taken(path: Path) -> None:
    config, reason = start_app.choose_config(Path("mine.yaml"))
    assert (config, reason) == (Path("mine.yaml"), "as asked by --config")


def test_options_for_a_backend_make_no_sense_beside_a_running_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        start_app.parse(["--backend-url", "http://gpu:8000", "--t2v-model", "croquis-t2v"])
    assert ended.value.code == 2
    assert "--t2v-model has no meaning" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--port", "--backend-port"])
def test_a_busy_port_is_named_before_anything_is_started(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = psutil.Process().children()  # servers that other tests share
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        config = str(start_app.ROOT / "deployments.cpu.yaml")
        assert start_app.main(["--config", config, flag, str(port)]) == 1
    error = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1:{port}" in error
    assert f"{flag} chooses another" in error
    assert psutil.Process().children() == before


def test_a_wrong_config_is_one_line_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("applications: 3")
    assert start_app.main(["--config", str(config)]) == 1
    assert "mine.yaml: applications: must be a list" in capsys.readouterr().err


def test_a_wrong_setting_in_the_environment_is_one_line_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOKREEL_PORT", "high")
    assert start_app.main([]) == 1
    assert "LOOKREEL_PORT must be" in capsys.readouterr().err


def test_a_log_file_gets_lines_and_no_control_characters() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.say("Ready")
    console.wait_for("waiting for a model")
    assert stream.getvalue() == "Ready\n"


def test_a_console_whose_terminal_has_gone_disturbs_nobody() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    Console(stream).say("Stopping ...")
    with pytest.raises(BrokenPipeError):
        stream.close()


def run_apart(code: str) -> str:
    """What a Python of its own prints: `Children` looks after all processes below its own."""
    setup = "import psutil, subprocess, sys, start_app\nchildren = start_app.Children(log=None)\n"
    answer = subprocess.run(
        [sys.executable, "-c", setup + code], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_a_child_that_ends_by_itself_is_told_with_its_exit_status() -> None:
    answer = run_apart("""
children.named["app"] = subprocess.Popen([sys.executable, "-c", "exit(3)"])
children.named["app"].wait()
try:
    children.require_running()
except start_app.StartError as error:
    print(error)
""")
    assert answer == "the app ended by itself, with exit status 3\n"


def test_a_child_that_will_not_end_is_killed_and_its_orphans_too() -> None:
    answer = run_apart(f"""
start_app.PATIENCE_SECONDS = 0.2
children.named["backend"] = subprocess.Popen(
    [sys.executable, "-c", {STUBBORN!r}], stdout=subprocess.PIPE, text=True
)
children.named["backend"].stdout.readline()
family = psutil.Process().children(recursive=True)
children.stop()
print(len(family), [one for one in family if one.is_running()])
""")
    assert answer == "2 []\n"


def test_only_the_first_signal_is_heard() -> None:
    kept = {one: signal.getsignal(one) for one in start_app.SIGNALS}
    try:
        start_app.catch_signals()
        with pytest.raises(start_app.Stopped):
            signal.raise_signal(signal.SIGINT)
        for one in start_app.SIGNALS:
            signal.raise_signal(one)
    finally:
        for one, handler in kept.items():
            signal.signal(one, handler)
