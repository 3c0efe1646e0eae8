"""``python -m app``: the user interface alone, against the backend of ``LOOKREEL_BACKEND_URL``."""

import logging

from app.settings import Settings
from app.ui import launch


def main() -> None:
    """Serve until interrupted."""
    logging.basicConfig(level=logging.INFO)
    settings = Settings.from_environment()
    address = f"http://{settings.host}:{settings.port}"
    logging.getLogger(__name__).info("%s, backend %s", address, settings.backend_url)
    launch(settings, blocking=True)


if __name__ == "__main__":
    main()
