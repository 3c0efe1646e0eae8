"""Every pipeline runs end to end on a twin that was saved and loaded as real checkpoints are."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from PIL import Image

from serve.card import Card, Scheduler
from serve.catalog import load_catalog
from serve.encoding import Frames
from serve.errors import ModelFailed, ModelUnavailable
from serve.generation import GenerationEvent, StageStarted, StepDone
from serve.pipelines import loader
from serve.pipelines.base import Cancelled, DeviceLost, Generation, Pipeline
from serve.protocol import Stage, Task
from tests.cards import HEIGHT, TWINS, WIDTH, Twin, card_for, clip, generation, picture


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a name's twin, built when first asked for."""
    folders: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in folders:
            target = tmp_path_factory.mktemp(name)
            folders[name] = TWINS[name].build(target)
        return folders[name]

    return folder


@pytest.fixture(scope="module")
def pipelines(twin: Callable[[str], Path]) -> Callable[[str], Pipeline]:
    loaded: dict[str, Pipeline] = {}

    def pipeline(name: str) -> Pipeline:
        if name not in loaded:
            loaded[name] = loader.load(card_for(name, twin(name)))
        return loaded[name]

    return pipeline


def run(pipeline: Pipeline, wanted: Generation) -> tuple[Frames, list[GenerationEvent]]:
    events: list[GenerationEvent] = []
    frames = pipeline.run(wanted, events.append)
    assert not isinstance(frames, bytes)
    return frames, events


def with_seed(wanted: Generation, seed: int) -> Generation:
    """The same request with another seed."""
    return replace(wanted, params=wanted.params.model_copy(update={"seed": seed}))


