"""Start Lookreel: pick a configuration, start Ray Serve and the app, stop both.

It knows processes, ports and signals; `serve/plan.py` knows what is to be served.
"""

import argparse
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import TextIO

import psutil
import yaml

from app.settings import Settings
from serve.console import Console
from serve.plan import Condition, Plan, StartError
from serve.protocol import Task

ROOT = Path(__file__).resolve().parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_SECONDS = 10
"""How long processes may take to end when they are asked to."""
PR_SET_CHILD_SUBREAPER = 36


class Options(argparse.Namespace):
    """The command line."""

    config: Path | None
    t2v_model: str | None
    t2v_base: str | None
    i2v_model: str | None
    i2v_base: str | None
    catalog: str | None
    allow_non_commercial: bool
    trust_remote_code: bool
    output_dir: str | None
    host: str
    port: int
    backend_port: int | None
    backend_url: str | None
    no_ui: bool
    verbose: bool


class Stopped(BaseException):
    """Somebody asked to stop; no `except Exception` on the way catches it."""


def parse(arguments: Sequence[str] | None) -> Options:
    """Read the command line; contradictions are refused here."""
    settings = Settings.from_environment()
    parser = argparse.ArgumentParser(description="Start Lookreel's backend and its app.")
    add = parser.add_argument
    model = "catalog id, hub repository, local folder or single file"
    base = "the model that has the rest, if that is a single file"
    add("--config", type=Path, help="Ray Serve config file (default: by this machine's GPU)")
    add("--t2v-model", metavar="MODEL", help=f"text-to-video model to serve: {model}")
    add("--t2v-base", metavar="MODEL", help=base)
    add("--i2v-model", metavar="MODEL", help=f"image-to-video model to serve: {model}")
    add("--i2v-base", metavar="MODEL", help=base)
    add("--catalog", metavar="FILE", help="YAML file with model cards of your own")
    add(
        "--allow-non-commercial",
        action="store_true",
        help="serve also models whose licence limits commercial use",
    )
    add(
        "--trust-remote-code",
        action="store_true",
        help="run the Python code that models of your catalog bring with them",
    )
    add("--output-dir", metavar="DIR", help="folder or fsspec URL for jobs and results")
    add("--host", default=settings.host, help="where the app listens (default: %(default)s)")
    add("--port", type=int, default=settings.port, help="the app's port (default: %(default)s)")
    add("--backend-port", type=int, metavar="PORT", help="the backend's port")
    add("--backend-url", metavar="URL", help="run only the app, against this running backend")
    add("--no-ui", action="store_true", help="run only the backend")
    add("--verbose", action="store_true", help="show everything that Ray and the app print")
    options = parser.parse_args(arguments, namespace=Options())
    if options.backend_url:
        models = ("config", "t2v_model", "t2v_base", "i2v_model", "i2v_base", "catalog")
        consents = ("allow_non_commercial", "trust_remote_code")
        for name in (*models, *consents, "output_dir", "backend_port", "no_ui"):
            if getattr(options, name):
                flag = name.replace("_", "-")
                parser.error(f"--backend-url starts no backend, so --{flag} has no meaning with it")
    for task in ("t2v", "i2v"):
        if getattr(options, f"{task}_base") and not getattr(options, f"{task}_model"):
            parser.error(f"--{task}-base belongs to a --{task}-model that is a single file")
    return options


def find_gpu() -> str | None:
    """The name of the first CUDA GPU, as the driver tells it."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return None
    try:
        answer = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"GPU \d+: (.+?) \(", answer.stdout)
    return found[1] if found and answer.returncode == 0 else None


def choose_config(given: Path | None) -> tuple[Path, str]:
    """The config file to use and the reason, for the user to read."""
    if given:
        return given, "as asked by --config"
    gpu = find_gpu()
    if gpu is None:
        return ROOT / "deployments.cpu.yaml", "no CUDA GPU was found"
    if version("torch").endswith("+cpu"):
        return ROOT / "deployments.cpu.yaml", f"{gpu} is here, but torch is a build without CUDA"
    return ROOT / "deployments.yaml", f"found {gpu}"


def make_plan(options: Options, console: Console) -> Plan:
    """The chosen config with the command line's changes, checked before anything is started."""
    path, reason = choose_config(options.config)
    console.say(f"Configuration: {path.name} ({reason})")
    plan = Plan.read(path)
    if options.catalog:
        plan.use_catalog(options.catalog)
    if options.trust_remote_code:
        plan.trust_remote_code()
    if options.t2v_model:
        plan.use_model(options.t2v_model, Task.TEXT_TO_VIDEO, options.t2v_base)
    if options.i2v_model:
        plan.use_model(options.i2v_model, Task.IMAGE_TO_VIDEO, options.i2v_base)
    if options.allow_non_commercial:
        plan.allow_non_commercial()
    if options.output_dir:
        plan.write_to(options.output_dir)
    if options.backend_port:
        plan.listen_on(options.backend_port)
    return plan


