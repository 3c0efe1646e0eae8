"""How large a clip becomes and how long, by its card, what was asked for and what was given."""

import math

from serve.card import Card
from serve.errors import BadRequest
from serve.protocol import Task
from serve.ranges import check, either
from serve.wish import Wish


def size(card: Card, wish: Wish) -> tuple[int, int]:
    """The size asked for; else of the model's the one with the picture's shape, or its first."""
    sizes = card.limits.sizes
    if wish.size is not None and wish.size not in sizes:
        raise BadRequest(
            f"size is {wish.size!r}: {card.id} makes {', '.join(sizes)}.", param="size"
        )
    pairs = [(int(width), int(height)) for width, height in (one.split("x") for one in sizes)]
    if wish.size is not None:
        return pairs[sizes.index(wish.size)]
    if wish.aspect_ratio is None:
        return pairs[0]
    wanted = math.log(wish.aspect_ratio)
    return min(pairs, key=lambda pair: abs(math.log(pair[0] / pair[1]) - wanted))


def length(card: Card, wish: Wish) -> tuple[int, int]:
    """Frames and frames per second: `num_frames` wins over `seconds`, which is snapped."""
    given, limits = wish.sampling, card.limits
    if wish.task.makes_stills:
        for name in ("num_frames", "fps"):
            if getattr(given, name) is not None:
                raise BadRequest(f"{name} does not apply to stills.", param=name)
        return 1, 1
    if wish.audio_seconds is not None:
        return _length_of_recording(card, wish, wish.audio_seconds)
    if wish.clip_seconds is None:
        return _length_by_wish(card, wish)
    if limits.extends and wish.task is Task.VIDEO_TO_VIDEO:
        return _length_of_continuation(card, wish, wish.clip_seconds)
    return _length_of_clip(card, wish, wish.clip_seconds)


def _length_by_wish(card: Card, wish: Wish) -> tuple[int, int]:
    given, limits = wish.sampling, card.limits
    fps = either(given.fps, card.defaults.fps)
    check("fps", fps, limits.fps, card)
    if given.num_frames is not None:
        check("num_frames", given.num_frames, limits.num_frames, card)
        return given.num_frames, fps
    if wish.seconds is None:
        return card.defaults.num_frames, fps
    return _snapped(wish.seconds, fps, card), fps


def _length_of_continuation(card: Card, wish: Wish, clip_seconds: float) -> tuple[int, int]:
    """As long as is wished, of which the first frames are the last of the given clip."""
    num_frames, fps = _length_by_wish(card, wish)
    there, shared = round(clip_seconds * fps), card.limits.extends
    if there < shared:
        raise BadRequest(
            f"video lasts {clip_seconds:g} seconds, which are {there} frames at {fps} per second: "
            f"{card.id} continues from the last {shared}.",
            param="video",
        )
    if num_frames <= shared:
        raise BadRequest(
            f"num_frames is {num_frames}: {card.id} begins with the last {shared} frames of video, "
            "so more are needed.",
            param="num_frames",
        )
    return num_frames, fps


def _length_of_clip(card: Card, wish: Wish, clip_seconds: float) -> tuple[int, int]:
    """Of the given clip the frames asked for, or else as many as there are and the model can.

    The rate is the model's own, whatever the clip's is: it has learnt how fast things move there.
    Of a model that keeps it, it is the clip's, or the one nearest to that.
    """
    given, allowed, rates = wish.sampling, card.limits.num_frames, card.limits.fps
    fps = either(given.fps, card.defaults.fps)
    if given.fps is None and wish.clip_fps is not None and card.limits.keeps_fps:
        fps = int(min(max(round(wish.clip_fps), rates.minimum), rates.maximum))
    check("fps", fps, rates, card)
    there = round(clip_seconds * fps)
    if there < allowed.minimum:
        raise BadRequest(
            f"video lasts {clip_seconds:g} seconds, which are {there} frames at {fps} per second: "
            f"{card.id} needs at least {allowed.minimum:g}.",
            param="video",
        )
    if given.num_frames is None:
        seconds = clip_seconds if wish.seconds is None else min(wish.seconds, clip_seconds)
        wanted = min(round(seconds * fps), allowed.maximum)
        steps = max(0, int((wanted - allowed.minimum) // allowed.step))
        return int(allowed.minimum + steps * allowed.step), fps
    check("num_frames", given.num_frames, allowed, card)
    if given.num_frames > there:
        raise BadRequest(
            f"num_frames is {given.num_frames}: video has {there} at {fps} per second.",
            param="num_frames",
        )
    return given.num_frames, fps


def _length_of_recording(card: Card, wish: Wish, audio_seconds: float) -> tuple[int, int]:
    """All of the recording, or as much of it as was asked for: speech is never cut unasked."""
    given, allowed = wish.sampling, card.limits.num_frames
    fps = either(given.fps, card.defaults.fps)
    check("fps", fps, card.limits.fps, card)
    there = math.ceil(round(audio_seconds * fps, 3))
    if given.num_frames is not None:
        check("num_frames", given.num_frames, allowed, card)
        if given.num_frames > there:
            raise BadRequest(
                f"num_frames is {given.num_frames}: audio has {there} at {fps} per second.",
                param="num_frames",
            )
        return given.num_frames, fps
    wanted = there if wish.seconds is None else min(round(wish.seconds * fps), there)
    if not allowed.minimum <= wanted <= allowed.maximum:
        whole = wish.seconds is None or wanted == there
        problem = (
            f"audio lasts {audio_seconds:.3g} seconds" if whole else f"seconds is {wish.seconds:g}"
        )
        raise BadRequest(
            f"{problem}: {card.id} takes {allowed.minimum / fps:g} to {allowed.maximum / fps:g} "
            "seconds. Of a longer recording, seconds says how much to take.",
            param="audio" if whole else "seconds",
        )
    return int(allowed.minimum + (wanted - allowed.minimum) // allowed.step * allowed.step), fps


def _snapped(seconds: float, fps: int, card: Card) -> int:
    """The allowed number of frames nearest to this many seconds; the job says what it became.

    Never a refusal: OpenAI's client knows only 4, 8 and 12 seconds, whatever the model can do.
    """
    allowed = card.limits.num_frames
    wanted = min(max(round(seconds * fps), allowed.minimum), allowed.maximum)
    return int(allowed.minimum + round((wanted - allowed.minimum) / allowed.step) * allowed.step)
