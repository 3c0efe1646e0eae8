"""Muon, the optimizer of hidden matrices: momentum, made orthogonal before each step.

After Keller Jordan's "Muon" (2024), with the scaling of "Muon is Scalable for LLM Training"
(2025, arXiv 2502.16982), by which learning rates are those of AdamW. PyTorch's own takes one matrix
at a time, and always in bfloat16, which CPUs without it cannot afford.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from examples.croquis.recipe import computes_bfloat16

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the Newton-Schulz iteration that pulls all singular values towards 1."""
ITERATIONS = 4


class Muon(torch.optim.Optimizer):
    """For matrices only; everything else is for AdamW."""

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        momentum: float = 0.95,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """One update; matrices of one shape are made orthogonal together."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes[parameter.shape].append(parameter)
            for shape, parameters in shapes.items():
                updates = orthogonal(torch.stack([self._momentum(p, group) for p in parameters]))
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
                size = 0.2 * max(shape) ** 0.5  # the RMS that AdamW's updates have
                torch._foreach_add_(parameters, list(updates), alpha=-group["lr"] * size)

    def _momentum(self, parameter: Tensor, group: dict[str, Any]) -> Tensor:
        """Nesterov's: the running mean of gradients, and a step ahead."""
        state = self.state[parameter]
        mean = state.setdefault("mean", torch.zeros_like(parameter))
        mean.lerp_(parameter.grad, 1 - group["momentum"])
        return parameter.grad.lerp(mean, group["momentum"])


def orthogonal(matrices: Tensor) -> Tensor:
    """(N, rows, columns) → nearly orthogonal matrices with the same singular vectors."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    x = x.bfloat16() if computes_bfloat16() else x
    for _ in range(ITERATIONS):
        product = x @ x.mT
        x = a * x + (b * product + c * product @ product) @ x
    return (x.mT if tall else x).to(matrices.dtype)
