"""What a garment's slot tells of the other garment, and how the text encoder unlearns it.

The encoder is asked for the upper garment in one slot and for the lower one in another, and nobody
forbids the first to hold the second's colours, too: a linear layer read them there 73 times of 100
(by chance it is 8). The denoiser, which looks for a colour on the chest, then took the trousers'
one time of eight. So directions that tell of the other garment are taken out of a slot, as linear
concept erasure does it (LEACE: Belrose and others, 2023), and the encoder learns to give the rest.
"""

import copy
import logging
import random
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedTokenizerBase, UMT5EncoderModel

from examples.croquis.denoiser import encode_text
from examples.croquis.facts import FACTS, SUBJECTS, UNTOLD, subject_of
from examples.croquis.recipe import Schedule, autocast, device
from examples.croquis.tokenizer import tokenize
from examples.croquis.wardrobe import ONE_PIECES

log = logging.getLogger(__name__)

OTHER = {"upper": "lower", "lower": "upper"}
PROMPTS = 16384
"""That the directions are found with."""
BATCH = 96
LEARNING_RATE = 1e-3
FAINT = 0.08
"""A correlation that so many prompts have by chance."""
FLAT = 1e-4
"""A variance that is none."""


DrawBatch = Callable[[random.Random, int], tuple[list[str], Tensor]]
"""So many prompts, and the answers (N, facts) that they tell."""


class Erasure:
    """Takes out of both garments' slots what tells of the other garment."""

    def __init__(self, hidden: Tensor, targets: Tensor) -> None:
        """From outputs (N, L, D) of the encoder and what the prompts tell (N, facts)."""
        two = tells_of_two(targets)
        self._taken = {}
        for subject, other in OTHER.items():
            slot = hidden[two, SUBJECTS.index(subject)].double()
            told = [
                F.one_hot(targets[two, i]) for i, f in enumerate(FACTS) if subject_of(f) == other
            ]
            self._taken[SUBJECTS.index(subject)] = _directions(slot, torch.cat(told, 1).double())

    def __call__(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """(N, L, D) without it; a dress is both garments, and stays as it is."""
        left = hidden.clone()
        two = tells_of_two(targets).to(hidden)[:, None]
        for slot, (mean, taken) in self._taken.items():
            left[:, slot] -= two * ((hidden[:, slot] - mean) @ taken.T)
        return left


def tells_of_two(targets: Tensor) -> Tensor:
    """Which prompts (N, facts) tell of a garment above and another below."""
    fact = list(FACTS).index("upper kind")
    kinds = FACTS["upper kind"]
    one = [index for index, kind in enumerate(kinds) if kind in ONE_PIECES or kind == UNTOLD]
    return ~torch.isin(targets[:, fact], torch.tensor(one, device=targets.device))


def _directions(slot: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
    """The slot's mean (D), and the oblique projection (D, D) onto what correlates with `told`."""
    mean = slot.mean(0)
    centred = slot - mean
    spread, basis = torch.linalg.eigh(centred.T @ centred / len(slot))
    spread = spread.clamp(min=FLAT)
    whiten, colour = (basis * spread**power @ basis.T for power in (-0.5, 0.5))
    shared = whiten @ centred.T @ (told - told.mean(0)) / len(slot)
    found, strength, _ = torch.linalg.svd(shared, full_matrices=False)
    found = found[:, strength > FAINT]
    return mean.float(), (colour @ found @ found.T @ whiten).float()


def separate(
    encoder: UMT5EncoderModel,
    tokenizer: PreTrainedTokenizerBase,
    draw: DrawBatch,
    schedule: Schedule,
) -> None:
    """Teach the encoder to say what it says now, without what belongs into the other slot."""
    teacher = copy.deepcopy(encoder).requires_grad_(False)
    rng, step = random.Random(1), 0
    prompts, targets = draw(rng, PROMPTS)
    targets = targets.to(device())
    ids = tokenize(tokenizer, prompts).to(device())
    with torch.no_grad(), autocast():
        said = [encode_text(teacher, some)[:, : len(SUBJECTS)] for some in ids.split(BATCH)]
    erase = Erasure(torch.cat(said).float(), targets)
    optimizer = torch.optim.AdamW(encoder.parameters(), betas=(0.9, 0.98), weight_decay=0.0)
    while not schedule.is_over:
        prompts, targets = draw(rng, BATCH)
        targets = targets.to(device())
        ids = tokenize(tokenizer, prompts).to(device())
        with torch.no_grad(), autocast():
            now = encode_text(teacher, ids)
        wanted = erase(now.float(), targets)
        with autocast():
            gap = (encode_text(encoder, ids) - wanted).float().square()
        error, rest = gap[:, : len(SUBJECTS)].mean(), gap[:, len(SUBJECTS) :].mean()
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(LEARNING_RATE)
        optimizer.zero_grad()
        (error + rest).backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            left = error.detach() / wanted[:, : len(SUBJECTS)].var()
            log.info("step %d  %.0f s  unlearnt but for %.4f", step, schedule.seconds, left)
