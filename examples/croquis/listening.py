"""Whose clothes a token hears of: a part of the prompt that lies beside another.

The encoder's slots for the upper and the lower garment hold words of one kind, so a token that
listens to both gets a mixture: told the colours of a top and of trousers, the blocks in the middle
took one for the other three times of ten, and the picture had something between. So each head of
the blocks that hear text is asked to prefer the one slot on the chest and the other on the legs.
How much it listens to words at all is its own affair.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel
from torch import Tensor, nn

from examples.croquis.denoiser import DEAF
from examples.croquis.facts import SUBJECTS
from examples.croquis.shown import tokens_of

UPPER, LOWER = SUBJECTS.index("upper"), SUBJECTS.index("lower")


class Listening:
    """Watches the attention to text of the blocks that hear any."""

    def __init__(self, transformer: WanTransformer3DModel) -> None:
        self._attentions = [block.attn2 for block in transformer.blocks[DEAF:]]
        self._heard: dict[int, tuple[Tensor, Tensor]] = {}
        for index, attention in enumerate(self._attentions):
            attention.register_forward_pre_hook(self._listen(index))

    def loss(self) -> Tensor:
        """Cross entropy of the choice between both slots in the transformer's last run."""
        losses = []
        for index, attention in enumerate(self._attentions):
            tokens, words = self._heard.pop(index)
            keys = _heads(attention, attention.norm_k(attention.to_k(words[:, [UPPER, LOWER]])))
            for part, right in (("upper", 0), ("lower", 1)):
                asked = tokens_of(part, tokens)
                queries = _heads(attention, attention.norm_q(attention.to_q(asked)))
                both = torch.einsum("bthd,bshd->bths", queries, keys).float()
                both = both * queries.shape[-1] ** -0.5
                losses.append(F.softplus(both[..., 1 - right] - both[..., right]).mean())
        return torch.stack(losses).mean()

    def _listen(self, index: int) -> Callable[[nn.Module, Any], None]:
        def keep(module: nn.Module, inputs: Any) -> None:
            self._heard[index] = (inputs[0], inputs[1])

        return keep


def _heads(attention: nn.Module, x: Tensor) -> Tensor:
    """(B, N, width) → (B, N, heads, head width)."""
    return x.unflatten(-1, (attention.heads, -1))
