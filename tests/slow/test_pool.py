"""Models that share a replica: loaded when asked for, kept while there is room, then dropped."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from serve.card import Card
from serve.errors import ModelUnavailable
from serve.generation import (
    Finished,
    GenerationEvent,
    GenerationRequest,
    StageStarted,
    StepDone,
)
from serve.pipelines import weights
from serve.pool import ModelPool
from serve.protocol import Readiness, Stage
from tests.cards import card_for, generation
from tests.checkpoints import TWINS
from tests.fake_hub import model_hub

NAMES = ("wan", "croquis-t2v", "wan2.2-a14b")
FIRST, SECOND, THIRD = (f"twin-{name}" for name in NAMES)


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> list[Card]:
    return [card_for(name, TWINS[name].build(tmp_path_factory.mktemp(name))) for name in NAMES]


def request(job_id: str, model: str, **changes: Any) -> GenerationRequest:
    wanted = generation(model.removeprefix("twin-"), **changes)
    return GenerationRequest(job_id, 1, model, wanted.task, wanted.params)


async def make(pool: ModelPool, model: str) -> list[GenerationEvent]:
    return [event async for event in pool.generate(request("job", model))]


def stages(events: list[GenerationEvent]) -> list[Stage]:
    return [event.stage for event in events if isinstance(event, StageStarted)]


async def ready(pool: ModelPool) -> set[str]:
    return {name for name, one in (await pool.readiness()).items() if one is Readiness.READY}


async def test_a_model_is_loaded_for_the_first_job_and_there_for_the_next(
    cards: list[Card], tmp_path: Path
) -> None:
    pool = ModelPool(cards, str(tmp_path))
    assert set((await pool.readiness()).values()) == {Readiness.ON_DEMAND}
    events = await make(pool, FIRST)
    assert stages(events)[:2] == [Stage.LOADING, Stage.LOADING]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.timings["loading"] > 0
    assert await ready(pool) == {FIRST}
    assert Stage.LOADING not in stages(await make(pool, FIRST))


async def test_the_clip_is_that_of_a_model_with_a_replica_of_its_own(
    cards: list[Card], tmp_path: Path
) -> None:
    clips = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        pool = ModelPool(cards, str(folder))
        if folder.name == "b":
            await make(pool, SECOND)
        await make(pool, FIRST)
        clips.append((folder / "job" / "video.mp4").read_bytes())
    assert clips[0] == clips[1]


async def test_what_was_not_used_for_longest_makes_room(cards: list[Card], tmp_path: Path) -> None:
    sizes = [weights.size_gb(card) for card in cards]
    pool = ModelPool(cards, str(tmp_path), memory_gb=sum(sizes) - min(sizes) / 2)
    for model in (FIRST, SECOND, FIRST):
        await make(pool, model)
    assert await ready(pool) == {FIRST, SECOND}
    await make(pool, THIRD)
    assert await ready(pool) == {FIRST, THIRD}


async def test_a_model_that_nobody_asks_for_goes(cards: list[Card], tmp_path: Path) -> None:
    pool = ModelPool(cards, str(tmp_path), idle_seconds=0.2)
    await make(pool, FIRST)
    assert await ready(pool) == {FIRST}
    while await ready(pool):
        await asyncio.sleep(0.05)
    assert Stage.LOADING in stages(await make(pool, FIRST))


async def test_a_run_that_is_given_up_stops_and_the_next_one_runs(
    cards: list[Card], tmp_path: Path
) -> None:
    pool = ModelPool(cards, str(tmp_path))
    endless = pool.generate(request("endless", FIRST, num_inference_steps=100_000))
    async with aclosing(endless) as events:
        await _until_a_step(events)
    assert isinstance((await make(pool, FIRST))[-1], Finished)


async def test_a_model_is_downloaded_with_its_progress(
    cards: list[Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_hub(tmp_path, monkeypatch) as hub:
        TWINS["croquis-t2v"].build(hub.root / "lab" / "croquis")
        card = cards[1].model_copy(update={"source": "lab/croquis"})
        pool = ModelPool([card], str(tmp_path / "outputs"))
        assert await pool.readiness() == {SECOND: Readiness.NOT_INSTALLED}
        events = await make(pool, SECOND)
        assert Stage.DOWNLOADING in stages(events)
        assert isinstance(events[-1], Finished)
        assert await ready(pool) == {SECOND}


async def test_a_model_that_cannot_be_had_fails_its_job_and_no_other(
    cards: list[Card], tmp_path: Path
) -> None:
    missing = cards[1].model_copy(update={"source": "lab/nothing"})
    pool = ModelPool([cards[0], missing], str(tmp_path))
    with pytest.raises(ModelUnavailable, match="from lab/nothing: it is not on this machine"):
        await make(pool, SECOND)
    assert isinstance((await make(pool, FIRST))[-1], Finished)


async def _until_a_step(events: AsyncGenerator[GenerationEvent, None]) -> None:
    async for event in events:
        if isinstance(event, StepDone):
            return
