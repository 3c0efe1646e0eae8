"""A page's events, sent as a browser sends them: whose jobs they reach, and what they outlive."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fake_backend import FakeBackend
from tests.servers import free_port, running_app, serving


@pytest.fixture(scope="module")
def backend() -> Iterator[tuple[FakeBackend, str]]:
    backend = FakeBackend(step_seconds=0.01)
    with serving(backend, free_port()) as url:
        yield backend, url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def app(backend: tuple[FakeBackend, str], folder: Path) -> Iterator[str]:
    with running_app(backend[1], folder) as url:
        yield url


def made(backend: tuple[FakeBackend, str], user: str) -> str:
    """A job of that browser; its id."""
    answer = httpx.post(f"{backend[1]}/v1/videos", json={"prompt": "a coat", "user": user})
    job_id: str = answer.json()["id"]
    return job_id


def event(app: str, elem_id: str, name: str) -> dict[str, Any]:
    """What the page's configuration says of an event."""
    config = httpx.get(f"{app}/config").json()
    (component,) = (
        one["id"] for one in config["components"] if one["props"].get("elem_id") == elem_id
    )
    found = (d for d in config["dependencies"] if [component, name] in map(list, d["targets"]))
    return next(d for d in found if d["backend_fn"])


def resuming(app: str, key: str) -> dict[str, Any]:
    """The event that follows jobs when the page is opened."""
    config = httpx.get(f"{app}/config").json()
    keys = {one["id"]: one["props"].get("storage_key") for one in config["components"]}
    loads = [d for d in config["dependencies"] if any(name == "load" for _, name in d["targets"])]
    return next(d for d in loads if f"lookreel-jobs-{key}" in map(keys.get, d["inputs"]))


def sent(app: str, event: dict[str, Any], values: list[Any], **data: Any) -> str:
    """Everything that the event answers, as text."""
    session = uuid.uuid4().hex
    body = {"data": values, "fn_index": event["id"], "session_hash": session, "event_data": data}
    httpx.post(f"{app}/gradio_api/queue/join", json=body).raise_for_status()
    answers = []
    stream = httpx.stream(
        "GET", f"{app}/gradio_api/queue/data", params={"session_hash": session}, timeout=60
    )
    with stream as response:
        for line in response.iter_lines():
            answers.append(line)
            if line and json.loads(line.removeprefix("data:"))["msg"] == "process_completed":
                break
    return "\n".join(answers)


def test_the_library_opens_only_what_its_own_browser_made(
    backend: tuple[FakeBackend, str], app: str
) -> None:
    job = made(backend, "me")
    opens = event(app, "library-grid", "select")
    assert "a coat" in sent(app, opens, ["me", ""], job=job)
    refused = sent(app, opens, ["you", ""], job=job)
    assert "There is no job" in refused
    assert "a coat" not in refused
    assert "a coat" not in sent(app, opens, ["", ""], job=job)


def test_the_library_marks_and_compares_only_what_its_own_browser_made(
    backend: tuple[FakeBackend, str], app: str
) -> None:
    job, other = made(backend, "me"), made(backend, "me")
    marks = event(app, "library-grid", "like")
    sent(app, marks, ["you", None], job=job, favourite=True)
    assert not backend[0].jobs[job].favourite
    sent(app, marks, ["me", None], job=job, favourite=True)
    assert backend[0].jobs[job].favourite
    compares = event(app, "library-grid", "submit")
    assert "lr-pair-view" in sent(app, compares, ["me"], jobs=[job, other])
    assert "lr-pair-view" not in sent(app, compares, ["you"], jobs=[job, other])


@pytest.mark.parametrize("panel", ["t2v-result", "t2v-takes", "v2v-result", "tryon-result"])
def test_a_browser_comes_back_to_its_own_jobs_alone(
    backend: tuple[FakeBackend, str], app: str, panel: str
) -> None:
    job = made(backend, "me")
    comes_back = resuming(app, panel)
    mine = sent(app, comes_back, ["me", [job]])
    assert "lr-done" in mine
    assert f"lookreel-{job}.mp4" in mine
    assert "lr-done" not in sent(app, comes_back, ["you", [job]])
    assert "lr-done" not in sent(app, comes_back, ["me", ["video_gone"]])


def test_nothing_is_emptied_where_there_is_nothing_to_come_back_to(app: str) -> None:
    comes_back = resuming(app, "t2v-result")
    answers = [line for line in sent(app, comes_back, ["me", []]).splitlines() if line]
    last = json.loads(answers[-1].removeprefix("data:"))
    shown = dict(zip(comes_back["outputs"], last["output"]["data"], strict=True))
    config = httpx.get(f"{app}/config").json()
    (status,) = (c["id"] for c in config["components"] if c["props"].get("elem_id") == "t2v-result")
    assert shown[status]["__type__"] == "update"


def test_a_restarted_app_finds_the_jobs_of_before(
    backend: tuple[FakeBackend, str], folder: Path
) -> None:
    with running_app(backend[1], folder) as first:
        job = made(backend, "me")
        before = httpx.get(f"{first}/config").json()["components"]
    with running_app(backend[1], folder) as second:
        assert "lr-done" in sent(second, resuming(second, "t2v-result"), ["me", [job]])
        after = httpx.get(f"{second}/config").json()["components"]
    secrets = [
        {
            one["props"]["storage_key"]: one["props"]["secret"]
            for one in found
            if one["type"] == "browserstate"
        }
        for found in (before, after)
    ]
    assert secrets[0] == secrets[1]
    assert "lookreel-browser" in secrets[0]
