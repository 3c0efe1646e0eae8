"""The evaluation: judged by the truth, asked as users ask, scored without mercy."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("skia")

from examples.croquis import evaluate, train_classifier
from examples.croquis.caption import KIND_WORDS
from examples.croquis.classifier import (
    MOMENTS,
    PICTURE_ANSWERS,
    UNKNOWN,
    Classifier,
    Look,
    labels_of,
    load_classifier,
    look_of,
    moments_of,
    save_classifier,
)
from examples.croquis.figure import Person
from examples.croquis.gallery import GAP, LINE, THUMBNAIL, Line, contact_sheet
from examples.croquis.motion import MOTIONS
from examples.croquis.scene import Scene, render_clip, render_frame
from examples.croquis.scorecard import Scorecard, decibels, mistakes_of, squared_error
from examples.croquis.trial import PARTS, Part, held_out_scenes, set_trial
from examples.croquis.wardrobe import Garment, garment_held_out
from serve import catalog
from serve.protocol import SamplingParams, Task
from tests.twins import build_twin

SCENE = Scene(
    Person("woman", 1, "brown", "bob"),
    (Garment("skirt", "red", "striped"), Garment("shirt", "white")),
    "walk",
    "studio",
)
DRESS = replace(SCENE, outfit=(Garment("dress", "navy", "floral"),))
LOOK = look_of(SCENE)


@pytest.fixture(scope="module")
def untrained() -> Classifier:
    torch.manual_seed(0)
    classifier = Classifier()
    classifier.eval()
    return classifier


def part_of(task: Task) -> Part:
    return next(part for part in PARTS if part.task is task)


def words(labels: list[int]) -> dict[str, str | None]:
    named = zip(PICTURE_ANSWERS.items(), labels[:-1], strict=True)
    return {
        name: None if label == UNKNOWN else answers[label] for (name, answers), label in named
    } | {"motion": MOTIONS[labels[-1]]}


def test_labels_name_both_garments_of_an_outfit() -> None:
    assert words(labels_of(SCENE)) == {
        "upper kind": "shirt",
        "upper colour": "white",
        "upper pattern": "plain",
        "lower kind": "skirt",
        "lower colour": "red",
        "lower pattern": "striped",
        "backdrop": "studio",
        "skin": "1",
        "hair": "brown",
        "motion": "walk",
    }


def test_below_a_one_piece_there_is_no_garment_and_no_colour_to_learn() -> None:
    labels = words(labels_of(DRESS))
    assert labels["lower kind"] == "none"
    assert labels["lower colour"] is None
    assert labels["upper kind"] == "dress"


def test_the_moments_looked_at_reach_the_extremes_of_every_motion() -> None:
    clip = render_clip(SCENE)
    assert moments_of(clip).shape[0] == len(MOMENTS)
    assert np.array_equal(moments_of(clip)[1], clip[2])
    assert len(moments_of(clip[:1])) == 1


def test_a_still_is_judged_without_its_motion(untrained: Classifier) -> None:
    still = render_frame(SCENE, 0.0)[None]
    assert untrained.judge(still, "skirt").motion is None
    assert untrained.judge(render_clip(SCENE), "skirt").motion in MOTIONS


def test_the_judge_looks_where_the_garment_is_worn(untrained: Classifier) -> None:
    clip = render_clip(SCENE)
    assert untrained.judge(clip, "skirt").kind in PICTURE_ANSWERS["lower kind"]
    assert untrained.judge(clip, "shirt").kind in PICTURE_ANSWERS["upper kind"]


def test_saved_weights_are_small_and_answer_alike(untrained: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "classifier.safetensors"
    save_classifier(untrained, path)
    assert path.stat().st_size < 1.5e6
    clip = torch.from_numpy(np.random.default_rng(0).random((2, 3, 128, 64), np.float32))
    with torch.inference_mode():
        before = untrained.picture(clip)
        assert torch.allclose(load_classifier(path).picture(clip), before, atol=0.02)


def test_the_shipped_judge_knows_the_drawn_world() -> None:
    judge = load_classifier()
    scorecard = Scorecard({})
    pairs = []
    for scene in held_out_scenes(100, seed=1):
        expected = look_of(scene)
        pairs.append((expected, judge.judge(render_clip(scene), expected.kind)))
    scorecard.add_shares("Classifier", pairs)
    assert len(scorecard.scores) == 7
    assert {score.measure: score.value for score in scorecard.scores if score.value < 0.9} == {}


def test_training_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    out = tmp_path / "classifier.safetensors"
    for steps in (1, 2):
        train_classifier.train(tmp_path, out, minutes=0, total_minutes=1, workers=0)
        state = torch.load(tmp_path / "classifier.pt", weights_only=True)
        assert state["step"] == steps
    name, first = next(iter(state["model"].items()))
    assert torch.allclose(load_classifier(out).state_dict()[name], first, atol=0.01)


def test_training_pictures_are_degraded_but_recognisable() -> None:
    pictures = torch.zeros(5, 3, 128, 64)
    pictures[..., 40:80, 30:60] = 0.8
    degraded = train_classifier.degrade(pictures, random.Random(1))
    assert degraded.shape == pictures.shape
    assert 0.01 < float((degraded - pictures).abs().mean()) < 0.3


def test_held_out_scenes_are_the_same_for_the_same_seed_and_never_trained_on() -> None:
    scenes = held_out_scenes(12, seed=3)
    assert scenes == held_out_scenes(12, seed=3)
    assert scenes != held_out_scenes(12, seed=4)
    assert all(garment_held_out(scene.outfit[0]) for scene in scenes)


def test_a_prompt_alone_names_everything() -> None:
    part = part_of(Task.TEXT_TO_VIDEO)
    card = catalog.find(part.model)
    trial = set_trial(part, SCENE, card, SamplingParams(seed=7))
    assert trial.generation.images == ()
    assert any(word in trial.generation.params.prompt.lower() for word in KIND_WORDS["skirt"])
    defaults = card.defaults.model_dump(include={"num_frames", "num_inference_steps"})
    assert trial.generation.params.model_dump(include={*defaults}) == defaults
    assert trial.generation.params.seed == 7


@pytest.mark.parametrize("task", [Task.TRY_ON, Task.IMAGE_EDIT])
def test_with_a_person_and_a_garment_the_prompt_is_silent_about_both(task: Task) -> None:
    part = part_of(task)
    clothing = [word for kinds in KIND_WORDS.values() for word in kinds]
    for seed in range(10):
        for scene in (SCENE, DRESS):
            trial = set_trial(part, scene, catalog.find(part.model), SamplingParams(seed=seed))
            assert [picture.size for picture in trial.generation.images] == [(192, 256)] * 2
            prompt = trial.generation.params.prompt.lower()
            assert not any(word in prompt for word in (*clothing, "woman", "wearing")), prompt


def test_the_person_before_keeps_the_other_garment_of_the_outfit() -> None:
    part = part_of(Task.TRY_ON)
    trial = set_trial(part, SCENE, catalog.find(part.model), SamplingParams(seed=1))
    person = trial.pictures[0]
    white_shirt = (person[60:115, 80:112] > 225).all(axis=-1).mean()
    assert white_shirt > 0.5
    assert not np.array_equal(person, render_frame(SCENE, 0.0))


def test_a_share_counts_only_what_was_expected() -> None:
    scorecard = Scorecard({})
    wrong = replace(LOOK, color="blue", motion="turn")
    still = replace(LOOK, motion=None)
    scorecard.add_shares("Part", [(LOOK, LOOK), (LOOK, wrong), (still, still)], {"color": 0.9})
    scores = {score.measure: score for score in scorecard.scores}
    assert scores["garment type right"].value == 1
    assert scores["colour right"].value == pytest.approx(2 / 3)
    assert not scores["colour right"].is_reached
    assert (scores["motion right"].value, scores["motion right"].samples) == (0.5, 2)
    assert mistakes_of(LOOK, wrong) == {"color": ("red", "blue"), "motion": ("walk", "turn")}
    assert mistakes_of(still, wrong) == {"color": ("red", "blue")}
    anybody = look_of(SCENE, shows_person=False)
    assert mistakes_of(anybody, replace(LOOK, skin="5", hair="grey")) == {}


def test_the_table_shows_goals_beside_scores() -> None:
    scorecard = Scorecard({})
    scorecard.add_shares("Part", [(LOOK, replace(LOOK, hair="grey"))], {"kind": 0.9, "hair": 0.9})
    scorecard.add_psnr("Autoencoder", [0.001, 0.001])
    table = scorecard.markdown().splitlines()
    assert "| Part | garment type right | 100.0 % | ≥ 90 % | yes | 1 |" in table
    assert "| Part | hair colour right | 0.0 % | ≥ 90 % | **no** | 1 |" in table
    assert "| Autoencoder | PSNR, mean of clips | 30.0 dB | ≥ 28 dB | yes | 2 |" in table
    assert json.loads(json.dumps(scorecard.as_json()))["scores"][0]["goal"] == 0.9


def test_the_psnr_of_pictures_is_measured_against_white() -> None:
    black, grey = np.zeros((1, 4, 4, 3), np.uint8), np.full((1, 4, 4, 3), 51, np.uint8)
    assert squared_error(black, grey) == pytest.approx(0.04)
    assert decibels(0.04) == pytest.approx(13.979, abs=0.001)


def test_a_contact_sheet_has_a_line_for_each_clip_and_cuts_long_prompts() -> None:
    clip, still = render_clip(SCENE, 5), render_frame(SCENE, 0.0)
    sheet = contact_sheet([Line("a very long prompt " * 40, (still, still), clip)] * 3)
    assert sheet.height == 3 * (THUMBNAIL[1] + LINE + GAP) + GAP
    assert sheet.width >= 7 * THUMBNAIL[0]
    margin = sheet.crop((sheet.width - GAP, 0, sheet.width, sheet.height))
    assert len(margin.getcolors() or []) == 1  # nothing runs over the edge


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    build_twin("WanPipeline", folder / "croquis-t2v", layout="croquis")
    build_twin("WanVACEPipeline", folder / "croquis-tryon", layout="croquis")
    return folder


def test_an_evaluation_runs_every_task_through_the_products_pipelines(
    weights: Path, untrained: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_classifier(untrained, tmp_path / "judge.safetensors")
    monkeypatch.setattr(evaluate, "JUDGE_SAMPLES", 2)
    args = evaluate.parse(
        ["--weights", str(weights), "--classifier", str(tmp_path / "judge.safetensors")]
        + ["--samples", "1", "--num-inference-steps", "1", "--sheet-dir", str(tmp_path / "docs")]
    )
    scorecard = evaluate.evaluate(args)
    parts = {score.part for score in scorecard.scores}
    assert {part.title for part in PARTS} < parts
    psnr = next(score for score in scorecard.scores if score.unit == "dB")
    assert 0 < psnr.value < 40
    assert all(0 <= score.value <= 1 for score in scorecard.scores if score.unit == "%")
    assert {path.name for path in (tmp_path / "docs").iterdir()} == {
        f"croquis-{name}.png" for name in ("autoencoder", *(part.task.value for part in PARTS))
    }


def test_looks_are_compared_by_the_names_that_goals_use() -> None:
    names = set(Look.__dataclass_fields__)
    assert all(set(part.goals) <= names for part in PARTS)
