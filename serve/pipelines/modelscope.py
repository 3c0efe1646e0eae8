"""ModelScope and ZeroScope: a prompt to a clip, or a clip to a better one."""

from typing import Any

from serve.pipelines import generic
from serve.pipelines.base import Generation


class Pipeline(generic.Pipeline):
    """``TextToVideoSDPipeline`` and ``VideoToVideoSDPipeline``.

    Their classes have no callback that would show latents between steps.
    """

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments = super()._arguments(generation)
        if generation.video:  # which has the size, too
            del arguments["width"], arguments["height"]
        return arguments
