"""The garments of the drawn world: kinds, colours, patterns, and how each kind is cut."""

import random
import zlib
from dataclasses import dataclass

RGB = tuple[int, int, int]

COLORS: dict[str, RGB] = {
    "red": (206, 32, 44),
    "blue": (38, 92, 214),
    "green": (36, 150, 72),
    "yellow": (250, 208, 40),
    "black": (30, 30, 34),
    "white": (246, 245, 241),
    "pink": (246, 138, 178),
    "purple": (126, 54, 172),
    "orange": (242, 122, 28),
    "beige": (216, 190, 150),
    "navy": (22, 34, 92),
    "teal": (16, 138, 146),
}

# The accent a pattern has when nobody names one, and the one it has now and then.
ACCENTS: dict[str, tuple[str, str]] = {
    "red": ("white", "navy"),
    "blue": ("white", "yellow"),
    "green": ("white", "yellow"),
    "yellow": ("navy", "red"),
    "black": ("white", "pink"),
    "white": ("navy", "red"),
    "pink": ("white", "purple"),
    "purple": ("white", "yellow"),
    "orange": ("white", "navy"),
    "beige": ("navy", "red"),
    "navy": ("white", "orange"),
    "teal": ("white", "yellow"),
}

PATTERNS: tuple[str, ...] = (
    "plain",
    "striped",
    "polka dot",
    "checked",
    "floral",
    "chevron",
    "colour-block",
)

HELD_OUT_PERCENT = 4


@dataclass(frozen=True)
class Cut:
    """How a kind of garment is made, in pixels of the 192x256 figure; y grows downwards."""

    part: str  # "top", "bottom" or "one-piece"
    top: float  # where it starts: 58 is the shoulder line, 95 the waist
    hem: float
    ease: float = 2.0  # how far the cloth stands off the body
    flare: float = 0.0  # extra half-width at the hem of a skirt
    sleeve: float = 0.0  # share of the arm that is covered
    sleeve_width: float = 0.0  # extra radius of the sleeve
    neck: str = "none"  # the neckline or collar
    neck_depth: float = 6.0
    legs: bool = False  # does it have trouser legs
    leg_width: float = 0.0  # extra radius of a trouser leg at the hem


GARMENTS: dict[str, Cut] = {
    "t-shirt": Cut(
        "top", 58, 120, ease=2.5, sleeve=0.46, sleeve_width=3.4, neck="crew", neck_depth=7
    ),
    "shirt": Cut(
        "top", 58, 124, ease=2.5, sleeve=0.95, sleeve_width=2.4, neck="collar", neck_depth=12
    ),
    "sweater": Cut(
        "top", 58, 122, ease=5, sleeve=0.97, sleeve_width=4.0, neck="ribbed", neck_depth=3
    ),
    "hoodie": Cut("top", 58, 125, ease=6, sleeve=0.97, sleeve_width=4.2, neck="hood", neck_depth=8),
    "blazer": Cut(
        "top", 58, 136, ease=4, sleeve=0.93, sleeve_width=2.8, neck="lapel", neck_depth=40
    ),
    "trousers": Cut("bottom", 94, 230, ease=1.5, legs=True, leg_width=3.0),
    "skirt": Cut("bottom", 94, 176, ease=1.5, flare=21),
    "shorts": Cut("bottom", 94, 158, ease=2.5, legs=True, leg_width=3.0),
    "dress": Cut(
        "one-piece",
        58,
        178,
        ease=1.5,
        flare=24,
        sleeve=0.28,
        sleeve_width=2.8,
        neck="scoop",
        neck_depth=12,
    ),
    "gown": Cut("one-piece", 64, 241, ease=1.0, flare=34, neck="strapless", neck_depth=6),
    "coat": Cut(
        "one-piece",
        58,
        200,
        ease=5,
        flare=9,
        sleeve=0.95,
        sleeve_width=3.4,
        neck="coat",
        neck_depth=24,
    ),
    "jumpsuit": Cut(
        "one-piece", 58, 230, ease=2.0, neck="wrap", neck_depth=20, legs=True, leg_width=5.5
    ),
}

TOPS = tuple(kind for kind, cut in GARMENTS.items() if cut.part == "top")
BOTTOMS = tuple(kind for kind, cut in GARMENTS.items() if cut.part == "bottom")
ONE_PIECES = tuple(kind for kind, cut in GARMENTS.items() if cut.part == "one-piece")


@dataclass(frozen=True)
class Garment:
    """One garment; `accent` is the pattern's second colour."""

    kind: str
    color: str
    pattern: str = "plain"
    accent: str = "white"

    @property
    def cut(self) -> Cut:
        return GARMENTS[self.kind]

    @property
    def rgb(self) -> RGB:
        return COLORS[self.color]

    @property
    def accent_rgb(self) -> RGB:
        return COLORS[self.accent]


def is_held_out(*words: str) -> bool:
    """Whether this combination of words belongs to the share no training sample may show."""
    return zlib.crc32("|".join(words).encode()) % 100 < HELD_OUT_PERCENT


def garment_held_out(garment: Garment) -> bool:
    """Whether this kind in this colour and pattern is kept for tests."""
    return is_held_out("garment", garment.kind, garment.color, garment.pattern)


def sample_garment(rng: random.Random, kind: str, plain: float = 0.3) -> Garment:
    """A garment of this kind in a random colour and pattern, plain with probability `plain`."""
    color = rng.choice(list(COLORS))
    pattern = "plain" if rng.random() < plain else rng.choice(PATTERNS[1:])
    accent = ACCENTS[color][0 if rng.random() < 0.8 else 1]
    return Garment(kind, color, pattern, accent)
