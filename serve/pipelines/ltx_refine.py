"""LTX-Video's spatial upscaler and then its denoiser: a clip twice as large, with new detail."""

from typing import Any

from diffusers import DiffusionPipeline, LTXLatentUpsamplePipeline

from serve.card import Card
from serve.pipelines import checkpoint, denoising, device, ltx_condition
from serve.pipelines.base import Generation
from serve.protocol import ResolvedParams

UPSAMPLER = "latent_upsampler"


class Pipeline(ltx_condition.Pipeline):
    """``LTXLatentUpsamplePipeline`` up to latents, then ``LTXConditionPipeline``, which noises them
    as much as the strength says."""

    def _load(self, card: Card) -> DiffusionPipeline:
        pipe = checkpoint.load(checkpoint.class_of(card), card.without_part(UPSAMPLER))
        upsampler = checkpoint.part(UPSAMPLER, card).to(device.current())
        self._grower = LTXLatentUpsamplePipeline(vae=pipe.vae, latent_upsampler=upsampler)
        pipe.vae.enable_tiling()  # the frames are larger than those of other models
        return pipe

    def _num_steps(self, params: ResolvedParams) -> int:
        return denoising.num_steps(params)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        params = generation.params
        grown = self._grower(
            video=list(generation.video),
            width=params.width // 2,
            height=params.height // 2,
            generator=denoising.seeded(params.seed),
            adain_factor=1.0,  # colours stay
            output_type="latent",
        ).frames
        arguments = super()._arguments(generation)
        del arguments["conditions"]
        return arguments | {"latents": grown, "denoise_strength": params.strength}
