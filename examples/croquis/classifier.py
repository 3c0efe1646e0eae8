"""The judge: a small network that names what a drawn clip shows. It does not know who drew it.

Garments, place and person are read from single pictures and averaged over the moments of a clip;
the motion is read from all moments stacked. An outfit has an upper garment (a top or a one-piece)
and perhaps a lower one.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from examples.croquis.backdrop import BACKDROPS
from examples.croquis.figure import HAIR_COLORS, SKINS
from examples.croquis.motion import MOTIONS
from examples.croquis.recipe import pictures_to_tensor
from examples.croquis.scene import Scene
from examples.croquis.wardrobe import BOTTOMS, COLORS, ONE_PIECES, PATTERNS, TOPS

Frames = NDArray[np.uint8]

WEIGHTS = Path(__file__).with_name("classifier.safetensors")
MOMENTS = (0.0, 0.125, 0.375, 0.625, 0.875)
"""The shares of a clip that are looked at: between them every motion reaches its extremes."""
SCALE = 2
"""Pictures are judged at half their size: patterns stay clear, and it is four times cheaper."""
MARGIN = 32
"""Pixels cut off on the left and on the right, where there is only backdrop."""
INK_WIDTH = 0.2
"""How far a pixel may be from a colour and still count as it, where black to white is 2."""
NO_GARMENT = "none"
UNKNOWN = -1
"""The label of what a picture does not show, such as the colour of a missing garment."""

PICTURE_ANSWERS: dict[str, tuple[str, ...]] = {
    "upper kind": TOPS + ONE_PIECES,
    "upper colour": tuple(COLORS),
    "upper pattern": PATTERNS,
    "lower kind": (*BOTTOMS, NO_GARMENT),
    "lower colour": tuple(COLORS),
    "lower pattern": PATTERNS,
    "backdrop": BACKDROPS,
    "skin": tuple(str(skin) for skin in range(len(SKINS))),
    "hair": tuple(HAIR_COLORS),
}


@dataclass(frozen=True)
class Look:
    """What can be said of a clip or a still; None: nobody asked, or there is no answer."""

    kind: str
    color: str
    pattern: str
    backdrop: str
    skin: str | None
    hair: str | None
    motion: str | None = None


def slot_of(kind: str) -> str:
    """Where this kind of garment is worn."""
    return "lower" if kind in BOTTOMS else "upper"


def look_of(scene: Scene, moves: bool = True, shows_person: bool = True) -> Look:
    """What a clip or still of this scene must show, whose person may be left open by the request.

    The garment is the main one.
    """
    main, person = scene.outfit[0], scene.person
    return Look(
        main.kind,
        main.color,
        main.pattern,
        scene.backdrop,
        str(person.skin) if shows_person else None,
        person.hair_color if shows_person else None,
        scene.motion if moves else None,
    )


def labels_of(scene: Scene) -> list[int]:
    """The right answers, in the order of `PICTURE_ANSWERS`, and the motion last."""
    words = {"backdrop": scene.backdrop, "skin": str(scene.person.skin)}
    words |= {"hair": scene.person.hair_color, "lower kind": NO_GARMENT}
    for garment in scene.outfit:
        slot = slot_of(garment.kind)
        words |= {f"{slot} kind": garment.kind, f"{slot} colour": garment.color}
        words[f"{slot} pattern"] = garment.pattern
    labels = [
        answers.index(words[name]) if name in words else UNKNOWN
        for name, answers in PICTURE_ANSWERS.items()
    ]
    return [*labels, MOTIONS.index(scene.motion)]


def _block(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class PictureNet(nn.Module):
    """(N, 3, 128, 64) → logits of every picture answer, side by side.

    It is told which pixels are in a colour of the world's palette, and sees cloth three ways: cell
    by cell, averaged over bands of the picture, and as shares of those colours.
    """

    def __init__(self) -> None:
        super().__init__()
        palette = torch.tensor([*COLORS.values(), *SKINS, *HAIR_COLORS.values()]) / 127.5 - 1
        self.register_buffer("palette", palette, persistent=False)
        self.stem = _block(3, 32, kernel=5, stride=2)
        self.body = nn.Sequential(
            _block(32 + len(palette), 48, stride=2),
            _block(48, 64),
            _block(64, 96, stride=2),
            _block(96, 96),
            _block(96, 128, stride=2),
        )
        self.cells = _block(128, 32, kernel=1)
        self.head = nn.Sequential(
            nn.Dropout(0.1),
            nn.Linear((32 + len(palette)) * 8 * 4 + 128 * 4, 128),
            nn.ReLU(),
            nn.Linear(128, sum(map(len, PICTURE_ANSWERS.values()))),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        inks = self._inks(F.avg_pool2d(pictures, 2))
        deep = self.body(torch.cat([self.stem(pictures), inks], dim=1))
        seen = (self.cells(deep), F.adaptive_avg_pool2d(deep, (4, 1)), F.avg_pool2d(inks, 8))
        return self.head(torch.cat([part.flatten(1) for part in seen], dim=1))

    def _inks(self, pictures: Tensor) -> Tensor:
        """How near each pixel is to each colour of the palette: (N, colours, H, W) in 0..1."""
        distance = (pictures[:, None] - self.palette[..., None, None]).square().sum(2)
        return torch.exp(-distance / INK_WIDTH**2)


class MotionNet(nn.Module):
    """(N, moments, 3, 128, 64) → logits of the motions."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            _block(3 * len(MOMENTS), 32, kernel=5, stride=2),
            _block(32, 48, stride=2),
            _block(48, 64, stride=2),
            nn.Flatten(),
            nn.Dropout(0.1),
            nn.Linear(64 * 8 * 4, len(MOTIONS)),
        )

    def forward(self, moments: Tensor) -> Tensor:
        return self.net(F.avg_pool2d(moments.flatten(1, 2), 2))


