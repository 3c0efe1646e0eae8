"""Servers for tests of the app: the fake backend in a thread, the app in a process of its own."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from tests.fake_backend import FakeBackend, build

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(backend: FakeBackend, port: int) -> Iterator[str]:
    """The fake backend at that port, gone afterwards."""
    with serving_app(build(backend), port) as url:
        yield url


@contextmanager
def serving_app(app: FastAPI, port: int) -> Iterator[str]:
    """An application at that port, gone afterwards."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@asynccontextmanager
async def serving_here(app: FastAPI, port: int) -> AsyncIterator[str]:
    """An application that belongs to this event loop, at that port."""
    config = uvicorn.Config(app, port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        await running


@contextmanager
def running_app(backend_url: str, cache: Path, port: int | None = None) -> Iterator[str]:
    """``python -m app`` against that backend, at a free port unless told otherwise."""
    port = port or free_port()
    settings = {
        "LOOKREEL_BACKEND_URL": backend_url,
        "LOOKREEL_PORT": str(port),
        "LOOKREEL_CACHE_DIR": str(cache),
        "LOOKREEL_DATA_DIR": str(data_folder(cache)),
    }
    process = subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=os.environ | settings)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def data_folder(cache: Path) -> Path:
    """Where an app with that cache keeps what its users save."""
    return cache.with_name(f"{cache.name}-data")


def wait_for(url: str) -> None:
    """Until it answers."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(url, timeout=5)
            return
        except httpx.TransportError:
            assert time.monotonic() < end, f"{url} does not answer"
            time.sleep(0.1)