def require_free_port(host: str, port: int, flag: str) -> None:
    """Refuse a port that somebody else listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise StartError(f"cannot listen on {host}:{port}: {reason} ({flag})") from error


def catch_signals() -> None:
    """Turn the first request to stop into `Stopped`; later ones cannot disturb the clean-up."""

    def stop(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        raise Stopped

    for one in SIGNALS:
        signal.signal(one, stop)


def ignore_signals() -> None:
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)


class Children:
    """The processes that we start: a session each, so that Ctrl-C reaches only us."""

    def __init__(self, log: TextIO | None) -> None:
        self.log = log
        self.named: dict[str, subprocess.Popen[str]] = {}
        if sys.platform == "linux":
            # A grandchild whose parent has died becomes our child, so none is ever lost of sight.
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)

    def start(self, name: str, *command: str, **environment: str) -> subprocess.Popen[str]:
        """Run a module of ours with this Python; its stdout is a pipe if it is the backend."""
        self.named[name] = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if name == "backend" else self.log,
            stderr=self.log,
            text=True,
            start_new_session=True,
        )
        return self.named[name]

    def require_running(self) -> None:
        for name, process in self.named.items():
            if (status := process.poll()) is not None:
                raise StartError(f"the {name} ended by itself, with exit status {status}")

    def stop(self) -> None:
        """End them and everything they started: politely, then not."""
        for process in self.named.values():
            process.terminate()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while descendants := psutil.Process().children(recursive=True):
            if time.monotonic() > deadline:
                for one in descendants:
                    with suppress(psutil.NoSuchProcess):
                        one.kill()
            psutil.wait_procs(descendants, timeout=0.5)


def run(options: Options, console: Console, folder: Path) -> None:
    """Check all that can be checked, then start, and stay until somebody asks to stop."""
    plan = None if options.backend_url else make_plan(options, console)
    if plan:
        require_free_port("127.0.0.1", plan.http_port, "--backend-port chooses another")
    if not options.no_ui:
        require_free_port(options.host, options.port, "--port chooses another")
    backend_url = options.backend_url or f"http://127.0.0.1:{plan.http_port if plan else 0}"
    address = backend_url if options.no_ui else f"http://{options.host}:{options.port}"
    with ExitStack() as stack:
        log = None if options.verbose else stack.enter_context((folder / "log.txt").open("w"))
        children = Children(log)
        catch_signals()
        try:
            if not options.no_ui:
                chosen = {"HOST": options.host, "PORT": options.port, "BACKEND_URL": backend_url}
                names = {f"LOOKREEL_{name}": str(value) for name, value in chosen.items()}
                children.start("app", "app", **names)
                console.say(f"App: {address} (it opens while models still load)")
            if plan:
                start_backend(plan, children, console, folder)
            console.say(f"Ready: {address} (Ctrl-C stops it)")
            while True:
                children.require_running()
                time.sleep(0.5)
        finally:
            ignore_signals()
            console.say("Stopping ...")
            children.stop()


def start_backend(plan: Plan, children: Children, console: Console, folder: Path) -> None:
    """Start Ray Serve with the plan, and tell how far it is until it is ready."""
    config = folder / plan.path.name
    config.write_text(yaml.safe_dump(plan.config))
    backend = children.start("backend", "serve.cluster", str(config), str(folder))
    assert backend.stdout
    told: set[str] = set()
    for line in backend.stdout:
        now = Condition.model_validate_json(line)
        if now.failure:
            raise StartError(now.failure)
        for name in now.ready:
            if name not in told:
                console.say(f"  {name} is ready after {console.seconds} s")
        told.update(now.ready)
        if now.is_ready:
            return
        waiting = [f"{one} ({now.doing[one]})" if one in now.doing else one for one in now.waiting]
        console.wait_for(f"waiting for {', '.join(waiting) or 'Ray Serve'}")
        children.require_running()
    raise StartError(f"the backend ended by itself, with exit status {backend.wait()}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped; 0 if that was asked for, 1 with the reason on stderr if it was not."""
    console = Console(sys.stdout)
    folder = Path(tempfile.mkdtemp(prefix="lookreel-", dir=os.environ.get("RAY_TMPDIR")))
    try:
        run(parse(arguments), console, folder)
    except Stopped:
        console.say("Stopped")
    except (StartError, ValueError) as error:
        print(f"Lookreel cannot run: {error}\nLogs are in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
