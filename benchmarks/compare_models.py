"""One input through several models: a table of time, memory, cost and quality, and a synced clip.

    python -m benchmarks.compare_models croquis-t2v croquis-tryon --prompt "a red dress, walking"
    python -m benchmarks.compare_models wan2.1-vace-14b ltx-2 --person me.jpg --garment coat.jpg \\
        --dresser flux.2-klein-4b --size 480x832 720x1280 --price-per-hour 2.5 \\
        --backend-url http://gpu:8000

Models that put no garment on a person are given a still that the dresser makes once.
The models must be served. Each makes the clip twice; the second run counts, when the model is warm.
A size that a model does not make is told and left out. `Quality` in serve/protocol/ explains the
figures.
"""

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.clip_latency import RESULTS, checked
from benchmarks.service import running_service
from serve.encoding import Frames, decode_mp4, encode_mp4
from serve.protocol import Job, JobStatus, ModelCard, ModelList, Quality, Task

POLL_SECONDS = 0.2
GRID_HEIGHT = 480
HEADER = 28
"""Pixels above each clip for its name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model at one size."""

    model: str
    task: str
    size: str
    num_frames: int
    fps: int
    seconds: float
    """Of the run alone, without its place in the queue and without loading."""
    peak_memory_gb: float | None
    cost: float | None
    """US dollars: the host's price, or the machine's for the time of the run."""
    quality: Quality
    dresser: str | None = None
    """Who made the still that it began with; it is in none of the figures."""


@dataclass(frozen=True, slots=True)
class Given:
    """The pictures for one model."""

    person: bytes | None
    garments: Sequence[bytes] = ()
    dresser: str | None = None
    """Who dressed the person."""

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """As ``POST /v1/videos`` takes them."""
        first = [("input_reference", self.person)] if self.person else []
        return [*first, *(("garment", garment) for garment in self.garments)]


def make(
    http: httpx.Client, model: str, size: str, given: Given, options: argparse.Namespace
) -> tuple[Job, bytes]:
    """The model's clip, made once more after a first that warms it."""
    fields = {"model": model, "size": size, "prompt": options.prompt, "seed": str(options.seed)}
    for _ in range(2):
        job, clip = _made(http, "videos", fields, given.files)
    return job, clip


def dress(http: httpx.Client, whole: Given, options: argparse.Namespace) -> Given:
    """The person with the garments on, by the dresser that was named."""
    if not (options.dresser and whole.person):
        raise SystemExit("--dresser and --person are needed for models that only animate a photo")
    fields = {"model": options.dresser, "seed": str(options.seed), "background": "true"}
    files = [("image[]", picture) for picture in (whole.person, *whole.garments)]
    _, still = _made(http, "images", fields, files)
    print(f"{options.dresser} has dressed the person", flush=True)
    return Given(still, dresser=options.dresser)


def _made(
    http: httpx.Client, kind: str, fields: dict[str, str], files: Sequence[tuple[str, bytes]]
) -> tuple[Job, bytes]:
    """A clip or a still (`kind` is ``videos`` or ``images``) and its job."""
    path = "/v1/videos" if kind == "videos" else "/v1/images/edits"
    job = Job.model_validate(checked(http.post(path, data=fields, files=files or None)).json())
    while not job.status.is_final:
        time.sleep(POLL_SECONDS)
        job = Job.model_validate(checked(http.get(f"/v1/{kind}/{job.id}")).json())
    if job.status is not JobStatus.COMPLETED:
        raise SystemExit(f"{fields['model']}: the job ended {job.status}: {job.error}")
    return job, checked(http.get(f"/v1/{kind}/{job.id}/content")).content


def compare(
    http: httpx.Client, options: argparse.Namespace
) -> tuple[list[Entry], list[tuple[str, Frames, int]]]:
    """Every model at every size that it makes: figures, and names with frames and frame rate."""
    cards = {
        card.id: card
        for card in ModelList.model_validate(checked(http.get("/v1/models")).json()).data
    }
    if unknown := [name for name in options.models if name not in cards]:
        raise SystemExit(f"{unknown[0]} is not served; there are {', '.join(cards)}")
    whole = Given(
        options.person.read_bytes() if options.person else None,
        [garment.read_bytes() for garment in options.garment],
    )
    dressed: Given | None = None
    entries, clips = [], []
    for card in (cards[name] for name in options.models):
        given, able = whole, _makes(card, options.size)
        if able and whole.garments and Task.TRY_ON not in card.tasks:
            given = dressed = dressed or dress(http, whole, options)
        for size in _sizes(card, options.size):
            job, clip = make(http, card.id, size, given, options)
            answer = checked(http.get(f"/v1/videos/{job.id}/quality"))
            quality = Quality.model_validate(answer.json())
            entries.append(_entry(card, job, quality, given, options))
            clips.append((f"{card.id} {size}", decode_mp4(clip), job.params.fps))
            print(f"{card.id} at {size}: done", flush=True)
    if not entries:
        raise SystemExit("none of the models makes such a size")
    return entries, clips


