"""What one sees at a glance: a small network of latent pictures, and a perceptual loss from it.

A squared error counts every spot of a picture alike, and few of them tell a hoodie from a shirt, or
dots from flowers. This network has learnt to tell what a picture shows; afterwards it learns no
more, and the denoiser learns that its pictures look to it like the true ones, and show the same.
It is not the judge of `classifier.py`, which sees pixels, and which nothing here learns from.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from examples.croquis.autoencoder import Z_DIM
from examples.croquis.places import COLUMNS, ROWS
from examples.croquis.shown import SHOWN, SKIN, UNASKED, count_words, split

LIKENESS_WEIGHT = 1.0
"""The loss of pictures that look different. Its gradient at the picture is some twenty times that
of the squared error, which grows no larger for that."""
ANSWER_WEIGHT = 0.2
"""The loss of pictures that show something else."""
EMPHASIS = {SKIN: 2.0}
"""How much more than the others some answers count: neighbouring tones of skin are very near."""


def _layer(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.1),
    )


class Glance(nn.Module):
    """(N, Z, h, w) latents → what each layer sees, and the answers to `SHOWN` side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                _layer(Z_DIM, 64),
                _layer(64, 64),
                _layer(64, 96, stride=2),
                _layer(96, 96),
                _layer(96, 128, stride=2),
            ]
        )
        self.cells = nn.Conv2d(128, 32, 1)
        self.head = nn.Sequential(
            nn.LeakyReLU(0.1),
            nn.Dropout(0.1),
            nn.Linear(32 * ROWS * COLUMNS, 192),
            nn.LeakyReLU(0.1),
            nn.Linear(192, sum(map(count_words, SHOWN))),
        )

    def forward(self, latents: Tensor) -> tuple[list[Tensor], Tensor]:
        seen = []
        for layer in self.layers:
            latents = layer(latents)
            seen.append(latents)
        return seen, self.head(self.cells(latents).flatten(1))

    def loss(self, predicted: Tensor, clean: Tensor, truth: Tensor, clear: Tensor) -> Tensor:
        """What it costs that `predicted` clips do not look like the `clean` ones, both
        (B, Z, F, h, w), nor show the `truth` (B, facts).

        They are compared where `clear` (B) is 1 rather than 0: where the request and the noise
        leave a doubt how the figure stands, there is no one picture to look like.
        """
        frames = clean.shape[2]
        seen, said = self(predicted.transpose(1, 2).flatten(0, 1))
        with torch.no_grad():
            truly, _ = self(clean.transpose(1, 2).flatten(0, 1))
        unlike = (difference(seen, truly) * clear.repeat_interleave(frames)).mean()
        wrong = answers_loss(said, truth.repeat_interleave(frames, 0))
        return LIKENESS_WEIGHT * unlike + ANSWER_WEIGHT * wrong


def difference(seen: list[Tensor], truly: list[Tensor]) -> Tensor:
    """How differently two series of pictures look to the layers, (N): the squared distances of
    their directions at each place, averaged over places and added over layers."""
    parts = [
        (_direction(one) - _direction(other)).square().sum(1).mean((1, 2))
        for one, other in zip(seen, truly, strict=True)
    ]
    return torch.stack(parts).sum(0)


def _direction(seen: Tensor) -> Tensor:
    return seen / (seen.square().sum(1, keepdim=True) + 1e-4).sqrt()


def answers_loss(said: Tensor, truth: Tensor) -> Tensor:
    """Mean cross entropy of those of the answers that have a truth (N, facts)."""
    losses = [
        EMPHASIS.get(fact, 1.0)
        * F.cross_entropy(words, right, ignore_index=UNASKED, reduction="sum")
        for fact, words, right in zip(SHOWN, split(said, SHOWN), truth.unbind(1), strict=True)
    ]
    return torch.stack(losses).sum() / (truth != UNASKED).sum().clamp(min=1)


def answers_right(said: Tensor, truth: Tensor) -> Tensor:
    """The share of right answers to each question, (facts); NaN where there was none."""
    shares = [
        (words.argmax(-1) == right)[right != UNASKED].float().mean()
        for words, right in zip(split(said, SHOWN), truth.unbind(1), strict=True)
    ]
    return torch.stack(shares)
