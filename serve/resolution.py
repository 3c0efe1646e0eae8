"""From what a request says to what a run does: the model, its task, every parameter filled in."""

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from serve import catalog
from serve.card import Card
from serve.errors import BadRequest, ModelNotFound
from serve.protocol import Allowance, Range, ResolvedParams, SamplingParams, Task

T = TypeVar("T")

MAX_SEED = 2**32


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for, the same for clips and stills; None is left to the model."""

    task: Task
    prompt: str
    sampling: SamplingParams
    model: str | None = None
    size: str | None = None
    seconds: float | None = None
    n: int = 1
    num_garments: int = 0
    has_last_image: bool = False
    aspect_ratio: float | None = None
    """Width by height of the person or first frame, which decides where no size is given."""


def video_task(num_references: int, num_garments: int, asked: Task | None = None) -> Task:
    """What a clip is to be made from; `asked` decides where the pictures leave a choice."""
    if num_references > 1:
        raise BadRequest(
            f"input_reference is given {num_references} times: one picture is taken.",
            param="input_reference",
        )
    if num_garments and not num_references:
        raise BadRequest(
            "garment is given without input_reference: the person to dress is missing.",
            param="input_reference",
        )
    possible = [Task.IMAGE_TO_VIDEO] if num_references else [Task.TEXT_TO_VIDEO]
    if num_garments:
        possible.insert(0, Task.TRY_ON)
    if asked is None or asked in possible:
        return asked or possible[0]
    allowed = " or ".join(possible)
    raise BadRequest(
        f"task is {asked.value!r}: with these pictures it can be {allowed}.", param="task"
    )


def choose(cards: Sequence[Card], name: str | None, task: Task) -> Card:
    """The model that is named, or else the first that can do the task."""
    able = [card for card in cards if task in card.tasks]
    ids = ", ".join(card.id for card in able) or "none"
    if name is None:
        if not able:
            raise ModelNotFound(f"No model that is served here can do {task}.", param="model")
        return able[0]
    for card in cards:
        if card.answers_to(name):
            if task not in card.tasks:
                raise BadRequest(
                    f"model {name!r} can't do {task}, which is what was asked for. "
                    f"Models here that can: {ids}.",
                    param="model",
                )
            return card
    catalog.load_catalog().refuse_unavailable(name)
    served = ", ".join(card.id for card in cards)
    raise ModelNotFound(
        f"The model {name!r} is not served here. Served are: {served}.", param="model"
    )


def resolve(card: Card, wish: Wish) -> ResolvedParams:
    """Every parameter of the run; what the model can't do is refused, never bent."""
    limits, defaults, given = card.limits, card.defaults, wish.sampling
    if wish.num_garments > limits.max_garments:
        raise BadRequest(
            f"garment is given {wish.num_garments} times: {card.id} takes at most "
            f"{limits.max_garments}.",
            param="garment",
        )
    _check_last_image(card, wish)
    _check_loras(card, given.loras or {})
    if not limits.negative_prompt:
        _refuse_words("negative_prompt", given.negative_prompt, card)
    width, height = _size(card, wish)
    num_frames, fps = _length(card, wish)
    steps = _or(given.num_inference_steps, defaults.num_inference_steps)
    guidance_scale = _or(given.guidance_scale, defaults.guidance_scale)
    _check("num_inference_steps", steps, limits.num_inference_steps, card)
    # The range's step is for sliders: any value between the ends works.
    _check("guidance_scale", guidance_scale, limits.guidance_scale, card, in_steps=False)
    _check("n", wish.n, Range(minimum=1, maximum=limits.max_images), card)
    return ResolvedParams(
        prompt=prompt_for(card, wish.task, wish.prompt),
        negative_prompt=_or(given.negative_prompt, defaults.negative_prompt),
        width=width,
        height=height,
        num_frames=num_frames,
        fps=fps,
        num_inference_steps=steps,
        guidance_scale=guidance_scale,
        seed=_or(given.seed, secrets.randbelow(MAX_SEED)),
        n=wish.n,
        loras=given.loras or {},
    )


