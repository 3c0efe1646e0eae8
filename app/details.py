"""What is said of one job in the *Library*: all its settings, its files, and two jobs compared."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from app.media import media_url
from app.model_notes import models_note
from app.progress import STAGE_WORDS
from app.tiles import TASKS, age_words, tile_words
from app.words import later, t
from serve.protocol import Job, JobStatus, Stage, Variant

PAIR_JS = (Path(__file__).parent / "assets" / "pair.js").read_text(encoding="utf-8")

FORMATS = {
    Variant.VIDEO: later("Clip (MP4)"),
    Variant.WEBM: later("Clip (WebM)"),
    Variant.GIF: later("Moving picture (GIF)"),
    Variant.FRAMES: later("All frames (PNG)"),
    Variant.FIRST_FRAME: later("First frame (PNG)"),
    Variant.LAST_FRAME: later("Last frame (PNG)"),
    Variant.ZIP: later("All stills (ZIP)"),
    Variant.THUMBNAIL: later("Thumbnail (JPEG)"),
    Variant.SPRITESHEET: later("Contact sheet (JPEG)"),
    Variant.RECORD: later("Settings (JSON)"),
}
OF_STILLS = (Variant.ZIP, Variant.THUMBNAIL, Variant.RECORD)


def about(job: Job, cards: str) -> str:
    """Prompt, licence, files and all settings of a job."""
    prompt = escape(job.prompt) or escape(t("No prompt"))
    files = _menu(job) if job.status is JobStatus.COMPLETED else ""
    return (
        f'<div class="lr-about"><p>{prompt}</p>'
        f'<div class="lr-quiet">{models_note(cards, [job.model])}</div>{files}'
        f"<details><summary>{escape(t('All settings'))}</summary>{_table([job])}</details></div>"
    )


def pair_html(jobs: Sequence[Job]) -> str:
    """Two clips in step, with what they were made of where it differs."""
    captions = [f"{letter} · {tile_words(job)}" for letter, job in zip("AB", jobs, strict=True)]
    differing = _table(jobs, only_differing=True)
    same = f'<p class="lr-quiet">{escape(t("Both were made with the same settings."))}</p>'
    return (
        f'<section class="lr-pair-view" aria-label="{escape(t("Two clips in step"))}">'
        f"{in_step_html(jobs, captions)}{differing or same}</section>"
    )


def in_step_html(jobs: Sequence[Job], captions: Sequence[str], *, closes: bool = True) -> str:
    """The clips of the jobs under one set of controls; `pair.js` keeps them in step."""
    fps = max(job.params.fps for job in jobs)
    figures = "".join(
        f'<figure><video src="{media_url(job, "video")}" muted playsinline preload="auto"></video>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for job, caption in zip(jobs, captions, strict=True)
    )
    return f'<div class="lr-two" data-fps="{fps}">{figures}</div>{_transport(closes=closes)}'


def settings_of(job: Job) -> dict[str, str]:
    """Everything that is known of a job, in words, by what it is called."""
    params = job.params
    found = {
        t("Made by"): t(TASKS[job.task]),
        t("Model"): job.model,
        t("Prompt"): job.prompt,
        t("Prompt as the model got it"): params.prompt if params.prompt != job.prompt else "",
        t("Negative prompt"): params.negative_prompt,
        t("Size"): job.size.replace("x", " × "),
        t("Frames"): str(params.num_frames) if job.object == "video" else "",
        t("Frames per second"): str(params.fps) if job.object == "video" else "",
        t("Stills"): str(params.n) if job.object == "image" else "",
        t("Steps"): str(params.num_inference_steps),
        t("Guidance"): f"{params.guidance_scale:g}",
        t("Seed"): str(params.seed),
        "LoRA": ", ".join(f"{name} {scale:g}" for name, scale in params.loras.items()),
        t("Pictures"): str(job.num_inputs) if job.num_inputs else "",
        t("Made"): age_words(job.created_at),
        t("Seconds it took"): _timings(job),
        t("Peak memory"): f"{job.peak_memory_gb:.1f} GiB" if job.peak_memory_gb else "",
        t("Job"): job.id,
    }
    notes = {escape(name): value for name, value in job.metadata.items()}
    return {name: value for name, value in (found | notes).items() if value}


def _timings(job: Job) -> str:
    if not job.timings:
        return ""
    stages = {stage.value: t(STAGE_WORDS[stage]) for stage in Stage}
    parts = (f"{stages.get(name, name)} {took:.1f}" for name, took in job.timings.items())
    return f"{sum(job.timings.values()):.1f} ({', '.join(parts)})"


def _table(jobs: Sequence[Job], *, only_differing: bool = False) -> str:
    settings = [settings_of(job) for job in jobs]
    names = dict.fromkeys(name for one in settings for name in one)
    rows = []
    for name in names:
        values = [one.get(name, "–") for one in settings]
        if only_differing and (len(set(values)) == 1 or name == t("Job")):
            continue
        cells = "".join(f"<td>{escape(value)}</td>" for value in values)
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    if not rows:
        return ""
    head = f"<thead><tr><th></th>{'<th>A</th><th>B</th>'}</tr></thead>" if only_differing else ""
    return f'<table class="lr-settings">{head}<tbody>{"".join(rows)}</tbody></table>'


def _menu(job: Job) -> str:
    """Links to the job in every format there is."""
    links = []
    if job.object == "image":
        links += [
            (t("Still {n} (PNG)", n=number + 1), f"still-{number}")
            for number in range(job.params.n)
        ]
    for variant, words in FORMATS.items():
        if (variant in OF_STILLS) if job.object == "image" else (variant is not Variant.ZIP):
            links.append((t(words), variant.value))
    items = "".join(
        f'<li><a href="{media_url(job, name, download=True)}" download>{escape(words)}</a></li>'
        for words, name in links
    )
    return (
        f'<details class="lr-menu"><summary>{escape(t("Download"))}</summary>'
        f"<ul>{items}</ul></details>"
    )


def _transport(*, closes: bool) -> str:
    """The controls of clips in step."""
    frame = f'type="range" min="0" max="1" value="0" step="1" aria-label="{escape(t("Frame"))}"'
    play, back = escape(t("Play or pause")), escape(t("One frame back"))
    forward = escape(t("One frame on"))
    close = f'<button type="button" data-do="close">{escape(t("Close"))}</button>' if closes else ""
    return (
        f'<div class="lr-transport"><button type="button" data-do="play">{play}</button>'
        f'<button type="button" data-do="back" aria-label="{back}" title="{back}">◂</button>'
        f'<input data-do="seek" {frame}>'
        f'<button type="button" data-do="forward" aria-label="{forward}" title="{forward}">▸'
        f"</button><output></output>{close}</div>"
    )
