"""The repositories that recipes run, cloned as far as a recipe needs: one script each.

The scripts are stand-ins of `tests/programs`, with the real ones' options and names of files.
"""

import shutil
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
SCRIPTS = {
    "STEPVIDEO": ("step_video.py", "run_parallel.py"),
    "OPEN_SORA": ("open_sora.py", "scripts/diffusion/inference.py"),
    "DYNAMICRAFTER": ("dynamicrafter.py", "scripts/evaluation/inference.py"),
    "VIDEOCRAFTER": ("videocrafter.py", "scripts/evaluation/inference.py"),
    "SEINE": ("seine.py", "sample_scripts/with_mask_sample.py"),
    "SADTALKER": ("sadtalker.py", "inference.py"),
    "MUSETALK": ("musetalk.py", "scripts/inference.py"),
    "WAV2LIP": ("wav2lip.py", "inference.py"),
    "LIVEPORTRAIT": ("liveportrait.py", "inference.py"),
    "STREAMDIFFUSION": ("streamdiffusion.py", "examples/vid2vid/main.py"),
    "STREAMDIFFUSIONV2": ("streamdiffusion_v2.py", "streamv2v/inference.py"),
    "SHOW1": ("show_1.py", "showone/pipelines/__init__.py"),
}
"""By the prefix of their variables: the stand-in, and where it lies in the clone."""
IMPORTED = ("diffusers.py", "showone/pipelines/pipeline_t2v_sr_pixel_cond.py")
"""Where Show-1's lies, too: its script is ours, and imports the stages from there."""


def clone_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below `folder`, with the variables by which the recipes find them."""
    for prefix, (program, script) in SCRIPTS.items():
        home = folder / prefix.lower()
        target = home / script
        target.parent.mkdir(parents=True)
        shutil.copy(PROGRAMS / program, target)
        for place in {home, target.parent}:  # either may be where Python looks for modules
            (place / "tests" / "programs").mkdir(parents=True)
            shutil.copy(PROGRAMS / "film.py", place / "tests" / "programs")
        monkeypatch.setenv(f"{prefix}_PYTHON", sys.executable)
        monkeypatch.setenv(f"{prefix}_HOME", str(home))
    for name in IMPORTED:
        shutil.copy(PROGRAMS / "show_1.py", folder / "show1" / name)
    monkeypatch.setenv("STEPVIDEO_MODEL", "weights")
    monkeypatch.setenv("STEPVIDEO_SERVER", "127.0.0.1")
    monkeypatch.setenv("WAV2LIP_CHECKPOINT", "wav2lip.pth")
