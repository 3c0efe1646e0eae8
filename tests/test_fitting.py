"""What a fitting lacks is said before anything is queued."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from app.components import ControlValues
from app.fitting import DRESS, DRESSED, Fitting
from app.garments import Category, Garment
from app.kept_garments import KeptGarments
from app.samples import people
from serve.protocol import Allowance, ModelCard, Task
from tests.fake_backend import card

TRY_ON = card("croquis-tryon", [Task.TRY_ON, Task.IMAGE_TO_VIDEO, Task.IMAGE_EDIT])
TOP, SKIRT, COAT = (
    Garment(category, f"{category.value}.png")
    for category in (Category.TOP, Category.BOTTOM, Category.OUTERWEAR)
)
FITTING = Fitting(
    mode=DRESS,
    person=people()[0],
    garments=[TOP],
    instruction="",
    direction="walking",
    notes="",
    n=2,
    size=None,
    settings=ControlValues(TRY_ON.id, "", None, None, None, None, None, None),
    dress_card=TRY_ON,
    clip_card=TRY_ON,
    approved=None,
    user="me",
    consented=False,
    last_image=None,
)


def with_last_image(allowed: Allowance) -> ModelCard:
    limits = TRY_ON.limits.model_copy(update={"last_image": allowed})
    return TRY_ON.model_copy(update={"limits": limits})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dress_card": None}, "No model is ready"),
        ({"person": None}, "photo of the person first"),
        ({"garments": []}, "photo of the garment first"),
        ({"garments": [TOP, SKIRT, COAT]}, "at most 2 garment pictures"),
    ],
)
def test_what_is_missing_is_said(changes: dict[str, object], words: str) -> None:
    assert FITTING.problem(needs_garment=True) is None
    problem = replace(FITTING, **changes).problem(needs_garment=True)  # type: ignore[arg-type]
    assert problem is not None
    assert words in problem


def test_an_own_photo_needs_consent_and_an_example_none(tmp_path: Path) -> None:
    own = tmp_path / "me.png"
    Image.new("RGB", (30, 40), "red").save(own)
    fitting = replace(FITTING, person=str(own))
    assert "right to use these photos" in (fitting.problem(needs_garment=True) or "")
    assert replace(fitting, consented=True).problem(needs_garment=True) is None
    dressed = replace(fitting, mode=DRESSED, garments=[])
    assert "right to use these photos" in (dressed.problem(needs_garment=False) or "")


def test_a_last_frame_that_a_model_needs_is_asked_for_only_when_a_clip_is_made() -> None:
    fitting = replace(FITTING, clip_card=with_last_image(Allowance.REQUIRED))
    assert "needs a last frame" in (fitting.problem(needs_garment=True) or "")
    assert fitting.problem(needs_garment=True, makes_clip=False) is None


def test_garments_go_beside_a_still_only_as_many_as_the_clip_model_takes() -> None:
    approved = replace(FITTING, approved="still.png")
    assert replace(approved, kept=["a.png", "b.png"]).problem(needs_garment=False) is None
    problem = replace(approved, kept=["a.png", "b.png", "c.png"]).problem(needs_garment=False)
    assert "at most 2 garment pictures, backs included; there are 3" in (problem or "")


def test_a_clip_model_without_use_for_garments_is_shown_none() -> None:
    vace = TRY_ON.model_copy(update={"sketch": False})
    mover = card("wan-i2v", [Task.IMAGE_TO_VIDEO], sketch=False)
    assert KeptGarments.taken(["a.png"], vace) == ["a.png"]
    for without in (mover, TRY_ON, None):  # a sketch model has not learnt to
        assert list(KeptGarments.taken(["a.png"], without)) == []


def test_a_clip_goes_through_a_still_where_one_job_could_not_do_it() -> None:
    assert FITTING.can_try_on
    assert not replace(FITTING, garments=[TOP, SKIRT, COAT]).can_try_on
    fitting = replace(FITTING, clip_card=with_last_image(Allowance.OPTIONAL))
    assert not replace(fitting, last_image="end.png").can_try_on
