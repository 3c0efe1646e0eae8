"""Controls follow the model cards, and say what the models are."""

from typing import Any

import gradio as gr
import pytest

from app.components import (
    AS_PHOTO,
    ControlValues,
    ModelControls,
    cards_for,
    is_ready,
    model_choices,
    model_note,
    models_note,
    size_choices,
)
from app.lookbook.form import dresser_shown
from app.model_notes import missing_note
from app.presets import final_steps, steps_for
from app.tabs.video_to_video import request_fields
from app.ui import models_banner
from serve.protocol import Licence, Limits, ModelCard, ModelList, Range, Readiness, Task
from tests.fake_backend import FakeBackend, card


def as_json(*cards: ModelCard) -> str:
    return ModelList(data=list(cards)).model_dump_json()


@pytest.fixture
async def controls() -> ModelControls:  # outside a running loop Gradio opens one for good
    with gr.Blocks():
        return ModelControls(Task.TEXT_TO_VIDEO)


SKETCH = card("croquis-t2v", [Task.TEXT_TO_VIDEO])
WAN = card(
    "wan",
    [Task.TEXT_TO_VIDEO],
    title="Wan",
    sketch=False,
    description="Photographic.",
    licence=Licence(name="Research", url="https://example.org/r", commercial=False),
    limits=Limits(
        num_frames=Range(minimum=5, maximum=81, step=4),
        fps=Range(minimum=8, maximum=24),
        num_inference_steps=Range(minimum=3, maximum=3),
        guidance_scale=Range(minimum=1, maximum=12, step=0.5),
        sizes=["832x480", "480x832"],
    ),
)


async def test_the_first_model_list_sets_every_control_to_the_model_s_defaults(
    controls: ModelControls,
) -> None:
    updates = controls.refresh(as_json(SKETCH), None)
    model, size, frames, fps, steps, guidance, negative, seed = updates[:8]
    note, quality, motion, seconds = updates[10:14]
    assert (updates[8], motion.visible) == (None, False)
    assert model.value == "croquis-t2v"
    assert size.value == "192x256"
    assert (frames.minimum, frames.maximum, frames.step, frames.value) == (5, 33, 4, 17)
    assert (fps.value, steps.value, guidance.value) == (8, 4, 4)
    assert (negative.value, seed) == ("", None)
    assert "sketch model" in note
    assert [value for _, value in quality.choices] == [2, 4, 8]
    assert (seconds.minimum, seconds.maximum, seconds.value) == (0.6, 4.1, 2.1)


async def test_a_later_list_leaves_what_the_user_has_set(controls: ModelControls) -> None:
    updates = controls.refresh(as_json(SKETCH, WAN), "croquis-t2v")
    assert [choice[1] for choice in updates[0].choices] == ["croquis-t2v", "wan"]
    note = len(controls.inputs)
    rest = updates[1:note] + updates[note + 1 :]
    assert rest == [{"__type__": "update"}] * (len(controls.outputs) - 2)


async def test_another_model_brings_its_own_limits(controls: ModelControls) -> None:
    _, size, frames, _, steps, *_ = controls.select(as_json(SKETCH, WAN), "wan")
    assert [choice[1] for choice in size.choices] == ["832x480", "480x832"]
    assert frames.maximum == 81
    assert not steps.interactive


async def test_settings_of_an_earlier_job_replace_the_defaults(controls: ModelControls) -> None:
    values = ControlValues("croquis-t2v", "192x256", 9, 12, 6, 2.5, "blur", 0)
    updates: list[Any] = controls.show([SKETCH], SKETCH, values)
    assert [update.value for update in updates[2:7]] == [9, 12, 6, 2.5, "blur"]
    assert updates[7] == 0


async def test_a_model_that_hears_no_words_asks_for_none_and_says_so(
    controls: ModelControls,
) -> None:
    limits = WAN.limits.model_copy(update={"prompt": False, "negative_prompt": False})
    updates = controls.show([WAN], WAN.model_copy(update={"limits": limits}))
    note = updates[len(controls.inputs)]
    assert not updates[6].visible
    assert "takes no words" in note
    assert "moves the picture" not in note
    animates = WAN.model_copy(update={"limits": limits, "tasks": [Task.IMAGE_TO_VIDEO]})
    assert "moves the picture" in controls.show([animates], animates)[len(controls.inputs)]


