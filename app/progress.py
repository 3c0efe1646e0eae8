"""The status card: one job, as far as it has come, in words and a bar."""

from html import escape

from serve.protocol import Job, JobStatus, Stage

STAGE_WORDS = {
    Stage.DOWNLOADING: "Downloading the model",
    Stage.LOADING: "Waking the model",
    Stage.ENCODING_PROMPT: "Reading the prompt",
    Stage.DENOISING: "Creating",
    Stage.DECODING: "Developing the frames",
    Stage.WRITING: "Saving",
}


def empty_card(title: str, text: str) -> str:
    """What the result area says before there is a result."""
    return (
        '<div class="lr-card lr-empty"><div class="lr-frame">'
        f'<p class="lr-display">{escape(title)}</p><p class="lr-quiet">{escape(text)}</p>'
        "</div></div>"
    )


def notice_card(message: str) -> str:
    """A problem that the user can solve, or the reason of a failure."""
    return f'<div class="lr-card lr-notice" role="alert"><p>{escape(message)}</p></div>'


def job_card(job: Job, preview: str | None = None) -> str:
    """A job that runs, with its newest preview; or how it ended."""
    if job.status.is_final:
        return final_card(job)
    bar = (
        f'<div class="lr-bar" role="progressbar" aria-label="Progress" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{job.progress}">'
        f'<span style="width:{max(job.progress, 2)}%"></span></div>'
    )
    return (
        f'<div class="lr-card lr-running" data-job="{escape(job.id)}">{_preview(job, preview)}'
        f'<div class="lr-status" role="status"><span class="lr-stage">{escape(stage_words(job))}'
        f'</span><span class="lr-eta">{escape(eta_words(job))}</span></div>{bar}</div>'
    )


def final_card(job: Job) -> str:
    """One line under a result, or the reason why there is none."""
    if job.status is not JobStatus.COMPLETED:
        return notice_card(final_words(job))
    return (
        f'<div class="lr-card lr-done" role="status" data-job="{escape(job.id)}">'
        f"<p>{escape(caption(job))}</p></div>"
    )


def final_words(job: Job) -> str:
    """How a job ended, in a sentence."""
    if job.status is JobStatus.FAILED:
        reason = job.error.message if job.error else "the model gave no reason."
        return f"This did not work: {reason}"
    if job.status is JobStatus.CANCELLED:
        return "Cancelled. Nothing you entered is lost."
    return caption(job)


def stage_words(job: Job) -> str:
    """Where the job stands, for a person."""
    if job.status is JobStatus.QUEUED:
        if not job.queue_position:
            return "Next in line"
        jobs = "job" if job.queue_position == 1 else "jobs"
        return f"In the queue, {job.queue_position} {jobs} ahead of yours"
    words = STAGE_WORDS[job.stage] if job.stage else "Starting"
    if job.stage is Stage.DENOISING and job.num_steps:
        return f"{words}, step {job.step or 0} of {job.num_steps}"
    if job.stage is Stage.DOWNLOADING and job.num_steps:
        return f"{words}, {(job.step or 0) / 1000:.1f} of {job.num_steps / 1000:.1f} GB"
    return words


def eta_words(job: Job) -> str:
    """How long it will take, as far as this machine has learnt."""
    if job.eta_seconds is None:
        return ""
    seconds = round(job.eta_seconds)
    if seconds < 2:
        return "almost done"
    if seconds < 90:
        return f"about {seconds} s left"
    return f"about {round(seconds / 60)} min left"


def caption(job: Job) -> str:
    """What was made, and of which seed."""
    params = job.params
    size = job.size.replace("x", " × ")
    if job.object == "image":
        stills = "1 still" if params.n == 1 else f"{params.n} stills"
        parts = [stills, size, f"seed {params.seed}"]
    else:
        seconds = params.num_frames / params.fps
        parts = [f"{seconds:.1f} s", size, f"{params.fps} fps", f"seed {params.seed}"]
    if job.started_at and job.completed_at:
        parts.append(f"made in {max(job.completed_at - job.started_at, 1)} s")
    return " · ".join(parts)


def _preview(job: Job, preview: str | None) -> str:
    width, height = job.params.width, job.params.height
    ratio = f"aspect-ratio:{width}/{height}"
    if preview is None:
        return f'<div class="lr-preview lr-waiting" style="{ratio}"></div>'
    return (
        f'<img class="lr-preview" style="{ratio}" src="{escape(preview)}" '
        'alt="Preview of the unfinished picture">'
    )
