"""The endpoint that repaints a clip."""

import gradio as gr

from app.endpoints.calls import Calls, given, required

ENDPOINTS = {
    "video_to_video": (
        "video",
        "Repaint a clip as the prompt says; its movement stays. strength, 0 to 1, says how much is "
        "painted anew; an upscaler takes neither. As many frames are taken as the clip has at the "
        "run's fps and the model can. Returns the mp4.",
    ),
}


class Repainting:
    """What gradio_client calls. Parameters left out take the model's own defaults."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def video_to_video(
        self,
        video: str,
        prompt: str | None = None,
        strength: float | None = None,
        negative_prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        seconds: float | None = None,
        num_frames: int | None = None,
        fps: int | None = None,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
        seed: int | None = None,
        loras: dict[str, float] | None = None,
        label: bool | None = None,
        embed_inputs: bool | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A clip to a clip."""
        fields = given(locals(), "video")
        return await self._calls.video(fields, progress, video=required("video", video))