class StopAfter:
    """A report that cancels once `step` steps are done."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.events: list[GenerationEvent] = []

    def __call__(self, event: GenerationEvent) -> None:
        self.events.append(event)
        if isinstance(event, StepDone) and event.step == self.step:
            raise Cancelled


def test_every_card_that_runs_with_diffusers_has_a_twin() -> None:
    def layout(one: Card | Twin) -> tuple[object, ...]:
        ends = one.last_image if isinstance(one, Twin) else one.limits.last_image
        names = frozenset(one.names.items())
        classes = one.pipeline_class, one.video_pipeline_class, one.mask_pipeline_class
        return one.pipeline, *classes, frozenset(one.call), names, ends

    known = {layout(twin) for twin in TWINS.values()}
    for card in load_catalog().models:
        assert card.engine != "diffusers" or layout(card) in known, card.id


every_twin = pytest.mark.parametrize("name", TWINS)


@every_twin
def test_a_run_gives_frames_of_the_asked_size_and_count(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    frames, _ = run(pipelines(name), generation(name))
    count = 1 if TWINS[name].task.makes_stills else TWINS[name].num_frames
    assert frames.shape == (count, HEIGHT, WIDTH, 3)
    assert frames.dtype == np.uint8
    assert frames.std() > 1


@every_twin
def test_stages_and_steps_are_reported_in_order_with_previews(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    _, events = run(pipelines(name), generation(name))
    assert [event.stage for event in events if isinstance(event, StageStarted)] == [
        Stage.ENCODING_PROMPT,
        Stage.DENOISING,
        Stage.DECODING,
    ]
    steps = [event for event in events if isinstance(event, StepDone)]
    total = 4 + TWINS[name].extra_steps
    assert [(step.step, step.num_steps) for step in steps] == [
        (i, total) for i in range(1, total + 1)
    ]
    previews = [step.preview for step in steps if step.preview]
    if not TWINS[name].previews:  # this family says nothing of its latents between steps
        assert previews == []
        return
    assert len(previews) == 2  # from the second step to the last but one
    assert Image.open(io.BytesIO(previews[0])).size == (WIDTH, HEIGHT)


@every_twin
def test_the_same_seed_gives_the_same_pixels_and_another_seed_others(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    first, _ = run(pipelines(name), generation(name))
    again, _ = run(pipelines(name), generation(name))
    other, _ = run(pipelines(name), generation(name, seed=8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@every_twin
def test_a_cancelled_run_stops_at_its_step_and_leaves_no_trace(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    clean, _ = run(pipelines(name), generation(name))
    for step in (1, 3):
        stop = StopAfter(step)
        with pytest.raises(Cancelled):
            pipelines(name).run(generation(name, seed=99), stop)
        done = [event.step for event in stop.events if isinstance(event, StepDone)]
        assert done == list(range(1, step + 1))
    after, _ = run(pipelines(name), generation(name))
    assert np.array_equal(clean, after)


@every_twin
def test_a_freshly_loaded_copy_gives_the_same_pixels(
    name: str, twin: Callable[[str], Path], pipelines: Callable[[str], Pipeline]
) -> None:
    ours, _ = run(pipelines(name), generation(name))
    fresh, _ = run(loader.load(card_for(name, twin(name))), generation(name))
    assert np.array_equal(ours, fresh)


@every_twin
def test_half_precision_runs(name: str, twin: Callable[[str], Path]) -> None:
    card = card_for(name, twin(name), dtype="bfloat16", vae_dtype=TWINS[name].vae_dtype)
    frames, _ = run(loader.load(card), generation(name))
    assert frames.std() > 1


@every_twin
def test_offloading_changes_no_more_than_rounding_and_survives_a_cancel(
    name: str, twin: Callable[[str], Path], pipelines: Callable[[str], Pipeline]
) -> None:
    plain, _ = run(pipelines(name), generation(name))
    pipeline = loader.load(card_for(name, twin(name), offload=True))
    offloaded, _ = run(pipeline, generation(name))
    assert np.abs(offloaded.astype(int) - plain).max() <= 1
    with pytest.raises(Cancelled):
        pipeline.run(generation(name, seed=99), StopAfter(2))
    assert np.array_equal(offloaded, run(pipeline, generation(name))[0])


@pytest.mark.parametrize("name", ["croquis-tryon", "flux2-klein", "qwen-image-edit"])
def test_candidates_have_the_seeds_that_follow(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    three, events = run(pipelines(name), generation(name, Task.IMAGE_EDIT, n=3))
    assert three.shape == (3, HEIGHT, WIDTH, 3)
    assert [e.step for e in events if isinstance(e, StepDone)] == list(range(1, 13))
    third, _ = run(pipelines(name), generation(name, Task.IMAGE_EDIT, seed=9))
    assert np.array_equal(three[2], third[0])


@pytest.mark.parametrize(
    "name", ["flux2-klein-words", "qwen-image", "croquis-t2v", "croquis-tryon"]
)
def test_stills_are_made_of_words_alone(name: str, pipelines: Callable[[str], Pipeline]) -> None:
    two, _ = run(pipelines(name), generation(name, Task.TEXT_TO_IMAGE, n=2))
    assert two.shape == (2, HEIGHT, WIDTH, 3)
    assert not np.array_equal(two[0], two[1])
    second, _ = run(pipelines(name), generation(name, Task.TEXT_TO_IMAGE, seed=8))
    assert np.array_equal(two[1], second[0])


def test_how_much_svd_is_told_to_move_decides_what_comes_out(
    pipelines: Callable[[str], Pipeline],
) -> None:
    clips = [run(pipelines("svd"), generation("svd", motion_bucket_id=m))[0] for m in (1, 127, 255)]
    usual, _ = run(pipelines("svd"), generation("svd"))
    assert np.array_equal(clips[1], usual)  # 127 is what diffusers takes itself
    assert not np.array_equal(clips[0], clips[1])
    assert not np.array_equal(clips[1], clips[2])


@pytest.mark.parametrize("name", [name for name, twin in TWINS.items() if twin.reads])
def test_the_prompt_decides_what_comes_out(name: str, pipelines: Callable[[str], Pipeline]) -> None:
    first, _ = run(pipelines(name), generation(name))
    other, _ = run(pipelines(name), generation(name, prompt="a long green coat in a wide park"))
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    "name", [name for name, twin in TWINS.items() if not twin.task.starts_from_words]
)
def test_what_is_given_decides_what_comes_out(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    wanted = generation(name)
    first, _ = run(pipelines(name), wanted)
    changed = (
        replace(wanted, video=clip(50, len(wanted.video)))
        if wanted.video
        else replace(wanted, images=(*wanted.images[:-1], picture(50)))
    )
    other, _ = run(pipelines(name), changed)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", ["wan-vace", "croquis-tryon"])
@pytest.mark.parametrize("images", [1, 2, 3])
def test_vace_animates_a_first_frame_which_the_clip_keeps(
    name: str, images: int, pipelines: Callable[[str], Pipeline]
) -> None:
    pictures = tuple(picture(seed) for seed in range(images))
    clip, other = (
        run(
            pipelines(name),
            replace(generation(name, Task.IMAGE_TO_VIDEO, seed=seed), images=pictures),
        )[0]
        for seed in (7, 8)
    )
    assert clip.shape == (5, HEIGHT, WIDTH, 3)
    # Whatever the noise, frame 0 is the picture as the autoencoder knows it; the rest is free.
    assert np.array_equal(clip[0], other[0])
    assert not np.array_equal(clip[4], other[4])


@pytest.mark.parametrize("name", ["wan-flf2v", "wan2.2-i2v-a14b", "ltx-0.9.5", "ltx-distilled"])
def test_a_last_frame_decides_how_the_clip_ends(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    clips = [
        run(
            pipelines(name),
            replace(generation(name, Task.IMAGE_TO_VIDEO), last_image=last),
        )[0]
        for last in (Image.new("RGB", (80, 120), "black"), Image.new("RGB", (80, 120), "white"))
    ]
    assert clips[0].shape == (5, HEIGHT, WIDTH, 3)
    assert not np.array_equal(clips[0][-1], clips[1][-1])


def test_vace_is_told_the_last_frame_as_it_is_told_the_first(
    pipelines: Callable[[str], Pipeline],
) -> None:
    """Its twin's answer differs by less than a shade, so what diffusers is handed is looked at."""
    first, last = (Image.new("RGB", (WIDTH, HEIGHT), color) for color in ("black", "white"))
    wanted = generation("wan-vace", Task.IMAGE_TO_VIDEO)
    wanted = replace(wanted, images=(first,), last_image=last)
    handed = pipelines("wan-vace")._pictures(wanted)  # type: ignore[attr-defined]
    assert [frame.getpixel((0, 0))[0] for frame in handed["video"]] == [0, 128, 128, 128, 255]
    assert [frame.getpixel((0, 0)) for frame in handed["mask"]] == [0, 255, 255, 255, 0]
    assert run(pipelines("wan-vace"), wanted)[0].shape == (5, HEIGHT, WIDTH, 3)


