"""Image to video with Wan and SkyReels-V2: the first frame is given, and perhaps the last; the
prompt says what happens."""

from typing import Any

from serve.images import cover
from serve.pipelines import wan
from serve.pipelines.base import Generation


class Pipeline(wan.Pipeline):
    """``WanImageToVideoPipeline`` or ``SkyReelsV2ImageToVideoPipeline``."""

    def _pictures(self, generation: Generation) -> dict[str, Any]:
        size = generation.params.width, generation.params.height
        pictures = {"image": cover(generation.images[0], *size)}
        if generation.last_image is not None:
            pictures["last_image"] = cover(generation.last_image, *size)
        return pictures
