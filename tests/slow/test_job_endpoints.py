"""The named endpoints that follow jobs, end them and fetch what they made."""

import time
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from serve.protocol import JobStatus
from tests.fake_backend import FakeBackend


def test_cancelling_the_call_cancels_the_job(backend: FakeBackend, client: Client) -> None:
    backend.step_seconds = 0.2
    call = client.submit("a red dress", num_inference_steps=50, api_name="/text_to_video")
    wait_until(lambda: any(job.step for job in backend.jobs.values()))
    call.cancel()
    (job,) = backend.jobs.values()
    wait_until(lambda: job.status is JobStatus.CANCELLED)


def wait_until(condition: Any) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_jobs_are_listed_looked_at_downloaded_and_deleted_by_their_user_alone(
    backend: FakeBackend, client: Client
) -> None:
    for prompt in ("a red dress", "a coat"):
        client.predict(prompt, num_frames=5, user="anna", api_name="/text_to_video")
    red, coat = backend.jobs
    listed = client.predict(user="anna", q="red", api_name="/list_jobs")
    assert [job["id"] for job in listed["data"]] == [red]
    first = client.predict(user="anna", limit=1, order="asc", api_name="/list_jobs")
    assert (first["data"][0]["id"], first["has_more"]) == (red, True)
    assert client.predict(user="ben", api_name="/list_jobs")["data"] == []
    assert client.predict(red, "anna", api_name="/get_job")["prompt"] == "a red dress"
    gif = client.predict(red, "gif", user="anna", api_name="/download")
    assert Path(gif).read_bytes().startswith(b"GIF8")
    for endpoint in ("/get_job", "/cancel", "/delete", "/download"):
        with pytest.raises(AppError, match=f"There is no job '{red}'"):
            client.predict(job_id=red, user="ben", api_name=endpoint)
    with pytest.raises(AppError, match="variant is 'avi': it must be one of video"):
        client.predict(red, "avi", user="anna", api_name="/download")
    with pytest.raises(AppError, match="limit: Input should be less than or equal to 100"):
        client.predict(user="anna", limit=101, api_name="/list_jobs")
    with pytest.raises(AppError, match="user is missing"):
        client.predict(user="", api_name="/list_jobs")
    assert client.predict(coat, "anna", api_name="/delete") == {"id": coat, "deleted": True}
    assert list(backend.jobs) == [red]
