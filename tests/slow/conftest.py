"""What the tests of whole models share."""

import pytest

QWEN = "diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus"


@pytest.fixture(autouse=True)
def small_references(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twins do without the megapixel that Qwen-Image-Edit makes of every picture."""
    monkeypatch.setattr(f"{QWEN}.VAE_IMAGE_SIZE", 128 * 128)
