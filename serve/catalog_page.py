"""Writes `docs/models.md` from the catalog: `python -m serve.catalog_page > docs/models.md`."""

import sys

from serve.card import Card
from serve.catalog import load_catalog

PREAMBLE = """# The models

Made from `serve/catalog.yaml` by `python -m serve.catalog_page > docs/models.md`; do not edit.

Serve one with `make run ARGS="--t2v-model ID"` or `--i2v-model ID`, or list it in
`deployments.yaml`. Where *Commercial use* is *limited*, the start also needs
`--allow-non-commercial` (or `allow_non_commercial: true` in the config).

**What was verified.** In the tests every row but those with an engine is served as its card stands,
for each of its tasks, on a tiny random twin: the same diffusers classes, scaled down, saved and
loaded as a real checkpoint is. It goes from a request to an mp4 or a still, with every step
reported, stops when it is cancelled, and makes the same file again; `make test` prints what ran
(`tests/slow/test_cards.py`). What stands behind an engine, [engines.md](engines.md) says;
no such program or service was reached. Only the two Croquis models have run with their real
weights, and no row has run on a GPU. *GPU memory* is added up from the sizes of the weights or
quoted, not measured. A model that is *gated* is downloaded only with the token (`HF_TOKEN`) of an
account that accepted its terms on its page. No card names a `revision`: which commit is good cannot
be known without the hub, so what is downloaded is the newest; a card of your own can pin one.
"""
HEAD = (
    "| Model | Does | Source | Sizes | Frames | GPU memory | Licence | Commercial use "
    "| Verified by |",
    "|---|---|---|---|---|---|---|---|---|",
)


NOTES = """
## What to know of single models
"""
UNAVAILABLE = """
## What cannot be had

Asking for one of these gives its reason and what to use in its place, never a failure later.

| Model | Why | Seen where | In its place |
|---|---|---|---|"""


def page() -> str:
    """The whole file."""
    catalog = load_catalog()
    rows = [_row(card) for card in catalog.models]
    missing = [
        f"| {one.title} (`{one.id}`) | {one.why} | {one.evidence} | `{one.successor}` |"
        for one in catalog.unavailable
    ]
    notes = [f"- `{card.id}`: {card.notes}" for card in catalog.models if card.notes]
    return "\n".join([PREAMBLE, *HEAD, *rows, NOTES, *notes, UNAVAILABLE, *missing, ""])


def _row(card: Card) -> str:
    cells = (
        f"`{card.id}`",
        ", ".join(card.tasks),
        _source(card),
        ", ".join(card.limits.sizes),
        _frames(card),
        f"{card.memory_gb:g} GiB" if card.memory_gb else "–",
        f"[{card.licence.name}]({card.licence.url})" + (", gated" if card.gated else ""),
        "free" if card.licence.commercial else "limited",
        _verified(card),
    )
    return f"| {' | '.join(cells)} |"


def _verified(card: Card) -> str:
    """What stood in for the model when its card was tested."""
    if card.sketch:
        return "real weights on a CPU"
    return {"diffusers": "tiny twin", "command": "stand-in program"}.get(
        card.engine, "protocol server"
    )


def _source(card: Card) -> str:
    if card.engine != "diffusers":
        return f"[`{card.engine}`](engines.md): `{card.source.removeprefix('./')}`"
    return "built in" if card.source.startswith("./") else f"`{card.source}`"


def _frames(card: Card) -> str:
    first, last = card.limits.num_frames.minimum, card.limits.num_frames.maximum
    if last == 1:
        return "still"
    return f"{first:g}–{last:g}" if last > first else f"{last:g}"


if __name__ == "__main__":
    sys.stdout.write(page())
