"""Processes that a test started, told apart from all others by a mark in their environment."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

KILL_SECONDS = 60.0


class Mark:
    """A variable of the environment, which all children of a marked process inherit."""

    def __init__(self) -> None:
        self.environment = {"LOOKREEL_TEST_MARK": uuid.uuid4().hex}

    def bearers(self) -> list[str]:
        """The command lines of processes that carry the mark and live."""
        return [command for _, command in self._found()]

    def kill(self) -> None:
        """End all that carry the mark without a word, as a power cut would."""
        end = time.monotonic() + KILL_SECONDS
        while found := list(self._found()):
            assert time.monotonic() < end, found
            for pid, _ in found:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)

    def _found(self) -> Iterator[tuple[int, str]]:
        [(name, value)] = self.environment.items()
        wanted = f"{name}={value}".encode()
        for entry in Path("/proc").iterdir():
            try:
                marked = wanted in (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # not a process, not ours, or gone meanwhile
                continue
            if marked and command:
                yield int(entry.name), command
