"""Processes that a test started, told apart from all others by a mark in their environment."""

import uuid
from pathlib import Path


class Mark:
    """A variable of the environment, which all children of a marked process inherit."""

    def __init__(self) -> None:
        self.environment = {"LOOKREEL_TEST_MARK": uuid.uuid4().hex}

    def bearers(self) -> list[str]:
        """The command lines of processes that carry the mark and live."""
        [(name, value)] = self.environment.items()
        wanted = f"{name}={value}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                marked = wanted in (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # not a process, not ours, or gone meanwhile
                continue
            if marked and command:
                found.append(command)
        return found
