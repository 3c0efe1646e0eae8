"""What the training scripts share: device, picture tensors, time budget, steps, safe saving."""

import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from serve.pipelines.device import resolve_dtype


def device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def pictures_to_tensor(pictures: Tensor) -> Tensor:
    """uint8 (..., H, W, 3) → float (..., 3, H, W) in -1..1."""
    return pictures.movedim(-1, -3).float() / 127.5 - 1


def save_atomically(state: dict[str, Any], path: Path) -> None:
    """Save so that an interruption leaves the old file or the new one, never half of one."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


class Schedule:
    """A time budget split over several runs, and the learning rate that follows from it."""

    def __init__(self, minutes: float, total_minutes: float, seconds_before: float) -> None:
        self._started = time.monotonic()
        self._before = seconds_before
        self._limit = minutes * 60
        self._total = total_minutes * 60

    @property
    def seconds(self) -> float:
        """Training seconds so far, earlier runs included."""
        return self._before + time.monotonic() - self._started

    @property
    def is_over(self) -> bool:
        """True when this run or the whole training has had its time."""
        return time.monotonic() - self._started >= self._limit or self.seconds >= self._total

    def rate(self, peak: float) -> float:
        """A short warm-up, a plateau, then linearly down to 2 % over the last 30 %."""
        done = self.seconds / self._total
        warm = min(1.0, (self.seconds + 0.1) / 10)
        return peak * warm * (1.0 if done < 0.7 else max(0.02, (1 - done) / 0.3))


class Training:
    """A module that learns, its optimizer and its schedule, in a file from which a run goes on.

    The file has the module's state under `name`, and ``optimizer``, ``step`` and ``seconds`` unless
    it began from exported weights.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        minutes: float,
        total_minutes: float,
    ) -> None:
        self._path, self._name = path, name
        self._module, self._optimizer = module, optimizer
        state = torch.load(path, weights_only=True, map_location=device()) if path.exists() else {}
        if name in state:
            module.load_state_dict(state[name])
        if "optimizer" in state:
            optimizer.load_state_dict(state["optimizer"])
        self.step: int = state.get("step", 0)
        self.schedule = Schedule(minutes, total_minutes, state.get("seconds", 0.0))
        self._saved = time.monotonic()

    def learn(self, loss: Tensor, rate: float, norm: float = float("inf")) -> None:
        """One step against the loss, with gradients cut to this norm."""
        for group in self._optimizer.param_groups:
            group["lr"] = self.schedule.rate(rate)
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._module.parameters(), norm)
        self._optimizer.step()
        self.step += 1

    def save(self) -> None:
        """Save, whenever it was saved last."""
        state = {self._name: self._module.state_dict(), "optimizer": self._optimizer.state_dict()}
        save_atomically({**state, "step": self.step, "seconds": self.schedule.seconds}, self._path)
        self._saved = time.monotonic()

    def save_if_due(self) -> None:
        """Save every minute and at the end."""
        if self.schedule.is_over or time.monotonic() - self._saved > 60:
            self.save()


def computes_bfloat16() -> bool:
    """Whether the device multiplies in bfloat16 itself; a CPU that emulates it takes ages."""
    return device().type == "cuda" or resolve_dtype("bfloat16") is torch.bfloat16


def autocast() -> torch.autocast:
    """bfloat16 where that is fast, float32 elsewhere."""
    return torch.autocast(device().type, torch.bfloat16, enabled=computes_bfloat16())


def use_plain_attention_on_cpu() -> None:
    """Attention as two matrix products: on CPU in bfloat16 its backward is 2 to 10 times faster
    than the fused kernel's at these sizes."""
    if device().type == "cuda" or not computes_bfloat16():
        return

    def attention(query: Tensor, key: Tensor, value: Tensor, **_: Any) -> Tensor:
        weights = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
        return weights.softmax(-1).to(value.dtype) @ value

    torch.nn.functional.scaled_dot_product_attention = attention
