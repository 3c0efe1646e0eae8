"""The lookbook on the wall: how far the whole has come, and a card for each row."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote

from app.lookbook.book import Book, Kind, Standing
from app.lookbook.workshop import seconds_left
from app.progress import stage_words, time_left_words
from app.words import later, t
from serve.protocol import JobStatus

KIND_WORDS = {Kind.STILL: later("still"), Kind.CLIP: later("clip")}


def board_html(book: Book, thumbnails: Mapping[int, Path]) -> str:
    """The rows, each with its thumbnail by number."""
    cards = "".join(_card(one, thumbnails.get(one.row.number)) for one in book.standings)
    return f'<div class="lr-board">{cards}</div>'


def summary(book: Book) -> str:
    """How the whole stands: n of m, and what went wrong."""
    done = book.number_of(JobStatus.COMPLETED)
    parts = [t("{n} of {m} done", n=done, m=len(book.rows))]
    if failed := book.number_of(JobStatus.FAILED):
        parts.append(t("{n} failed", n=failed))
    if cancelled := book.number_of(JobStatus.CANCELLED):
        parts.append(t("{n} cancelled", n=cancelled))
    return " · ".join(parts)


def head_html(book: Book) -> str:
    """The whole: its name, n of m in a line and a bar, and what keeps it waiting."""
    share = sum(one.progress for one in book.standings) / len(book.rows)
    if book.is_done:
        share = 100.0
    bar = (
        f'<div class="lr-bar" role="progressbar" aria-label="{escape(t("Progress"))}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{share:.0f}">'
        f'<span style="width:{max(share, 1):.1f}%"></span></div>'
    )
    left = seconds_left(book)
    eta = "" if book.is_done or left is None else time_left_words(left)
    lost = book.size - len(book.rows)
    notes = [t("{n} more rows were never queued and are lost.", n=lost)] if lost else []
    notes += [t("Waiting: {reason}", reason=book.trouble)] if book.trouble else []
    return (
        f'<div class="lr-card lr-book"><h2 class="lr-step">{escape(book.title)}</h2>'
        f'<div class="lr-status" role="status">'
        f'<span class="lr-stage">{escape(summary(book))}</span>'
        f'<span class="lr-eta">{escape(eta)}</span></div>{bar}'
        + "".join(f'<p class="lr-quiet">{escape(note)}</p>' for note in notes)
        + "</div>"
    )


def _card(standing: Standing, thumbnail: Path | None) -> str:
    row = standing.row
    about = " · ".join(filter(None, (row.sku, row.person, row.garment, t(KIND_WORDS[row.what]))))
    if thumbnail is not None:
        source = quote(f"gradio_api/file={thumbnail}", safe="/=")
        picture = f'<img src="{source}" alt="{escape(about)}" loading="lazy">'
    else:
        waiting = "" if standing.status.is_final else " lr-waiting"
        picture = f'<div class="lr-unmade{waiting}"></div>'
    return (
        f'<figure class="lr-look" data-row="{row.number}" data-status="{standing.status.value}">'
        f"{picture}<figcaption><b>{escape(row.name)}</b><span>{escape(about)}</span>"
        f"<span>{escape(_status_words(standing))}</span>{_bar(standing)}</figcaption></figure>"
    )


def _bar(standing: Standing) -> str:
    if standing.status is not JobStatus.IN_PROGRESS:
        return ""
    return f'<div class="lr-bar"><span style="width:{max(standing.progress, 2)}%"></span></div>'


def _status_words(standing: Standing) -> str:
    status, job = standing.status, standing.job
    if status is JobStatus.COMPLETED:
        return t("Done")
    if status is JobStatus.CANCELLED:
        return t("Cancelled")
    if status is JobStatus.FAILED:
        return standing.error or t("Did not work")
    if job is None:
        return t("Waits for its turn")
    return stage_words(job) if not job.status.is_final else t("Waits for its turn")
