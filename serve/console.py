"""What whoever starts Lookreel reads while it starts."""

import time
from contextlib import suppress
from typing import TextIO


class Console:
    """One calm line per event, and on a terminal one live line that tells what is awaited."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_live = stream.isatty()
        self.started = time.monotonic()
        self._last_live = self.started

    @property
    def seconds(self) -> int:
        return round(time.monotonic() - self.started)

    def say(self, line: str, end: str = "\n") -> None:
        with suppress(OSError):  # the terminal may be gone, and there is still work to finish
            self.stream.write(f"\r\033[K{line}{end}" if self.is_live else f"{line}{end}")
            self.stream.flush()

    def wait_for(self, what: str) -> None:
        """Show that something is still awaited: at once on a terminal, else every ten seconds."""
        line = f"  {what} ({self.seconds} s)"
        if self.is_live:
            self.say(line, end="")
        elif time.monotonic() - self._last_live >= 10:
            self._last_live = time.monotonic()
            self.say(line)
