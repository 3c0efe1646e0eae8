"""The figures of a clip say what eyes see, on clips whose order is known."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.compare_models import grid
from examples.croquis.scene import garment_photo, render_clip, sample_scene
from serve.encoding import Frames, encode_mp4
from serve.quality import measure
from tests.api import Api, picture

SCENE = sample_scene(random.Random(3), "any")


@pytest.fixture(scope="module")
def clip() -> Frames:
    return render_clip(SCENE, 17)


def noisy(clip: Frames, strength: int) -> Frames:
    noise = np.random.default_rng(1).integers(-strength, strength, clip.shape)
    return (clip.astype(int) + noise).clip(0, 255).astype(np.uint8)


def test_a_still_clip_is_perfect() -> None:
    figures = measure(np.full((5, 96, 64, 3), 120, np.uint8))
    assert (figures.temporal_flicker, figures.garment_consistency) == (0, None)
    assert figures.motion_smoothness == pytest.approx(1)
    assert figures.subject_consistency == pytest.approx(1)


def test_noise_flickers(clip: Frames) -> None:
    good, bad = measure(clip), measure(noisy(clip, 60))
    assert bad.temporal_flicker > 2 * good.temporal_flicker  # type: ignore[operator]


def test_a_jerk_is_less_smooth_than_a_glide() -> None:
    texture = np.random.default_rng(5).integers(0, 255, (12, 16, 3), np.uint8)
    wide = np.asarray(Image.fromarray(texture).resize((128, 96)))

    def moved(places: list[int]) -> Frames:
        return np.stack([np.roll(wide, place, axis=1) for place in places])

    glide, jerk = measure(moved([0, 2, 4, 6, 8, 10])), measure(moved([0, 0, 4, 4, 8, 8]))
    assert glide.motion_smoothness > 0.8  # type: ignore[operator]
    assert jerk.motion_smoothness < 0.3  # type: ignore[operator]


def test_another_person_halfway_is_less_consistent(clip: Frames) -> None:
    other = render_clip(sample_scene(random.Random(8), "any"), 17)
    mixed = np.concatenate([clip[:8], other[8:]])
    assert measure(mixed).subject_consistency < measure(clip).subject_consistency  # type: ignore[operator]


def test_the_garment_that_is_worn_is_told_from_others(clip: Frames) -> None:
    rng = random.Random(4)
    worn = Image.fromarray(garment_photo(SCENE.outfit[0], rng))
    others = [sample_scene(random.Random(seed), "any").outfit[0] for seed in range(20, 32)]
    scores = [
        measure(clip[::4], [Image.fromarray(garment_photo(other, rng))]).garment_consistency or 0
        for other in others
        if other.color != SCENE.outfit[0].color
    ]
    own = measure(clip, [worn]).garment_consistency or 0
    assert own > 0.5
    assert own > sorted(scores)[-2]
    assert measure(clip, [worn, Image.new("RGB", (60, 60), "lime")]).garment_consistency < own  # type: ignore[operator]


def test_very_short_clips_have_the_figures_that_make_sense(clip: Frames) -> None:
    one = measure(clip[:1])
    assert (one.temporal_flicker, one.motion_smoothness, one.subject_consistency) == (None,) * 3
    assert measure(clip[:2]).motion_smoothness is None


async def test_the_api_measures_a_finished_clip(api: Api, tmp_path: Path, clip: Frames) -> None:
    files = [("input_reference", picture()), ("garment", picture())]
    job = (await api.post("/v1/videos", data={"prompt": "x"}, files=files)).json()
    early = await api.get(f"/v1/videos/{job['id']}/quality")
    assert early.status_code == 404
    api.go()
    await api.ended(job["id"])
    mp4 = encode_mp4(clip, fps=8, record={})
    (tmp_path / job["id"] / "video.mp4").write_bytes(mp4)
    figures = (await api.get(f"/v1/videos/{job['id']}/quality")).json()
    assert set(figures) == {
        "temporal_flicker",
        "motion_smoothness",
        "subject_consistency",
        "garment_consistency",
    }
    assert 0 < figures["motion_smoothness"] < 1


def test_clips_of_different_rates_and_shapes_run_in_step_side_by_side() -> None:
    fast = np.stack([np.full((96, 64, 3), 10 * index, np.uint8) for index in range(16)])
    slow = np.stack([np.full((60, 80, 3), 20 * index, np.uint8) for index in range(4)])
    frames, fps = grid([("fast", fast, 16), ("slow", slow, 8)])
    assert (len(frames), fps) == (16, 16)  # a second: the slow one is played twice
    left, right = frames[:, 300, 100, 0], frames[:, 300, 500, 0]
    assert [left[i] for i in (0, 8, 15)] == [0, 80, 150]
    assert [right[i] for i in (0, 1, 2, 7, 8)] == [0, 0, 20, 60, 0]
