"""What dressed stills are made of: the request, the pictures and the part that may change."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from app.client import build_request
from app.fitting import Fitting
from app.worn import noted
from serve.protocol import ImageEditRequest, Role

SEEDS = 2**32


@dataclass(frozen=True)
class Dressing:
    """What the stills were made of, so that one more can be made of the same."""

    request: ImageEditRequest
    pictures: tuple[str, ...]
    """The person, then the garments."""
    mask: str | None = None
    """Where the person's photo may change; None: everywhere."""

    @classmethod
    def of(cls, request: ImageEditRequest, inputs: Sequence[str], roles: Sequence[Role]) -> Self:
        """Out of an earlier job's inputs, each with its role."""
        found = list(zip(inputs, roles, strict=False))
        pictures = tuple(path for path, role in found if role is not Role.MASK)
        return cls(request, pictures, next((p for p, role in found if role is Role.MASK), None))

    def again(self) -> "Dressing":
        """The same for one still of another seed."""
        request = self.request.model_copy(update={"n": 1, "seed": secrets.randbelow(SEEDS)})
        return Dressing(request, self.pictures, self.mask)


def dressing_for(fitting: Fitting, n: int | None = None) -> Dressing:
    """The request for stills; `n` instead of what the user has chosen."""
    request = build_request(
        ImageEditRequest,
        {
            "prompt": fitting.instruction,
            "model": fitting.dresser,
            "n": n or fitting.n,
            "seed": fitting.settings.seed,
            "size": fitting.still_size,
            "embed_inputs": bool(fitting.settings.embed_inputs),
            "user": fitting.user or None,
            "metadata": noted(fitting.garments),
        },
    )
    return Dressing(request, tuple(fitting.pictures), fitting.mask)
