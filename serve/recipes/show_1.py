"""One clip of Show-1, by the Python of Show-1's own environment in a clone of showlab/Show-1:

    python show_1.py --prompt="a red dress, walking" --output=clip.mp4

The script there has its prompt written in it and makes GIFs. This one runs the same four stages on
the classes there (read at 35a71b6), each stage loaded when its turn comes, with one bar for all.
It writes an mp4, for which that environment needs imageio-ffmpeg besides.
"""

from __future__ import annotations  # the environment may have Python 3.8

import argparse
import gc
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))  # where the clone is

import imageio  # noqa: E402
import imageio_ffmpeg  # noqa: E402, F401 - missing, it would be missed after the last stage only
import torch  # noqa: E402
from diffusers import IFSuperResolutionPipeline, VideoToVideoSDPipeline  # noqa: E402
from PIL import Image  # noqa: E402
from showone.pipelines import TextToVideoIFInterpPipeline, TextToVideoIFPipeline  # noqa: E402
from showone.pipelines.pipeline_t2v_sr_pixel_cond import (  # noqa: E402
    TextToVideoIFSuperResolutionPipeline_Cond,
)
from torch import Tensor  # noqa: E402
from tqdm import tqdm  # noqa: E402

KEYFRAMES = 8
GAP = 4
"""From one keyframe to the next, which makes 29 frames."""
WINDOW = 8
"""Frames that are enlarged at once; the last one of a window is the first one of the next."""
SMALL, LARGE, WHOLE = (64, 40), (256, 160), (576, 320)
STEPS = {"keyframes": 75, "between": 75, "first": 70, "larger": 125, "whole": 50}
"""Those of its authors, in their proportion to those of the keyframes."""
STRENGTH = 0.8
"""How far the last stage noises what it is given."""
BLUR = "low resolution, blur"


@dataclass
class Cascade:
    """What all stages are given. Frames are (1, 3, frames, height, width) in -1..1."""

    prompt: str
    negative_prompt: str
    guidance_scale: float
    steps: dict[str, int]
    seed: int
    bar: Any

    def __post_init__(self) -> None:
        self._embeds: dict[str, Tensor] = {}

    def keyframes(self) -> Tensor:
        """Few and small ones, all that follows is made of; the prompt is read here for three
        stages."""
        pipe = loaded(TextToVideoIFPipeline, "showlab/show-1-base", variant="fp16")
        wanted, unwanted = pipe.encode_prompt(
            self.prompt, negative_prompt=self.negative_prompt or None
        )
        self._embeds = {"prompt_embeds": wanted, "negative_prompt_embeds": unwanted}
        frames: Tensor = pipe(
            **self._call("keyframes", SMALL),
            num_frames=KEYFRAMES,
            guidance_scale=self.guidance_scale,
        ).frames
        return frames

    def between(self, keyframes: Tensor) -> Tensor:
        """With three frames more between any two."""
        pipe = loaded(TextToVideoIFInterpPipeline, "showlab/show-1-interpolation", variant="fp16")
        shape = (*keyframes.shape[:2], GAP + 1, *keyframes.shape[3:])
        noise = torch.randn(shape, generator=self._noise()).to(keyframes)
        made = []
        for index in range(KEYFRAMES - 1):
            ends = torch.zeros(shape).to(keyframes)
            ends[:, :, 0], ends[:, :, -1] = keyframes[:, :, index], keyframes[:, :, index + 1]
            part = pipe(
                pixel_values=ends,
                **self._call("between", SMALL),
                num_frames=GAP + 1,
                guidance_scale=4.0,
                init_noise=noise,
                cond_interpolation=True,
            ).frames
            made.append(part[:, :, :-1])
        return torch.cat([*made, part[:, :, -1:]], dim=2)

    def first_larger(self, frames: Tensor) -> Tensor:
        """The first frame alone, by a model of stills."""
        pipe = loaded(
            IFSuperResolutionPipeline, "DeepFloyd/IF-II-L-v1.0", text_encoder=None, variant="fp16"
        )
        still: Tensor = pipe(
            image=frames[:, :, 0],
            **self._call("first", LARGE),
            guidance_scale=4.0,
            noise_level=150,
        ).images
        return still.unsqueeze(2)

    def larger(self, frames: Tensor, first: Tensor) -> Tensor:
        """Four times as wide and high; each window goes on from the last frame of that before."""
        pipe = loaded(TextToVideoIFSuperResolutionPipeline_Cond, "showlab/show-1-sr1")
        made = []
        for start in range(0, frames.shape[2] - WINDOW + 1, WINDOW - 1):
            part = pipe(
                image=frames[:, :, start : start + WINDOW],
                first_frame_cond=first,
                **self._call("larger", LARGE),
                guidance_scale=7.0,
                noise_level=250,
            ).frames
            made.append(part[:, :, :-1])
            first = part[:, :, -1:]
        return torch.cat([*made, first], dim=2)

    def whole(self, frames: Tensor) -> Tensor:
        """In the final size, by a latent model, which reads the prompt itself."""
        pipe = loaded(VideoToVideoSDPipeline, "showlab/show-1-sr2")
        pipe.enable_vae_slicing()
        made: Tensor = pipe(
            self.prompt,
            negative_prompt=self.negative_prompt or BLUR,
            video=[Image.fromarray(frame).resize(WHOLE) for frame in pictures(frames)],
            strength=STRENGTH,
            num_inference_steps=self.steps["whole"],
            generator=self._noise(),
            output_type="pt",
            callback=self._tell,
        ).frames
        return made

    def _call(self, stage: str, size: tuple[int, int]) -> dict[str, Any]:
        """What the stages in pixels have in common."""
        return {
            **self._embeds,
            "width": size[0],
            "height": size[1],
            "num_inference_steps": self.steps[stage],
            "generator": self._noise(),
            "output_type": "pt",
            "callback": self._tell,
        }

    def _noise(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed)

    def _tell(self, *_step: object) -> None:
        self.bar.update()


