"""What the files of a request ask for: which task, and whether they go together."""

from collections.abc import Mapping

from serve.errors import BadRequest
from serve.protocol import Role, Task

MORE_CLIPS = (Role.FACE_VIDEO, Role.BACKGROUND_VIDEO, Role.MASK_VIDEO)
ONE_OF_EACH = (
    *(Role.INPUT_REFERENCE, Role.LAST_IMAGE, Role.VIDEO, *MORE_CLIPS),
    *(Role.MASK, Role.AUDIO),
)
BESIDE_A_CLIP = (Role.VIDEO, Role.GARMENT, Role.MASK, Role.MASK_VIDEO)
"""What is repainted, and what may say how and where."""


def video_task(given: Mapping[Role, int], asked: Task | None = None) -> Task:
    """What a clip is to be made from, of so many files of each role.

    `asked` decides where they leave a choice.
    """
    for role in ONE_OF_EACH:
        if given[role] > 1:
            raise BadRequest(f"{role} is given {given[role]} times: one is taken.", param=role)
    num_references, num_garments = given[Role.INPUT_REFERENCE], given[Role.GARMENT]
    if given[Role.AUDIO]:
        _check_speaker(given)
        possible = [Task.AUDIO_TO_VIDEO]
    elif any(given[role] for role in (Role.VIDEO, Role.MASK, *MORE_CLIPS)):
        possible = [_task_of_clips(given)]
    elif num_garments and not num_references:
        raise BadRequest(
            "garment is given without input_reference: the person to dress is missing.",
            param="input_reference",
        )
    else:
        possible = [Task.IMAGE_TO_VIDEO] if num_references else [Task.TEXT_TO_VIDEO]
        if num_garments:
            possible.insert(0, Task.TRY_ON)
    if asked is None or asked in possible:
        return asked or possible[0]
    allowed = " or ".join(possible)
    raise BadRequest(
        f"task is {asked.value!r}: with these files it can be {allowed}.", param="task"
    )


def _task_of_clips(given: Mapping[Role, int]) -> Task:
    """A clip is repainted; beside a person's picture it is the motion to take over."""
    person = bool(given[Role.INPUT_REFERENCE])
    fitting = {Role.VIDEO, Role.INPUT_REFERENCE, *MORE_CLIPS} if person else {*BESIDE_A_CLIP}
    if not given[Role.VIDEO]:
        lonely = next(role for role in (Role.MASK, *MORE_CLIPS) if given[role])
        raise BadRequest(f"{lonely} is given without video.", param=Role.VIDEO)
    for role, count in given.items():
        if count and role not in fitting:
            beside = "video and input_reference" if person else "video"
            raise BadRequest(f"{role} is given with {beside}, where it has no use.", param=role)
    return Task.MOTION_TRANSFER if person else Task.VIDEO_TO_VIDEO


def _check_speaker(given: Mapping[Role, int]) -> None:
    """A recording has one person who says it, photographed or filmed, and nothing else."""
    speakers = (Role.INPUT_REFERENCE, Role.VIDEO)
    if not any(given[role] for role in speakers):
        raise BadRequest(
            "audio is given without input_reference or video: who is to say it is missing.",
            param=Role.INPUT_REFERENCE,
        )
    for role, count in given.items():
        if count and role not in (*speakers, Role.AUDIO):
            raise BadRequest(f"{role} is given with audio, where it has no use.", param=role)
    if all(given[role] for role in speakers):
        raise BadRequest(
            "video is given with input_reference and audio: only one of them can say it.",
            param=Role.VIDEO,
        )
