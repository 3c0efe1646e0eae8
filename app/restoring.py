"""An earlier job's settings back in the tab that made it, and what of them has no place there."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.cards import cards_for, choose
from app.panel import Update
from app.performance import ABLE
from app.tabs.perform import Perform
from app.tabs.text_to_video import TextToVideo
from app.tabs.try_on import TryOn
from app.tabs.video_to_video import VideoToVideo
from app.words import t
from app.worn import remembered
from serve.protocol import Job, Role, Task


class Restoring:
    """Fills the tabs in."""

    def __init__(
        self,
        tabs: gr.Tabs,
        text_to_video: TextToVideo,
        video_to_video: VideoToVideo,
        try_on: TryOn,
        perform: Perform,
    ) -> None:
        self._tabs = tabs
        self._text_to_video = text_to_video
        self._video_to_video = video_to_video
        self._try_on = try_on
        self._perform = perform

    @property
    def outputs(self) -> list[Any]:
        """What the updates may name."""
        try_on = self._try_on
        named = [
            self._tabs,
            *self._text_to_video.reuse_outputs,
            *self._video_to_video.reuse_outputs,
            *self._perform.reuse_outputs,
            *try_on.reuse_outputs,
            *try_on.form.dresser_outputs,
            try_on.last_frame.picture,
            *try_on.form.part.outputs,
        ]
        return list(dict.fromkeys(named))

    def restore(self, cards: str, job: Job, pictures: Sequence[str]) -> Update:
        """The job as it was entered, ready to run again; the user is told what is missing."""
        if job.task.starts_from_words:
            updates = self._text_to_video.show_job(cards, job)
            updates |= {self._tabs: gr.Tabs(selected="text-to-video")}
        elif job.task is Task.VIDEO_TO_VIDEO:
            updates = self._video_to_video.show_job(cards, job, pictures)
            updates |= {self._tabs: gr.Tabs(selected="video-to-video")}
        elif job.task in ABLE:
            updates = self._perform.show_job(cards, job, pictures)
            updates |= {self._tabs: gr.Tabs(selected="perform")}
        else:
            updates = self._fitting(cards, job, pictures)
            updates |= {self._tabs: gr.Tabs(selected="try-on")}
        lost = losses(cards, job, len(pictures))
        if lost:
            told = " ".join([t("Restored, except for this:"), *lost])
            gr.Warning(told, duration=20, title=t("Warning"))
        else:
            gr.Info(t("All settings are restored."), title=t("Info"))
        return updates

    def continue_from(self, cards: str, job: Job, last_frame: str) -> Update:
        """The last frame of a clip as the first of the next, with the same words."""
        updates = self._try_on.show_job(cards, job, [last_frame])
        if job.model not in [card.id for card in cards_for(cards, Task.IMAGE_TO_VIDEO)]:
            for control in self._try_on.clip.outputs:  # another model's numbers do not fit here
                updates.pop(control, None)
        words = t("The last frame is the first of the next clip. Say how it goes on.")
        gr.Info(words, title=t("Info"))
        return updates | {self._tabs: gr.Tabs(selected="try-on")}

    def _fitting(self, cards: str, job: Job, pictures: Sequence[str]) -> Update:
        """Person and garments, the part of the photo that may change, the last frame."""
        found = list(zip(pictures, job.inputs, strict=False))
        worn = [path for path, role in found if role in (Role.INPUT_REFERENCE, Role.GARMENT)]
        only = {role: path for path, role in found if role in (Role.MASK, Role.LAST_IMAGE)}
        updates = self._try_on.show_job(cards, job, worn) | self._dressing(cards, job)
        updates |= self._try_on.form.part.show(worn[0] if worn else None, only.get(Role.MASK))
        return updates | {self._try_on.last_frame.picture: only.get(Role.LAST_IMAGE)}

    def _dressing(self, cards: str, job: Job) -> Update:
        """What only stills have."""
        if job.task is not Task.IMAGE_EDIT:
            return {}
        form, clip = self._try_on.form, self._try_on.clip
        updates: Update = {clip.seed: job.params.seed}
        found = cards_for(cards, Task.IMAGE_EDIT)
        card = choose(found, job.model)
        if card is not None:
            shown = form.show_dresser(found, card, job.size)
            updates |= dict(zip(form.dresser_outputs, shown, strict=True))
        n = max(job.params.n, 1)
        most = max(card.limits.max_images, 2) if card else n
        return updates | {form.n: gr.Slider(maximum=most, value=min(n, most))}


def losses(cards: str, job: Job, pictures: int) -> list[str]:
    """What the tab cannot show of the job, in sentences."""
    lost = []
    card = next((card for card in cards_for(cards, job.task) if card.id == job.model), None)
    if card is None:
        lost.append(t("{model} is not served here: another model is chosen.", model=job.model))
    if job.task is Task.IMAGE_TO_VIDEO and Role.GARMENT in job.inputs:
        lost.append(t("That the photo wears its garments already."))
    if job.task in ABLE and all(role.is_picture for role in job.inputs):
        lost.append(t("The clip or recording that drives it: add it again."))
    if pictures < job.num_inputs:
        lost.append(t("The pictures: add them again."))
    elif len(_garments(job)) > 1 and not remembered(job.metadata, _garments(job)):
        lost.append(t("What kind each garment is, and which picture is a back: say so again."))
    if card is not None and job.task is Task.IMAGE_EDIT:
        usual, used = card.defaults, job.params
        if job.size not in card.limits.sizes:
            lost.append(t("The size, {size}.", size=job.size.replace("x", " × ")))
        if used.num_inference_steps != usual.num_inference_steps:
            lost.append(t("{n} steps for a still.", n=used.num_inference_steps))
        if used.guidance_scale != usual.guidance_scale:
            lost.append(t("Guidance {scale} for a still.", scale=f"{used.guidance_scale:g}"))
    return lost


def _garments(job: Job) -> list[str]:
    """A name for each of its pictures of garments."""
    return [f"{at}" for at, role in enumerate(job.inputs) if role is Role.GARMENT]
