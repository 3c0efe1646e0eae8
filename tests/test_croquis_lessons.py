"""What the built-in models learn from: fresh batches, and cloth whose main colour can be told."""

import random
from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F

pytest.importorskip("skia")

from diffusers import WanTransformer3DModel

from examples.croquis.autoencoder import PATCH, Z_DIM
from examples.croquis.erasure import Erasure
from examples.croquis.facts import FACTS, SUBJECTS, UNTOLD
from examples.croquis.figure import sample_person
from examples.croquis.lesson import Encoder, draw_lesson
from examples.croquis.listening import Listening
from examples.croquis.places import ASKED, Places
from examples.croquis.pool import USES, Batch, Batches, Exercise, Pool
from examples.croquis.scene import Scene, garment_photo, render_clip
from examples.croquis.shown import QUESTIONS, SHOWN, UNASKED, Shown, unasked_in_words
from examples.croquis.wardrobe import BOTTOMS, ONE_PIECES, PATTERNS, TOPS, Garment

EXERCISES = (
    Exercise("text", 1, 3, 0.5, 0.5),
    Exercise("try-on", 4, 2, 0.3, 0.3),
    Exercise("first-frame", 2, 2, 0.2, 0.2),
)


@pytest.fixture(scope="module")
def batches() -> Batches:
    weight = torch.zeros(Z_DIM, 3 * PATCH * PATCH)
    return Batches(EXERCISES, Encoder(weight, torch.zeros(Z_DIM)), seed=0)


def test_lessons_of_a_batch_show_the_same_frames_and_have_as_many_references(
    batches: Batches,
) -> None:
    counts = set()
    for seed in range(6):
        batch = batches.draw(EXERCISES[1], random.Random(seed))
        counts.add(batch["references"].shape[2])
        assert batch["clip"].shape == (2, Z_DIM, 4, 32, 24)
        assert len(batch["frames"]) == 4 == len(set(batch["frames"]))
    assert counts == {2, 3}  # the person, and one garment or two


def test_a_lesson_of_words_tells_the_clothes_and_has_no_pictures(batches: Batches) -> None:
    batch = batches.draw(EXERCISES[0], random.Random(1))
    assert batch["references"] is None
    for told, silent in zip(batch["prompts"], batch["silent_prompts"], strict=True):
        assert told != silent


