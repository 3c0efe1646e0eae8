"""LTX-Video."""

import torch
from torch import Tensor

from serve.pipelines import generic
from serve.pipelines.pixels import Picture, to_frames
from serve.protocol import ResolvedParams


class Pipeline(generic.Pipeline):
    """``LTXPipeline`` and ``LTXImageToVideoPipeline``."""

    draws = True

    def _draw(self, latents: Tensor, params: ResolvedParams) -> Picture:
        pipe, vae = self._pipe, self._pipe.vae
        side, span = pipe.vae_spatial_compression_ratio, pipe.vae_temporal_compression_ratio
        clip = pipe._unpack_latents(
            latents,
            (params.num_frames - 1) // span + 1,
            params.height // side,
            params.width // side,
            pipe.transformer_spatial_patch_size,
            pipe.transformer_temporal_patch_size,
        )
        clip = pipe._denormalize_latents(
            clip, vae.latents_mean, vae.latents_std, vae.config.scaling_factor
        )
        noise_level = None
        if vae.config.timestep_conditioning:
            noise_level = torch.zeros(1, device=clip.device, dtype=vae.dtype)
        sample = vae.decode(clip[:, :, :1].to(vae.dtype), noise_level).sample
        picture: Picture = to_frames(sample[0].transpose(0, 1))[0]
        return picture
