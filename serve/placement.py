"""Whether the models fit the GPU memory that their shares give them. Ray itself does not look."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """What one replica is given, and what it needs."""

    model: str
    num_gpus: float
    memory_gb: float


class DoesNotFit(ValueError):
    """The plan gives a model less memory than its card says it needs."""


def check_memory(shares: Sequence[Share], gpu_memory_gb: float | None) -> None:
    """Refuse shares that are too small; nothing is checked where the GPU's size is not known."""
    if gpu_memory_gb is None:
        return
    wrong = [
        f"{share.model} needs {share.memory_gb:g} GiB, but num_gpus {share.num_gpus:g} of a GPU "
        f"with {gpu_memory_gb:.0f} GiB is {share.num_gpus * gpu_memory_gb:.1f} GiB: "
        f"{_advice(share.memory_gb / gpu_memory_gb)}"
        for share in shares
        if not fits(share, gpu_memory_gb)
    ]
    if wrong:
        raise DoesNotFit("The models do not fit: " + "; ".join(wrong))


def fits(share: Share, gpu_memory_gb: float | None) -> bool:
    """Whether the replica has what it needs, as far as that is known."""
    if gpu_memory_gb is None or share.num_gpus == 0:
        return True
    return share.num_gpus * gpu_memory_gb >= share.memory_gb


def _advice(share: float) -> str:
    if share > 1:
        return "it needs a larger GPU"
    return f"give it num_gpus {math.ceil(share * 100) / 100:g} or more"
