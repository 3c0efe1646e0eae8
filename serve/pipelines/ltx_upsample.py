"""The spatial upscalers of LTX-Video and LTX-2: a clip in, the same clip in twice the size out."""

from collections.abc import Iterator
from contextlib import contextmanager

from serve.card import Card
from serve.encoding import Frames
from serve.generation import StageStarted, StepDone
from serve.pipelines import denoising, device, generic
from serve.pipelines.base import Generation, Report
from serve.protocol import Stage


class Pipeline(generic.Pipeline):
    """``LTXLatentUpsamplePipeline`` or ``LTX2LatentUpsamplePipeline``: a clip becomes latents,
    those grow, and are decoded.

    Nothing is denoised: growing is the one step that there is.
    """

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._pipe.vae.enable_tiling()  # the frames are larger than those of other models

    def run(self, generation: Generation, report: Report) -> Frames:
        """One call, which takes the clip in half the size that is asked for."""
        params = generation.params
        with denoising.isolated(self._pipe), self._told(report):
            report(StageStarted(Stage.ENCODING_PROMPT))
            output = self._pipe(
                video=list(generation.video),
                width=params.width // 2,
                height=params.height // 2,
                **self._card.call,
                generator=denoising.seeded(params.seed),
                output_type="np",
            )
            return generic.to_bytes(self._frames(output))

    @contextmanager
    def _told(self, report: Report) -> Iterator[None]:
        """Say when the latents begin to grow and when they are done; the pipeline has no bar."""

        def begin(*_: object) -> None:
            report(StageStarted(Stage.DENOISING, 0, 1))

        def end(*_: object) -> None:
            device.synchronize()
            report(StepDone(1, 1))
            report(StageStarted(Stage.DECODING))

        upsampler = self._pipe.latent_upsampler
        hooks = upsampler.register_forward_pre_hook(begin), upsampler.register_forward_hook(end)
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
