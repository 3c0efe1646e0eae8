"""What the backend says, in the user's language: its messages come filled in, and in English."""

import re
from functools import cache

from app.words import in_language, language, later

MESSAGES = (
    later("The backend at {url} cannot be reached ({reason})."),
    later("The backend answered {status}."),
    later("{url} does not answer like a Lookreel backend."),
    later("Please correct {wrong}."),
    later("There is no job {job}."),
    later(
        "file: this is not an mp4, WebM, PNG or JPEG made by Lookreel, or it lost its settings "
        "when another program wrote it anew."
    ),
    later("The GPU ran out of memory. Fewer frames or a smaller size may fit."),
    later("prompt is required."),
    later("{field}: this is not a JPEG, PNG or WebP picture."),
    later("{field}: the picture is damaged or cut off ({error})."),
    later("{field}: the picture has too many pixels; at most {most} are taken."),
    later("{field}: this is no clip: {kinds} are taken."),
    later("{field}: the clip is damaged or cut off ({error})."),
    later("{field}: this is no recording: {kinds} are taken."),
    later("{field}: the file has no sound in it."),
    later(
        "video lasts {n} seconds, which are {frames} frames at {fps} per second: {model} needs at "
        "least {least}."
    ),
    later(
        "audio lasts {n} seconds: {model} takes {allowed} seconds. Of a longer recording, seconds "
        "says how much to take."
    ),
    later("garment is given without input_reference: the person to dress is missing."),
    later("garment is given {n} times: {model} takes at most {most}."),
    later("last_image is given, but {model} takes none."),
    later("last_image is missing: {model} makes the clip between two pictures."),
    later("strength is given, but there is no video that could be kept."),
    later("{name} is given, but {model} takes none: it must be empty."),
    later("{name} is {value}: {model} takes {allowed}."),
    later("{name} is {value}: {allowed}."),
)
"""The first that fits is the one; what fits none is shown as it came."""


def told(message: str) -> str:
    """The message in the language of whoever is being answered."""
    for text in MESSAGES:
        if found := _pattern(text).fullmatch(message):
            return in_language(language(), text, **found.groupdict())
    return message


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(text)), re.DOTALL)
