"""The endpoints that drive a person: by a recording, or by another's motion."""

import gradio as gr

from app.endpoints.calls import Calls, given, required

ENDPOINTS = {
    "talk": (
        "video",
        "The person of a photo (image) or a clip (video), one of the two, says a recording. The "
        "clip is as long as the recording; of one that is longer than the model can, seconds says "
        "how much to take. Returns the mp4 with its sound.",
    ),
    "motion_transfer": (
        "video",
        "The person of a photo moves as the one of a clip. Models differ in what the clip must "
        "show and whether they want face_video, its face apart: their descriptions tell "
        "(list_models). background_video and mask_video, where a model takes them, put the person "
        "in the place of the clip's. Returns the mp4.",
    ),
}

FILES = ("image", "video", "audio", "face_video", "background_video", "mask_video")


class Driving:
    """What gradio_client calls. Parameters left out take the model's own defaults."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def talk(
        self,
        audio: str,
        image: str | None = None,
        video: str | None = None,
        prompt: str | None = None,
        model: str | None = None,
        size: str | None = None,
        seconds: float | None = None,
        seed: int | None = None,
        label: bool | None = None,
        embed_inputs: bool | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """Somebody and a recording to a clip."""
        fields = given(locals(), *FILES)
        required("audio", audio)
        if bool(image) == bool(video):
            problem = "are both given" if image else "are both missing"
            raise gr.Error(
                f"image and video {problem}: exactly one of them shows who says the recording.",
                print_exception=False,
            )
        return await self._calls.video(
            fields, progress, input_reference=image, video=video, audio=audio
        )

    async def motion_transfer(
        self,
        image: str,
        video: str,
        face_video: str | None = None,
        background_video: str | None = None,
        mask_video: str | None = None,
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
        loras: dict[str, float] | None = None,
        label: bool | None = None,
        embed_inputs: bool | None = None,
        user: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio finds it
    ) -> str:
        """A photo and a clip to a clip."""
        fields = given(locals(), *FILES)
        return await self._calls.video(
            fields,
            progress,
            input_reference=required("image", image),
            video=required("video", video),
            face_video=face_video,
            background_video=background_video,
            mask_video=mask_video,
        )
