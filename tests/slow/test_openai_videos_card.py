"""The card in `docs/engines.md` for a server of OpenAI's Videos API, and Lookreel as such a one."""

import asyncio
import re
from pathlib import Path

import pytest

from serve.card import Card
from serve.catalog import find
from serve.encoding import decode_mp4
from serve.engines import remote
from serve.errors import ModelFailed
from serve.generation import GenerationEvent, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, Generation
from serve.protocol import SamplingParams, Task
from serve.resolution import resolve
from serve.wish import Wish
from tests.api import film, open_api
from tests.servers import free_port, serving_app, serving_here
from tests.video_servers import VideoServer

GUIDE = (Path(__file__).parents[2] / "docs" / "engines.md").read_text()
KINDS = ("vllm-omni", "sglang", "fastvideo")


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "POLL_SECONDS", 0.01)
    monkeypatch.setenv("FILM_KEY", "secret")


def guides_card(folder: Path, address: str) -> Card:
    """The guide's catalog file, with another address, and the card that is found in it."""
    section = GUIDE.partition("`openai-videos`\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert "http://gpu:8091/v1" in block
    path = folder / "my-models.yaml"
    path.write_text(block.replace("http://gpu:8091/v1", address))
    return find("wan-elsewhere", str(path))


def wanted(card: Card, **params: float) -> Generation:
    """A clip of a prompt, as a request without any other words asks for it."""
    asked = SamplingParams.model_validate({"seed": 7, **params})
    wish = Wish(Task.TEXT_TO_VIDEO, "a red dress", asked)
    return Generation(Task.TEXT_TO_VIDEO, resolve(card, wish))


@pytest.mark.parametrize("kind", KINDS)
def test_the_guides_card_runs_on_every_kind_of_server(kind: str, tmp_path: Path) -> None:
    server = VideoServer(kind)
    with serving_app(server.app(), free_port()) as address:
        card = guides_card(tmp_path, f"{address}/v1")
        clip = loader.load(card).run(wanted(card, num_frames=9), lambda _event: None)
    assert isinstance(clip, bytes)
    assert decode_mp4(clip).shape == (9, 832, 480, 3)
    assert server.key == "Bearer secret"
    assert server.fields["flow_shift"] == "5.0"
    assert server.fields["seconds"] == "1"
    assert "negative_prompt" not in server.fields


async def test_another_lookreel_makes_the_clip_tells_its_steps_and_stops_when_asked(
    tmp_path: Path,
) -> None:
    async with open_api(tmp_path) as api, serving_here(api.app, free_port()) as address:
        model = api.models["croquis-t2v"]
        model.contents["video"] = film()
        own: dict[str, object] = {"engine": "openai-videos", "source": f"{address}/v1"}
        own |= {"call": {"model": "croquis-t2v"}}
        sketch = find("croquis-t2v").model_copy(update=own)
        pipeline = await asyncio.to_thread(loader.load, sketch)
        asked = wanted(sketch, num_inference_steps=4, num_frames=17, fps=8)
        events: list[GenerationEvent] = []
        running = asyncio.create_task(asyncio.to_thread(pipeline.run, asked, events.append))
        for _ in range(4):
            await asyncio.sleep(0.3)
            model.go(1)
        assert await running == film()
        assert model.requests[0].params == asked.params
        steps = [event.step for event in events if isinstance(event, StepDone)]
        assert steps == sorted(steps)
        assert len({*steps} - {0}) >= 2

        def stop(event: GenerationEvent) -> None:
            if isinstance(event, StepDone) and len(model.requests) == 2:
                raise Cancelled

        with pytest.raises(Cancelled):
            await asyncio.to_thread(pipeline.run, asked, stop)
        assert len(model.stopped) == 1
        refused = sketch.model_copy(update={"call": {"flow_shift": 5.0}})
        pipeline = await asyncio.to_thread(loader.load, refused)
        with pytest.raises(ModelFailed, match="refused the job: .*flow_shift"):
            await asyncio.to_thread(pipeline.run, asked, events.append)
