"""Captions: the sentences a stylist would type for a scene, in many wordings."""

import random

from examples.croquis.figure import Person
from examples.croquis.scene import Scene
from examples.croquis.wardrobe import Garment

NEUTRAL = "a fashion sketch"  # what to say when nothing else is left to say

WOMAN = ("a woman", "a young woman", "a lady", "a female model", "a girl", "woman", "a model")
MAN = ("a man", "a young man", "a male model", "a guy", "a gentleman", "man", "a model")

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "t-shirt": ("t-shirt", "t-shirt", "tee", "tshirt", "short-sleeved t-shirt"),
    "shirt": ("shirt", "shirt", "button-up shirt", "long-sleeved shirt", "button-down shirt"),
    "sweater": ("sweater", "sweater", "jumper", "pullover", "knitted sweater"),
    "hoodie": ("hoodie", "hoodie", "hooded sweatshirt"),
    "blazer": ("blazer", "blazer", "suit jacket", "tailored jacket"),
    "trousers": ("trousers", "trousers", "pants", "slacks"),
    "skirt": ("skirt", "skirt", "flared skirt", "midi skirt"),
    "shorts": ("shorts", "shorts", "short pants"),
    "dress": ("dress", "dress", "summer dress", "knee-length dress", "sundress"),
    "gown": ("gown", "gown", "evening gown", "ball gown", "long gown"),
    "coat": ("coat", "coat", "overcoat", "long coat"),
    "jumpsuit": ("jumpsuit", "jumpsuit", "belted jumpsuit", "one-piece jumpsuit"),
}
COLOR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "red", "red", "scarlet", "bright red"),
    "blue": ("blue", "blue", "blue", "royal blue", "bright blue"),
    "green": ("green", "green", "green", "emerald green"),
    "yellow": ("yellow", "yellow", "yellow", "bright yellow"),
    "black": ("black",),
    "white": ("white", "white", "white", "off-white"),
    "pink": ("pink", "pink", "pink", "rose pink"),
    "purple": ("purple", "purple", "purple", "violet"),
    "orange": ("orange", "orange", "orange", "bright orange"),
    "beige": ("beige", "beige", "tan", "camel", "sand"),
    "navy": ("navy", "navy", "navy blue", "dark blue"),
    "teal": ("teal", "teal", "turquoise"),
}
PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    "plain": ("", "", "", "", "plain", "solid"),
    "striped": ("striped", "striped", "stripy"),
    "polka dot": ("polka dot", "polka dot", "polka-dot", "dotted", "spotted"),
    "checked": ("checked", "checked", "checkered", "gingham", "plaid"),
    "floral": ("floral", "floral", "flowery", "flower print", "floral print"),
    "chevron": ("chevron", "chevron", "zigzag", "zig-zag"),
    "colour-block": ("colour-block", "color-block", "colour block", "color block", "two-tone"),
}
PATTERN_NOUNS: dict[str, tuple[str, ...]] = {
    "striped": ("stripes",),
    "polka dot": ("polka dots", "dots"),
    "checked": ("checks",),
    "floral": ("flowers",),
    "chevron": ("chevrons", "zigzags"),
    "colour-block": ("blocks", "sleeves and hem"),
}
MOTION_WORDS: dict[str, tuple[str, ...]] = {
    "walk": ("walking", "walking towards the camera", "walking toward the camera", "strolling",
             "striding forward", "walking confidently", "walks towards the camera",
             "coming towards us"),
    "turn": ("turning around", "doing a full turn", "spinning around", "twirling",
             "turning to show the back", "turns around", "making a slow turn", "rotating"),
    "pose": ("posing", "posing with a hand on the hip", "striking a pose",
             "shifting weight, hand on hip", "standing with one hand on the hip",
             "poses for the camera"),
    "wave": ("waving", "waving at the camera", "waving hello", "raising a hand and waving",
             "waves at us"),
    "dance": ("dancing", "dancing happily", "dancing from side to side",
              "swinging the hips and arms", "dances", "grooving to the music"),
}  # fmt: skip
RUNWAY_WALK = (
    "walking down the runway",
    "walking down a runway",
    "striding down the catwalk",
    "walking the runway",
)
BACKDROP_WORDS: dict[str, tuple[str, ...]] = {
    "studio": (
        "in a studio",
        "in a grey studio",
        "in a gray photo studio",
        "in the studio",
        "against a grey backdrop",
    ),
    "white": (
        "on a white background",
        "against a white background",
        "in front of a white wall",
        "on plain white",
    ),
    "runway": (
        "on a runway",
        "on the runway",
        "on a catwalk",
        "at a fashion show",
        "under the spotlights",
    ),
    "park": ("in a park", "in the park", "on the grass", "in a garden", "outdoors among trees"),
    "city": (
        "on a city street",
        "in the city",
        "in the street",
        "downtown",
        "in front of buildings",
    ),
    "beach": (
        "on a beach at sunset",
        "at the beach",
        "on the beach",
        "by the sea at sunset",
        "at sunset",
    ),
    "boutique": (
        "in a boutique",
        "in a clothes shop",
        "in a fashion boutique",
        "in a store",
        "in a clothing store",
    ),
}
HAIR_WORDS: dict[str, tuple[str, ...]] = {
    "short": ("short {} hair",),
    "bob": ("a {} bob", "bobbed {} hair"),
    "long": ("long {} hair",),
    "bun": ("a {} bun", "{} hair in a bun"),
    "ponytail": ("a {} ponytail",),
    "curly": ("curly {} hair", "big curly {} hair"),
}
_PLURAL = ("trousers", "pants", "slacks", "shorts")
_SPELLING = {"grey": "gray"}


