"""A program that runs beside Lookreel, with all that it starts: watched, and stopped as a whole."""

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from serve.engines.remote import Standing

GRACE_SECONDS = 35.0
"""From SIGTERM to SIGKILL; torchrun gives its own workers 30 seconds to end."""
TAIL_BYTES = 20_000
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
"""Variables of this environment that would break another one."""
ERROR = re.compile(r"(\[\w+\]: *)?[\w.]*(Error|Exception)\w*: *\S")
"""How Python ends a traceback; torch puts the rank before it and more lines behind."""
BAR = re.compile(r"\d+%\||\bit/s\b|\bs/it\b")
"""A progress bar of tqdm."""


class Program:
    """Starts at once; `with` sees to it that nothing of it is left."""

    def __init__(
        self, command: Sequence[str], directory: Path, logs: Path, progress: str | None
    ) -> None:
        """What it writes goes to files in `logs`; `progress` is a recipe's."""
        self._progress = progress
        self._logs = [logs / "stderr", logs / "stdout"]
        with self._logs[0].open("wb") as stderr, self._logs[1].open("wb") as stdout:
            # A session of its own makes it the leader of a group that can be stopped as one.
            self._process = subprocess.Popen(
                command,
                cwd=directory,
                env=_environment(command[0]),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._signal(signal.SIGKILL)
        self._process.wait()

    def look(self) -> Standing:
        """How far it is."""
        code = self._process.poll()
        if code is None:
            return Standing(share=self._share())
        if code == 0:
            return Standing(done=True)
        end = f"exit code {code}" if code > 0 else f"signal {-code}"
        return Standing(failure=f"The program ended with {end}: {self.last_words()}")

    def stop(self) -> None:
        """Ask the whole group to end; `__exit__` kills what has not."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)

    def last_words(self) -> str:
        """The last line that says something: of its errors, or else of its output."""
        for log in self._logs:
            lines = [line.strip() for line in re.split(r"[\r\n]+", _tail(log))]
            said = [line for line in lines if re.search(r"\w", line) and not BAR.search(line)]
            errors = [line for line in said if ERROR.match(line)]
            if said:
                return (errors or said)[-1][:300]
        return "it said nothing"

    def _share(self) -> float:
        for log in self._logs:
            counts = re.findall(self._progress, _tail(log)) if self._progress else []
            if counts and float(counts[-1][1]):
                return min(float(counts[-1][0]) / float(counts[-1][1]), 1.0)
        return 0.0

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def _environment(program: str) -> dict[str, str]:
    """As if the program's own environment were activated; Python tells its progress at once."""
    variables = {name: value for name, value in os.environ.items() if name not in OURS}
    path = os.pathsep.join([str(Path(program).parent), variables.get("PATH", os.defpath)])
    return variables | {"PATH": path, "PYTHONUNBUFFERED": "1"}


def _tail(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace")
