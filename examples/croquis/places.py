"""Where each token lies: a question that the first blocks learn to answer.

Wan's transformer knows distances between tokens, but no token knows its own place, and in pure
noise all look alike. Only the edges give it away: whoever looks up from the top row finds nobody,
so less noise is averaged there. Left alone, three of six blocks went into finding rows and columns
that way (after the first, 48 % of the rows were told right; after the third, 98 %), and only three
were left to draw. Asked for it, two are enough. The answers' heads are not part of the model.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel
from torch import Tensor, nn

from examples.croquis.autoencoder import PATCH
from examples.croquis.backdrop import HEIGHT, WIDTH
from examples.croquis.denoiser import BASE, DEAF

TOKEN = PATCH * BASE["patch_size"][1]
"""Pixels of a token's side."""
ROWS, COLUMNS = HEIGHT // TOKEN, WIDTH // TOKEN
"""Tokens of a frame, which come row by row."""
ASKED = DEAF
"""The first blocks are asked, this many."""


class Places(nn.Module):
    """Asks the first blocks of a transformer, when it runs, for row and column of its tokens."""

    def __init__(self, transformer: WanTransformer3DModel) -> None:
        super().__init__()
        width = transformer.config.num_attention_heads * transformer.config.attention_head_dim
        self.heads = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, ROWS + COLUMNS))
            for _ in range(ASKED)
        )
        grid = torch.cartesian_prod(torch.arange(ROWS), torch.arange(COLUMNS))
        self.register_buffer("grid", grid, persistent=False)
        self._hidden: dict[int, Tensor] = {}
        for index in range(ASKED):
            transformer.blocks[index].register_forward_hook(self._listen(index))

    def loss(self) -> Tensor:
        """Cross entropy of all answers in the transformer's last run."""
        losses = []
        for index, head in enumerate(self.heads):
            hidden = self._hidden.pop(index)
            answers = head(hidden.float()).flatten(0, 1)
            rows, columns = self.grid.repeat(len(answers) // len(self.grid), 1).unbind(1)
            losses.append(F.cross_entropy(answers[:, :ROWS], rows))
            losses.append(F.cross_entropy(answers[:, ROWS:], columns))
        return torch.stack(losses).sum()

    def _listen(self, index: int) -> Callable[[nn.Module, object, Tensor], None]:
        def keep(module: nn.Module, inputs: object, output: Tensor) -> None:
            self._hidden[index] = output

        return keep
