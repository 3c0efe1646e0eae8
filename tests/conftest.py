"""What holds for every test: markers by folder, and an environment that is nobody's own."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import postgresql

if TYPE_CHECKING:  # loaded only by the tests that use them
    from tests.api import Api
    from tests.queues import OpenQueue, Queue

MARKED_FOLDERS = ("slow", "gpu", "cluster", "browser")

# Before any library reads them: no test asks a hub for anything, none reports its usage, and
# threads that wait give their core to whatever else the machine is doing.
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test in tests/<folder> gets the marker <folder>, so that none can forget it.

    Those in folders run last, the browser's at the very end: Playwright keeps an event loop running
    in the main thread, beside which no other can start.
    """
    for item in items:
        folder = item.path.relative_to(config.rootpath / "tests").parts[0]
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    folder = item.path.parent.name
    return MARKED_FOLDERS.index(folder) + 1 if folder in MARKED_FOLDERS else 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The cards whose twins ran, as `tests/slow/test_cards.py` notes them: what was verified."""
    ran = [
        row
        for report in terminalreporter.stats.get("passed", [])
        for name, row in report.user_properties
        if name == "card"
    ]
    if ran:
        terminalreporter.section("cards run on twins, from a request to its file")
        for card, task, frames, steps in ran:
            row = f"{card:34}{task:18}{frames:4} frames {steps:4} steps"
            terminalreporter.write_line(row)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of this test run's own."""
    if postgresql.binaries() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database: each test that asks for it runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/jobs.db"
    url: str = request.getfixturevalue("postgresql_url")
    postgresql.empty(url)
    return url


@pytest.fixture
async def open_queue(database_url: str, tmp_path: Path) -> AsyncIterator["OpenQueue"]:
    """Opens job queues on one database, one after the other or beside each other."""
    from tests.queues import queues

    async with queues(database_url, tmp_path / "outputs") as open_one:
        yield open_one


@pytest.fixture
async def queue(open_queue: "OpenQueue") -> "Queue":
    """A job queue with a scripted model."""
    return await open_queue()


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator["Api"]:
    """A client of the whole HTTP API, with scripted models."""
    from tests.api import open_api

    async with open_api(tmp_path) as client:
        yield client
