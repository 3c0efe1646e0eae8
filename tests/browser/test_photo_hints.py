"""What the page says of a picture that may not dress well, and takes all the same."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from skimage import data

from app.samples import IMAGES
from tests.browser.shelf import Shelf

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("patience")]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small and of nobody, of two people, and of a coat that is cut off."""
    folder = tmp_path_factory.mktemp("pictures")
    face = np.ascontiguousarray(data.astronaut()[:300, 100:400])
    with Image.open(IMAGES / "garment-1.png") as whole:
        made = {
            "small": Image.fromarray(data.coffee()).crop((0, 0, 180, 180)),
            "couple": Image.fromarray(np.hstack([face, face])).resize((1200, 600)),
            "cut": whole.crop((0, 0, whole.width, int(whole.height * 0.6))),
        }
    for name, picture in made.items():
        picture.save(folder / f"{name}.png")
    return {name: folder / f"{name}.png" for name in made}


def test_pictures_with_flaws_are_hinted_at_and_taken(
    shelf: Shelf, pictures: dict[str, Path]
) -> None:
    page = shelf.page
    hints = page.locator("#person-hints")
    person = page.locator("#tryon-person input[type=file]")
    person.set_input_files(pictures["small"])
    expect(hints).to_contain_text("small (180 × 180)")
    expect(hints).to_contain_text("No face was found")
    page.locator("#tryon-person").get_by_label("Remove Image").click()
    expect(hints).not_to_contain_text("No face")
    person.set_input_files(pictures["couple"])
    expect(hints).to_contain_text("2 faces were found; a photo of one person works best.")
    expect(hints).not_to_contain_text("small")
    page.locator("#tryon-garment-1 input[type=file]").set_input_files(pictures["cut"])
    expect(page.locator("#garment-hints")).to_contain_text("touch the edge of the picture")
    page.locator("#tryon-consent input").check()
    page.locator("#tryon-dress").click()
    expect(page.locator("#tryon-stills button.thumbnail-item")).to_have_count(2)
    (job,) = shelf.backend.jobs.values()
    sent = [pictures[name].read_bytes() for name in ("couple", "cut")]
    assert shelf.backend.inputs[job.id] == sent
