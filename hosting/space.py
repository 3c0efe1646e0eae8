"""Write a folder that is a complete Docker Space: ``python -m hosting.space [--gpu] [FOLDER]``.

It holds the front page with Spaces' settings, the Dockerfile and the program, as git knows it.
"""

import argparse
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).parent
PROGRAM = (
    "app",
    "serve",
    "examples/images",
    "start_app.py",
    "pyproject.toml",
    "requirements.lock",
    "LICENSE",
    "deployments.yaml",
    "deployments.cpu.yaml",
    "deployments.on-demand.yaml",
)
CPU_TORCH = " --index-url https://download.pytorch.org/whl/cpu"
"""Left out, pip takes the build with CUDA."""
HARDWARE = "suggested_hardware: l40sx1\n"


def write_space(folder: Path, *, gpu: bool = False) -> None:
    """Fill an empty or new folder; ``gpu`` serves the production models instead of the sketches."""
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty; give a new folder.")
    for name in _tracked():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    front, dockerfile = (HERE / "space.md").read_text(), (HERE / "Dockerfile").read_text()
    if gpu:
        front = front.replace("pinned:", f"{HARDWARE}pinned:")
        dockerfile = dockerfile.replace(CPU_TORCH, "").replace(".cpu.yaml", ".yaml")
    (folder / "README.md").write_text(front)
    (folder / "Dockerfile").write_text(dockerfile)


def _tracked() -> list[str]:
    listing = ["git", "ls-files", "-z", *PROGRAM]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    return found.stdout.rstrip("\0").split("\0")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write it and say what comes next."""
    parser = argparse.ArgumentParser(description="Write a Docker Space for Hugging Face.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "space")
    parser.add_argument("--gpu", action="store_true", help="serve deployments.yaml on a GPU")
    options = parser.parse_args(arguments)
    write_space(options.folder, gpu=options.gpu)
    print(f"Written to {options.folder}. To put it online:")
    print(f"  hf upload USER/lookreel {options.folder} . --repo-type space")


if __name__ == "__main__":
    main()
