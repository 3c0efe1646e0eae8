"""The named endpoints for gradio_client: typed, documented, and as cancellable as a click."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from app.client import BackendClient, BackendError, build_request
from app.downloads import Downloads
from app.progress import final_words, stage_words
from serve.protocol import ImageEditRequest, Job, JobStatus, Task, VideoCreateRequest

DESCRIPTIONS = {
    "text_to_video": "Make a clip from a prompt. Returns the mp4.",
    "dress": "Dress the person of one photo in the garments of others. Returns n stills (PNG).",
    "animate": "Make a clip that starts with a picture and moves as prompted; it may end with "
    "another, and keep the garments of further photos, where the model can. Returns the mp4.",
    "try_on": "From a person photo and garment photos straight to a clip. Returns the mp4.",
}
DEFAULTS_NOTE = (
    "What is left out takes the model's own default; models, defaults and limits are listed by the "
    "backend's /v1/models. size is WIDTHxHEIGHT in pixels. The same seed gives the same result. "
    "Progress comes with job.status(); job.cancel() stops the work."
)


class Endpoints:
    """What gradio_client calls. Parameters left out take the model's own defaults."""

    def __init__(self, client: BackendClient, downloads: Downloads) -> None:
        self._client = client
        self._downloads = downloads

    async def text_to_video(
        self,
        prompt: str,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        num_frames: int | None = None,
        fps: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A prompt to a clip."""
        fields = _given(locals())
        if not prompt.strip():
            raise gr.Error("prompt must not be empty.", print_exception=False)
        return await self._video(fields, None, [], progress)

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
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> list[str]:
        """A person and garments to stills."""
        fields = _given(locals())
        return await self._stills(fields, person, garments, progress)

    async def animate(
        self,
        image: str,
        prompt: str | None = None,
        last_image: str | None = None,
        garments: list[str] | None = None,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        num_frames: int | None = None,
        fps: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A still to a clip."""
        fields = _given(locals())
        if garments:  # which the picture already shows
            fields["task"] = Task.IMAGE_TO_VIDEO
        first = _required("image", image)
        return await self._video(fields, first, garments or [], progress, last_image)

    async def try_on(
        self,
        person: str,
        garments: list[str],
        prompt: str | None = None,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        num_frames: int | None = None,
        fps: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A person and garments to a clip: in one job where a model can, else through a still."""
        fields = _given(locals())
        _required("garments", garments)
        if await self._can_try_on(model):
            return await self._video(fields, _required("person", person), garments, progress)
        dressing = {"n": 1} | ({"seed": seed} if seed is not None else {})
        still = (await self._stills(dressing, person, garments, progress))[0]
        return await self._video(fields, still, [], progress)

    async def _can_try_on(self, model: str | None) -> bool:
        try:
            cards = await self._client.models()
        except BackendError as error:
            raise gr.Error(error.message, print_exception=False) from error
        return any(Task.TRY_ON in card.tasks for card in cards if model in (None, card.id))

    async def _video(
        self,
        fields: dict[str, Any],
        first: str | None,
        garments: Sequence[str],
        progress: gr.Progress,
        last: str | None = None,
    ) -> str:
        try:
            request = build_request(VideoCreateRequest, fields)
            job = await self._client.create_video(
                request,
                input_reference=Path(first) if first else None,
                garments=[Path(path) for path in garments],
                last_image=Path(last) if last else None,
            )
            return await self._downloads.video(await self._finish(job, progress))
        except BackendError as error:
            raise gr.Error(error.message, print_exception=False) from error

    async def _stills(
        self,
        fields: dict[str, Any],
        person: str,
        garments: Sequence[str],
        progress: gr.Progress,
    ) -> list[str]:
        _required("garments", garments)
        images = [Path(_required("person", person)), *(Path(path) for path in garments)]
        try:
            request = build_request(ImageEditRequest, fields)
            job = await self._client.edit_images(request, images=images)
            return await self._downloads.stills(await self._finish(job, progress))
        except BackendError as error:
            raise gr.Error(error.message, print_exception=False) from error

    async def _finish(self, job: Job, progress: gr.Progress) -> Job:
        """Wait for the job; a cancelled call cancels it."""
        try:
            async for event in self._client.follow(job):
                job = event.job
                progress((job.progress, 100), desc=stage_words(job), unit="%")
        except asyncio.CancelledError:
            await asyncio.shield(self._client.cancel(job))
            raise
        if job.status is not JobStatus.COMPLETED:
            raise BackendError(final_words(job))
        return job


class Parameters:
    """The endpoints' parameters as invisible components: their labels are the documentation."""

    def __init__(self) -> None:
        self.prompt = gr.Textbox(label="What happens in the clip", visible=False)
        self.negative_prompt = gr.Textbox(
            None, label="What to keep out of it (default: the model's)", visible=False
        )
        self.model = gr.Textbox(None, label="Model id (default: one that can)", visible=False)
        self.size = gr.Textbox(None, label="WIDTHxHEIGHT (default: the model's)", visible=False)
        self.num_frames = _number("Number of frames (default: the model's)")
        self.fps = _number("Frames per second (default: the model's)")
        self.num_inference_steps = _number("Denoising steps (default: the model's)")
        self.guidance_scale = _number("Guidance scale (default: the model's)", precision=None)
        self.seed = _number("Seed (default: a random one); the same seed, the same clip")
        self.n = _number("How many stills (default: 1)")
        self.person = gr.Image(type="filepath", label="Photo of the person", visible=False)
        self.image = gr.Image(type="filepath", label="First frame", visible=False)
        self.last_image = gr.Image(
            None, type="filepath", label="Last frame, where the model takes one", visible=False
        )
        self.garments = gr.File(
            file_count="multiple", file_types=["image"], label="Garment photos", visible=False
        )
        self.video = gr.Video(label="The clip (mp4)", visible=False)
        self.stills = gr.File(file_count="multiple", label="The stills (PNG)", visible=False)


def add_endpoints(client: BackendClient, downloads: Downloads) -> None:
    """Register the named endpoints; call inside ``gr.Blocks``."""
    endpoints, parameters = Endpoints(client, downloads), Parameters()
    for name, description in DESCRIPTIONS.items():
        function = getattr(endpoints, name)
        names = [name for name in function.__annotations__ if name not in ("progress", "return")]
        trigger = gr.Button(visible=False)
        trigger.click(
            function,
            [getattr(parameters, parameter) for parameter in names],
            parameters.stills if name == "dress" else parameters.video,
            api_name=name,
            api_description=f"{description} {DEFAULTS_NOTE}",
            concurrency_limit=None,
        )


def _number(label: str, precision: int | None = 0) -> gr.Number:
    return gr.Number(None, label=label, precision=precision, visible=False)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """The request fields among a function's arguments that the caller has set."""
    other = ("self", "progress", "person", "garments", "image", "last_image")
    return {
        name: value for name, value in values.items() if name not in other and value is not None
    }


def _required(name: str, value: Any) -> Any:
    if not value:
        raise gr.Error(f"{name} is missing.", print_exception=False)
    return value
