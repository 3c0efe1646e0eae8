"""Faces are found with the cascade inside scikit-image, on a real photo, offline."""

from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from app import photo_checks, samples


def save(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", path: Path) -> str:
    Image.fromarray(pixels).save(path)
    return str(path)


def test_one_face_needs_no_hint_two_and_none_do(tmp_path: Path) -> None:
    portrait = data.astronaut()
    face = np.ascontiguousarray(portrait[:300, 100:400])
    one = save(portrait, tmp_path / "one.png")
    couple = Image.fromarray(np.hstack([face, face])).resize((1200, 600))
    two = save(np.array(couple), tmp_path / "two.png")
    none = save(data.coffee(), tmp_path / "none.png")
    assert photo_checks.person_hints(one) == []
    assert photo_checks.person_hints(two) == [
        "2 faces were found; a photo of one person works best."
    ]
    assert photo_checks.person_hints(none) == [
        "No face was found; a front view in good light works best."
    ]


def test_drawn_people_are_not_searched_for_faces() -> None:
    for person in samples.people():
        with Image.open(person) as picture:
            assert photo_checks.is_drawn(picture.convert("RGB"))
    assert not photo_checks.is_drawn(Image.fromarray(data.astronaut()))
