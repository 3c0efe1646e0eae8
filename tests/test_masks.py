"""What is painted on a person's photo, as the mask that is sent."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app import masks


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """Lying on its side, as phones save what stands: 40 wide and 60 high as it is looked at."""
    path = tmp_path / "photo.jpg"
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (60, 40), "grey").save(path, exif=turned)
    return str(path)


def test_what_is_painted_on_lies_upright_and_is_large_enough_to_aim_at(photo: str) -> None:
    shown = masks.backdrop(photo)
    assert (shown.mode, shown.size) == ("RGB", (427, 640))


def test_paint_becomes_white_at_its_place_in_the_size_of_the_photo(photo: str) -> None:
    layer = Image.new("RGBA", (427, 640), (0, 0, 0, 0))
    ImageDraw.Draw(layer).rectangle((0, 320, 426, 639), fill=(194, 57, 29, 255))
    mask = masks.painted(layer, photo)
    assert mask is not None
    assert (mask.mode, mask.size) == ("L", (40, 60))
    assert mask.getbbox() == (0, 30, 40, 60)
    assert mask.getextrema() == (0, 255)


def test_nothing_painted_is_no_mask_and_all_of_it_is_all_white(photo: str) -> None:
    size = masks.backdrop(photo).size
    assert masks.painted(Image.new("RGBA", size, (0, 0, 0, 0)), photo) is None
    whole = masks.painted(Image.new("RGBA", size, (194, 57, 29, 255)), photo)
    assert whole is not None
    assert whole.getextrema() == (255, 255)


def test_a_mask_comes_back_from_its_paint_as_it_was(photo: str) -> None:
    mask = Image.new("L", (40, 60), 0)
    ImageDraw.Draw(mask).ellipse((5, 10, 30, 41), fill=255)
    url = masks.to_url(masks.paint(mask, masks.backdrop(photo).size))
    layer = masks.from_url(url)
    assert layer is not None
    again = masks.painted(layer, photo)
    assert again is not None
    assert again.tobytes() == mask.tobytes()


@pytest.mark.parametrize("url", ["", "data:image/png;base64,", "data:image/png;base64,QQ==", "§"])
def test_what_is_no_paint_is_none(url: str) -> None:
    assert masks.from_url(url) is None


@pytest.mark.parametrize(
    ("image", "free"),
    [
        (Image.new("L", (4, 4), 255), 255),
        (Image.new("L", (4, 4), 0), 0),
        (Image.new("RGBA", (4, 4), (0, 0, 0, 0)), 255),
    ],
)
def test_a_mask_from_elsewhere_is_read_as_the_backend_does(
    tmp_path: Path, image: Image.Image, free: int
) -> None:
    path = tmp_path / "mask.png"
    image.save(path)
    assert masks.read_mask(str(path)).getextrema() == (free, free)


def test_a_mask_of_another_shape_does_not_lie_on_the_photo() -> None:
    photo = Image.new("RGB", (427, 640))
    assert masks.has_shape_of(Image.new("L", (40, 60)), photo)
    assert not masks.has_shape_of(Image.new("L", (60, 40)), photo)
