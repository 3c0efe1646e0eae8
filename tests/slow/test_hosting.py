"""Lookreel where others host it: out of the folder of a Space, and below a path of a proxy."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from gradio_client import Client

from hosting.space import write_space
from tests.fake_backend import FakeBackend
from tests.servers import free_port, running_app, serving, serving_app

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("space") / "lookreel"
    write_space(folder)
    return folder


def test_a_space_holds_everything_that_its_container_copies(space: Path) -> None:
    for line in re.findall(r"^COPY --chown=user (.+)$", (space / "Dockerfile").read_text(), re.M):
        for name in line.split()[:-1]:
            assert (space / name).exists(), name


def test_a_space_s_program_is_whole(space: Path) -> None:
    """It builds the page and reads its models with nothing but what is in the folder."""
    program = (
        "from app.settings import Settings; from app.ui import build_ui; build_ui(Settings());"
        "from pathlib import Path; from serve.plan import Plan; import app;"
        "Plan.read(Path('deployments.cpu.yaml')); print(app.__file__)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=space,
        env={"PYTHONPATH": str(space), "PATH": "", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(space))


def proxy(target: str) -> FastAPI:
    """``/studio/…`` of this server is ``/…`` of that one, as nginx does it."""
    app = FastAPI()

    @app.api_route("/studio/{path:path}", methods=["GET", "POST", "HEAD"])
    async def forward(request: Request, path: str) -> Response:
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.request(
                request.method,
                f"{target}/{path}",
                params=request.query_params,
                headers=[(k, v) for k, v in request.headers.items() if k != "accept-encoding"],
                content=await request.body(),
            )
        kind = answer.headers.get("content-type")
        return Response(answer.content, answer.status_code, media_type=kind)

    return app


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("LOOKREEL_ROOT_PATH", "/studio")
    with (
        serving(FakeBackend(), free_port()) as backend,
        running_app(backend, tmp_path) as app,
        serving_app(proxy(app), free_port()) as url,
    ):
        yield f"{url}/studio"


def test_below_a_path_of_a_proxy_everything_is_found(studio: str, tmp_path: Path) -> None:
    page = httpx.get(f"{studio}/").text
    assert "__words-" not in page
    config = httpx.get(f"{studio}/config").json()
    assert config["root"] == studio
    client = Client(f"{studio}/", verbose=False, download_files=tmp_path)
    try:
        clip = client.predict(prompt="a red dress", api_name="/text_to_video")
        path = clip["video"] if isinstance(clip, dict) else clip
        assert b"ftyp" in Path(path).read_bytes()[:16]
    finally:
        client.close()
