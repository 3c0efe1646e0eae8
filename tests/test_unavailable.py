"""Models that nobody can have: whoever asks for one hears why, and what to use, on every way."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serve.catalog import load_catalog
from serve.job_store import JobRecord
from tests.api import PERSON, Api, error_of, open_api

MISSING = load_catalog().unavailable
WAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "the model": ("GET", "/v1/models/{}", {}),
    "a clip": ("POST", "/v1/videos", {"json": {"prompt": "x", "model": "{}"}}),
    "a dressed still": (
        "POST",
        "/v1/images/edits",
        {"data": {"prompt": "x", "model": "{}"}, "files": [("image", PERSON[1])]},
    ),
    "a still": ("POST", "/v1/images/generations", {"json": {"prompt": "x", "model": "{}"}}),
    "the one call": ("POST", "/generate_video", {"json": {"prompt": "x", "model_path": "{}"}}),
}


async def ask(api: Api, way: str, name: str) -> str:
    """What whoever asks for that model on that way is told."""
    method, path, options = WAYS[way]
    for field in ("json", "data"):
        if field in options:
            filled = {key: value.format(name) for key, value in options[field].items()}
            options = {**options, field: filled}
    answer = await api.request(method, path.format(name), **options)
    assert answer.status_code == 404, answer.text
    if way == "the one call":
        assert answer.json()["success"] is False
        return str(answer.json()["error_message"])
    error = error_of(answer, 404)
    assert error["param"] == "model"
    return str(error["message"])


async def test_by_any_of_its_names_it_says_why_and_what_to_use(api: Api) -> None:
    for one in MISSING:
        for name in one.names_of_it:
            assert await ask(api, "the model", name.upper()) == one.message
            assert one.why in one.message and one.successor in one.message


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_that_names_a_model_says_so(way: str, api: Api) -> None:
    for one in MISSING:
        assert await ask(api, way, one.id) == one.message


@pytest.mark.parametrize("way", WAYS)
async def test_what_ones_own_catalog_says_cannot_be_had_counts_too(
    way: str, tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "unavailable: [{id: ours-1, title: Ours 1, owned_by: us, why: It was withdrawn., "
        "evidence: the board, successor: croquis-t2v}]"
    )
    async with open_api(tmp_path / "outputs", catalog=str(own)) as api:
        message = await ask(api, way, "ours-1")
        assert message == "Ours 1 cannot be had: It was withdrawn. Use croquis-t2v in its place."
        listed = (await api.get("/v1/models")).json()["unavailable"]
        assert listed[0]["id"] == "ours-1"


async def test_the_list_of_models_names_them_apart_from_those_that_are_served(api: Api) -> None:
    models = (await api.get("/v1/models")).json()
    sora = next(one for one in models["unavailable"] if one["id"] == "sora-2")
    assert sora["successor"] == "wan2.2-ti2v-5b"
    assert sora.keys() == {"id", "title", "owned_by", "why", "successor"}
    assert not {one["id"] for one in models["data"]} & {one["id"] for one in models["unavailable"]}


async def test_a_clip_of_a_model_that_cannot_be_had_any_more_is_not_remixed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = (await api.post("/v1/videos", json={"prompt": "x"})).json()
    made = replace(await api.jobs.record(job["id"]), model="sora-2")

    async def record(_: str) -> JobRecord:
        return made

    monkeypatch.setattr(api.jobs, "record", record)
    answer = await api.post(f"/v1/videos/{job['id']}/remix", json={"prompt": "y"})
    assert "Use wan2.2-ti2v-5b in its place" in error_of(answer, 404)["message"]


async def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(api: Api) -> None:
    answer = await api.post("/v1/videos", json={"prompt": "x", "model": "croqis-t2v"})
    assert "Did you mean croquis-t2v" in error_of(answer, 404)["message"]
