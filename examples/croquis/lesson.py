"""Training samples: a clip to learn, with the pictures and prompts that ask for it."""

import colorsys
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from examples.croquis.autoencoder import to_patches
from examples.croquis.backdrop import BACKDROPS, HEIGHT, WIDTH
from examples.croquis.caption import caption
from examples.croquis.motion import standing
from examples.croquis.recipe import pictures_to_tensor
from examples.croquis.scene import (
    Scene,
    draw_frames,
    garment_photo,
    render_clip,
    sample_outfit,
    sample_scene,
)
from examples.croquis.shown import shown
from examples.croquis.tokenizer import with_strange_words
from examples.croquis.wardrobe import RGB, Garment

Outfit = tuple[Garment, ...]

NUM_FRAMES = 17
DEFAULT_MOTION = "pose"
DEFAULT_BACKDROP = "studio"
"""What happens, and where, when the prompt does not say."""
SKIP_ONE_PIECE = 0.6
"""Which of two garments has which colour takes far longer to learn than a dress."""


@dataclass(frozen=True)
class Lesson:
    """One drawn sample; pictures are uint8 (…, H, W, 3)."""

    clip: np.ndarray
    references: np.ndarray
    """The person before and the garments to put on; none but for try-on."""
    prompt: str
    silent_prompt: str
    """Says nothing of the person and the clothes: the pictures do."""
    shown: list[int]
    """The right answers to what its tokens are asked (`shown.py`)."""


@dataclass(frozen=True)
class DyedGarment(Garment):
    """A garment of any colour at all, so that try-on learns to copy colours, not to name them."""

    dye: RGB = (0, 0, 0)

    @property
    def rgb(self) -> RGB:
        return self.dye


def tell(rng: random.Random) -> tuple[Scene, str, str, bool]:
    """A scene from the training split, a prompt for it, another that is silent about person and
    clothes, and whether that one is silent about the place too.

    What no prompt tells is what the models are to do by default.
    """
    scene = sample_scene(rng)
    while len(scene.outfit) == 1 and rng.random() < SKIP_ONE_PIECE:
        scene = sample_scene(rng)
    says_motion, says_backdrop = rng.random() < 0.88, rng.random() < 0.85
    scene = replace(
        scene,
        motion=scene.motion if says_motion else DEFAULT_MOTION,
        backdrop=scene.backdrop if says_backdrop else DEFAULT_BACKDROP,
    )
    motion, backdrop = 1.0 - says_motion, 1.0 - says_backdrop
    prompt = caption(scene, rng, drop_motion=motion, drop_backdrop=backdrop)
    placeless = rng.random() < 0.6
    silent = caption(
        scene, rng, drop_garment=True, drop_motion=motion, drop_backdrop=float(placeless)
    )
    return scene, prompt, silent, placeless


def count_garments(rng: random.Random) -> int:
    """Of how many garments there are pictures, as often as it happens."""
    return len(_change(tell(rng)[0], rng)[1])


def draw_lesson(rng: random.Random, task: str, frames: Sequence[int], garments: int = 0) -> Lesson:
    """A scene from the training split, its clip at these frames, and the pictures of a try-on."""
    scene, prompt, silent, placeless = tell(rng)
    before, worn = _change(scene, rng)
    while task == "try-on" and len(worn) != garments:
        scene, prompt, silent, placeless = tell(rng)
        before, worn = _change(scene, rng)
    if task != "text" and rng.random() < 0.3:
        dyes = {garment: _dye(garment, rng) for garment in scene.outfit}
        scene = replace(scene, outfit=tuple(dyes.values()))
        before, worn = [tuple(dyes.get(one, one) for one in outfit) for outfit in (before, worn)]
        prompt = silent
    references = np.empty((0, HEIGHT, WIDTH, 3), np.uint8)
    if task == "try-on":
        photos = [garment_photo(garment, rng, flat=rng.random() < 0.35) for garment in worn]
        references = np.stack([_person_before(scene, before, rng, placeless), *photos])
    if rng.random() < 0.2:
        prompt, silent = with_strange_words(prompt, rng), with_strange_words(silent, rng)
    clip = render_clip(scene, progress=[frame / (NUM_FRAMES - 1) for frame in frames])
    named = not any(isinstance(garment, DyedGarment) for garment in scene.outfit)
    return Lesson(clip, references, prompt, silent, shown(scene, named))


def _dye(garment: Garment, rng: random.Random) -> Garment:
    rgb = colorsys.hsv_to_rgb(rng.random(), rng.random() ** 0.7, rng.uniform(0.12, 1.0))
    dye = (int(255 * rgb[0]), int(255 * rgb[1]), int(255 * rgb[2]))
    return DyedGarment(garment.kind, garment.color, garment.pattern, garment.accent, dye)


def _change(scene: Scene, rng: random.Random) -> tuple[Outfit, Outfit]:
    """What is worn before, and the garments that must be put on to become the scene.

    A one-piece replaces everything. Of a top and a bottom either one is changed, the other is kept
    from the photo, or both are given.
    """
    before, worn = sample_outfit(rng, scene.person.gender), scene.outfit
    if len(worn) == 2 and rng.random() < 0.75:
        kept = rng.choice(worn)
        worn = tuple(garment for garment in worn if garment is not kept)
        part = worn[0].cut.part
        other = next((garment for garment in before if garment.cut.part == part), None)
        before = (kept,) if other is None else (other, kept)
    return before, worn


def _person_before(
    scene: Scene, before: Outfit, rng: random.Random, same_place: bool
) -> np.ndarray:
    """A photo of the person before, uint8 (H, W, 3)."""
    backdrop = scene.backdrop if same_place or rng.random() < 0.3 else rng.choice(BACKDROPS)
    pose = standing(rng.uniform(0, 3), rng.uniform(-1, 1), rng.uniform(-0.12, 0.12))
    photo: np.ndarray = draw_frames(scene.person, before, [pose], backdrop, WIDTH, HEIGHT)[0]
    return photo


class Encoder:
    """Pictures as linear latents: the autoencoder's analysis of one patch, weight (Z, C) and bias
    (Z)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.weight, self.bias = weight, bias

    def encode(self, pictures: np.ndarray) -> Tensor:
        """uint8 (N, H, W, 3) → float16 (Z, N, h, w)."""
        patches = to_patches(pictures_to_tensor(torch.from_numpy(pictures)))
        latents = torch.einsum("zc,nchw->znhw", self.weight, patches)
        return (latents + self.bias.view(-1, 1, 1, 1)).half()
