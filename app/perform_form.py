"""The form of the *Perform* tab: who performs, and the clip or recording that drives it."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app import samples
from app.components import ControlValues, ModelControls, cards_for, choose, is_ready
from app.consent import Consent
from app.empty_numbers import away_unless, start_empty
from app.panel import Update, action
from app.performance import ABLE, FILMED, MODES, PHOTO, Performance, filmed
from app.person_form import person_photo, pick_person
from app.strip import strip
from app.studio import Studio
from app.wardrobe import Leave
from app.wiring import AT_ONCE
from app.words import later, t
from serve.protocol import Allowance, Job, ModelCard, Role, Task

MOVE, SAY = Task.MOTION_TRANSFER, Task.AUDIO_TO_VIDEO
STEPS = {MOVE: later("Motion"), SAY: later("Recording")}


class PerformForm:
    """The two steps and the settings, as the chosen mode and model want them."""

    def __init__(self, studio: Studio) -> None:
        self.mode = gr.Radio(
            [(t(words), task.value) for task, words in MODES.items()],
            value=MOVE.value,
            show_label=False,
            label=t("What the person is to do"),
            container=False,
            elem_classes="lr-chips lr-mode",
            elem_id="perform-mode",
        )
        self.notice = gr.HTML(visible=False, elem_id="perform-notice")
        with gr.Column() as self.body:
            self._build_person()
            self._build_driver()
            self.consent = Consent(studio, Leave.PERFORMANCES, "perform-consent")
            self.prompt = gr.Textbox(
                label=t("Prompt (optional)"),
                lines=2,
                placeholder=t("Who, wearing what, doing what, where"),
                elem_id="perform-prompt",
            )
            with gr.Column() as self.moving:
                self.motion = ModelControls(MOVE, folded=True)
            with gr.Column(elem_classes=away_unless(False)) as self.saying:
                self.speech = ModelControls(SAY, folded=True, timed=False)
            self.run = gr.Button(
                t("Make the clip"), variant="primary", interactive=False, elem_id="perform-run"
            )

    def _build_person(self) -> None:
        gr.HTML(f'<h2 class="lr-step"><span>1</span>{t("Person")}</h2>')
        self.speaker = gr.Radio(
            [(t(PHOTO), PHOTO), (t(FILMED), FILMED)],
            value=PHOTO,
            label=t("Who says it is shown by"),
            visible=False,
            elem_classes="lr-chips",
            elem_id="perform-speaker",
        )
        with gr.Column() as self.photo_column:
            self.person = person_photo("perform-person")
            self.people = strip(samples.people(), t("Example people"))
        self.filmed = _clip(t("Clip of the person"), "perform-filmed", visible=False)

    def _build_driver(self) -> None:
        self.step = gr.HTML(_step(t(STEPS[MOVE])))
        self.about = gr.HTML(elem_classes="lr-note", elem_id="perform-about")
        self.video = _clip(t("Clip with the motion"), "perform-video")
        self.face = _clip(t("Clip of its face"), "perform-face", visible=False)
        with gr.Accordion(
            t("Replace the person in a clip"), open=False, visible=False, elem_classes="lr-advanced"
        ) as self.replacing:
            hint = t(
                "The photo's person takes the place of the one in the clip. Two clips say how: the "
                "clip with that person blacked out, and a mask that is white where the person is."
            )
            gr.HTML(f'<p class="lr-hint">{hint}</p>')
            with gr.Row(elem_classes="lr-pair"):
                self.background = _clip(t("Background"), "perform-background", height=180)
                self.mask = _clip(t("Mask"), "perform-mask", height=180)
        self.audio = gr.Audio(
            label=t("Recording"),
            type="filepath",
            sources=["upload", "microphone"],
            visible=False,
            elem_classes="lr-driver",
            elem_id="perform-audio",
        )
        self.seconds = gr.Number(
            label=t("Seconds of it"),
            placeholder=t("all of it"),
            elem_classes=away_unless(False),
            elem_id="perform-seconds",
        )

    @property
    def slots(self) -> dict[str, gr.components.Component]:
        """Where files go, by the client's names for them; see `Performance.files`."""
        return {
            "input_reference": self.person,
            "filmed": self.filmed,
            "video": self.video,
            "face_video": self.face,
            "background_video": self.background,
            "mask_video": self.mask,
            "audio": self.audio,
        }

    def wire(self, cards: gr.State, busy: gr.State) -> None:
        """Follow the model list, the mode and the models, and whether a clip is being made."""
        self.motion.wire(cards)
        self.speech.wire(cards)
        start_empty(self.seconds, cards)
        self.consent.wire(*self.slots.values())
        self.people.select(pick_person, None, self.person, **AT_ONCE)
        chosen = [cards, busy, self.mode, self.motion.model, self.speech.model, self.speaker]
        gr.on(
            [component.change for component in chosen],
            self._follow,
            chosen,
            self._followed,
            trigger_mode="always_last",
            **AT_ONCE,
        )

    @property
    def inputs(self) -> list[gr.components.Component]:
        """In the order in which `read` takes their values."""
        own = [self.mode, self.speaker, self.prompt, self.seconds, self.consent.box]
        return [*own, *self.slots.values(), *self.motion.inputs, *self.speech.inputs]

    def read(self, cards: str, user: str | None, values: Sequence[Any]) -> Performance:
        """The values of `inputs`, with the card of the chosen model."""
        mode, speaker, prompt, seconds, ticked, *rest = values
        files, numbers = rest[: len(self.slots)], rest[len(self.slots) :]
        task, half = Task(mode), len(self.motion.inputs)
        settings = ControlValues(*(numbers[:half] if task is MOVE else numbers[half:]))
        return Performance(
            task=task,
            card=choose(cards_for(cards, task), settings.model),
            speaker=speaker,
            files=dict(zip(self.slots, files, strict=True)),
            prompt=(prompt or "").strip(),
            seconds=seconds,
            settings=settings,
            consented=self.consent.given(bool(ticked), user),
        )

    @property
    def filled(self) -> list[gr.components.Component]:
        """What `show_job` may name."""
        own = [self.mode, self.speaker, self.prompt, self.seconds, *self.slots.values()]
        return [*own, *self.motion.outputs, *self.speech.outputs]

    def show_job(self, cards: str, job: Job, inputs: Sequence[str]) -> Update:
        """The files and settings of an earlier job, ready to run again."""
        found: dict[str, str] = dict(zip(job.inputs, inputs, strict=False))
        says = job.task is SAY
        if says and Role.VIDEO in found:
            found["filmed"] = found.pop(Role.VIDEO)
        updates: Update = {slot: found.get(name) for name, slot in self.slots.items()}
        updates |= {
            self.mode: job.task.value,
            self.speaker: FILMED if "filmed" in found else PHOTO,
            self.prompt: job.prompt,
            self.seconds: float(job.seconds) if says else None,
        }
        controls = self.speech if says else self.motion
        able = cards_for(cards, job.task)
        card = choose(able, job.model)
        if card is not None:
            shown = controls.show(able, card, ControlValues.of(job, card.id))
            updates |= dict(zip(controls.outputs, shown, strict=True))
        return updates

    @property
    def _followed(self) -> list[Any]:
        return [
            *(self.notice, self.body, self.moving, self.saying, self.run, self.prompt),
            *(self.speaker, self.photo_column, self.filmed, self.step, self.about),
            *(self.video, self.face, self.replacing, self.audio, self.seconds),
        ]

    def _follow(
        self,
        cards: str,
        busy: bool,
        mode: str,
        motion: str | None,
        speech: str | None,
        speaker: str,
    ) -> Update:
        task = Task(mode)
        moves, model = task is MOVE, motion if task is MOVE else speech
        card = choose(cards_for(cards, task), model)
        nobody = bool(cards) and card is None
        return {
            self.notice: gr.HTML(_nobody(task), visible=nobody),
            self.body: gr.Column(elem_classes=away_unless(not nobody)),
            self.moving: gr.Column(elem_classes=away_unless(moves)),
            self.saying: gr.Column(elem_classes=away_unless(not moves)),
            self.run: action(t("Make the clip"), busy, is_ready(cards, model, task)),
            self.prompt: self._prompt(card),
            self.step: _step(t(STEPS[task])),
            self.about: "" if card is None else f"<p>{t(_ABOUT[task])}</p>",
            self.video: gr.Video(visible=moves),
            self.audio: gr.Audio(visible=not moves),
            self.seconds: gr.Number(elem_classes=away_unless(not moves)),
            **self._follow_motion(card if moves else None),
            **self._follow_speech(None if moves else card, speaker),
        }

    def _follow_motion(self, card: ModelCard | None) -> Update:
        face = card.limits.face_video if card else Allowance.REFUSED
        needed = face is Allowance.REQUIRED
        label = t("Clip of its face") if needed else t("Clip of its face (optional)")
        return {
            self.face: gr.Video(visible=face is not Allowance.REFUSED, label=label),
            self.replacing: gr.Accordion(visible=card is not None and card.limits.replaces),
        }

    def _follow_speech(self, card: ModelCard | None, speaker: str) -> Update:
        on_film = card is not None and filmed(speaker, card.limits)
        free = card is not None and card.limits.speaker_video is Allowance.OPTIONAL
        return {
            self.speaker: gr.Radio(visible=free),
            self.photo_column: gr.Column(visible=not on_film),
            self.filmed: gr.Video(visible=on_film),
        }

    @staticmethod
    def _prompt(card: ModelCard | None) -> gr.Textbox:
        needed = card is not None and not card.defaults.prompt
        label = t("Prompt") if needed else t("Prompt (optional)")
        return gr.Textbox(visible=card is not None and card.limits.prompt, label=label)


_ABOUT = {
    MOVE: later(
        "What the clip must show depends on the model: its description, in the clip settings, "
        "tells. Its beginning is used."
    ),
    SAY: later("Speech in any language, one voice. The clip is as long as the recording."),
}


def _nobody(task: Task) -> str:
    """That no model can do it here, and what to do about it."""
    names = ", ".join(f"<code>{name}</code>" for name in ABLE[task])
    words = t("No model that is served here can do this yet.")
    how = t(
        "In the catalog, these can: {names}. Whoever runs Lookreel adds one under models in a "
        "configuration and starts with --config FILE; docs/adding-a-model.md tells how, "
        "docs/models.md what each needs.",
        names=names,
    )
    return f'<div class="lr-notice"><p>{words}</p><p>{how}</p></div>'


def _step(words: str) -> str:
    return f'<h2 class="lr-step"><span>2</span>{words}</h2>'


def _clip(label: str, elem_id: str, *, visible: bool = True, height: int = 240) -> gr.Video:
    return gr.Video(
        label=label,
        sources=["upload"],
        height=height,
        visible=visible,
        elem_classes="lr-driver",
        elem_id=elem_id,
    )
