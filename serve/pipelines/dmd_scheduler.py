"""The sampler of models distilled by distribution matching (DMD): few fixed steps, fresh noise."""

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.configuration_utils import register_to_config


class DMDScheduler(FlowMatchEulerDiscreteScheduler):
    """Visits exactly `timesteps`: predicts the clean sample at each, then noises it anew.

    The noise comes from torch's global generator, because pipelines hand schedulers none.
    """

    @register_to_config
    def __init__(
        self, num_train_timesteps: int = 1000, timesteps: Sequence[int] = (1000, 757, 522)
    ) -> None:
        super().__init__(num_train_timesteps, shift=1.0, stochastic_sampling=True)

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: str | torch.device | None = None,
        **_: Any,
    ) -> None:
        """Use the distilled timesteps; the weights know no other number of steps."""
        sigmas = [t / self.config.num_train_timesteps for t in self.config.timesteps]
        super().set_timesteps(sigmas=sigmas, device=device)