class Classifier(nn.Module):
    """Both networks, and how their answers are read."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = PictureNet()
        self.motion = MotionNet()

    def answers(self, pictures: Tensor) -> dict[str, Tensor]:
        """(N, 3, 128, 64) → the logits of each picture answer."""
        sizes = [len(answers) for answers in PICTURE_ANSWERS.values()]
        return dict(zip(PICTURE_ANSWERS, self.picture(pictures).split(sizes, -1), strict=True))

    @torch.inference_mode()
    def judge(self, frames: Frames, kind: str) -> Look:
        """What the clip, or still of one frame, shows where a garment of this `kind` is worn."""
        pictures = shrink(pictures_to_tensor(torch.from_numpy(moments_of(frames))))
        logits = self.answers(pictures)
        said = {
            name: answers[int(logits[name].log_softmax(-1).mean(0).argmax())]
            for name, answers in PICTURE_ANSWERS.items()
        }
        slot = slot_of(kind)
        return Look(
            kind=said[f"{slot} kind"],
            color=said[f"{slot} colour"],
            pattern=said[f"{slot} pattern"],
            backdrop=said["backdrop"],
            skin=said["skin"],
            hair=said["hair"],
            motion=self._motion_of(pictures) if len(frames) > 1 else None,
        )

    def _motion_of(self, pictures: Tensor) -> str:
        return MOTIONS[int(self.motion(pictures[None])[0].argmax())]


def moments_of(frames: Frames) -> Frames:
    """The frames of a clip that are looked at; a still is looked at once."""
    if len(frames) == 1:
        return frames
    return frames[[round(moment * (len(frames) - 1)) for moment in MOMENTS]]


def shrink(pictures: Tensor) -> Tensor:
    """(N, 3, 256, 192) → the size that is judged."""
    return F.avg_pool2d(pictures[..., MARGIN:-MARGIN], SCALE)


def save_classifier(classifier: Classifier, path: Path = WEIGHTS) -> None:
    """Write the weights, halved to bfloat16; the running statistics need their precision."""
    parameters = dict(classifier.named_parameters())
    save_file(
        {
            name: value.to(torch.bfloat16).contiguous() if name in parameters else value
            for name, value in classifier.state_dict().items()
        },
        path,
    )


def load_classifier(path: Path = WEIGHTS) -> Classifier:
    """The trained judge, ready to answer."""
    classifier = Classifier()
    classifier.load_state_dict(load_file(path))
    classifier.eval()
    return classifier
