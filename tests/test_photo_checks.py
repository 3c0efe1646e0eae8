"""Hints beside an uploaded picture: gentle, and none where the picture is fine."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import photo_checks, samples


@pytest.fixture(autouse=True)
def no_cascade(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for faces takes a second: tests/slow does that."""
    monkeypatch.setattr(photo_checks, "count_faces", lambda _picture: 1)


def photo(tmp_path: Path, brightness: int = 128, side: int = 512, grain: float = 30) -> str:
    noise = np.random.default_rng(0).normal(brightness, grain, (side, side, 3))
    path = tmp_path / "photo.png"
    Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(path)
    return str(path)


@pytest.mark.parametrize("person", samples.people())
def test_an_example_person_needs_no_hint(person: str) -> None:
    assert photo_checks.person_hints(person) == []


@pytest.mark.parametrize("garment", [garment.front for garment in samples.garments()])
def test_an_example_garment_needs_no_hint(garment: str) -> None:
    assert photo_checks.garment_hints(garment) == []


def test_a_sharp_photo_of_good_size_needs_no_hint(tmp_path: Path) -> None:
    assert photo_checks.person_hints(photo(tmp_path)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"side": 200}, "small (200 × 200)"),
        ({"brightness": 20, "grain": 8}, "very dark"),
        ({"grain": 1.5}, "blurred"),
    ],
)
def test_what_is_wrong_with_a_photo_is_said(
    tmp_path: Path, changes: dict[str, int], words: str
) -> None:
    (hint,) = photo_checks.person_hints(photo(tmp_path, **changes))
    assert words in hint


def test_a_garment_that_is_cut_off_is_noticed(tmp_path: Path) -> None:
    with Image.open(samples.garments()[0].front) as whole:
        whole.crop((0, 0, whole.width, int(whole.height * 0.6))).save(tmp_path / "cut.png")
    (hint,) = photo_checks.garment_hints(str(tmp_path / "cut.png"))
    assert "touch the edge" in hint


def test_what_is_no_picture_is_said_not_raised(tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_text("no picture")
    assert photo_checks.person_hints(str(path)) == ["This file cannot be read as a picture."]
