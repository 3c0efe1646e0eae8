"""What the status card says at every point of a job's life."""

import pytest

from app.progress import caption, eta_words, final_words, job_card, stage_words
from serve.protocol import Job, JobError, JobStatus, Stage
from tests.fake_backend import FakeBackend


def job(**changes: object) -> Job:
    fields = {"prompt": "a red dress", "seed": "7"}
    return FakeBackend().new_job(fields, [], "video").model_copy(update=changes)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (0, "Next in line"),
        (1, "In the queue, 1 job ahead of yours"),
        (3, "In the queue, 3 jobs ahead of yours"),
    ],
)
def test_a_queued_job_knows_its_place(ahead: int, words: str) -> None:
    assert stage_words(job(queue_position=ahead)) == words


def test_a_running_job_tells_stage_and_step() -> None:
    running = job(status=JobStatus.IN_PROGRESS, stage=Stage.DENOISING, step=5, num_steps=12)
    assert stage_words(running) == "Creating, step 5 of 12"
    assert stage_words(running.model_copy(update={"stage": Stage.WRITING})) == "Saving"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (1, "almost done"), (42.4, "about 42 s left"), (240, "about 4 min left")],
)
def test_the_time_left_is_told_as_far_as_it_is_known(seconds: float | None, words: str) -> None:
    assert eta_words(job(eta_seconds=seconds)) == words


def test_the_bar_and_the_preview_are_in_the_card() -> None:
    card = job_card(job(status=JobStatus.IN_PROGRESS, progress=40), "data:image/jpeg;base64,xyz")
    assert 'aria-valuenow="40"' in card
    assert "data:image/jpeg;base64,xyz" in card


def test_a_failed_job_gives_the_reason_and_no_markup() -> None:
    error = JobError(code="model_failed", message="the <b>GPU</b> is out of memory")
    failed = job(status=JobStatus.FAILED, error=error)
    assert final_words(failed) == "This did not work: the <b>GPU</b> is out of memory"
    assert "<b>" not in job_card(failed)


def test_a_finished_clip_tells_length_size_and_seed() -> None:
    assert caption(job(started_at=10, completed_at=15)) == (
        "2.1 s · 192 × 256 · 8 fps · seed 7 · made in 5 s"
    )


def test_a_download_is_told_in_gigabytes() -> None:
    running = job(status=JobStatus.IN_PROGRESS, stage=Stage.DOWNLOADING)
    words = stage_words(running.model_copy(update={"step": 3_240, "num_steps": 14_500}))
    assert words == "Downloading the model, 3.2 of 14.5 GB"
