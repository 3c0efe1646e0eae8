"""What tokens show: a question that the middle blocks learn to answer.

In pure noise the figure may stand this way or that, so the error of a picture says little about
whose colour a leg has: for thousands of steps the model mixed those of two garments there, three
parts to two. Asked in so many words of the tokens that lie on head, chest and legs, it hears of
nothing else; and try-on learns what to look for in its pictures. The answers' heads are not part of
the model.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel
from torch import Tensor, nn

from examples.croquis.facts import FACTS, answers
from examples.croquis.figure import SKINS
from examples.croquis.places import COLUMNS, ROWS
from examples.croquis.scene import Scene

ASKED = (2, 3)
"""The blocks that are asked; those after them draw."""
TOKENS = {
    "head": ((0, 2), (0, 3), (1, 2), (1, 3)),
    "upper": ((2, 2), (2, 3), (3, 2), (3, 3)),
    "lower": ((4, 2), (4, 3), (5, 2), (5, 3)),
}
"""Where each part of the figure is, whatever it does: rows and columns of tokens."""
SKIN = "skin tone"
QUESTIONS = {
    "head": ("hair colour", "hair style", "gender", SKIN),
    "upper": tuple(fact for fact in FACTS if fact.startswith("upper")),
    "lower": tuple(fact for fact in FACTS if fact.startswith("lower")),
}
"""What each part is asked; prompts tell these facts, except for the skin."""
SHOWN = tuple(fact for facts in QUESTIONS.values() for fact in facts)
UNASKED = -100
"""The answer where there is none, as to the colour of cloth in a colour without a name."""


def shown(scene: Scene, named: bool) -> list[int]:
    """The place of the true word for each of `SHOWN`; colours of cloth only if they are `named`."""
    told = dict(zip(FACTS, answers(scene, silent=False), strict=True))
    told[SKIN] = scene.person.skin
    if not named:
        told.update({"upper colour": UNASKED, "lower colour": UNASKED})
    return [told[fact] for fact in SHOWN]


def unasked_in_words(truth: Tensor, prompts: list[str]) -> Tensor:
    """`truth` (B, facts) without what no prompt tells: the head, and all where there is none."""
    silent = torch.tensor([not prompt for prompt in prompts], device=truth.device)
    rarely_told = torch.tensor([fact in QUESTIONS["head"] for fact in SHOWN], device=truth.device)
    return truth.masked_fill(silent[:, None] | rarely_told, UNASKED)


def tokens_of(part: str, hidden: Tensor) -> Tensor:
    """Of (B, all tokens of some frames, width) those where that part of the figure is."""
    grid = hidden.unflatten(1, (-1, ROWS, COLUMNS))
    return torch.stack([grid[:, :, row, column] for row, column in TOKENS[part]], 2).flatten(1, 2)


class Shown(nn.Module):
    """Asks the middle blocks of a transformer, when it runs, what its tokens show."""

    def __init__(self, transformer: WanTransformer3DModel) -> None:
        super().__init__()
        width = transformer.config.num_attention_heads * transformer.config.attention_head_dim
        self.heads = nn.ModuleList(nn.ModuleDict(_heads(width)) for _ in ASKED)
        self._hidden: dict[int, Tensor] = {}
        for index in ASKED:
            transformer.blocks[index].register_forward_hook(self._listen(index))

    def loss(self, truth: Tensor, frames: int) -> Tensor:
        """Cross entropy of all answers in the transformer's last run, about its last `frames`.

        `truth` (B, facts) has the right ones.
        """
        losses = []
        for index, heads in zip(ASKED, self.heads, strict=True):
            hidden = self._hidden.pop(index)[:, -frames * ROWS * COLUMNS :].float()
            for part in TOKENS:
                said = heads[part](tokens_of(part, hidden))  # (B, tokens, words of all questions)
                for fact, words in zip(QUESTIONS[part], split(said, QUESTIONS[part]), strict=True):
                    right = truth[:, SHOWN.index(fact)].repeat_interleave(words.shape[1])
                    if bool((right != UNASKED).any()):
                        losses.append(F.cross_entropy(words.flatten(0, 1), right))
        return torch.stack(losses).sum() if losses else torch.zeros((), device=truth.device)

    def _listen(self, index: int) -> Callable[[nn.Module, object, Tensor], None]:
        def keep(module: nn.Module, inputs: object, output: Tensor) -> None:
            self._hidden[index] = output

        return keep


def _heads(width: int) -> dict[str, nn.Module]:
    return {
        part: nn.Sequential(nn.LayerNorm(width), nn.Linear(width, sum(map(count_words, facts))))
        for part, facts in QUESTIONS.items()
    }


def split(said: Tensor, facts: Sequence[str]) -> tuple[Tensor, ...]:
    """The answers (..., words of all these facts) one by one."""
    parts: tuple[Tensor, ...] = said.split([count_words(fact) for fact in facts], dim=-1)
    return parts


def count_words(fact: str) -> int:
    """Among how many words the answer is."""
    return len(SKINS) if fact == SKIN else len(FACTS[fact])
