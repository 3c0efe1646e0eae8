"""The status card: one job, as far as it has come, in words and a bar."""

from html import escape

from app.told import told
from app.words import later, t
from serve.protocol import Job, JobStatus, Stage

STAGE_WORDS = {
    Stage.DOWNLOADING: later("Downloading the model"),
    Stage.LOADING: later("Waking the model"),
    Stage.ENCODING_PROMPT: later("Reading the prompt"),
    Stage.DENOISING: later("Creating"),
    Stage.DECODING: later("Developing the frames"),
    Stage.WRITING: later("Saving"),
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
        f'<div class="lr-bar" role="progressbar" aria-label="{t("Progress")}" aria-valuemin="0" '
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
        reason = told(job.error.message) if job.error else t("the model gave no reason.")
        return t("This did not work: {reason}", reason=reason)
    if job.status is JobStatus.CANCELLED:
        return t("Cancelled. Nothing you entered is lost.")
    return caption(job)


def stage_words(job: Job) -> str:
    """Where the job stands, for a person."""
    if job.status is JobStatus.QUEUED:
        if not job.queue_position:
            return t("Next in line")
        if job.queue_position == 1:
            return t("In the queue, 1 job ahead of yours")
        return t("In the queue, {n} jobs ahead of yours", n=job.queue_position)
    words = t(STAGE_WORDS[job.stage]) if job.stage else t("Starting")
    if job.stage is Stage.DENOISING and job.num_steps:
        return t("{stage}, step {step} of {of}", stage=words, step=job.step or 0, of=job.num_steps)
    if job.stage is Stage.DOWNLOADING and job.num_steps:
        done, size = (job.step or 0) / 1000, job.num_steps / 1000
        return t("{stage}, {done:.1f} of {size:.1f} GB", stage=words, done=done, size=size)
    return words


def eta_words(job: Job) -> str:
    """How long it will take, as far as this machine has learnt."""
    return "" if job.eta_seconds is None else time_left_words(job.eta_seconds)


def time_left_words(seconds: float) -> str:
    """So many seconds, as roughly as anybody wants to know."""
    if seconds < 1.5:
        return t("almost done")
    if seconds < 90:
        return t("about {n} s left", n=round(seconds))
    return t("about {n} min left", n=round(seconds / 60))


def caption(job: Job) -> str:
    """What was made, and of which seed."""
    params = job.params
    size = job.size.replace("x", " × ")
    if job.object == "image":
        parts = [t("1 still") if params.n == 1 else t("{n} stills", n=params.n), size]
    else:
        seconds = params.num_frames / params.fps
        parts = [t("{n:.1f} s", n=seconds), size, t("{n} fps", n=params.fps)]
    parts.append(t("seed {seed}", seed=params.seed))
    if job.started_at and job.completed_at:
        parts.append(t("made in {n} s", n=max(job.completed_at - job.started_at, 1)))
    return " · ".join(parts)


def _preview(job: Job, preview: str | None) -> str:
    width, height = job.params.width, job.params.height
    ratio = f"aspect-ratio:{width}/{height}"
    if preview is None:
        return f'<div class="lr-preview lr-waiting" style="{ratio}"></div>'
    return (
        f'<img class="lr-preview" style="{ratio}" src="{escape(preview)}" '
        f'alt="{t("Preview of the unfinished picture")}">'
    )
