"""Server-sent events: a job's changes as `data:` lines until it has ended."""

import asyncio
from collections.abc import AsyncIterator

from serve.protocol import JobEvent

HEARTBEAT_SECONDS = 15.0


async def as_lines(events: AsyncIterator[JobEvent]) -> AsyncIterator[bytes]:
    """Each event as one message; a comment in silence, so that no proxy closes the stream."""
    pending: asyncio.Future[JobEvent] | None = None
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(events))
            await asyncio.wait([pending], timeout=HEARTBEAT_SECONDS)
            if not pending.done():
                yield b": still here\n\n"
                continue
            try:
                event = pending.result()
            except StopAsyncIteration:
                return
            pending = None
            yield f"data: {event.model_dump_json()}\n\n".encode()
    finally:
        if pending is not None:
            pending.cancel()