def loaded(pipeline_class: Any, source: str, **how: Any) -> Any:
    """A stage on the GPU in turns, when that before has left it."""
    gc.collect()
    torch.cuda.empty_cache()
    pipe = pipeline_class.from_pretrained(source, torch_dtype=torch.float16, **how)
    pipe.enable_model_cpu_offload()
    pipe.set_progress_bar_config(disable=True)
    return pipe


def pictures(frames: Tensor) -> Any:
    """(frames, height, width, 3), uint8."""
    shown = (frames[0].float() / 2 + 0.5).clamp(0, 1) * 255
    return shown.round().byte().permute(1, 2, 3, 0).cpu().numpy()


def in_proportion(steps: int) -> tuple[dict[str, int], int]:
    """The steps of each stage where the keyframes take so many, and how often all of them step."""
    of = {stage: max(2, round(usual * steps / 75)) for stage, usual in STEPS.items()}
    of["keyframes"] = steps
    windows = GAP * (KEYFRAMES - 1) // (WINDOW - 1)
    stills = of["first"] + windows * of["larger"] + int(of["whole"] * STRENGTH)
    return of, steps + (KEYFRAMES - 1) * of["between"] + stills


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--negative-prompt", default="")
    parser.add_argument("--steps", type=int, default=STEPS["keyframes"], help="of the keyframes")
    parser.add_argument("--guidance-scale", type=float, default=9.0, help="of the keyframes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fps", type=int, default=8)
    parser.add_argument("--output", required=True)
    asked = parser.parse_args()
    steps, in_all = in_proportion(asked.steps)
    with tqdm(total=in_all, desc="Show-1") as bar:
        cascade = Cascade(
            asked.prompt, asked.negative_prompt, asked.guidance_scale, steps, asked.seed, bar
        )
        small = cascade.between(cascade.keyframes())
        frames = cascade.whole(cascade.larger(small, cascade.first_larger(small)))
    imageio.mimsave(asked.output, pictures(frames), fps=asked.fps, quality=8)


if __name__ == "__main__":
    main()
