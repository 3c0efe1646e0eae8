"""A model hub over HTTP, as far as downloads need one: ranges, gates and lines that break."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from tests.servers import free_port, serving_app

PIECE = 2**16
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_letmein"


class FakeHub:
    """Serves the folders below `root` as repositories: ``root/owner/name``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.gated: set[str] = set()
        """Repositories that only who sends `TOKEN` may see into."""
        self.served: list[tuple[str, int]] = []
        """Files whose content was asked for, and from which byte."""
        self.break_after: int | None = None
        """Bytes after which the line breaks, once."""
        self.pause_seconds = 0.0
        """Between two pieces of a file, each of `PIECE` bytes."""

    def names(self, repo: str) -> list[str]:
        folder = self.root / repo
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return [path.relative_to(folder).as_posix() for path in paths]

    def app(self) -> FastAPI:
        """What huggingface_hub asks."""
        app = FastAPI()

        @app.get("/api/models/{owner}/{name}/revision/{revision}", response_model=None)
        @app.get("/api/models/{owner}/{name}", response_model=None)
        async def info(request: Request, owner: str, name: str, revision: str = "main") -> Response:
            repo = f"{owner}/{name}"
            if refusal := self._refusal(request, repo, revision):
                return refusal
            files = [
                {"rfilename": file, "size": (self.root / repo / file).stat().st_size}
                for file in self.names(repo)
            ]
            return JSONResponse({"id": repo, "modelId": repo, "sha": COMMIT, "siblings": files})

        @app.api_route(
            "/{owner}/{name}/resolve/{revision}/{file:path}",
            methods=["GET", "HEAD"],
            response_model=None,
        )
        async def resolve(
            request: Request, owner: str, name: str, revision: str, file: str
        ) -> Response:
            repo = f"{owner}/{name}"
            return self._refusal(request, repo, revision) or self._send(request, repo, file)

        return app

    def _refusal(self, request: Request, repo: str, revision: str) -> Response | None:
        def refuse(status: int, code: str) -> Response:
            return JSONResponse({"error": code}, status_code=status, headers={"x-error-code": code})

        if not (self.root / repo).is_dir():
            return refuse(404, "RepoNotFound")
        if revision not in ("main", COMMIT):
            return refuse(404, "RevisionNotFound")
        sent = request.headers.get("authorization")
        if repo in self.gated and sent != f"Bearer {TOKEN}":
            return refuse(403 if sent else 401, "GatedRepo")
        return None

    def _send(self, request: Request, repo: str, file: str) -> Response:
        content = (self.root / repo / file).read_bytes()
        headers: dict[str, Any] = {
            "etag": f'"{hashlib.sha256(content).hexdigest()}"',
            "x-repo-commit": COMMIT,
            "accept-ranges": "bytes",
        }
        if request.method == "HEAD":
            return Response(headers=headers | {"content-length": str(len(content))})
        start = int(request.headers.get("range", "bytes=0-")[6:].partition("-")[0])
        self.served.append((file, start))
        if start:
            headers["content-range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        headers["content-length"] = str(len(content) - start)
        end, self.break_after = self.break_after or len(content), None
        return StreamingResponse(
            self._pieces(content[start : start + end]), 206 if start else 200, headers=headers
        )

    async def _pieces(self, content: bytes) -> AsyncIterator[bytes]:
        for begin in range(0, len(content), PIECE):
            yield content[begin : begin + PIECE]
            await asyncio.sleep(self.pause_seconds)


@contextmanager
def model_hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """An empty hub that huggingface_hub now asks, and an empty cache."""
    hub = FakeHub(folder / "hub")
    with serving_app(hub.app(), free_port()) as url:
        here = {
            "HF_HUB_OFFLINE": False,
            "ENDPOINT": url,
            "HUGGINGFACE_CO_URL_TEMPLATE": url + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_HUB_CACHE": str(folder / "cache"),
        }
        for name, value in here.items():
            monkeypatch.setattr(huggingface_hub.constants, name, value)
        yield hub
