"""Models that run elsewhere give the same jobs as any other: from the request to the file.

Everything between is real but for Ray and the servers, which only speak as the real ones do.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from serve import catalog
from serve.card import Card
from serve.encoding import decode_mp4
from serve.engines import remote
from tests.api import PERSON, Api, error_of, open_api
from tests.cards import card_for
from tests.comfy_server import WORKFLOW, ComfyServer
from tests.hosted_servers import FalServer, RunwayServer
from tests.jobs import until
from tests.servers import free_port, serving_app
from tests.video_servers import VideoServer

HOSTED: dict[str, type[RunwayServer | FalServer]] = {
    "runway-gen4.5": RunwayServer,
    "runway-gen4-turbo": RunwayServer,
    "runway-veo3.1": RunwayServer,
    "runway-veo3.1-fast": RunwayServer,
    "pika-2.2": FalServer,
}
ENGINES = ("vllm-omni", "sglang", "fastvideo", "comfyui", *HOSTED)
Server = VideoServer | ComfyServer | RunwayServer | FalServer


@dataclass
class Elsewhere:
    """A card, and the server on which it runs."""

    card: Card
    server: Server

    @property
    def stopped(self) -> bool:
        """Whether the server was told to stop and did, or at least forgot the job."""
        if isinstance(self.server, ComfyServer):
            return bool(self.server.interrupted)
        if isinstance(self.server, VideoServer):
            return self.server.forgotten
        return self.server.stopped


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "POLL_SECONDS", 0.02)
    monkeypatch.setenv("RUNWAYML_API_SECRET", "runways-key")
    monkeypatch.setenv("FAL_KEY", "fals-key")


@pytest.fixture(params=ENGINES)
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Elsewhere]:
    kind = request.param
    server: Server
    if kind in HOSTED:
        server = HOSTED[kind]()
    else:
        server = ComfyServer() if kind == "comfyui" else VideoServer(kind)
    with serving_app(server.app(), free_port()) as address:
        if kind in HOSTED:
            shipped = catalog.find(kind)
            source = address + urlsplit(shipped.source).path
            yield Elsewhere(shipped.model_copy(update={"source": source}), server)
        else:
            yield Elsewhere(own_card(kind, address, tmp_path), server)


def own_card(kind: str, address: str, folder: Path) -> Card:
    """A card of a user's own, as `docs/engines.md` shows them."""
    plain = card_for("wan-i2v", Path("/nowhere")).model_dump()
    own: dict[str, Any] = {"id": "mine", "pipeline": "", "pipeline_class": ""}
    if kind == "comfyui":
        (folder / "workflow.json").write_text(json.dumps(WORKFLOW))
        call = {"workflow": str(folder / "workflow.json")}
        own |= {"engine": "comfyui", "source": address, "call": call}
    else:
        own |= {"engine": "openai-videos", "source": f"{address}/v1"}
    return Card.model_validate(plain | own)


@pytest.fixture
async def api(elsewhere: Elsewhere, tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path / "outputs", real=[elsewhere.card]) as client:
        yield client


async def submit(api: Api, card: Card, **fields: str) -> str:
    """The id of a job that brings a photo to life."""
    asked = {"model": card.id, "prompt": "a red dress", **fields}
    answer = await api.post("/v1/videos", data=asked, files=[PERSON])
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def test_a_request_becomes_a_file_with_its_progress_and_record(
    elsewhere: Elsewhere, api: Api
) -> None:
    job_id = await submit(api, elsewhere.card, prompt="she turns around")
    told = (await api.get(f"/v1/videos/{job_id}/events")).text
    assert '"stage":"denoising"' in told.replace(" ", "")
    job = (await api.get(f"/v1/videos/{job_id}")).json()
    assert (job["status"], job["progress"], job["error"]) == ("completed", 100, None)
    assert {"denoising", "writing"} <= job["timings"].keys()
    clip = await api.get(f"/v1/videos/{job_id}/content")
    assert clip.headers["content-type"] == "video/mp4"
    assert len(decode_mp4(clip.content)) > 4
    for variant in ("thumbnail", "spritesheet"):
        picture = await api.get(f"/v1/videos/{job_id}/content", params={"variant": variant})
        assert picture.content.startswith(b"\xff\xd8")
    record = (await api.get(f"/v1/videos/{job_id}/content", params={"variant": "record"})).json()
    assert record["prompt"] == "she turns around"
    assert record["model"] == elsewhere.card.id


async def test_cancelling_ends_the_job_here_and_there(elsewhere: Elsewhere, api: Api) -> None:
    elsewhere.server.endless = True
    job_id = await submit(api, elsewhere.card)
    while (await api.get(f"/v1/videos/{job_id}")).json()["status"] == "queued":
        await asyncio.sleep(0.02)
    started = elsewhere.server.running if isinstance(elsewhere.server, ComfyServer) else None
    await until(lambda: bool(started if started is not None else elsewhere.server.looks))  # type: ignore[union-attr]
    cancelled = await api.post(f"/v1/videos/{job_id}/cancel")
    assert cancelled.status_code == 200
    assert (await api.ended(job_id))["status"] == "cancelled"
    await until(lambda: elsewhere.stopped)
    refused = await api.get(f"/v1/videos/{job_id}/content")
    assert error_of(refused, 404)["code"]
    elsewhere.server.endless = False  # and the next one has its turn
    assert (await api.ended(await submit(api, elsewhere.card)))["status"] == "completed"


async def test_a_failure_there_is_the_jobs_error(elsewhere: Elsewhere, api: Api) -> None:
    elsewhere.server.fail_with = "The picture shows a famous person"
    job_id = await submit(api, elsewhere.card)
    job = await api.ended(job_id)
    assert (job["status"], job["error"]["code"]) == ("failed", "model_failed")
    assert "The picture shows a famous person" in job["error"]["message"]
    assert (await api.get(f"/v1/videos/{job_id}")).status_code == 200


async def test_what_the_card_does_not_allow_never_reaches_the_server(
    elsewhere: Elsewhere, api: Api
) -> None:
    asked = {"model": elsewhere.card.id, "prompt": "a red dress"}
    limits = elsewhere.card.limits
    most = int(limits.num_frames.maximum)
    wrong = {"size": ("100x100", limits.sizes[0]), "num_frames": (str(most + 1), str(most))}
    for name, (value, allowed) in wrong.items():
        data = {**asked, name: value}
        error = error_of(await api.post("/v1/videos", data=data, files=[PERSON]), 400)
        assert error["param"] == name
        assert allowed in error["message"]
