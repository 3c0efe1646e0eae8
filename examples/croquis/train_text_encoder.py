"""Teach the text encoder to read: which facts of a scene does a prompt tell?

    python -m examples.croquis.train_text_encoder --total-minutes 5

One question for every fact looks at its subject's slot in the encoder's output and must find the
answer there; the questions are thrown away. All other words must end as nothing: what is not in a
slot, such as a word the world has no drawing for, cannot reach the denoiser. That takes the encoder
as it is: trained on from noise, it forgot what colours the clothes have. At last each garment's
slot unlearns what it tells of the other garment (`erasure.py`). The state is in
``RUN_DIR/text_encoder.pt``.
"""

import argparse
import logging
import random
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from examples.croquis.denoiser import TEXT_DIM, build_text_encoder, encode_text
from examples.croquis.erasure import separate
from examples.croquis.facts import FACTS, SUBJECTS, answers, subject_of
from examples.croquis.lesson import tell
from examples.croquis.recipe import Schedule, autocast, device, save_atomically
from examples.croquis.tokenizer import build_tokenizer, tokenize, with_strange_words

log = logging.getLogger(__name__)

READING = 0.7
"""The share of the time after which the encoder can read; then its slots are separated."""
BATCH = 192
LEARNING_RATE = 2e-3
FAST = ("relative_attention_bias", "encoder.final_layer_norm")
SPEED = 25.0
"""How much faster the attention's sense of distance learns: only when a word knows its neighbours
well can it tell whose colour a colour is, and those numbers have a long way to go; as have those
that silence words in the end."""


class Questions(nn.Module):
    """One linear layer for each fact, which sees the slot of its subject alone."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(TEXT_DIM, len(words)) for words in FACTS.values())

    def forward(self, hidden: Tensor) -> list[Tensor]:
        """(B, L, TEXT_DIM) → per fact (B, words)."""
        slots = [SUBJECTS.index(subject_of(fact)) for fact in FACTS]
        return [head(hidden[:, slot]) for slot, head in zip(slots, self.heads, strict=True)]


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
    reading = READING * total_minutes
    torch.manual_seed(0)
    tokenizer = build_tokenizer()
    encoder = build_text_encoder(len(tokenizer)).to(device())
    questions = Questions().to(device())
    parameters = [*encoder.parameters(), *questions.parameters()]
    optimizer = torch.optim.AdamW(_groups(encoder, questions), betas=(0.9, 0.98))
    rng, schedule, step = random.Random(0), Schedule(reading, reading, 0.0), 0
    while not schedule.is_over:
        prompts, targets = draw_batch(rng, BATCH)
        ids = tokenize(tokenizer, prompts).to(device())
        targets = targets.to(device())
        with autocast():
            hidden = encode_text(encoder, ids)
            logits = questions(hidden)
        loss = hidden[:, len(SUBJECTS) :].float().square().mean()
        for index, one in enumerate(logits):
            loss = loss + F.cross_entropy(one.float(), targets[:, index])
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(LEARNING_RATE) * group["speed"]
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            left = hidden[:, len(SUBJECTS) :].square().mean() / hidden.square().mean()
            shares = _shares(logits, targets)
            log.info(
                "step %d  %.0f s  words %.4f  %s", step, schedule.seconds, left.detach(), shares
            )
    left = total_minutes - reading
    separate(encoder, tokenizer, draw_batch, Schedule(left, left, 0.0))
    save_atomically(encoder.state_dict(), run_dir / "text_encoder.pt")


def _groups(encoder: nn.Module, questions: nn.Module) -> list[dict[str, Any]]:
    """The parameters, the fast ones apart."""
    fast = [p for name, p in encoder.named_parameters() if any(one in name for one in FAST)]
    known = {id(one) for one in fast}
    others = [p for p in (*encoder.parameters(), *questions.parameters()) if id(p) not in known]
    return [
        {"params": fast, "speed": SPEED, "weight_decay": 0.0},
        {"params": others, "speed": 1.0, "weight_decay": 0.01},
    ]


def _shares(logits: list[Tensor], targets: Tensor) -> str:
    """How often each answer is right, in percent; nobody can know what was not said."""
    return "  ".join(
        f"{fact} {100 * (one.argmax(-1) == targets[:, index]).float().mean():.0f}"
        for index, (fact, one) in enumerate(zip(FACTS, logits, strict=True))
    )


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--total-minutes", type=float, default=5, help="the whole training")
    parser.add_argument("--run-dir", type=Path, default=Path("runs/croquis"))
    args = parser.parse_args()
    args.run_dir.mkdir(parents=True, exist_ok=True)
    train(args.run_dir, args.total_minutes)


if __name__ == "__main__":
    main()
