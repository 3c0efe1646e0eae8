"""The catalog: cards by name, and cards made for local folders."""

import json
from pathlib import Path

import pytest

from serve.catalog import CATALOG, find, load_catalog
from serve.errors import ModelNotFound
from serve.protocol import Readiness


def test_a_model_is_found_by_id_by_source_and_by_alias() -> None:
    names = ("fastwan2.1-t2v-1.3b", "FastVideo/FastWan2.1-T2V-1.3B-Diffusers", "fastwan")
    assert {find(name).id for name in names} == {"fastwan2.1-t2v-1.3b"}


def test_names_are_used_once() -> None:
    names = [name for card in load_catalog().models for name in (card.id, *card.aliases)]
    assert len(names) == len(set(names))


def test_every_card_has_its_pipeline_file_and_defaults_within_its_limits() -> None:
    for card in load_catalog().models:
        assert (CATALOG.parent / "pipelines" / f"{card.pipeline}.py").exists(), card.id
        for name in ("num_frames", "fps", "num_inference_steps", "guidance_scale"):
            allowed, value = getattr(card.limits, name), getattr(card.defaults, name)
            assert allowed.minimum <= value <= allowed.maximum, (card.id, name)
        frames = card.limits.num_frames
        assert (card.defaults.num_frames - frames.minimum) % frames.step == 0, card.id
        for size in card.limits.sizes:
            assert all(int(side) % 16 == 0 for side in size.split("x")), (card.id, size)


def test_an_unknown_name_is_refused_with_all_that_there_is() -> None:
    with pytest.raises(ModelNotFound, match=r"croquis-t2v \(./weights/croquis-t2v\)"):
        find("nobody/nothing")


def test_a_local_copy_of_a_catalogued_checkpoint_keeps_its_card(tmp_path: Path) -> None:
    folder = tmp_path / "FastWan2.1-T2V-1.3B-Diffusers"
    folder.mkdir()
    card = find(str(folder))
    assert (card.id, card.location) == ("fastwan2.1-t2v-1.3b", str(folder))
    assert card.scheduler is not None


def test_any_other_folder_gets_the_values_of_its_pipeline_class(tmp_path: Path) -> None:
    folder = tmp_path / "My Wan"
    folder.mkdir()
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "WanVACEPipeline"}))
    card = find(str(folder))
    assert (card.id, card.title, card.pipeline) == ("my-wan", "My Wan", "wan_vace")
    assert card.licence.commercial is False


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (None, "is missing or unreadable"),
        ("{", "is missing or unreadable"),
        ('{"_class_name": "MochiPipeline"}', "MochiPipeline; only these classes"),
    ],
)
def test_a_folder_that_cannot_be_served_says_why(
    tmp_path: Path, index: str | None, words: str
) -> None:
    if index is not None:
        (tmp_path / "model_index.json").write_text(index)
    with pytest.raises(ModelNotFound, match=words):
        find(str(tmp_path))


def test_a_card_on_the_wire_shows_what_clients_need_and_nothing_of_the_loading() -> None:
    shown = find("croquis-tryon").on_the_wire(Readiness.READY).model_dump()
    assert shown["sketch"] is True
    assert shown["licence"]["name"] == "Apache-2.0"
    assert not {"pipeline", "dtype", "memory_gb", "scheduler"} & shown.keys()
