"""What *Compare* shows: how far the jobs are, their clips in step, and a table of figures."""

from collections.abc import Mapping, Sequence
from html import escape

from app.details import in_step_html
from app.progress import eta_words, final_words, stage_words
from app.words import later, t
from serve.protocol import Job, JobStatus, ModelCard, Quality

HEAD = (
    later("Model"),
    later("Seconds"),
    later("Cost per clip"),
    later("Peak memory"),
    later("Flicker"),
    later("Smoothness"),
    later("Subject kept"),
    later("Garment kept"),
)
EXPLAINED = later(
    "Flicker: change from frame to frame, lower is calmer. The others are better the nearer they "
    "come to 1. They compare these clips with one another, and with no other measurement."
)


def times(size: str) -> str:
    """A size as people write it."""
    return size.replace("x", " × ")


def common_sizes(cards: Sequence[ModelCard]) -> list[str]:
    """The sizes that every one of these models makes, in the first one's order."""
    return [
        size
        for size in (cards[0].limits.sizes if cards else ())
        if all(size in card.limits.sizes for card in cards)
    ]


def title_of(cards: Mapping[str, ModelCard], job: Job) -> str:
    """The name of its model, which may not be served any more."""
    return cards[job.model].title if job.model in cards else job.model


def clips_html(cards: Mapping[str, ModelCard], done: Sequence[Job]) -> str:
    """The clips that there are, in step."""
    if not done:
        return ""
    captions = [f"{title_of(cards, job)} · {times(job.size)}" for job in done]
    label = escape(t("The clips in step"))
    return (
        f'<section class="lr-pair-view" aria-label="{label}">'
        f"{in_step_html(done, captions, closes=False)}</section>"
    )


def is_done(job: Job) -> bool:
    """Whether it has made its clip."""
    return job.status is JobStatus.COMPLETED


def status_html(cards: Mapping[str, ModelCard], jobs: Sequence[Job]) -> str:
    """How far each job is."""
    lines = []
    for job in jobs:
        words = t("Done") if is_done(job) else stage_words(job)
        if job.status.is_final and not is_done(job):
            words = final_words(job)
        lines.append(
            '<div class="lr-status" role="status"><span class="lr-stage">'
            f"{escape(title_of(cards, job))}: {escape(words)}</span>"
            f'<span class="lr-eta">{escape(eta_words(job))}</span></div>'
        )
    return f'<div class="lr-card">{"".join(lines)}</div>'


def row(title: str, job: Job, quality: Quality, cost: float | None) -> list[str]:
    """What the table says of one clip, in the order of `HEAD`."""
    peak = job.peak_memory_gb
    figures = (
        quality.temporal_flicker,
        quality.motion_smoothness,
        quality.subject_consistency,
        quality.garment_consistency,
    )
    return [
        title,
        f"{job.run_seconds:.1f}",
        "–" if cost is None else f"${cost:.4f}",
        "–" if peak is None else f"{peak:.1f} GiB",
        *("–" if figure is None else f"{figure:.3f}" for figure in figures),
    ]


def table_html(rows: Sequence[Sequence[str]]) -> str:
    """The figures of all clips; nothing where there are none."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{t(name)}</th>' for name in HEAD)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return (
        f'<div class="lr-table" tabindex="0" role="region" aria-label="{t("Figures")}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        f'</table><p class="lr-quiet">{t(EXPLAINED)}</p></div>'
    )
