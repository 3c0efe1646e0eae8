"""What an autoencoder like Wan's says of its latents."""

from typing import Any

import torch
from torch import Tensor


def statistics(vae: Any, like: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel, (1, channels, 1, 1, 1): what the denoiser had subtracted
    from latents, and divided them by; of the dtype and on the device of `like`."""
    mean, std = (
        torch.tensor(values).view(1, -1, 1, 1, 1).to(like)
        for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    return mean, std
