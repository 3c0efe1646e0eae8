"""The HTTP application: all routes, errors in one shape, limits on bodies, and times measured."""

import time
from importlib.metadata import version

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve import failures
from serve.backend import Backend
from serve.errors import PayloadTooLarge
from serve.metrics import RequestMetrics
from serve.routes import generate_video, images, models, operations, records, videos
from serve.routes.jobs import job_routes

MAX_PICTURES = 9
"""In one request: a person and eight garments."""


def build_api(backend: Backend) -> FastAPI:
    """The application over these parts."""
    app = FastAPI(
        title="Lookreel",
        version=version("lookreel"),
        description="Pictures and words in, try-on clips out. Speaks OpenAI's Videos API.",
    )
    app.state.backend = backend
    for router in (videos, images, models, records, generate_video, operations):
        app.include_router(router.router)
    app.include_router(job_routes("video"))
    app.include_router(job_routes("image"))
    failures.install(app)
    # A file in base64 is a third larger.
    args = backend.args
    largest = MAX_PICTURES * args.max_upload_bytes + args.max_video_bytes + args.max_audio_bytes
    limit = largest * 4 // 3 + 2**20
    app.add_middleware(BodyLimit, max_bytes=limit)
    app.add_middleware(Stopwatch, metrics=backend.metrics)
    return app


class BodyLimit:
    """Stops reading a body that is larger than any good request."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise PayloadTooLarge(
                    f"The request has more than {self._max_bytes:,} bytes, the most that is taken."
                )
            return message

        await self._app(scope, counted, send)


class Stopwatch:
    """Measures each request by its route's template, until the answer begins."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = scope.get("route")
                path = getattr(route, "path", "unknown")
                labels = (scope["method"], path, str(message["status"]))
                self._metrics.seconds.labels(*labels).observe(time.perf_counter() - begun)
            await send(message)

        await self._app(scope, receive, timed)