def test_ltx_is_told_where_in_the_clip_each_picture_is(
    pipelines: Callable[[str], Pipeline],
) -> None:
    wanted = replace(generation("ltx-0.9.5", num_frames=9), last_image=picture(9))
    handed = pipelines("ltx-0.9.5")._arguments(wanted)  # type: ignore[attr-defined]
    assert [condition.frame_index for condition in handed["conditions"]] == [0, 8]
    assert "image" not in handed


def test_distilled_ltx_visits_the_timesteps_of_its_card(
    pipelines: Callable[[str], Pipeline],
) -> None:
    pipeline = pipelines("ltx-distilled")
    run(pipeline, generation("ltx-distilled", guidance_scale=1))
    used = pipeline._pipe.scheduler.timesteps.tolist()  # type: ignore[attr-defined]
    assert used == pytest.approx([1000, 981, 909, 0.03])


def test_vace_makes_a_clip_from_a_prompt_alone(pipelines: Callable[[str], Pipeline]) -> None:
    clip, _ = run(pipelines("croquis-tryon"), generation("croquis-tryon", Task.TEXT_TO_VIDEO))
    assert clip.shape == (5, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize(
    "name", ["wan2.2-ti2v", "ltx-i2v", "ltx-0.9.5", "ltx-distilled", "ltx2-i2v"]
)
def test_a_model_for_both_makes_a_clip_from_a_prompt_alone(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    clip, _ = run(pipelines(name), generation(name, Task.TEXT_TO_VIDEO))
    assert clip.shape == (5, HEIGHT, WIDTH, 3)


def test_ti2v_begins_with_the_given_frame(pipelines: Callable[[str], Pipeline]) -> None:
    wanted = generation("wan2.2-ti2v")
    first, other = (run(pipelines("wan2.2-ti2v"), with_seed(wanted, seed))[0] for seed in (7, 8))
    assert np.array_equal(first[0], other[0])
    assert not np.array_equal(first[4], other[4])


def test_both_experts_denoise_each_with_its_own_guidance(
    twin: Callable[[str], Path], pipelines: Callable[[str], Pipeline]
) -> None:
    usual, _ = run(pipelines("wan2.2-a14b"), generation("wan2.2-a14b"))
    card = card_for("wan2.2-a14b", twin("wan2.2-a14b"), call={"guidance_scale_2": 9.0})
    for wanted in (generation("wan2.2-a14b", guidance_scale=9), generation("wan2.2-a14b")):
        other, _ = run(loader.load(card), wanted)
        assert not np.array_equal(usual, other)
        usual = other


@pytest.mark.parametrize("garments", [1, 2, 3])
def test_vace_dresses_a_still_whatever_the_number_of_garments(
    garments: int, pipelines: Callable[[str], Pipeline]
) -> None:
    wanted = generation("croquis-tryon", Task.IMAGE_EDIT)
    wanted = replace(wanted, images=tuple(picture(seed) for seed in range(garments + 1)))
    still, _ = run(pipelines("croquis-tryon"), wanted)
    assert still.shape == (1, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("name", ["croquis-tryon", "flux2-klein"])
@pytest.mark.parametrize("garments", [0, 1, 2])
def test_outside_of_a_mask_a_still_keeps_the_persons_pixels(
    name: str, garments: int, pipelines: Callable[[str], Pipeline]
) -> None:
    person = picture(0).resize((WIDTH, HEIGHT))
    mask = Image.new("L", person.size, 0)
    mask.paste(255, (0, 0, WIDTH // 2, HEIGHT))
    wanted = replace(
        generation(name, Task.IMAGE_EDIT),
        images=(person, *(picture(seed) for seed in range(1, garments + 1))),
        mask=mask,
    )
    still, events = run(pipelines(name), wanted)
    assert still.shape == (1, HEIGHT, WIDTH, 3)
    assert [e.step for e in events if isinstance(e, StepDone)] == [1, 2, 3, 4]
    kept, free = slice(WIDTH // 2, None), slice(0, WIDTH // 2)
    assert np.array_equal(still[0, :, kept], np.asarray(person)[:, kept])
    assert not np.array_equal(still[0, :, free], np.asarray(person)[:, free])
    other, _ = run(pipelines(name), with_seed(wanted, 8))
    assert not np.array_equal(still, other)


def test_distilled_sampling_visits_its_three_timesteps_and_repeats_bit_for_bit(
    twin: Callable[[str], Path],
) -> None:
    scheduler = Scheduler(class_name="DMDScheduler", config={"timesteps": [1000, 757, 522]})
    pipeline = loader.load(card_for("wan", twin("wan"), scheduler=scheduler))
    wanted = generation("wan", num_inference_steps=3, guidance_scale=1)
    first, events = run(pipeline, wanted)
    again, _ = run(pipeline, wanted)
    used = pipeline._pipe.scheduler  # type: ignore[attr-defined]
    assert used.timesteps.tolist() == pytest.approx([1000, 757, 522])
    assert used.sigmas.tolist() == pytest.approx([1, 0.757, 0.522, 0])
    assert [event.step for event in events if isinstance(event, StepDone)] == [1, 2, 3]
    assert np.array_equal(first, again)


REPAINTERS = [name for name, twin in TWINS.items() if twin.task is Task.VIDEO_TO_VIDEO]


@pytest.mark.parametrize("name", [name for name in REPAINTERS if TWINS[name].video_pipeline_class])
def test_a_model_that_repaints_also_makes_a_clip_of_a_prompt_alone(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    made, _ = run(pipelines(name), generation(name, Task.TEXT_TO_VIDEO))
    assert made.shape == (TWINS[name].num_frames, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("name", [*REPAINTERS, "ltx-0.9.5"])
def test_the_weaker_it_is_repainted_the_more_of_a_clip_stays(
    name: str, pipelines: Callable[[str], Pipeline]
) -> None:
    """By how much two clips still differ once they were repainted alike."""

    def difference(strength: float) -> float:
        wanted = generation(name, Task.VIDEO_TO_VIDEO, strength=strength, num_inference_steps=10)
        shades = [
            tuple(Image.new("RGB", (WIDTH, HEIGHT), shade) for _ in wanted.video)
            for shade in ("black", "white")
        ]
        dark, light = (run(pipelines(name), replace(wanted, video=one))[0] for one in shades)
        return float(np.abs(dark.astype(int) - light).mean())

    assert difference(0.2) > difference(0.9)


def test_a_model_of_three_steps_repaints_a_clip_with_the_last_two(
    twin: Callable[[str], Path],
) -> None:
    scheduler = Scheduler(class_name="DMDScheduler", config={"timesteps": [1000, 757, 522]})
    pipeline = loader.load(card_for("wan-v2v", twin("wan-v2v"), scheduler=scheduler))
    wanted = generation("wan-v2v", num_inference_steps=3, guidance_scale=1, strength=0.7)
    first, events = run(pipeline, wanted)
    again, _ = run(pipeline, wanted)
    assert [event.step for event in events if isinstance(event, StepDone)] == [1, 2]
    assert np.array_equal(first, again)


def test_a_card_changes_only_what_it_names_of_the_checkpoints_scheduler(
    twin: Callable[[str], Path],
) -> None:
    scheduler = Scheduler(class_name="UniPCMultistepScheduler", config={"flow_shift": 5.0})
    pipeline = loader.load(card_for("wan-i2v", twin("wan-i2v"), scheduler=scheduler))
    config = pipeline._pipe.scheduler.config  # type: ignore[attr-defined]
    assert (config.flow_shift, config.use_flow_sigmas) == (5.0, True)


def test_a_missing_checkpoint_is_an_error_that_names_model_and_place(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ModelUnavailable, match=f"twin-wan could not be loaded from {folder}:"):
            loader.load(card_for("wan", folder))


def test_running_out_of_memory_fails_the_run_and_not_the_next(
    pipelines: Callable[[str], Pipeline],
) -> None:
    pipeline = pipelines("wan")
    clean, _ = run(pipeline, generation("wan"))

    def exhausted(event: GenerationEvent) -> None:
        if isinstance(event, StepDone):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")

    with pytest.raises(ModelFailed, match="Fewer frames or a smaller size"):
        pipeline.run(generation("wan"), exhausted)
    assert np.array_equal(run(pipeline, generation("wan"))[0], clean)


def test_a_gpu_that_fails_is_told_apart_from_a_job_that_fails(
    pipelines: Callable[[str], Pipeline],
) -> None:
    def broken(event: GenerationEvent) -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(DeviceLost):
        pipelines("wan").run(generation("wan"), broken)


def test_vace_encodes_an_empty_clip_once_and_makes_the_same_of_it(
    twin: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    encode = AutoencoderKLWan._encode

    def counted(self: AutoencoderKLWan, clip: torch.Tensor) -> torch.Tensor:
        lengths.append(clip.shape[2])
        return encode(self, clip)

    monkeypatch.setattr(AutoencoderKLWan, "_encode", counted)
    pipeline = loader.load(card_for("croquis-tryon", twin("croquis-tryon")))
    first, _ = run(pipeline, generation("croquis-tryon"))
    assert sorted(lengths) == [1, 1, 5]  # two references and the clip; stock encodes it twice
    again, _ = run(pipeline, generation("croquis-tryon"))
    assert sorted(lengths) == [1, 1, 1, 1, 5]
    assert np.array_equal(first, again)
