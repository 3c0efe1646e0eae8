"""A backend to measure: started by `start_app.py` as a user would, and stopped afterwards."""

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_APP = Path(__file__).parents[1] / "start_app.py"


@contextmanager
def running_service(*arguments: str) -> Iterator[str]:
    """The address of a backend that is ready; its results are thrown away."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(START_APP), "--no-ui", "--backend-port", str(port)]
        process = subprocess.Popen(
            [*command, "--output-dir", folder, *arguments], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                if line.startswith("Ready"):
                    break
            else:
                raise SystemExit("the backend did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()
