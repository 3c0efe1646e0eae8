"""Kandinsky 6.0: one checkpoint that follows a prompt, or continues a first frame, and makes the
sound to it."""

from typing import Any

import numpy as np

from serve.encoding import encode_mp4, with_sound
from serve.pipelines import generic, kandinsky5
from serve.protocol import ResolvedParams


class Pipeline(kandinsky5.Pipeline):
    """``Kandinsky6TI2VAPipeline``, whose tokenizer is a processor, too."""

    def _clip(self, output: Any, params: ResolvedParams) -> bytes:
        """An mp4, since the sound belongs to it."""
        mp4 = encode_mp4(generic.to_bytes(self._frames(output)), fps=params.fps, record={})
        return with_sound(
            mp4,
            np.asarray(output.audio[0], np.float32)[None],  # one channel
            rate=self._pipe.audio_sample_rate,
            seconds=params.num_frames / params.fps,
        )
