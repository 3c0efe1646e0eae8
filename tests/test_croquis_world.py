"""The drawn world: drawn as named, the same every time, held-out things kept from training."""

import random
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("skia")

from examples.croquis.backdrop import BACKDROPS
from examples.croquis.caption import (
    BACKDROP_WORDS,
    COLOR_WORDS,
    KIND_WORDS,
    MOTION_WORDS,
    NEUTRAL,
    PATTERN_NOUNS,
    PATTERN_WORDS,
    caption,
)
from examples.croquis.figure import HAIR_COLORS, HAIR_STYLES, SKINS, Person
from examples.croquis.motion import MOTIONS, pose_at
from examples.croquis.scene import (
    Scene,
    combo_held_out,
    dressed_photo,
    garment_photo,
    person_photo,
    render_clip,
    render_frame,
    sample_scene,
)
from examples.croquis.wardrobe import ACCENTS, COLORS, GARMENTS, PATTERNS, Garment, garment_held_out

PERSON = Person("woman", 1, "brown", "bob")
SCENE = Scene(PERSON, (Garment("dress", "red", "polka dot"),), "walk", "studio")


def test_the_world_has_the_promised_variety() -> None:
    assert (len(GARMENTS), len(COLORS), len(PATTERNS), len(BACKDROPS), len(MOTIONS)) == (
        12,
        12,
        7,
        7,
        5,
    )
    assert len(SKINS) >= 6
    assert len(HAIR_COLORS) >= 6
    assert len(HAIR_STYLES) >= 5


def test_a_clip_has_the_asked_shape() -> None:
    assert render_clip(SCENE).shape == (17, 256, 192, 3)
    small = render_clip(SCENE, num_frames=5, width=96, height=128)
    assert small.shape == (5, 128, 96, 3)
    assert small.dtype == np.uint8
    assert render_clip(SCENE, progress=[0.0, 0.3]).shape == (2, 256, 192, 3)


def test_a_scene_is_drawn_the_same_every_time() -> None:
    assert np.array_equal(render_clip(SCENE, 5), render_clip(SCENE, 5))
    scene = sample_scene(random.Random(5))
    assert scene == sample_scene(random.Random(5))
    assert np.array_equal(
        person_photo(scene, random.Random(1)), person_photo(scene, random.Random(1))
    )


def test_the_dressed_still_is_the_first_frame() -> None:
    first = render_clip(SCENE, 3)[0]
    assert np.array_equal(dressed_photo(SCENE, random.Random(0)), first)
    assert np.array_equal(render_frame(SCENE, 0.0), first)


@pytest.mark.parametrize("motion", MOTIONS)
def test_every_motion_is_a_closed_loop_that_moves(motion: str) -> None:
    clip = render_clip(replace(SCENE, motion=motion), 9).astype(int)
    assert np.abs(clip[0] - clip[-1]).mean() < 0.5
    assert max(np.abs(frame - clip[0]).mean() for frame in clip) > 1.5
    assert pose_at(motion, 0.25) != pose_at(motion, 0.0)


def test_every_motion_looks_different() -> None:
    clips = [render_clip(replace(SCENE, motion=motion), 5).astype(int) for motion in MOTIONS]
    for index, clip in enumerate(clips):
        assert all(np.abs(clip - other).mean() > 1.5 for other in clips[:index])


def test_every_kind_in_every_pattern_is_drawn_differently() -> None:
    rng = random.Random(0)
    pictures = [
        garment_photo(Garment(kind, "blue", pattern), rng, flat=True).tobytes()
        for kind in GARMENTS
        for pattern in PATTERNS
    ]
    assert len(set(pictures)) == len(GARMENTS) * len(PATTERNS)


@pytest.mark.parametrize("kind", GARMENTS)
def test_a_plain_garment_shows_its_exact_colour(kind: str) -> None:
    outfit = (Garment(kind, "teal"),)
    frame = render_frame(replace(SCENE, outfit=outfit, motion="turn"), 0.0)
    assert (frame == COLORS["teal"]).all(axis=-1).sum() > 500


