"""Teach the text encoder to read: which facts of a scene does a prompt tell?

    python -m examples.croquis.train_text_encoder --total-minutes 3

One question for every fact looks at the encoder's output and must find the answer there; the
questions are thrown away. The denoiser takes the encoder as it is: trained on from noise, it forgot
what colours the clothes have. The state is in ``RUN_DIR/text_encoder.pt``.
"""

import argparse
import logging
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from examples.croquis.backdrop import BACKDROPS
from examples.croquis.denoiser import TEXT_DIM, build_text_encoder, encode_text
from examples.croquis.figure import HAIR_COLORS, HAIR_STYLES
from examples.croquis.lesson import tell
from examples.croquis.motion import MOTIONS
from examples.croquis.recipe import Schedule, device, save_atomically
from examples.croquis.scene import Scene
from examples.croquis.tokenizer import build_tokenizer, tokenize, with_strange_words
from examples.croquis.wardrobe import COLORS, GARMENTS, PATTERNS

log = logging.getLogger(__name__)

BATCH = 192
LEARNING_RATE = 2e-3
NONE = "none"
UNTOLD = -100
"""The answer that cross entropy passes over."""

FACTS: dict[str, tuple[str, ...]] = {
    "motion": tuple(MOTIONS),
    "backdrop": tuple(BACKDROPS),
    "gender": ("woman", "man"),
    "hair colour": tuple(HAIR_COLORS),
    "hair style": tuple(HAIR_STYLES),
}
for _part in ("top", "bottom", "one-piece"):
    FACTS[f"{_part} kind"] = (NONE, *GARMENTS)
    FACTS[f"{_part} colour"] = (NONE, *COLORS)
    FACTS[f"{_part} pattern"] = (NONE, *PATTERNS)
    FACTS[f"{_part} accent"] = (NONE, *COLORS)
TOLD_BY_ALL = ("motion", "backdrop")


def facts(scene: Scene) -> dict[str, str]:
    """The scene in words of `FACTS`."""
    known = {
        "motion": scene.motion,
        "backdrop": scene.backdrop,
        "gender": scene.person.gender,
        "hair colour": scene.person.hair_color,
        "hair style": scene.person.hair_style,
    }
    for one in scene.outfit:
        part = one.cut.part
        known |= {f"{part} kind": one.kind, f"{part} colour": one.color}
        known |= {f"{part} pattern": one.pattern}
        known |= {f"{part} accent": NONE if one.pattern == "plain" else one.accent}
    return known


def answers(scene: Scene, silent: bool) -> list[int]:
    """The right class of every fact; of a silent prompt, only what such a prompt tells."""
    known = facts(scene)
    return [
        UNTOLD if silent and fact not in TOLD_BY_ALL else classes.index(known.get(fact, NONE))
        for fact, classes in FACTS.items()
    ]


class Questions(nn.Module):
    """One attention query and one linear layer for each fact."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(len(FACTS), TEXT_DIM) * TEXT_DIM**-0.5)
        self.heads = nn.ModuleList(nn.Linear(TEXT_DIM, len(one)) for one in FACTS.values())

    def forward(self, hidden: Tensor, mask: Tensor) -> list[Tensor]:
        """(B, L, TEXT_DIM) and (B, L) → per fact (B, classes)."""
        scores = torch.einsum("fd,bld->bfl", self.queries, hidden)
        weights = scores.masked_fill(mask[:, None] == 0, -torch.inf).softmax(-1)
        found = torch.einsum("bfl,bld->fbd", weights, hidden)
        return [head(one) for head, one in zip(self.heads, found, strict=True)]


def draw_batch(rng: random.Random, size: int) -> tuple[list[str], Tensor]:
    """Prompts, a quarter of them silent about the clothes, and the answers (B, facts)."""
    prompts, targets = [], []
    for _ in range(size):
        scene, prompt, silent, placeless = tell(rng)
        is_silent = rng.random() < 0.25 and not placeless
        said = silent if is_silent else prompt
        prompts.append(with_strange_words(said, rng) if rng.random() < 0.2 else said)
        targets.append(answers(scene, is_silent))
    return prompts, torch.tensor(targets)


def train(run_dir: Path, total_minutes: float) -> None:
    """Train until the time is up, and save the encoder."""
    torch.manual_seed(0)
    tokenizer = build_tokenizer()
    encoder = build_text_encoder(len(tokenizer)).to(device())
    questions = Questions().to(device())
    parameters = [*encoder.parameters(), *questions.parameters()]
    optimizer = torch.optim.AdamW(parameters, betas=(0.9, 0.98), weight_decay=0.01)
    rng, schedule, step = random.Random(0), Schedule(total_minutes, total_minutes, 0.0), 0
    while not schedule.is_over:
        prompts, targets = draw_batch(rng, BATCH)
        ids = tokenize(tokenizer, prompts).to(device())
        logits = questions(encode_text(encoder, ids), ids != 0)
        targets = targets.to(device())
        loss = sum(
            F.cross_entropy(one, targets[:, index], ignore_index=UNTOLD)
            for index, one in enumerate(logits)
        )
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(LEARNING_RATE)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            log.info("step %d  %.0f s  %s", step, schedule.seconds, _shares(logits, targets))
    save_atomically(encoder.state_dict(), run_dir / "text_encoder.pt")


def _shares(logits: list[Tensor], targets: Tensor) -> str:
    """How often each answer is right, in percent; nobody can know what was not said."""
    shares = []
    for index, (fact, one) in enumerate(zip(FACTS, logits, strict=True)):
        told = targets[:, index] != UNTOLD
        right = one.argmax(-1)[told] == targets[told, index]
        shares.append(f"{fact} {100 * right.float().mean():.0f}")
    return "  ".join(shares)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--total-minutes", type=float, default=3, help="the whole training")
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    args = parser.parse_args()
    args.run_dir.mkdir(parents=True, exist_ok=True)
    train(args.run_dir, args.total_minutes)


if __name__ == "__main__":
    main()
