"""Server-sent events: what goes over the line, and that silence does not break it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from serve import events
from serve.progress import describe
from serve.protocol import JobEvent
from tests.jobs import record


async def test_silence_is_filled_with_comments_and_no_event_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    heard: list[bytes] = []

    async def changes() -> AsyncIterator[JobEvent]:
        yield JobEvent(job=describe(record(id="video_1")))
        while heard.count(b": still here\n\n") < 2:
            await asyncio.sleep(0.001)
        yield JobEvent(job=describe(record(id="video_2")))

    async for line in events.as_lines(changes()):
        heard.append(line)
    messages = [line for line in heard if line.startswith(b"data: {")]
    assert [b"video_1" in messages[0], b"video_2" in messages[1], len(messages)] == [True, True, 2]
    assert all(line.endswith(b"\n\n") for line in heard)


async def test_a_listener_who_leaves_ends_the_source() -> None:
    closed = asyncio.Event()

    async def changes() -> AsyncIterator[JobEvent]:
        try:
            yield JobEvent(job=describe(record()))
            await asyncio.Event().wait()
        finally:
            closed.set()

    heard = asyncio.Event()

    async def listen() -> None:
        async for _ in events.as_lines(changes()):
            heard.set()

    listener = asyncio.create_task(listen())
    await heard.wait()
    listener.cancel()
    await closed.wait()
