"""Where the user interface listens and which backend it talks to, read from ``LOOKREEL_*``."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the app process, with its default written here and nowhere else."""

    backend_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str = ""
    """The path a reverse proxy serves the app under, if any."""
    cache_dir: str = str(Path(tempfile.gettempdir()) / "lookreel-app")
    """Finished clips are kept here for a day while browsers play them."""
    data_dir: str = str(Path.home() / ".local" / "share" / "lookreel")
    """What users save stays here until they delete it: the wardrobe and lookbooks."""
    browser_secret: str = "lookreel-browser"
    """Scrambles the id where the browser keeps it; stable, so that a restart keeps Libraries."""
    mcp_server: bool = True
    """Offer the endpoints to agents as tools (MCP)."""
    poll_seconds: float = 1.0
    """Pause between two looks at a job when its event stream broke."""

    @property
    def wardrobe_dir(self) -> Path:
        """Where the people and garments that users save are kept."""
        return Path(self.data_dir) / "wardrobe"

    @property
    def lookbooks_dir(self) -> Path:
        """The part of ``data_dir`` that holds lookbooks."""
        return Path(self.data_dir) / "lookbooks"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read ``LOOKREEL_BACKEND_URL`` and so on; what is not set keeps its default."""
        found: dict[str, str | int | float | bool] = {}
        for field in fields(cls):
            name = f"LOOKREEL_{field.name.upper()}"
            if (text := environ.get(name)) is None:
                continue
            try:
                read = _boolean if field.type is bool else field.type
                found[field.name] = read(text)  # type: ignore[operator]
            except ValueError as error:
                kind = getattr(field.type, "__name__", field.type)
                raise ValueError(f"{name} must be of type {kind}, not {text!r}") from error
        return cls(**found)  # type: ignore[arg-type]


def _boolean(text: str) -> bool:
    if text.lower() not in BOOLEANS:
        raise ValueError(text)
    return BOOLEANS[text.lower()]