def test_a_model_that_keeps_a_clip_s_pace_is_told_none() -> None:
    values = ControlValues("wan", "", 32, 16, 3, 1, "", 7)
    keeps = WAN.limits.model_copy(update={"keeps_fps": True})
    fields = request_fields(values, WAN.model_copy(update={"limits": keeps}))
    assert (fields["seconds"], "fps" in fields) == (2, False)
    assert request_fields(values, WAN)["fps"] == 16


async def test_no_model_for_a_task_empties_the_choice(controls: ModelControls) -> None:
    updates = controls.refresh(as_json(card("other", [Task.IMAGE_EDIT])), "croquis-t2v")
    assert updates[0].choices == []
    assert updates[0].value is None


def test_sizes_are_shown_by_their_use() -> None:
    assert size_choices(WAN.limits.sizes) == [
        ("9:16 story · 480 × 832", "480x832"),
        ("16:9 wide · 832 × 480", "832x480"),
    ]
    assert size_choices(SKETCH.limits.sizes) == [("3:4 lookbook · 192 × 256", "192x256")]


def test_a_feed_and_a_square_have_their_sizes_and_a_lying_five_by_four_is_neither() -> None:
    assert size_choices(["512x640", "768x768", "640x512"]) == [
        ("4:5 feed · 512 × 640", "512x640"),
        ("1:1 square · 768 × 768", "768x768"),
        ("640 × 512 (5:4)", "640x512"),
    ]


def test_of_two_sizes_for_a_use_the_model_s_first_serves_it_and_the_other_stays() -> None:
    assert size_choices(["480x832", "720x1280", "720x480"]) == [
        ("9:16 story · 480 × 832", "480x832"),
        ("720 × 1280 (9:16)", "720x1280"),
        ("720 × 480 (3:2)", "720x480"),
    ]


@pytest.mark.parametrize(
    ("minimum", "maximum", "usual", "steps"),
    [(1, 50, 8, [4, 8, 16]), (1, 8, 4, [2, 4, 8]), (1, 60, 40, [20, 40, 60]), (3, 3, 3, [3])],
)
def test_quality_is_a_choice_of_steps_within_the_limits(
    minimum: int, maximum: int, usual: int, steps: list[int]
) -> None:
    limits = SKETCH.limits.model_copy(
        update={"num_inference_steps": Range(minimum=minimum, maximum=maximum)}
    )
    defaults = SKETCH.defaults.model_copy(update={"num_inference_steps": usual})
    model = SKETCH.model_copy(update={"limits": limits, "defaults": defaults})
    assert [*steps_for(model).values()] == steps
    assert final_steps(model) == steps[-1]


async def test_loras_and_motion_are_shown_where_a_model_has_them(controls: ModelControls) -> None:
    limits = WAN.limits.model_copy(update={"motion_bucket_id": Range(minimum=1, maximum=255)})
    defaults = WAN.defaults.model_copy(update={"motion_bucket_id": 127})
    update = {"limits": limits, "defaults": defaults, "loras": ["walk", "silk"]}
    values = ControlValues("wan", "832x480", 9, 12, 3, 2.5, "", 0, 200, {"silk": 0.8})
    updates = controls.show([WAN], WAN.model_copy(update=update), values)
    assert (updates[8], updates[9]) == (200, {"silk": 0.8})
    assert (updates[12].visible, updates[12].value) == (True, 200)
    walk, silk, third = updates[-8:-5]
    assert [(one.label, one.value) for one in (walk, silk)] == [("walk", 0), ("silk", 0.8)]
    assert not third.visible
    assert not controls.show([SKETCH], SKETCH)[12].visible


def test_stills_are_asked_for_without_what_only_a_clip_has() -> None:
    fields = ControlValues("x", "192x256", 17, 8, 4, 4.0, "", 7).for_stills().request_fields()
    assert fields.keys() & {"num_frames", "fps"} == set()


def test_a_licence_that_forbids_commerce_says_so() -> None:
    assert "not free for commercial use" in model_note(WAN)
    assert "not free for commercial use" not in model_note(SKETCH)
    assert "Research" in models_note(as_json(SKETCH, WAN), {"wan"})


def test_a_note_cannot_smuggle_markup_into_the_page() -> None:
    hostile = WAN.model_copy(update={"description": "<script>alert(1)</script>"})
    assert "<script>" not in model_note(hostile)


