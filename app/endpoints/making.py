"""The endpoints that make clips and stills."""

import gradio as gr

from app.client import BackendError
from app.endpoints.calls import Calls, given, required
from serve.protocol import Task

ENDPOINTS = {
    "text_to_video": ("video", "Make a clip from a prompt. Returns the mp4."),
    "text_to_image": (
        "stills",
        "Make stills from a prompt, to approve one and animate it. Returns n stills (PNG).",
    ),
    "dress": (
        "stills",
        "Dress the person of one photo in the garments of others. Returns n stills (PNG).",
    ),
    "animate": (
        "video",
        "Make a clip that starts with a picture and moves as prompted; it may end with "
        "another, and keep the garments of further photos, where the model can. Returns the mp4.",
    ),
    "try_on": (
        "video",
        "From a person photo and garment photos straight to a clip. Returns the mp4.",
    ),
}

PICTURES = ("person", "garments", "image", "last_image")


class Making:
    """What gradio_client calls. Parameters left out take the model's own defaults."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def text_to_video(
        self,
        prompt: str,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        seconds: float | None = None,
        num_frames: int | None = None,
        fps: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        motion_bucket_id: int | None = None,
        loras: dict[str, float] | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A prompt to a clip."""
        fields = given(locals(), *PICTURES)
        if not prompt.strip():
            raise gr.Error("prompt must not be empty.", print_exception=False)
        return await self._calls.video(fields, progress)

    async def text_to_image(
        self,
        prompt: str,
        n: int | None = None,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        loras: dict[str, float] | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> list[str]:
        """A prompt to stills."""
        fields = given(locals(), *PICTURES)
        if not prompt.strip():
            raise gr.Error("prompt must not be empty.", print_exception=False)
        return await self._calls.pictures(fields, progress)

    async def dress(
        self,
        person: str,
        garments: list[str],
        prompt: str | None = None,
        n: int | None = None,
        model: str | None = None,
        size: str | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        loras: dict[str, float] | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> list[str]:
        """A person and garments to stills."""
        fields = given(locals(), *PICTURES)
        return await self._calls.stills(fields, progress, person=person, garments=garments)

    async def animate(
        self,
        image: str,
        prompt: str | None = None,
        last_image: str | None = None,
        garments: list[str] | None = None,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        seconds: float | None = None,
        num_frames: int | None = None,
        fps: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        motion_bucket_id: int | None = None,
        loras: dict[str, float] | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A still to a clip."""
        fields = given(locals(), *PICTURES)
        if garments:  # which the picture already shows
            fields["task"] = Task.IMAGE_TO_VIDEO
        first = required("image", image)
        return await self._calls.video(
            fields, progress, first=first, garments=garments or [], last=last_image
        )

    async def try_on(
        self,
        person: str,
        garments: list[str],
        prompt: str | None = None,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        seconds: float | None = None,
        num_frames: int | None = None,
        fps: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        motion_bucket_id: int | None = None,
        loras: dict[str, float] | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A person and garments to a clip: in one job where a model can, else through a still."""
        fields = given(locals(), *PICTURES)
        required("garments", garments)
        if await self._can_try_on(model):
            first = required("person", person)
            return await self._calls.video(fields, progress, first=first, garments=garments)
        dressing = {"n": 1} | ({"seed": seed} if seed is not None else {})
        stills = await self._calls.stills(dressing, progress, person=person, garments=garments)
        return await self._calls.video(fields, progress, first=stills[0])

    async def _can_try_on(self, model: str | None) -> bool:
        try:
            cards = await self._calls.client.models()
        except BackendError as error:
            raise gr.Error(error.message, print_exception=False) from error
        return any(Task.TRY_ON in card.tasks for card in cards if model in (None, card.id))
