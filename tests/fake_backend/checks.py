"""What the real backend refuses of files, refused by its own rules."""

import io
import wave
from collections import Counter
from collections.abc import Sequence
from typing import cast

from serve import clips, recordings
from serve.card import Card
from serve.errors import BadRequest, ModelNotFound, UnreadableAudio, UnreadableVideo
from serve.images import read_mask, upright_size
from serve.protocol import ModelCard, Role, Task, VideoCreateRequest
from serve.resolution import resolve, suits
from serve.tasks import video_task
from serve.validation import parse
from serve.wish import Wish

DRIVEN = (Task.MOTION_TRANSFER, Task.AUDIO_TO_VIDEO)
SECONDS = 2.0
"""How long a clip or a recording counts that nobody measures here: ffmpeg takes its time."""
MAX_PIXELS = 25_000_000


def check(
    cards: Sequence[ModelCard],
    fields: dict[str, str],
    uploads: Sequence[tuple[Role, bytes]],
    kind: str,
) -> None:
    """Nothing if a job of these may be queued, else a `ServeError` that names the field."""
    given = Counter(role for role, _ in uploads)
    if kind == "image":
        if given[Role.MASK]:
            _check_mask(_named(cards, fields, Task.IMAGE_EDIT, []), dict(uploads))
        return
    task = video_task(given, Task(fields["task"]) if "task" in fields else None)
    if task in DRIVEN or given[Role.MASK] or given[Role.MASK_VIDEO]:
        _check_drivers(_named(cards, fields, task, list(given)), task, fields, dict(uploads))


def _named(
    cards: Sequence[ModelCard], fields: dict[str, str], task: Task, roles: list[Role]
) -> ModelCard:
    able = [card for card in cards if task in card.tasks]
    named = [card for card in able if card.id == fields.get("model", card.id)]
    if not named:
        raise ModelNotFound(f"No model that is served here can do {task}.", param="model")
    return next((card for card in named if suits(roles)(_as_card(card))), named[0])


def _check_mask(card: ModelCard, files: dict[Role, bytes]) -> None:
    if not card.limits.mask:
        raise BadRequest(f"mask is given, but {card.id} takes none.", param="mask")
    person = upright_size(files[Role.INPUT_REFERENCE])
    assert person, "a picture"
    read_mask(files[Role.MASK], field="mask", max_pixels=MAX_PIXELS, size=person)


def _check_drivers(
    card: ModelCard, task: Task, fields: dict[str, str], files: dict[Role, bytes]
) -> None:
    for role, data in files.items():
        if role.is_video and clips._container(data) is None:
            raise UnreadableVideo(f"{role}: this is no clip.", param=role)
        if role is Role.AUDIO and recordings._container(data) is None:
            raise UnreadableAudio(f"{role}: this is no recording.", param=role)
    asked = parse(VideoCreateRequest, fields)
    speaks = Role.AUDIO in files
    wish = Wish(
        task=task,
        prompt=asked.prompt,
        sampling=asked,
        size=asked.size,
        seconds=asked.seconds,
        roles=frozenset(files),
        num_garments=Role.GARMENT in files,
        clip_seconds=None if speaks else SECONDS,
        audio_seconds=_seconds(files[Role.AUDIO]) if speaks else None,
    )
    resolve(_as_card(card), wish)


def _seconds(data: bytes) -> float:
    if not data.startswith(b"RIFF"):
        return SECONDS
    with wave.open(io.BytesIO(data)) as file:
        return float(file.getnframes() / file.getframerate())


def _as_card(card: ModelCard) -> Card:
    """It has all that is looked at."""
    return cast(Card, card)
