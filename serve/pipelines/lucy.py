"""Lucy Edit: a clip in which something is changed as the prompt says, such as what is worn."""

from dataclasses import replace
from typing import Any

from serve.encoding import Frames
from serve.pipelines import wan
from serve.pipelines.base import Generation, Report


class Pipeline(wan.Pipeline):
    """``LucyEditPipeline``, which has Wan's parts and sees the clip beside its noise.

    So it begins with nothing but noise, and all of its steps are done.
    """

    def run(self, generation: Generation, report: Report) -> Frames:
        """As Wan, whatever the strength."""
        params = generation.params.model_copy(update={"strength": None})
        return super().run(replace(generation, params=params), report)

    def _pictures(self, generation: Generation) -> dict[str, Any]:
        return {"video": list(generation.video)}
