"""Writes `docs/comparison.md` from what `benchmarks.compare_models` measured.

    python -m benchmarks.compare_models croquis-t2v croquis-tryon --prompt "a red dress, walking"
    python -m benchmarks.comparison_page benchmarks/results/compare_models-….json \\
        --machine "two idle cores of an AMD EPYC" > docs/comparison.md

Every model of the catalog has a row. Whoever measures further ones names all JSON files.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from serve.card import Card
from serve.catalog import load_catalog
from serve.protocol import Quality

PREAMBLE = """# Models side by side

Made by `python -m benchmarks.comparison_page`, from the JSON of `benchmarks.compare_models`; do not
edit. Seconds are those of one run of a warm model, without its place in the queue. A clip costs
what its host charges, or what the machine does for those seconds where its price was told.
`serve/quality.py` says how the last four columns are measured; they compare clips of one table with
one another, and with no other measurement.
"""
HEAD = ["Model", "Task", "Size", "Frames", "Seconds", "Peak GiB", "Cost, $", *Quality.model_fields]
NOT_HERE = "not measured: needs a GPU and weights"
ELSEWHERE = "not measured: needs its program, server or key"
NOT_YET = "not measured yet, on an idle machine"


def page(measured: Sequence[Mapping[str, Any]], machine: str) -> str:
    """The whole file."""
    rows = [HEAD, ["---"] * len(HEAD)]
    for card in load_catalog().models:
        if all(task.makes_stills for task in card.tasks):
            continue
        found = [entry for entry in measured if entry["model"] == card.id]
        rows += [_figures(entry) for entry in found] or [_why_not(card)]
    on = f"\nMeasured on {machine}.\n" if measured else ""
    return PREAMBLE + on + "\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _figures(entry: Mapping[str, Any]) -> list[str]:
    quality = [_number(entry["quality"][name], 3) for name in Quality.model_fields]
    figures = [_number(entry["seconds"], 1), _number(entry["peak_memory_gb"], 1)]
    figures.append(_number(entry.get("cost"), 4))  # files of before it was reckoned have none
    what = [f"`{entry['model']}`", entry["task"], entry["size"], str(entry["num_frames"])]
    return [*what, *figures, *quality]


def _why_not(card: Card) -> list[str]:
    reason = NOT_YET if card.sketch else NOT_HERE if card.engine == "diffusers" else ELSEWHERE
    return [f"`{card.id}`", reason, *[""] * (len(HEAD) - 2)]


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, and print the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", nargs="*", type=Path, help="JSON files of compare_models")
    parser.add_argument("--machine", help="what they were measured on, in words")
    options = parser.parse_args(arguments)
    if options.results and not options.machine:
        parser.error("--machine is needed: what were these measured on?")
    measured = [entry for path in options.results for entry in json.loads(path.read_text())]
    sys.stdout.write(page(measured, options.machine or ""))


if __name__ == "__main__":
    main()
