"""The wardrobe keeps people and garments for one browser, across restarts."""

from pathlib import Path

import pytest
from PIL import Image

from app import wardrobe
from app.garments import Category
from app.samples import IMAGES, is_example
from app.wardrobe import Leave, Wardrobe, WardrobeError

PERSON, GARMENT = str(IMAGES / "person-1.png"), str(IMAGES / "garment-1.png")


def size(picture: str) -> tuple[int, int]:
    with Image.open(picture) as image:
        return image.size


def test_a_saved_garment_is_there_after_a_restart(tmp_path: Path) -> None:
    Wardrobe(tmp_path).save(
        "me", "garment", " Red dress ", GARMENT, back=PERSON, category=Category.DRESS, sku="A-1"
    )
    (saved,) = Wardrobe(tmp_path).list("me", "garment")
    assert (saved.caption, saved.item.category) == ("Red dress · A-1", Category.DRESS)
    assert size(saved.front) == size(GARMENT)
    assert saved.back is not None
    assert Wardrobe(tmp_path).list("me", "person") == []


def test_no_browser_sees_or_touches_another_s(tmp_path: Path) -> None:
    shelf = Wardrobe(tmp_path)
    saved = shelf.save("me", "person", "Ana", PERSON)
    assert shelf.list("somebody else", "person") == []
    assert "me" not in Path(saved.front).parts
    with pytest.raises(WardrobeError, match="not in the wardrobe"):
        shelf.delete("somebody else", saved.id)
    with pytest.raises(WardrobeError, match="not in the wardrobe"):
        shelf.change("me", "../../elsewhere", name="x")
    assert Path(saved.front).exists()


def test_names_change_and_deleted_files_are_gone(tmp_path: Path) -> None:
    shelf = Wardrobe(tmp_path)
    saved = shelf.save("me", "person", "Ana", PERSON)
    assert shelf.change("me", saved.id, name="Bea").item.name == "Bea"
    with pytest.raises(WardrobeError, match="name"):
        shelf.change("me", saved.id, name="  ")
    shelf.delete("me", saved.id)
    assert shelf.list("me", "person") == []
    assert not Path(saved.front).exists()


def test_a_photo_loses_where_it_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    exif[0x0112] = 6  # lies on its side
    photo = tmp_path / "photo.jpg"
    Image.new("RGB", (40, 60), "red").save(photo, exif=exif)
    saved = Wardrobe(tmp_path / "w").save("me", "person", "Ana", str(photo))
    assert size(saved.front) == (60, 40)
    assert b"at home" not in Path(saved.front).read_bytes()


def test_what_is_no_picture_leaves_nothing_behind(tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("no picture")
    shelf = Wardrobe(tmp_path / "w")
    with pytest.raises(WardrobeError, match="could not be saved"):
        shelf.save("me", "person", "Ana", str(text))
    assert shelf.list("me", "person") == []
    assert [path for path in (tmp_path / "w").rglob("*") if path.is_file()] == []


def test_a_full_wardrobe_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wardrobe, "MAX_ITEMS", 1)
    shelf = Wardrobe(tmp_path)
    shelf.save("me", "person", "Ana", PERSON)
    with pytest.raises(WardrobeError, match="at most 1"):
        shelf.save("me", "person", "Bea", PERSON)


def test_consent_is_remembered_for_the_browser_that_gave_it(tmp_path: Path) -> None:
    shelf = Wardrobe(tmp_path)
    assert not shelf.has_consent("me")
    shelf.set_consent("me", given=True)
    assert Wardrobe(tmp_path).has_consent("me")
    assert not shelf.has_consent("me", Leave.CLIPS)
    assert not shelf.has_consent("somebody else")
    assert shelf.list("me", "person") == []
    shelf.set_consent("me", given=False)
    assert not shelf.has_consent("me")


def test_an_example_person_is_known_under_any_name(tmp_path: Path) -> None:
    saved = Wardrobe(tmp_path).save("me", "person", "Ana", PERSON)
    assert is_example(saved.front)
    assert not is_example(GARMENT)
