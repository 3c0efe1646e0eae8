"""What Show-1's own classes (35a71b6) and the two of diffusers 0.19 are called with, and give.

Lookreel's script for Show-1 is really run; these stand where it imports the stages from.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

Told = Callable[[int, int, Tensor], None]
EMBEDS = (1, 77, 4096)
"""Of T5-XXL."""


@dataclass
class Output:
    frames: Any = None
    images: Any = None


class Stage:
    """One of diffusers' pipelines, as far as the script needs it."""

    source = ""
    parts: tuple[str, ...] = ()

    @classmethod
    def from_pretrained(cls, source: str, **options: Any) -> "Stage":
        assert source == cls.source
        assert options.pop("torch_dtype") is torch.float16
        assert options.keys() <= {"variant", *cls.parts}
        return cls()

    def enable_model_cpu_offload(self) -> None: ...

    def set_progress_bar_config(self, disable: bool) -> None:
        assert disable

    def _steps(self, number: int, callback: Told | None, frames: Tensor) -> None:
        for step in range(number):
            time.sleep(600 if os.environ.get("STAND_IN_HANGS") and step == 1 else 0.005)
            assert callback is not None
            callback(step, number - step, frames)


def _check(prompt_embeds: Tensor, negative_prompt_embeds: Tensor, output_type: str) -> None:
    assert prompt_embeds.shape == negative_prompt_embeds.shape == EMBEDS
    assert output_type == "pt"


class TextToVideoIFPipeline(Stage):
    source = "showlab/show-1-base"

    def encode_prompt(
        self,
        prompt: str,
        do_classifier_free_guidance: bool = True,
        num_images_per_prompt: int = 1,
        device: object = None,
        negative_prompt: str | None = None,
    ) -> tuple[Tensor, Tensor]:
        assert prompt
        assert negative_prompt != ""
        return torch.ones(EMBEDS).half(), torch.zeros(EMBEDS).half()

    def __call__(
        self,
        *,
        num_inference_steps: int,
        guidance_scale: float,
        height: int,
        width: int,
        num_frames: int,
        generator: Generator,
        prompt_embeds: Tensor,
        negative_prompt_embeds: Tensor,
        output_type: str,
        callback: Told,
    ) -> Output:
        _check(prompt_embeds, negative_prompt_embeds, output_type)
        assert (width, height, num_frames) == (64, 40, 8)
        frames = torch.randn((1, 3, num_frames, height, width), generator=generator).half()
        self._steps(num_inference_steps, callback, frames)
        return Output(frames)


class TextToVideoIFInterpPipeline(Stage):
    source = "showlab/show-1-interpolation"

    def __call__(
        self,
        pixel_values: Tensor,
        *,
        num_inference_steps: int,
        guidance_scale: float,
        height: int,
        width: int,
        num_frames: int,
        generator: Generator,
        prompt_embeds: Tensor,
        negative_prompt_embeds: Tensor,
        output_type: str,
        callback: Told,
        init_noise: Tensor,
        cond_interpolation: bool,
    ) -> Output:
        _check(prompt_embeds, negative_prompt_embeds, output_type)
        assert cond_interpolation
        assert pixel_values.shape == init_noise.shape == (1, 3, num_frames, height, width)
        assert (width, height, num_frames) == (64, 40, 5)
        assert pixel_values[:, :, 0].any()
        assert not pixel_values[:, :, 1:-1].any()
        assert pixel_values[:, :, -1].any()
        self._steps(num_inference_steps, callback, init_noise)
        shares = torch.linspace(0, 1, num_frames)[None, None, :, None, None].half()
        return Output(torch.lerp(pixel_values[:, :, :1], pixel_values[:, :, -1:], shares))


class IFSuperResolutionPipeline(Stage):
    source = "DeepFloyd/IF-II-L-v1.0"
    parts = ("text_encoder",)

    def __call__(
        self,
        *,
        height: int,
        width: int,
        image: Tensor,
        num_inference_steps: int,
        guidance_scale: float,
        generator: Generator,
        prompt_embeds: Tensor,
        negative_prompt_embeds: Tensor,
        output_type: str,
        callback: Told,
        noise_level: int,
    ) -> Output:
        _check(prompt_embeds, negative_prompt_embeds, output_type)
        assert image.shape == (1, 3, 40, 64)
        self._steps(num_inference_steps, callback, image)
        return Output(images=_enlarged(image, height, width))


class TextToVideoIFSuperResolutionPipeline_Cond(Stage):  # noqa: N801
    source = "showlab/show-1-sr1"

    def __call__(
        self,
        *,
        height: int,
        width: int,
        image: Tensor,
        first_frame_cond: Tensor,
        num_inference_steps: int,
        guidance_scale: float,
        generator: Generator,
        prompt_embeds: Tensor,
        negative_prompt_embeds: Tensor,
        output_type: str,
        callback: Told,
        noise_level: int,
    ) -> Output:
        _check(prompt_embeds, negative_prompt_embeds, output_type)
        assert image.shape == (1, 3, 8, 40, 64)
        assert first_frame_cond.shape == (1, 3, 1, height, width)
        self._steps(num_inference_steps, callback, image)
        made = _enlarged(image[0].transpose(0, 1), height, width).transpose(0, 1)[None]
        # A window continues the last frame of that before, which is this one's first.
        assert (made[:, :, :1] - first_frame_cond).abs().max() < 0.01
        return Output(made)


class VideoToVideoSDPipeline(Stage):
    source = "showlab/show-1-sr2"

    def enable_vae_slicing(self) -> None: ...

    def __call__(
        self,
        prompt: str,
        video: list[Any],
        strength: float,
        num_inference_steps: int,
        negative_prompt: str,
        generator: Generator,
        output_type: str,
        callback: Told,
    ) -> Output:
        assert prompt
        assert negative_prompt
        assert output_type == "pt"
        assert {frame.size for frame in video} == {(576, 320)}
        self._steps(int(num_inference_steps * strength), callback, torch.zeros(1))
        red = torch.tensor([1.0, -1.0, -1.0])[None, :, None, None, None]
        return Output(red.expand(1, 3, len(video), 320, 576).half())


def _enlarged(stills: Tensor, height: int, width: int) -> Tensor:
    large = torch.nn.functional.interpolate(stills.float(), (height, width), mode="bilinear")
    return large.half()
