"""The visible label can be read on any picture and in any language its font has."""

import io

import numpy as np
import pytest
from PIL import Image

from serve.label import Label


def box_of(label: Label, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is drawn."""
    box = Image.open(io.BytesIO(label.png(*size))).getchannel("A").getbbox()
    assert box is not None
    return box


def contrast(label: Label, picture: Image.Image) -> float:
    """Of the letters to their plate, as WCAG reckons it."""
    shown = label.draw(picture).crop(box_of(label, picture.size)).convert("L")
    light = (np.asarray(shown).astype(float) / 255) ** 2.2
    return float((light.max() + 0.05) / (np.median(light) + 0.05))


@pytest.mark.parametrize("size", [(192, 256), (832, 480), (480, 832)])
@pytest.mark.parametrize("colour", ["black", "grey", "white", "red"])
def test_the_label_is_legible_on_light_and_on_dark(size: tuple[int, int], colour: str) -> None:
    assert contrast(Label("AI-generated"), Image.new("RGB", size, colour)) > 4.5


@pytest.mark.parametrize("size", [(192, 256), (832, 480), (1280, 720), (16, 16)])
def test_the_label_lies_whole_in_the_lower_right_corner_and_is_small(size: tuple[int, int]) -> None:
    width, height = size
    box = box_of(Label("AI-generated"), size)
    assert box[0] >= 0 and box[2] < width
    assert height / 2 <= box[1] and box[3] < height
    if width > 100:
        assert (box[2] - box[0]) * (box[3] - box[1]) < 0.03 * width * height


def test_a_long_text_is_drawn_smaller_rather_than_cut_off() -> None:
    assert box_of(Label("Made with artificial intelligence, 2026"), (192, 256))[0] > 2


@pytest.mark.parametrize("text", ["généré par IA", "AI 生成"])
def test_a_text_that_the_font_cannot_draw_is_refused_with_the_letters_it_lacks(text: str) -> None:
    with pytest.raises(ValueError, match="label_text is .*: the font has no [é生].*label_font"):
        Label(text)


def test_what_is_no_font_is_refused() -> None:
    with pytest.raises(ValueError, match=r"label_font '.*README.md' cannot be read as a font"):
        Label("AI", "README.md")
