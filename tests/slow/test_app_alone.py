"""``start_app.py --backend-url``: only the app, against a backend that runs elsewhere."""

import signal
from pathlib import Path

import httpx
import pytest

from tests.cluster.test_launch import Launch
from tests.fake_backend import FakeBackend
from tests.servers import free_port, serving


@pytest.mark.timeout(300)
def test_the_app_alone_serves_its_page_and_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKREEL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LOOKREEL_DATA_DIR", str(tmp_path / "data"))
    app = f"http://127.0.0.1:{(port := free_port())}"
    with serving(FakeBackend(), free_port()) as backend:
        launch = Launch("--backend-url", backend, "--port", str(port))
        try:
            launch.read_until("Ready")
            transport = httpx.HTTPTransport(retries=8)
            with httpx.Client(base_url=app, timeout=120, transport=transport) as http:
                assert "Lookreel" in http.get("/").text
                assert http.get("/config").json()["title"] == "Lookreel"
        finally:
            launch.interrupt(signal.SIGINT)
            assert launch.end() == 0
    assert "Configuration" not in launch.output
    assert launch.left_behind() == []