def test_every_person_and_place_is_drawn_differently() -> None:
    people = [
        Person(gender, skin, hair, style, beard)
        for gender in ("woman", "man")
        for skin in range(len(SKINS))
        for hair, style in zip(HAIR_COLORS, HAIR_STYLES, strict=True)
        for beard in ([False, True] if gender == "man" else [False])
    ]
    drawn = {render_frame(replace(SCENE, person=person), 0.0).tobytes() for person in people}
    assert len(drawn) == len(people)
    assert len(
        {render_frame(replace(SCENE, backdrop=place), 0.0).tobytes() for place in BACKDROPS}
    ) == len(BACKDROPS)


def test_the_figure_stays_inside_the_picture() -> None:
    for seed in range(20):
        scene = replace(sample_scene(random.Random(seed)), backdrop="white")
        clip = render_clip(scene, 9).astype(int)
        assert (
            np.ptp(clip[:, :, (0, -1)], axis=(0, 2)).max() <= 2
        )  # the left and right edges are backdrop only


def test_held_out_combinations_never_appear_in_training_scenes() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        scene = sample_scene(rng, "train")
        assert not any(garment_held_out(garment) for garment in scene.outfit)
        assert not combo_held_out(scene)


def test_held_out_scenes_show_a_held_out_main_garment() -> None:
    rng = random.Random(2)
    assert all(garment_held_out(sample_scene(rng, "held-out").outfit[0]) for _ in range(50))


def test_a_small_fixed_share_is_held_out() -> None:
    combos = [
        Garment(kind, color, pattern)
        for kind in GARMENTS
        for color in COLORS
        for pattern in PATTERNS
    ]
    share = sum(map(garment_held_out, combos)) / len(combos)
    assert 0.02 < share < 0.07


def test_accents_stand_out_from_their_colour() -> None:
    for color, accents in ACCENTS.items():
        for accent in accents:
            assert np.abs(np.subtract(COLORS[color], COLORS[accent])).sum() > 120


def _names(text: str, words: tuple[str, ...]) -> bool:
    return any(word and word in text.lower() for word in words)


def test_a_caption_names_garment_colour_and_pattern() -> None:
    rng = random.Random(3)
    for _ in range(300):
        scene = sample_scene(rng, "any")
        text, main = caption(scene, rng), scene.outfit[0]
        assert _names(text, KIND_WORDS[main.kind]), text
        assert _names(text, COLOR_WORDS[main.color]), text
        if main.pattern != "plain":
            assert _names(text, PATTERN_WORDS[main.pattern] + PATTERN_NOUNS[main.pattern]), text


def test_a_full_caption_names_motion_and_place() -> None:
    rng = random.Random(4)
    for _ in range(200):
        scene = sample_scene(rng, "any")
        text = caption(scene, rng, drop_backdrop=0, drop_motion=0, drop_person=0)
        words = MOTION_WORDS[scene.motion] + BACKDROP_WORDS[scene.backdrop]
        assert _names(text, words) or "runway" in text or "catwalk" in text, text


def test_a_caption_without_garment_is_silent_about_clothes_and_person() -> None:
    rng = random.Random(5)
    clothing = [word for words in KIND_WORDS.values() for word in words]
    for _ in range(200):
        text = caption(sample_scene(rng, "any"), rng, drop_garment=True).lower()
        assert text
        assert not any(word in text for word in (*clothing, "woman", " man", "wearing"))


def test_a_caption_with_nothing_left_is_neutral() -> None:
    assert (
        caption(SCENE, random.Random(0), drop_garment=True, drop_backdrop=1, drop_motion=1)
        == NEUTRAL
    )


def test_the_person_photo_shows_other_clothes() -> None:
    photo = person_photo(SCENE, random.Random(0))
    assert photo.shape == (256, 192, 3)
    assert not np.array_equal(photo, render_frame(SCENE, 0.0))


def test_a_catalogue_view_is_centred_on_white() -> None:
    photo = garment_photo(SCENE.outfit[0], random.Random(0), flat=True)
    assert (photo[0] == 255).all()
    dark = (photo < 250).any(axis=-1)
    columns = np.flatnonzero(dark.any(axis=0))
    assert abs((columns[0] + columns[-1]) / 2 - 96) < 4


def test_seller_photos_vary_with_the_seed() -> None:
    pictures = {garment_photo(SCENE.outfit[0], random.Random(seed)).tobytes() for seed in range(8)}
    assert len(pictures) == 8