def test_a_batch_is_used_a_few_times_and_then_gone(
    batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = 0

    def count(exercise: Exercise, rng: random.Random) -> Batch:
        nonlocal drawn
        drawn += 1
        clip = torch.full((1, 1), float(drawn))
        return {
            "frames": [0],
            "clip": clip,
            "references": None,
            "prompts": ["red"],
            "silent_prompts": [""],
            "shown": torch.zeros(1, len(SHOWN), dtype=torch.long),
        }

    monkeypatch.setattr(batches, "draw", count)
    pool = Pool(batches, workers=0, seed=0)
    steps = 400
    seen = Counter(float(pool.batch(EXERCISES[0])["clip"]) for _ in range(steps))
    assert drawn == steps / USES
    assert max(seen.values()) < 10 * USES
    assert max(seen) > drawn - 20 and min(list(seen)[-20:]) > drawn / 2


def small_transformer() -> WanTransformer3DModel:
    torch.manual_seed(0)
    return WanTransformer3DModel(
        patch_size=(1, 4, 4),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=4,
        out_channels=4,
        text_dim=8,
        freq_dim=16,
        ffn_dim=32,
        num_layers=4,
        rope_max_seq_len=32,
    )


def test_a_token_s_row_and_column_are_those_of_its_pixels() -> None:
    transformer = small_transformer()
    grid = Places(transformer).grid
    for axis in (0, 1):
        rising = torch.arange(32.0 if axis == 0 else 24.0).unflatten(0, (-1, 4)).mean(1)
        picture = rising.repeat_interleave(4).view((-1, 1) if axis == 0 else (1, -1))
        with torch.no_grad():
            transformer.patch_embedding.weight.fill_(1)
            latents = picture.expand(1, 4, 1, 32, 24)
            tokens = transformer.patch_embedding(latents).flatten(2)[0, 0]
        assert torch.equal(tokens.unique(return_inverse=True)[1], grid[:, axis])


def test_the_first_blocks_and_no_others_are_asked_where_a_token_lies() -> None:
    transformer = small_transformer()
    places = Places(transformer)
    transformer(torch.randn(2, 4, 2, 32, 24), torch.ones(2), torch.zeros(2, 3, 8))
    places.loss().backward()
    asked = [block.ffn.net[2].weight.grad is not None for block in transformer.blocks]
    assert asked == [True, True, False, False] and ASKED == 2


def test_every_lesson_knows_what_it_shows_but_for_colours_without_a_name() -> None:
    named = 0
    for seed in range(40):
        lesson = draw_lesson(random.Random(seed), "first-frame", [0])
        answers = dict(zip(SHOWN, lesson.shown, strict=True))
        assert (answers["upper colour"] == UNASKED) == (answers["lower colour"] == UNASKED)
        named += answers["upper colour"] != UNASKED
        for fact, answer in answers.items():
            if fact in FACTS and answer != UNASKED and "accent" not in fact:
                assert FACTS[fact][answer] != UNTOLD
    assert 20 < named < 40


def test_a_prompt_is_not_asked_for_the_head_nor_is_an_empty_one_for_anything() -> None:
    truth = torch.ones(2, len(SHOWN), dtype=torch.long)
    asked = unasked_in_words(truth, ["a red dress", ""]) != UNASKED
    assert [fact for fact, told in zip(SHOWN, asked[0], strict=True) if told] == [
        *QUESTIONS["upper"],
        *QUESTIONS["lower"],
    ]
    assert not asked[1].any()


def test_answers_are_asked_of_the_clip_and_never_of_its_references() -> None:
    transformer = small_transformer()
    shown = Shown(transformer)
    for block in transformer.blocks:
        torch.nn.init.zeros_(block.attn1.to_out[0].weight)  # no frame hears of another
    truth = torch.ones(2, len(SHOWN), dtype=torch.long)
    losses = []
    for reference, clip in ((0.0, 0.0), (3.0, 0.0), (0.0, 3.0)):
        frames = torch.full((2, 4, 3, 32, 24), clip)
        frames[:, :, 0] = reference
        transformer(frames, torch.ones(2), torch.zeros(2, 3, 8))
        losses.append(shown.loss(truth, 2).item())
    assert losses[0] == losses[1] != losses[2]


def test_what_listening_costs_teaches_to_hear_of_one_s_own_garment() -> None:
    transformer = small_transformer()
    listening = Listening(transformer)
    frames = torch.ones(2, 4, 1, 32, 24)
    frames[:, :, :, 16:] = -1  # so that a leg's tokens know from the start where they are
    words = torch.randn(1, 5, 8).expand(2, -1, -1)
    optimizer = torch.optim.Adam(transformer.parameters(), lr=0.01)
    losses = []
    for _ in range(20):
        transformer(frames, torch.ones(2), words)
        losses.append(listening.loss())
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    transformer(frames, torch.ones(2), words[:, [0, 2, 1, 3, 4]])
    swapped = listening.loss().item()
    assert losses[-1].item() < 0.2 < losses[0].item() < 2 < swapped


def test_right_answers_cost_nothing_and_what_is_unasked_neither() -> None:
    transformer = small_transformer()
    shown = Shown(transformer)
    truth = torch.ones(2, len(SHOWN), dtype=torch.long)
    for heads in shown.heads:
        for head in heads.values():
            torch.nn.init.zeros_(head[1].weight)
            head[1].bias.data.fill_(-50.0)
    for part, facts in QUESTIONS.items():
        first = 0
        for fact in facts:
            for heads in shown.heads:
                heads[part][1].bias.data[first + 1] = 50.0
            first += len(FACTS.get(fact, range(6)))
    for answers in (truth, torch.full_like(truth, UNASKED)):
        transformer(torch.randn(2, 4, 1, 32, 24), torch.ones(2), torch.zeros(2, 3, 8))
        assert shown.loss(answers, 1).item() < 1e-3


@pytest.mark.parametrize("kind", (*TOPS, *BOTTOMS, *ONE_PIECES))
@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_main_colour_of_cloth_covers_more_than_its_accent(kind: str, pattern: str) -> None:
    garment = Garment(kind, "blue", pattern, "yellow")
    photo = garment_photo(garment, random.Random(0), flat=True)
    assert covered(photo, garment.rgb) > 1.1 * covered(photo, garment.accent_rgb)


@pytest.mark.parametrize("kind", BOTTOMS)
@pytest.mark.parametrize("top", TOPS)
def test_no_top_hides_the_main_colour_of_what_is_worn_below(kind: str, top: str) -> None:
    bottom = Garment(kind, "blue", "colour-block", "yellow")
    person = sample_person(random.Random(0))
    frame = render_clip(Scene(person, (bottom, Garment(top, "red")), "pose", "studio"), 1)[0]
    main, accent = covered(frame, bottom.rgb), covered(frame, bottom.accent_rgb)
    assert main > 150 and accent > 150


def covered(picture: np.ndarray, rgb: tuple[int, int, int]) -> int:
    """Pixels in about this colour."""
    return int((np.abs(picture.astype(int) - rgb).max(-1) < 24).sum())


def test_a_garment_s_slot_keeps_its_own_colour_and_loses_the_other_s() -> None:
    facts = list(FACTS)
    upper, lower = (facts.index(f"{half} colour") for half in ("upper", "lower"))
    generator = torch.Generator().manual_seed(0)
    targets = torch.stack(
        [torch.randint(1, len(words), (3000,), generator=generator) for words in FACTS.values()], 1
    )
    kind = FACTS["upper kind"].index(next(iter(TOPS)))
    targets[:, facts.index("upper kind")] = kind
    targets[2000:, facts.index("upper kind")] = FACTS["upper kind"].index(next(iter(ONE_PIECES)))
    told = torch.cat([F.one_hot(targets[:, fact]) for fact in (upper, lower)], 1).float()
    mixed = told @ torch.randn(told.shape[1], 48, generator=generator)
    hidden = mixed[:, None].repeat(1, len(SUBJECTS), 1)
    erased = Erasure(hidden, targets)(hidden, targets)
    slot = SUBJECTS.index("upper")
    two = slice(0, 2000)
    for kept, fact in ((True, upper), (False, lower)):
        words = F.one_hot(targets[two, fact]).float()
        seen = torch.cat([erased[two, slot], torch.ones(2000, 1)], 1)
        ridge = seen.T @ seen + 0.1 * torch.eye(seen.shape[1])
        read = (seen @ torch.linalg.solve(ridge, seen.T @ words)).argmax(1)
        share = (read == targets[two, fact]).float().mean().item()
        assert share > 0.95 if kept else share < 0.25
    assert torch.equal(erased[:, 0], hidden[:, 0])
    assert torch.equal(erased[2000:], hidden[2000:])
