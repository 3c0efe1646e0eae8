"""Wan 2.2 Animate: a photo's person moves as a filmed one does, or takes that one's place."""

from typing import Any

from serve.pipelines import generic
from serve.pipelines.base import Generation
from serve.protocol import ResolvedParams, Role

SEGMENT = 77
"""Frames made at once; each further segment begins with the last frame of the one before."""


class Pipeline(generic.Pipeline):
    """``WanAnimatePipeline``; with a background and a mask in its mode ``replace``."""

    def _num_steps(self, params: ResolvedParams) -> int:
        """Those of every segment."""
        num_segments = -(-(params.num_frames - 1) // (SEGMENT - 1))
        return num_segments * params.num_inference_steps

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        arguments = super()._arguments(generation)
        del arguments["video"], arguments["strength"]
        clips = {"pose_video": generation.video} | {
            role.value: frames for role, frames in generation.clips.items()
        }
        replaces = Role.MASK_VIDEO in generation.clips
        return arguments | {
            **{name: list(frames) for name, frames in clips.items()},
            "mode": "replace" if replaces else "animate",
            "segment_frame_length": min(SEGMENT, generation.params.num_frames),
        }
