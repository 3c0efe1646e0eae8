"""Directions: how the person moves, what the camera does and where, in words models understand.

Each sentence about motion begins with a verb that the built-in sketch models have learnt, too.
"""

MOTIONS = {
    "Fit check": "posing, shifting weight, hand on hip, the whole outfit in view",
    "Slow turn": "turning around slowly to show every side of the outfit",
    "Catwalk walk": "walking towards the camera with an even stride",
    "Fabric close-up": "posing almost still while the light moves over the fabric",
    "Hair and collar": "posing with a hand on the hip, then setting hair and collar right",
    "Static with breeze": "posing with a hand on the hip, a light breeze in hair and hem",
    "Wave": "waving at the camera",
    "Dance": "dancing",
}
CAMERAS = {
    "Static": "static camera",
    "Slow push-in": "the camera moves in slowly",
    "Orbit": "the camera circles the person slowly",
    "Low angle": "seen from a low angle",
    "Head to hem": "the camera glides from head to hem",
}
PLACES = {
    "As in the photo": "",
    "Studio": "in a studio",
    "Runway": "on a runway",
    "Park": "in a park",
    "City": "on a city street",
    "Beach": "on a beach at sunset",
    "Boutique": "in a boutique",
}


def direction(motion: str | None, place: str | None, camera: str | None) -> str:
    """The chosen presets as one sentence."""
    moving = " ".join(filter(None, (MOTIONS.get(motion or ""), PLACES.get(place or ""))))
    return ", ".join(filter(None, (moving, CAMERAS.get(camera or ""))))


def rewritten(text: str, old: str, new: str) -> str:
    """`text` with the presets' old sentence replaced by the new one; a user's own words stay."""
    if old and old in text:
        return text.replace(old, new, 1)
    return f"{new} {text}".strip()