def _makes(card: ModelCard, wanted: Sequence[str]) -> bool:
    """Whether there is a size to make; those that it does not make are told."""
    for size in wanted:
        if size not in card.limits.sizes:
            print(f"{card.id} does not make {size}; it makes {', '.join(card.limits.sizes)}")
    return bool(_sizes(card, wanted))


def _sizes(card: ModelCard, wanted: Sequence[str]) -> list[str]:
    """Those of `wanted` that the model makes; its own if none is asked for."""
    if not wanted:
        return card.limits.sizes[:1]
    return [size for size in wanted if size in card.limits.sizes]


def _entry(
    card: ModelCard, job: Job, quality: Quality, given: Given, options: argparse.Namespace
) -> Entry:
    return Entry(
        model=job.model,
        task=job.task.value,
        size=job.size,
        num_frames=job.params.num_frames,
        fps=job.params.fps,
        seconds=job.run_seconds,
        peak_memory_gb=job.peak_memory_gb,
        cost=card.cost_of(job, options.price_per_hour),
        quality=quality,
        dresser=given.dresser,
    )


def table(entries: Sequence[Entry]) -> str:
    """Markdown; times also beside the first entry's."""
    names = list(Quality.model_fields)
    head = ["model", "size", "frames", "seconds", "ratio", "peak GiB", "cost per clip, $", *names]
    lines = [head, ["---"] * len(head)]
    for entry in entries:
        figures = [getattr(entry.quality, name) for name in names]
        ratio = entry.seconds / entries[0].seconds
        cells = [entry.model, entry.size, f"{entry.num_frames}", f"{entry.seconds:.2f}"]
        cells += [f"{ratio:.2f}", _number(entry.peak_memory_gb, 2), _number(entry.cost, 4)]
        lines.append([*cells, *(_number(figure, 3) for figure in figures)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def grid(clips: Sequence[tuple[str, Frames, int]]) -> tuple[Frames, int]:
    """All clips side by side, in step by the clock and repeated to the length of the longest."""
    fps = max(rate for _, _, rate in clips)
    seconds = max(len(frames) / rate for _, frames, rate in clips)
    columns = []
    for name, frames, rate in clips:
        times = [int(index * rate / fps) % len(frames) for index in range(round(seconds * fps))]
        shown = [_labelled(frame, name) for frame in frames]
        columns.append(np.stack([shown[place] for place in times]))
    return np.concatenate(columns, axis=2), fps


def _labelled(frame: np.ndarray, name: str) -> np.ndarray:
    picture = Image.fromarray(frame)
    width = max(2, round(picture.width * GRID_HEIGHT / picture.height / 2) * 2)
    canvas = Image.new("RGB", (width, GRID_HEIGHT + HEADER), "white")
    canvas.paste(picture.resize((width, GRID_HEIGHT), Image.Resampling.LANCZOS), (0, HEADER))
    font = ImageFont.load_default(14)
    ImageDraw.Draw(canvas).text((6, 6), name, "black", font)
    return np.asarray(canvas)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", help="ids of models that are served")
    parser.add_argument("--prompt", default="")
    parser.add_argument("--person", type=Path, help="photo of a person, or a first frame")
    parser.add_argument("--garment", type=Path, action="append", default=[])
    parser.add_argument("--dresser", help="who dresses the person for models that only animate")
    parser.add_argument("--size", nargs="*", default=[], help="WIDTHxHEIGHT (default: each's own)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--price-per-hour", type=float, help="of the machine, in $, for the cost per clip"
    )
    parser.add_argument("--backend-url", help="a running backend (default: start one)")
    parser.add_argument("--output-dir", type=Path, default=RESULTS)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, print, write."""
    options = parse(arguments)
    with ExitStack() as stack:
        url = options.backend_url or stack.enter_context(running_service())
        http = stack.enter_context(httpx.Client(base_url=url, timeout=600))
        entries, clips = compare(http, options)
    print(table(entries))
    options.output_dir.mkdir(parents=True, exist_ok=True)
    path = options.output_dir / f"compare_models-{time.strftime('%Y%m%d-%H%M%S')}"
    rows = [asdict(entry) | {"quality": entry.quality.model_dump()} for entry in entries]
    path.with_suffix(".json").write_text(json.dumps(rows, indent=2))
    frames, fps = grid(clips)
    path.with_suffix(".mp4").write_bytes(encode_mp4(frames, fps=fps, record={}))
    print(f"written to {path}.json and {path}.mp4")


if __name__ == "__main__":
    main()