def caption(
    scene: Scene,
    rng: random.Random,
    drop_garment: bool = False,
    drop_backdrop: float = 0.15,
    drop_motion: float = 0.15,
    drop_person: float = 0.12,
) -> str:
    """One way to describe the scene. The `drop_…` numbers are chances of leaving a part out; with
    `drop_garment` the caption is silent about person and clothes, as a prompt is whose pictures
    already show them."""
    motion, backdrop = _action(scene, rng, drop_motion, drop_backdrop)
    if drop_garment:
        return _join(rng, [], motion, backdrop) or NEUTRAL
    clothes = _clothes(scene, rng)
    if rng.random() < drop_person:
        if rng.random() < 0.4:
            return _bare(scene.outfit[0], rng)
        return _join(rng, [clothes], motion, backdrop)
    person = person_words(scene.person, rng)
    template = rng.random()
    if template < 0.7:
        verb = rng.choice(("wearing", "wearing", "wearing", "in", "in", "dressed in"))
        return _join(rng, [f"{person} {verb} {clothes}"], motion, backdrop)
    if template < 0.85 and motion:
        return (
            _join(rng, [f"{person} {motion}"], "", backdrop)
            + rng.choice((" in ", ", wearing ", " wearing "))
            + clothes
        )
    return _join(rng, [clothes, rng.choice(("worn by ", "on ")) + person], motion, backdrop)


def _action(
    scene: Scene, rng: random.Random, drop_motion: float, drop_backdrop: float
) -> tuple[str, str]:
    motion = "" if rng.random() < drop_motion else rng.choice(MOTION_WORDS[scene.motion])
    backdrop = "" if rng.random() < drop_backdrop else rng.choice(BACKDROP_WORDS[scene.backdrop])
    if (
        motion
        and backdrop
        and (scene.motion, scene.backdrop) == ("walk", "runway")
        and rng.random() < 0.6
    ):
        return rng.choice(RUNWAY_WALK), ""
    return motion, backdrop


def _join(rng: random.Random, start: list[str], motion: str, backdrop: str) -> str:
    """Motion and place after what is already said, in either order, with or without commas."""
    parts = [part for part in (motion, backdrop) if part]
    if rng.random() < 0.2:
        parts.reverse()
    text = " ".join(start)
    for part in parts:
        text += (rng.choice((" ", " ", ", ")) if text else "") + part
    if rng.random() < 0.08 and text:
        text = text[0].upper() + text[1:] + "."
    return text


def person_words(person: Person, rng: random.Random) -> str:
    """Who it is, sometimes with hair or beard."""
    words = rng.choice(MAN if person.gender == "man" else WOMAN)
    if rng.random() < 0.2:
        color = _spell(person.hair_color, rng)
        words += " with " + rng.choice(HAIR_WORDS[person.hair_style]).format(color)
    elif person.beard and rng.random() < 0.3:
        words += " with a beard"
    return words


def garment_words(garment: Garment, rng: random.Random) -> str:
    """The garment without its article: "navy striped trousers"."""
    kind, color = rng.choice(KIND_WORDS[garment.kind]), rng.choice(COLOR_WORDS[garment.color])
    if garment.pattern == "plain":
        return " ".join(word for word in (rng.choice(PATTERN_WORDS["plain"]), color, kind) if word)
    pattern = rng.choice(PATTERN_WORDS[garment.pattern])
    style = rng.random()
    if style < 0.3:
        return f"{color} and {garment.accent} {pattern} {kind}"
    if style < 0.45:
        return f"{color} {kind} with {garment.accent} {rng.choice(PATTERN_NOUNS[garment.pattern])}"
    if style < 0.55:
        return f"{pattern} {color} {kind}"
    return f"{color} {pattern} {kind}"


def with_article(words: str) -> str:
    """ "a red dress", "an orange coat", but "navy trousers"."""
    if any(word in words.split() for word in _PLURAL):
        return words
    return ("an " if words[0] in "aeio" else "a ") + words


def _clothes(scene: Scene, rng: random.Random) -> str:
    names = [with_article(garment_words(garment, rng)) for garment in scene.outfit]
    if len(names) == 1 or rng.random() < 0.12:
        return names[0]
    return f"{names[0]} {rng.choice(('and', 'and', 'with'))} {names[1]}"


def _bare(garment: Garment, rng: random.Random) -> str:
    """The shortest captions: "red dress"."""
    return garment_words(garment, rng)


def _spell(word: str, rng: random.Random) -> str:
    return _SPELLING.get(word, word) if rng.random() < 0.5 else word
