"""The endpoints that make clips and stills."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.client import BackendError
from app.endpoints.calls import Calls, given, refusals, required
from app.endpoints.dressers import dresser_for, still_fields
from app.endpoints.outfit import outfit
from app.garments import Category, Garment, instruction, pictures
from serve.protocol import ModelCard, Task

ENDPOINTS = {
    "text_to_video": ("video", "Make a clip from a prompt. Returns the mp4."),
    "text_to_image": (
        "stills",
        "Make stills from a prompt, to approve one and animate it. Returns n stills (PNG).",
    ),
    "dress": (
        "stills",
        "Dress the person of one photo in the garments of others. categories, one for each of the "
        "garments, tell the model which picture shows what; backs belong to the first garments, in "
        "order. Outside of a mask, where the model takes one, the photo stays as it is. One more "
        "still like another: n=1 and a seed of its own. Returns n stills (PNG).",
    ),
    "animate": (
        "video",
        "Make a clip that starts with a picture and moves as prompted; it may end with "
        "another, and keep the garments of further photos, where the model can. Returns the mp4.",
    ),
    "try_on": (
        "video",
        "From a person photo and garment photos straight to a clip; categories and backs as in "
        "dress. Where no model can, or a dresser or still_size is given, it is made of a dressed "
        "still. Returns the mp4.",
    ),
}

PICTURES = ("person", "garments", "categories", "backs", "mask", "image", "last_image")
STILL = ("dresser", "still_size")


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
        label: bool | None = None,
        user: str | None = None,
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
        label: bool | None = None,
        user: str | None = None,
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
        categories: list[Category] | None = None,
        backs: list[str] | None = None,
        mask: str | None = None,
        prompt: str | None = None,
        n: int | None = None,
        model: str | None = None,
        size: str | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        loras: dict[str, float] | None = None,
        label: bool | None = None,
        embed_inputs: bool | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> list[str]:
        """A person and garments to stills."""
        fields = given(locals(), *PICTURES)
        worn = outfit(garments, categories, backs)
        if categories and not prompt:
            fields["prompt"] = await self._instruction(worn, model)
        return await self._calls.stills(
            fields, progress, person=person, garments=pictures(worn), mask=mask
        )

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
        label: bool | None = None,
        embed_inputs: bool | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A still to a clip."""
        fields = given(locals(), *PICTURES)
        if garments:  # which the picture already shows
            fields["task"] = Task.IMAGE_TO_VIDEO
        first = required("image", image)
        return await self._calls.video(
            fields, progress, input_reference=first, garments=garments or [], last_image=last_image
        )

    async def try_on(
        self,
        person: str,
        garments: list[str],
        categories: list[Category] | None = None,
        backs: list[str] | None = None,
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
        label: bool | None = None,
        embed_inputs: bool | None = None,
        dresser: str | None = None,
        still_size: str | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A person and garments to a clip: in one job where a model can, else through a still."""
        fields = given(locals(), *PICTURES, *STILL)
        worn = outfit(garments, categories, backs)
        if not (dresser or still_size) and await self._cards(Task.TRY_ON, model):
            first = required("person", person)
            return await self._calls.video(
                fields, progress, input_reference=first, garments=pictures(worn)
            )
        dressing = await self._dressing(worn, dresser, still_size, told=bool(categories))
        dressing |= {name: fields[name] for name in ("seed", "user") if name in fields}
        stills = await self._calls.stills(
            dressing, progress, person=person, garments=pictures(worn)
        )
        return await self._calls.video(fields, progress, input_reference=stills[0])

    async def _dressing(
        self, worn: Sequence[Garment], dresser: str | None, still_size: str | None, *, told: bool
    ) -> dict[str, Any]:
        """How the still is made that the clip begins with."""
        fields: dict[str, Any] = {"n": 1}
        if dresser or still_size:
            with refusals():
                card = dresser_for(await self._calls.client.models(), dresser, still_size)
            fields |= still_fields(card, still_size)
        if told:
            fields["prompt"] = await self._instruction(worn, fields.get("model"))
        return fields

    async def _instruction(self, worn: Sequence[Garment], model: str | None) -> str:
        """What the dresser that will be chosen is told of the garments."""
        cards = await self._cards(Task.IMAGE_EDIT, model)
        return instruction(worn, cards[0]) if cards else ""

    async def _cards(self, task: Task, model: str | None) -> list[ModelCard]:
        """The models that can do the task; of one that is named, only that."""
        try:
            cards = await self._calls.client.models()
        except BackendError as error:
            raise gr.Error(error.message, print_exception=False) from error
        return [card for card in cards if task in card.tasks and model in (None, card.id)]