def test_a_model_counts_as_ready_only_when_it_is() -> None:
    loading = SKETCH.model_copy(update={"readiness": Readiness.LOADING})
    assert is_ready(as_json(SKETCH), "croquis-t2v", Task.TEXT_TO_VIDEO)
    assert not is_ready(as_json(loading), "croquis-t2v", Task.TEXT_TO_VIDEO)
    assert not is_ready("", None, Task.TEXT_TO_VIDEO)


def test_the_banner_names_what_is_loading_and_what_failed() -> None:
    loading = SKETCH.model_copy(update={"readiness": Readiness.LOADING})
    failed = WAN.model_copy(update={"readiness": Readiness.FAILED, "detail": "out of memory"})
    assert models_banner([SKETCH]) == ""
    assert "Croquis is loading…" in models_banner([loading])
    assert "Wan could not be loaded: out of memory" in models_banner([failed])


def test_models_are_offered_by_what_they_can_do() -> None:
    cards = as_json(*FakeBackend().cards)
    assert [c.id for c in cards_for(cards, Task.TRY_ON)] == ["croquis-tryon"]
    assert [c.id for c in cards_for(cards, Task.TEXT_TO_VIDEO)] == ["croquis-t2v"]


@pytest.mark.parametrize(
    ("readiness", "choice", "note"),
    [
        (Readiness.ON_DEMAND, "loads on demand", "Wan will be loaded first."),
        (Readiness.NOT_INSTALLED, "not installed", "Wan will be downloaded first"),
        (Readiness.LOADING, "loading…", "Wan is loading… downloading, 1.2 of 14.0 GB"),
    ],
)
def test_the_list_of_models_says_how_each_stands(
    readiness: Readiness, choice: str, note: str
) -> None:
    detail = "downloading, 1.2 of 14.0 GB" if readiness is Readiness.LOADING else ""
    wan = WAN.model_copy(update={"readiness": readiness, "detail": detail})
    ((title, _),) = model_choices([wan])
    assert title.endswith(choice)
    assert note in model_note(wan)
    assert is_ready(as_json(wan), "wan", Task.TEXT_TO_VIDEO) is readiness.takes_work


async def test_with_a_photo_the_size_is_the_photos_until_another_is_chosen() -> None:
    with gr.Blocks():
        controls = ModelControls(Task.IMAGE_TO_VIDEO)
    wan = WAN.model_copy(update={"tasks": [Task.IMAGE_TO_VIDEO]})
    size = controls.refresh(as_json(wan), None)[1]
    assert (size.choices[0], size.value) == (("As the photo", ""), "")
    assert "size" not in ControlValues("wan", "", 17, 8, 3, 1, "", 7).request_fields()
    chosen = ControlValues("wan", "480x832", 17, 8, 3, 1, "", 7).request_fields()
    assert (chosen["size"], chosen["negative_prompt"]) == ("480x832", "")


def test_models_that_nobody_can_have_are_told_after_the_others_with_what_to_use(
    controls: ModelControls,
) -> None:
    backend = FakeBackend()
    listed = ModelList(data=backend.cards, unavailable=backend.unavailable).model_dump_json()
    note = missing_note(listed)
    assert note.startswith("<details><summary>Models that cannot be had</summary>")
    assert "<b>Sora 2</b>: OpenAI ended it. Use croquis-t2v in its place." in note
    assert missing_note(as_json(SKETCH)) == missing_note("") == ""
    assert controls.missing not in controls.outputs  # only a changed list changes it


def test_the_notes_of_a_model_and_its_gate_are_told_beside_its_licence() -> None:
    note = model_note(WAN.model_copy(update={"notes": "Not run <here>.", "gated": True}))
    assert "<p>Not run &lt;here&gt;.</p>" in note
    assert note.endswith("to be accepted on its page before it can be downloaded</p>")
    assert "accepted" not in model_note(WAN)


def test_a_lookbook_s_size_that_the_next_dresser_does_not_make_is_not_left_chosen() -> None:
    makers = [card(name, [Task.IMAGE_EDIT]) for name in ("one", "two")]
    makers[1].limits.sizes[:] = ["480x640"]
    cards = ModelList(data=makers).model_dump_json()

    def size_after(dresser: str, size: str | None) -> dict[str, Any]:
        told: dict[str, Any] = dresser_shown(cards, dresser, size)[2].constructor_args
        return told

    assert size_after("two", "192x256")["value"] == AS_PHOTO
    assert size_after("two", None)["value"] == AS_PHOTO
    assert "value" not in size_after("two", "480x640")
    assert "value" not in size_after("one", AS_PHOTO)
