"""Weights that rest in the machine's memory must fit there, beside those that do already."""

from pathlib import Path
from typing import Any

import pytest

from serve.catalog import find
from serve.errors import ModelUnavailable
from serve.pipelines import device, loader, weights
from serve.pool import ModelPool

BIG, OTHER = "wan2.1-t2v-14b", "hunyuanvideo"


def nothing(_: Any) -> None:
    """A report that nobody reads."""


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelPool:
    """Two models of thirty GiB each on a machine with forty; none is really loaded."""
    made = ModelPool([find(BIG), find(OTHER)], str(tmp_path), memory_gb=1000)
    monkeypatch.setattr(weights, "install", lambda card, _: card)
    monkeypatch.setattr(weights, "size_gb", lambda _: 30.0)
    monkeypatch.setattr(loader, "load", lambda card, **_: card.id)
    monkeypatch.setattr(device, "free_host_gb", lambda: 40.0 - 30 * len(made._residents))
    return made


def test_a_model_that_rests_there_makes_room_for_the_next(pool: ModelPool) -> None:
    for model in (BIG, OTHER):
        pool._take(model, nothing)
        assert [*pool._residents] == [model]


def test_what_does_not_fit_at_all_fails_with_the_figures(
    pool: ModelPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "free_host_gb", lambda: 20.0)
    words = f"{BIG} keeps 30 GiB of weights in the machine's memory, of which 20 GiB are free"
    with pytest.raises(ModelUnavailable, match=words):
        pool._take(BIG, nothing)
    assert not pool._residents


def test_a_model_that_stays_on_the_gpu_needs_no_room_there(
    pool: ModelPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "free_host_gb", lambda: 0.0)
    pool._cards[BIG] = find(BIG).model_copy(update={"offload": False})
    pool._take(BIG, nothing)
    assert [*pool._residents] == [BIG]
