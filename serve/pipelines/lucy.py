"""Lucy Edit: a clip in which something is changed as the prompt says, such as what is worn."""

from typing import Any

from serve.pipelines import wan
from serve.pipelines.base import Generation


class Pipeline(wan.Pipeline):
    """``LucyEditPipeline``, which has Wan's parts and sees the clip beside its noise."""

    knows_strength = False

    def _pictures(self, generation: Generation) -> dict[str, Any]:
        return {"video": list(generation.video)}
