"""What a prompt can tell about a scene: one word of a few for each fact.

Clothes are told by where they are worn: a dress is both the upper and the lower garment, so that
whoever draws a leg finds all that covers it in one place.
"""

from examples.croquis.backdrop import BACKDROPS
from examples.croquis.figure import HAIR_COLORS, HAIR_STYLES
from examples.croquis.motion import MOTIONS
from examples.croquis.scene import Scene
from examples.croquis.wardrobe import BOTTOMS, COLORS, ONE_PIECES, PATTERNS, TOPS

UNTOLD = "untold"
PLACE = ("motion", "backdrop")
"""The facts that every prompt tells, also one that is silent about person and clothes."""

FACTS: dict[str, tuple[str, ...]] = {
    "motion": tuple(MOTIONS),
    "backdrop": tuple(BACKDROPS),
    "gender": (UNTOLD, "woman", "man"),
    "hair colour": (UNTOLD, *HAIR_COLORS),
    "hair style": (UNTOLD, *HAIR_STYLES),
}
for _half, _kinds in (("upper", TOPS), ("lower", BOTTOMS)):
    FACTS[f"{_half} kind"] = (UNTOLD, *_kinds, *ONE_PIECES)
    FACTS[f"{_half} colour"] = (UNTOLD, *COLORS)
    FACTS[f"{_half} pattern"] = (UNTOLD, *PATTERNS)
    FACTS[f"{_half} accent"] = (UNTOLD, *COLORS)
SUBJECTS = ("scene", "upper", "lower")
"""What the facts are about."""


def subject_of(fact: str) -> str:
    """What this fact is about."""
    subject = fact.split()[0]
    return subject if subject in SUBJECTS else "scene"


def answers(scene: Scene, silent: bool) -> list[int]:
    """The place of the true word among each fact's words; of a silent prompt, "untold"."""
    known = {
        "motion": scene.motion,
        "backdrop": scene.backdrop,
        "gender": scene.person.gender,
        "hair colour": scene.person.hair_color,
        "hair style": scene.person.hair_style,
    }
    for one in scene.outfit:
        for half in ("upper", "lower"):
            if one.kind in FACTS[f"{half} kind"]:
                known[f"{half} kind"] = one.kind
                known[f"{half} colour"] = one.color
                known[f"{half} pattern"] = one.pattern
                known[f"{half} accent"] = UNTOLD if one.pattern == "plain" else one.accent
    return [
        words.index(UNTOLD if silent and fact not in PLACE else known[fact])
        for fact, words in FACTS.items()
    ]
