"""What each file costs that leaves the studio: its format, the label and the signature.

    python -m benchmarks.exports

Prints seconds of waiting and of computing (ffmpeg's included) and the size, for a sketch's and for
a production model's clip of drawn figures; writes them as JSON into ``benchmarks/results``.
"""

import json
import os
import platform
import random
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from examples.croquis.scene import render_clip, sample_scene
from serve import xmp
from serve.certificates import throwaway_credentials
from serve.encoding import Frames, encode_jpeg, encode_mp4, encode_png
from serve.exports import export
from serve.label import Label
from serve.marks import Mark
from serve.protocol import Variant
from serve.signing import Signature

RESULTS = Path(__file__).with_name("results")
RECORD = {"model": "croquis-t2v", "task": "text-to-video", "prompt": "a red dress", "seed": 7}
CLIPS = ((33, 192, 256), (81, 480, 832))
"""Frames, width, height."""
REPEATS = 3
BOTH = "label, signature"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one file took, at best."""

    clip: str
    file: str
    marks: str
    seconds: float
    computing_seconds: float
    bytes: int


def main() -> None:
    """Measure, print, write."""
    label, signature = Label("AI-generated"), Signature(throwaway_credentials())
    packet = xmp.packet(tool="Lookreel", identifier="video_0/video")
    marks = {
        "nothing": Mark(RECORD),
        "signature": Mark(RECORD, None, packet, signature, "clip"),
        BOTH: Mark(RECORD, label, packet, signature, "clip"),
    }
    costs = []
    for count, width, height in CLIPS:
        name = f"{count} frames of {width}x{height}"
        print(f"\n{name}\n{'file':12} {'with':18} {'seconds':>8} {'computing':>10} {'kB':>8}")
        costs += [shown(cost) for cost in measure(name, drawn(count, width, height), marks)]
    print(f"written to {write(costs)}")


def measure(name: str, frames: Frames, marks: dict[str, Mark]) -> Iterator[Cost]:
    """One clip in all formats."""
    report = partial(cost_of, name)
    yield report("master", "", partial(encode_mp4, frames, fps=16, record=RECORD))
    clip = encode_mp4(frames, fps=16, record=RECORD)
    still = encode_png(frames[0], record=RECORD)
    for words, mark in marks.items():
        yield report("video", words, partial(export, Variant.VIDEO, clip, mark))
        yield report("still", words, partial(export, "still-0", still, mark))
    for variant in (Variant.WEBM, Variant.GIF, Variant.FRAMES, Variant.LAST_FRAME):
        yield report(variant, BOTH, partial(export, variant, clip, marks[BOTH]))
    small = encode_jpeg(frames[0], max_side=512)
    yield report("thumbnail", BOTH, partial(export, Variant.THUMBNAIL, small, marks[BOTH]))


def drawn(count: int, width: int, height: int) -> Frames:
    """A walking figure, scaled up to the size."""
    clip = render_clip(sample_scene(random.Random(3), "any"), count)
    return np.stack([np.asarray(Image.fromarray(one).resize((width, height))) for one in clip])


def cost_of(clip: str, file: str, words: str, make: Callable[[], bytes]) -> Cost:
    """The best of a few runs."""
    seconds, computing, size = float("inf"), float("inf"), 0
    for _ in range(REPEATS):
        begun, used = time.perf_counter(), cpu_seconds()
        size = len(make())
        seconds = min(seconds, time.perf_counter() - begun)
        computing = min(computing, cpu_seconds() - used)
    return Cost(clip, file, words, seconds, computing, size)


def shown(cost: Cost) -> Cost:
    """It, printed in one line."""
    print(
        f"{cost.file:12} {cost.marks:18} {cost.seconds:8.3f} {cost.computing_seconds:10.3f} "
        f"{cost.bytes / 1000:8.0f}"
    )
    return cost


def write(costs: list[Cost]) -> Path:
    """Everything measured, as JSON."""
    machine = {"cpus": os.cpu_count(), "platform": platform.platform()}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"exports-{time.strftime('%Y%m%d-%H%M%S')}.json"
    measured = {"machine": machine, "repeats": REPEATS, "files": [asdict(one) for one in costs]}
    path.write_text(json.dumps(measured, indent=2))
    return path


def cpu_seconds() -> float:
    """Of this process and its children so far."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
