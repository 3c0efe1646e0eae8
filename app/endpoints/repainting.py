"""The endpoint that repaints a clip."""

import gradio as gr

from app.endpoints.calls import Calls, given, required

ENDPOINTS = {
    "video_to_video": (
        "video",
        "Repaint a clip as the prompt says; its movement stays. strength, 0 to 1, says how much is "
        "painted anew; an upscaler takes neither. Where a model takes them (video_mask in its "
        "limits), mask, one picture for all frames, or mask_video says what of the clip is painted "
        "anew: the rest stays; and garments are what is to be worn there. As many frames are taken "
        "as the clip has at the run's fps and the model can. Returns the mp4.",
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
        mask: str | None = None,
        mask_video: str | None = None,
        garments: list[str] | None = None,
        label: bool | None = None,
        embed_inputs: bool | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A clip to a clip."""
        fields = given(locals(), "video", "mask", "mask_video", "garments")
        return await self._calls.video(
            fields,
            progress,
            garments=garments or (),
            video=required("video", video),
            mask=mask,
            mask_video=mask_video,
        )
