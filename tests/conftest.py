"""What holds for every test: markers by folder, and an environment that is nobody's own."""

import os
from pathlib import Path

import pytest

MARKED_FOLDERS = ("cluster", "browser", "gpu")

# Before any library reads them: no test asks a hub for anything, none reports its usage, and
# threads that wait give their core to whatever else the machine is doing.
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test in tests/<folder> gets the marker <folder>, so that none can forget it."""
    for item in items:
        folder = item.path.relative_to(config.rootpath / "tests").parts[0]
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)
        if folder == "gpu" and not Path("/dev/nvidia0").exists():
            item.add_marker(pytest.mark.skip(reason="needs CUDA"))
