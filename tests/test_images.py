"""Uploads become upright RGB pictures on white, or an error that names the field."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from serve.errors import UnreadableImage
from serve.images import (
    alike,
    aspect_ratio,
    beside,
    contain,
    cover,
    from_png,
    in_rows,
    keep_outside,
    read_image,
    read_mask,
    to_png,
)

RED, BLUE = (220, 30, 30), (30, 30, 220)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def read(data: bytes, max_pixels: int = 1_000_000) -> Image.Image:
    return read_image(data, field="garment", max_pixels=max_pixels)


def close_to(image: Image.Image, corner: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    pixel = np.asarray(image)[corner[1], corner[0]].astype(int)
    return bool(np.abs(pixel - colour).max() <= 6)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_are_read(kind: str) -> None:
    image = read(encoded(Image.new("RGB", (20, 30), RED), kind))
    assert (image.mode, image.size) == ("RGB", (20, 30))
    assert close_to(image, (10, 10), RED)


def test_other_formats_are_refused_by_name_of_the_field() -> None:
    with pytest.raises(UnreadableImage, match="garment: this is not a JPEG, PNG or WebP") as error:
        read(encoded(Image.new("RGB", (20, 30)), "GIF"))
    assert error.value.param == "garment"
    with pytest.raises(UnreadableImage):
        read(b"not a picture")


def test_the_camera_orientation_is_applied_and_metadata_dropped() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn a quarter clockwise to see it upright
    exif[0x010F] = "Camera maker"
    landscape = Image.new("RGB", (40, 20), RED)
    landscape.paste(BLUE, (0, 0, 20, 20))
    image = read(encoded(landscape, "JPEG", exif=exif, quality=95, comment=b"secret"))
    assert image.size == (20, 40)
    assert close_to(image, (10, 5), BLUE)
    assert close_to(image, (10, 35), RED)
    assert not image.info
    assert not image.getexif()


def test_transparency_becomes_white() -> None:
    image = Image.new("RGBA", (10, 10), (*RED, 255))
    image.paste((*BLUE, 0), (0, 0, 5, 10))
    for kind in ("PNG", "WEBP"):
        plain = read(encoded(image, kind, lossless=True))
        assert plain.getpixel((2, 5)) == (255, 255, 255)
        assert plain.getpixel((8, 5)) == RED
    palette = encoded(Image.new("P", (4, 4), 0), "PNG", transparency=0)
    assert read(palette).getpixel((1, 1)) == (255, 255, 255)


def test_sixteen_bit_grey_keeps_its_brightness() -> None:
    grey = Image.fromarray(np.full((4, 4), 128 * 256, np.uint16))
    assert close_to(read(encoded(grey, "PNG")), (1, 1), (128, 128, 128))


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert read(data).getpixel((4, 4)) == RED


@pytest.mark.parametrize("side", [1_001, 30_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    png = encoded(Image.new("L", (1, 1)), "PNG")
    header = b"IHDR" + struct.pack(">II", side, side) + png[24:29]
    bomb = png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]
    with pytest.raises(UnreadableImage, match="garment: .* at most 1,000,000 are taken"):
        read(bomb)


def test_a_cut_off_file_is_an_error_not_half_a_picture() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    for kind in ("JPEG", "PNG", "WEBP"):
        data = encoded(noise, kind)
        with pytest.raises(UnreadableImage, match="garment"):
            read(data[: len(data) // 2])


def test_cover_crops_and_contain_pads_but_neither_stretches() -> None:
    wide = Image.new("RGB", (300, 100), RED)
    wide.paste(BLUE, (0, 0, 50, 100))
    wide.paste(BLUE, (250, 0, 300, 100))
    filled = cover(wide, 60, 80)
    assert filled.size == (60, 80)
    assert close_to(filled, (0, 0), RED)
    assert close_to(filled, (59, 79), RED)
    whole = contain(wide, 60, 80)
    assert whole.size == (60, 80)
    assert whole.getpixel((30, 5)) == (255, 255, 255)
    assert close_to(whole, (3, 40), BLUE)
    assert close_to(whole, (30, 40), RED)


def test_a_stored_input_comes_back_pixel_for_pixel() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (16, 12, 3), np.uint8))
    assert np.array_equal(np.asarray(from_png(to_png(noise))), np.asarray(noise))


@pytest.mark.parametrize(("orientation", "ratio"), [(1, 2.0), (3, 2.0), (6, 0.5), (8, 0.5)])
def test_the_shape_of_a_picture_is_told_as_it_is_looked_at(orientation: int, ratio: float) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert aspect_ratio(encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif)) == ratio
    assert aspect_ratio(encoded(Image.new("RGB", (20, 40)), "PNG")) == 0.5
    assert aspect_ratio(b"not a picture") is None


def mask_of(image: Image.Image, kind: str = "PNG", **options: Any) -> Image.Image:
    data = encoded(image, kind, **options)
    return read_mask(data, field="mask", max_pixels=1_000_000, size=(10, 20))


def half(mode: str, left: Any, right: Any) -> Image.Image:
    image = Image.new(mode, (10, 20), left)
    image.paste(right, (5, 0, 10, 20))
    return image


@pytest.mark.parametrize(
    "image",
    [
        half("RGBA", (*RED, 255), (*RED, 0)),  # OpenAI's: transparent is edited
        half("LA", (255, 255), (255, 0)),  # whatever its colour
        half("L", 0, 255),  # opaque: white is edited
        half("RGB", (0, 0, 0), (255, 255, 255)),
        half("RGBA", (0, 0, 0, 255), (255, 255, 255, 255)),
        half("1", 0, 1),
    ],
)
def test_a_mask_says_by_transparency_or_else_by_white_what_may_change(image: Image.Image) -> None:
    mask = mask_of(image)
    assert (mask.mode, mask.size) == ("L", (10, 20))
    assert (mask.getpixel((2, 5)), mask.getpixel((8, 5))) == (0, 255)


@pytest.mark.parametrize(
    ("image", "kind", "words"),
    [
        (Image.new("L", (10, 20), 255), "JPEG", "this is no PNG, but JPEG"),
        (Image.new("L", (20, 10), 255), "PNG", "has 20x10 pixels, the first image 10x20"),
        (Image.new("L", (10, 20), 0), "PNG", "nothing may be edited"),
    ],
)
def test_a_mask_that_is_none_is_refused(image: Image.Image, kind: str, words: str) -> None:
    with pytest.raises(UnreadableImage, match=f"mask: .*{words}") as error:
        mask_of(image, kind)
    assert error.value.param == "mask"


def test_outside_of_a_mask_the_person_stays_as_she_is() -> None:
    person, still = Image.new("RGB", (40, 80), RED), Image.new("RGB", (10, 20), BLUE)
    kept = keep_outside(still, person, half("L", 0, 255).resize((40, 80)))
    assert (kept.getpixel((1, 10)), kept.getpixel((8, 10))) == (RED, BLUE)


def test_pictures_side_by_side_keep_their_order_and_size() -> None:
    row = beside([Image.new("RGB", (10, 20), RED), Image.new("RGB", (10, 20), BLUE)])
    assert row.size == (20, 20)
    assert (row.getpixel((5, 5)), row.getpixel((15, 5))) == (RED, BLUE)


def test_rows_take_the_pictures_in_their_order() -> None:
    images = [Image.new("RGB", (10, 20), colour) for colour in (RED, BLUE, RED)]
    first, second = in_rows(images, [2, 1])
    assert (first.size, second.size) == ((20, 20), (10, 20))
    assert [first.getpixel((x, 5)) for x in (5, 15)] == [RED, BLUE]
    assert second.getpixel((5, 5)) == RED


def test_pictures_of_several_sizes_become_alike_within_the_most_pixels() -> None:
    wide, tall = Image.new("RGB", (40, 20)), Image.new("RGB", (20, 20))
    assert [one.size for one in alike([wide, tall], 10_000)] == [(40, 20)] * 2
    assert [one.size for one in alike([wide, tall], 200)] == [(20, 10)] * 2
    assert alike([wide, tall], 10_000)[1].getpixel((0, 0)) == (255, 255, 255)
