"""The tools for agents, used with the MCP SDK over streamable HTTP as an agent's host does."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ImageContent, TextContent, Tool

from app.samples import IMAGES
from tests.fake_backend import FakeBackend
from tests.servers import running_app
from tests.slow.conftest import Studio
from tests.slow.test_endpoints import EVERY

pytestmark = pytest.mark.timeout(300)


@asynccontextmanager
async def agent(app: str) -> AsyncIterator[ClientSession]:
    async with (
        streamable_http_client(f"{app}/gradio_api/mcp/") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


def data_url(name: str) -> str:
    return "data:image/png;base64," + base64.b64encode((IMAGES / name).read_bytes()).decode()


def text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def schema(tools: dict[str, Tool], name: str) -> dict[str, Any]:
    return tools[name].inputSchema


async def test_an_agent_finds_tools_that_explain_themselves(
    studio: Studio,
) -> None:
    async with agent(studio.url) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    assert {f"/{name}" for name in tools} == EVERY
    for tool in tools.values():
        assert tool.description
        assert "job.status()" not in tool.description
        for name, parameter in tool.inputSchema["properties"].items():
            assert parameter["description"], f"{tool.name}: {name}"
    assert schema(tools, "text_to_video")["required"] == ["prompt"]
    assert schema(tools, "text_to_video")["properties"]["num_frames"]["type"] == "integer"
    assert schema(tools, "text_to_video")["properties"]["loras"]["type"] == "object"
    assert schema(tools, "try_on")["properties"]["garments"]["items"]["type"] == "string"
    assert "$ref" not in str([tool.inputSchema for tool in tools.values()])


async def test_an_agent_learns_which_models_there_are(studio: Studio, backend: FakeBackend) -> None:
    async with agent(studio.url) as session:
        result = await session.call_tool("list_models", {})
    assert not result.isError
    told = [(card["id"], card["title"]) for card in json.loads(text(result))]
    assert told == [(card.id, card.title) for card in backend.cards]


async def test_an_agent_makes_a_clip_and_gets_its_address(
    studio: Studio, backend: FakeBackend
) -> None:
    async with agent(studio.url) as session:
        arguments = {"prompt": "a red dress on a runway", "seed": 7}
        result = await session.call_tool("text_to_video", arguments)
    assert not result.isError
    (job,) = backend.jobs.values()
    assert (job.prompt, job.params.seed) == ("a red dress on a runway", 7)
    assert b"ftyp" in httpx.get(text(result)).content[:16]


async def test_an_agent_dresses_a_person_and_animates_the_still(
    studio: Studio, backend: FakeBackend
) -> None:
    async with agent(studio.url) as session:
        pictures = {
            "person": data_url("person-1.png"),
            "garments": [data_url("garment-1.png"), data_url("garment-2.png")],
        }
        dressed = await session.call_tool("dress", pictures | {"n": 2})
        assert not dressed.isError, text(dressed)
        assert sum(isinstance(part, ImageContent) for part in dressed.content) == 2
        still = text(dressed).splitlines()[0].removeprefix("Image URL: ")
        assert still.startswith(studio.url)
        clip = await session.call_tool("animate", {"image": still, "prompt": "turning around"})
        assert not clip.isError, text(clip)
    assert b"ftyp" in httpx.get(text(clip)).content[:16]


async def test_an_agent_finds_again_what_it_made(studio: Studio, backend: FakeBackend) -> None:
    async with agent(studio.url) as session:
        await session.call_tool("text_to_video", {"prompt": "a coat", "user": "an-agent"})
        listed = await session.call_tool("list_jobs", {"user": "an-agent"})
        (job,) = json.loads(text(listed))["data"]
        mine = {"job_id": job["id"], "user": "an-agent"}
        starred = await session.call_tool("favourite", mine)
        measured = await session.call_tool("quality", mine)
        clip = await session.call_tool("download", mine)
    assert json.loads(text(starred))["favourite"] is True
    assert json.loads(text(measured))["subject_consistency"] <= 1
    assert b"ftyp" in httpx.get(text(clip)).content[:16]


async def test_errors_reach_an_agent_as_errors_in_plain_words(
    studio: Studio, backend: FakeBackend
) -> None:
    async with agent(studio.url) as session:
        empty = await session.call_tool("text_to_video", {"prompt": " "})
        backend.fail_with = "The GPU is out of memory; ask for fewer frames."
        failed = await session.call_tool("text_to_video", {"prompt": "too much"})
        secret = {"image": f"{studio.url}/gradio_api/file=/etc/hostname", "prompt": "walking"}
        stolen = await session.call_tool("animate", secret)
        unknown = await session.call_tool("no_such_tool", {})
    assert empty.isError
    assert "prompt must not be empty" in text(empty)
    assert failed.isError
    assert "ask for fewer frames" in text(failed)
    assert stolen.isError
    assert unknown.isError


def test_the_tools_can_be_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKREEL_MCP_SERVER", "false")
    with running_app("http://127.0.0.1:9", tmp_path) as app:
        assert httpx.post(f"{app}/gradio_api/mcp/", json={}).status_code == 404