def prompt_for(card: Card, task: Task, prompt: str) -> str:
    """What the model is told; the card's own words where pictures came without a prompt."""
    prompt = prompt.strip()
    if not card.limits.prompt:
        _refuse_words("prompt", prompt, card)
        return ""
    if not prompt and task is not Task.TEXT_TO_VIDEO:
        prompt = card.defaults.prompt
    if not prompt:
        raise BadRequest("prompt is required.", param="prompt", code="missing_required_parameter")
    return prompt


def _check_last_image(card: Card, wish: Wish) -> None:
    allowed, param = card.limits.last_image, "last_image"
    if wish.has_last_image and wish.task is not Task.IMAGE_TO_VIDEO:
        raise BadRequest(
            "last_image is given, but a clip can only end with it where it begins with an "
            "input_reference of its own.",
            param=param,
        )
    if wish.has_last_image and allowed is Allowance.REFUSED:
        raise BadRequest(f"last_image is given, but {card.id} takes none.", param=param)
    needed = allowed is Allowance.REQUIRED and wish.task is Task.IMAGE_TO_VIDEO
    if needed and not wish.has_last_image:
        raise BadRequest(
            f"last_image is missing: {card.id} makes the clip between two pictures.",
            param=param,
            code="missing_required_parameter",
        )


def _check_loras(card: Card, loras: Mapping[str, float]) -> None:
    for name in loras:
        if name not in card.loras:
            known = f"has {', '.join(card.loras)}" if card.loras else "takes none"
            raise BadRequest(f"loras names {name!r}: {card.id} {known}.", param="loras")


def _refuse_words(name: str, words: str | None, card: Card) -> None:
    if words:
        raise BadRequest(
            f"{name} is given, but {card.id} takes none: it must be empty.", param=name
        )


def _size(card: Card, wish: Wish) -> tuple[int, int]:
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


def _length(card: Card, wish: Wish) -> tuple[int, int]:
    """Frames and frames per second: `num_frames` wins over `seconds`, which is snapped."""
    given, limits = wish.sampling, card.limits
    if wish.task is Task.IMAGE_EDIT:
        for name in ("num_frames", "fps"):
            if getattr(given, name) is not None:
                raise BadRequest(f"{name} does not apply to stills.", param=name)
        return 1, 1
    fps = _or(given.fps, card.defaults.fps)
    _check("fps", fps, limits.fps, card)
    if given.num_frames is not None:
        _check("num_frames", given.num_frames, limits.num_frames, card)
        return given.num_frames, fps
    if wish.seconds is None:
        return card.defaults.num_frames, fps
    return _snapped(wish.seconds, fps, card), fps


def _snapped(seconds: float, fps: int, card: Card) -> int:
    """The allowed number of frames nearest to this many seconds; the job says what it became.

    Never a refusal: OpenAI's client knows only 4, 8 and 12 seconds, whatever the model can do.
    """
    allowed = card.limits.num_frames
    wanted = min(max(round(seconds * fps), allowed.minimum), allowed.maximum)
    return int(allowed.minimum + round((wanted - allowed.minimum) / allowed.step) * allowed.step)


def _check(name: str, value: float, allowed: Range, card: Card, *, in_steps: bool = True) -> None:
    inside = allowed.minimum <= value <= allowed.maximum
    if inside and (not in_steps or (value - allowed.minimum) % allowed.step == 0):
        return
    raise BadRequest(
        f"{name} is {value:g}: {card.id} takes {_in_words(allowed, in_steps)}.", param=name
    )


def _in_words(allowed: Range, in_steps: bool) -> str:
    first, step, last = allowed.minimum, allowed.step, allowed.maximum
    if first == last:
        return f"only {first:g}"
    if not in_steps or step == 1:
        return f"{first:g} to {last:g}"
    return f"{first:g}, {first + step:g}, {first + 2 * step:g}, … {last:g} (steps of {step:g})"


def _or(given: T | None, default: T) -> T:
    return default if given is None else given
