"""Draw a contact sheet: garment photo, person photo and five frames of eight scenes.

python -m examples.croquis.sheet OUT.png [SEED]
"""

import random
import sys

import numpy as np
from PIL import Image

from examples.croquis.caption import caption
from examples.croquis.motion import MOTIONS
from examples.croquis.photo import garment_photo
from examples.croquis.scene import Scene, person_photo, render_clip, sample_scene


def scene_row(scene: Scene, rng: random.Random) -> np.ndarray:
    """One line of the sheet."""
    frames = render_clip(scene)[[0, 2, 5, 8, 11]]
    return np.concatenate(
        [garment_photo(scene.outfit[0], rng), person_photo(scene, rng), *frames], axis=1
    )


def contact_sheet(seed: int, scenes: int = 8) -> np.ndarray:
    """Rows of random scenes, every motion in turn, in two columns."""
    rng = random.Random(seed)
    rows = []
    for index in range(scenes):
        drawn = sample_scene(rng, "any")
        scene = Scene(drawn.person, drawn.outfit, MOTIONS[index % len(MOTIONS)], drawn.backdrop)
        rows.append(scene_row(scene, rng))
        print(caption(scene, rng))
    half = (scenes + 1) // 2
    return np.concatenate([np.concatenate(rows[:half]), np.concatenate(rows[half:])], axis=1)


if __name__ == "__main__":
    out, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    Image.fromarray(contact_sheet(seed)).save(out)
