"""A page's events, sent as a browser sends them: whose jobs they reach, and what they outlive."""

import json
import uuid
from typing import Any

import httpx
import pytest

from tests.servers import running_app
from tests.slow.conftest import Studio


def made(studio: Studio, user: str) -> str:
    """A job of that browser; its id."""
    answer = httpx.post(f"{studio.backend_url}/v1/videos", json={"prompt": "a coat", "user": user})
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


def test_the_library_opens_only_what_its_own_browser_made(studio: Studio) -> None:
    job = made(studio, "me")
    opens = event(studio.url, "library-grid", "select")
    assert "a coat" in sent(studio.url, opens, ["me", ""], job=job)
    refused = sent(studio.url, opens, ["you", ""], job=job)
    assert "There is no job" in refused
    assert "a coat" not in refused
    assert "a coat" not in sent(studio.url, opens, ["", ""], job=job)


def test_the_library_marks_and_compares_only_what_its_own_browser_made(studio: Studio) -> None:
    job, other = made(studio, "me"), made(studio, "me")
    marks = event(studio.url, "library-grid", "like")
    sent(studio.url, marks, ["you", None], job=job, favourite=True)
    assert not studio.backend.jobs[job].favourite
    sent(studio.url, marks, ["me", None], job=job, favourite=True)
    assert studio.backend.jobs[job].favourite
    compares = event(studio.url, "library-grid", "submit")
    assert "lr-pair-view" in sent(studio.url, compares, ["me"], jobs=[job, other])
    assert "lr-pair-view" not in sent(studio.url, compares, ["you"], jobs=[job, other])


@pytest.mark.parametrize("panel", ["t2v-result", "t2v-takes", "v2v-result", "tryon-result"])
def test_a_browser_comes_back_to_its_own_jobs_alone(studio: Studio, panel: str) -> None:
    job = made(studio, "me")
    comes_back = resuming(studio.url, panel)
    mine = sent(studio.url, comes_back, ["me", [job]])
    assert "lr-done" in mine
    assert f"lookreel-{job}.mp4" in mine
    assert "lr-done" not in sent(studio.url, comes_back, ["you", [job]])
    assert "lr-done" not in sent(studio.url, comes_back, ["me", ["video_gone"]])


def test_nothing_is_emptied_where_there_is_nothing_to_come_back_to(studio: Studio) -> None:
    comes_back = resuming(studio.url, "t2v-result")
    answers = [line for line in sent(studio.url, comes_back, ["me", []]).splitlines() if line]
    last = json.loads(answers[-1].removeprefix("data:"))
    shown = dict(zip(comes_back["outputs"], last["output"]["data"], strict=True))
    config = httpx.get(f"{studio.url}/config").json()
    (status,) = (c["id"] for c in config["components"] if c["props"].get("elem_id") == "t2v-result")
    assert shown[status]["__type__"] == "update"


def test_a_restarted_app_finds_the_jobs_of_before(studio: Studio) -> None:
    job = made(studio, "me")
    before = httpx.get(f"{studio.url}/config").json()["components"]
    with running_app(studio.backend_url, studio.folder) as second:
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
