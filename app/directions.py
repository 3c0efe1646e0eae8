"""Directions: how the person moves, what the camera does and where, in words models understand.

Each sentence about motion begins with a verb that the built-in sketch models have learnt, too.
"""

from app.words import later
from serve.protocol import ModelCard

MOTIONS = {
    later("Fit check"): "posing, shifting weight, hand on hip, the whole outfit in view",
    later("Slow turn"): "turning around slowly to show every side of the outfit",
    later("Catwalk walk"): "walking towards the camera with an even stride",
    later("Fabric close-up"): "posing almost still while the light moves over the fabric",
    later(
        "Hair and collar"
    ): "posing, shifting weight, hand on hip, then hair and collar set right",
    later(
        "Static with breeze"
    ): "posing, shifting weight, hand on hip, a light breeze in hair and hem",
    later("Wave"): "waving at the camera",
    later("Dance"): "dancing",
}
SKETCHED = ("Fit check", "Slow turn", "Catwalk walk", "Wave", "Dance")
"""One for each motion that the built-in sketch models have learnt; the others look like the first.
Of cameras they know nothing."""
CAMERAS = {
    later("Static"): "static camera",
    later("Slow push-in"): "the camera moves in slowly",
    later("Orbit"): "the camera circles the person slowly",
    later("Low angle"): "seen from a low angle",
    later("Head to hem"): "the camera glides from head to hem",
}
PLACES = {
    later("As in the photo"): "",
    later("Studio"): "in a studio",
    later("Runway"): "on a runway",
    later("Park"): "in a park",
    later("City"): "on a city street",
    later("Beach"): "on a beach at sunset",
    later("Boutique"): "in a boutique",
}


def direction(motion: str | None, place: str | None, camera: str | None) -> str:
    """The chosen presets as one sentence."""
    moving = " ".join(filter(None, (MOTIONS.get(motion or ""), PLACES.get(place or ""))))
    return ", ".join(filter(None, (moving, CAMERAS.get(camera or ""))))


def motions_for(card: ModelCard | None) -> list[str]:
    """The motions that this model tells apart."""
    return list(SKETCHED if card is not None and card.sketch else MOTIONS)


def rewritten(text: str, old: str, new: str) -> str:
    """`text` with the presets' old sentence replaced by the new one; a user's own words stay."""
    if old and old in text:
        return text.replace(old, new, 1)
    return f"{new} {text}".strip()
