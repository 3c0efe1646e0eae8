"""From what a request says to what a run does: the model, its task, every parameter filled in."""

import math
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence

from serve.card import Card
from serve.catalog import Catalog
from serve.errors import BadRequest, ModelNotFound
from serve.extent import length, size
from serve.names import listed, nearest
from serve.protocol import Allowance, Range, ResolvedParams, Role, Task
from serve.ranges import check, either
from serve.wish import Wish

MAX_SEED = 2**32


def suits(roles: Collection[Role]) -> Callable[[Card], bool]:
    """Whether a card takes files of these roles and needs no others, for `choose`."""

    def judge(card: Card) -> bool:
        speaker, face = card.limits.speaker_video, card.limits.face_video
        if Role.AUDIO in roles:
            return _agrees(speaker, Role.VIDEO in roles)
        return _agrees(face, Role.FACE_VIDEO in roles)

    return judge


def _agrees(allowed: Allowance, given: bool) -> bool:
    return allowed is Allowance.OPTIONAL or (allowed is Allowance.REQUIRED) == given


def choose(
    cards: Sequence[Card],
    known: Catalog,
    name: str | None,
    task: Task,
    suits: Callable[[Card], bool] = lambda _card: True,
) -> Card:
    """The model of `cards` that is named, or else the first that can do the task, if possible one
    that `suits`; `known` is whatever there is, served or not."""
    able = [card for card in cards if task in card.tasks]
    ids = listed([card.id for card in able], "GET /v1/models")
    if name is None:
        if not able:
            raise ModelNotFound(f"No model that is served here can do {task}.", param="model")
        return next(filter(suits, able), able[0])
    for card in cards:
        if card.answers_to(name):
            if task not in card.tasks:
                raise BadRequest(
                    f"model {name!r} can't do {task}, which is what was asked for. "
                    f"Models here that can: {ids}.",
                    param="model",
                )
            return card
    raise not_served(name, cards, known)


def not_served(name: str, cards: Sequence[Card], known: Catalog) -> ModelNotFound:
    """Why nobody here answers to `name`: nobody can have it, or it was not started, or it is no
    model at all."""
    if one := known.cannot_be_had(name):
        return ModelNotFound(one.message, param="model")
    near = nearest(name, {one: card.id for card in cards for one in card.names_of_it})
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    served = listed([card.id for card in cards], "GET /v1/models")
    return ModelNotFound(
        f"The model {name!r} is not served here.{meant} Served are: {served}.", param="model"
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
    if wish.task is Task.MOTION_TRANSFER:
        _check_clips(card, wish)
    _check_audio(card, wish)
    _check_mask(card, wish)
    _check_loras(card, given.loras or {})
    if not limits.negative_prompt:
        _refuse_words("negative_prompt", given.negative_prompt, card)
    width, height = size(card, wish)
    num_frames, fps = length(card, wish)
    steps = either(given.num_inference_steps, defaults.num_inference_steps)
    guidance_scale = either(given.guidance_scale, defaults.guidance_scale)
    check("num_inference_steps", steps, limits.num_inference_steps, card)
    # The range's step is for sliders: any value between the ends works.
    check("guidance_scale", guidance_scale, limits.guidance_scale, card, in_steps=False)
    check("n", wish.n, Range(minimum=1, maximum=limits.max_images), card)
    strength = _strength(card, wish, steps)
    return ResolvedParams(
        prompt=prompt_for(card, wish.task, wish.prompt),
        negative_prompt=either(given.negative_prompt, defaults.negative_prompt),
        width=width,
        height=height,
        num_frames=num_frames,
        fps=fps,
        num_inference_steps=steps,
        guidance_scale=guidance_scale,
        seed=either(given.seed, secrets.randbelow(MAX_SEED)),
        n=wish.n,
        strength=strength,
        loras=given.loras or {},
        motion_bucket_id=_motion(card, given.motion_bucket_id),
        label=given.label,
        embed_inputs=given.embed_inputs,
    )


def prompt_for(card: Card, task: Task, prompt: str) -> str:
    """What the model is told; the card's own words where pictures came without a prompt."""
    prompt = prompt.strip()
    if not card.limits.prompt:
        _refuse_words("prompt", prompt, card)
        return ""
    if not prompt and not task.starts_from_words and task is not Task.VIDEO_TO_VIDEO:
        prompt = card.defaults.prompt
    if not prompt:
        raise BadRequest("prompt is required.", param="prompt", code="missing_required_parameter")
    return prompt


def _strength(card: Card, wish: Wish, steps: int) -> float | None:
    """How far the given clip is changed; None where there is none."""
    given, allowed = wish.sampling.strength, card.limits.strength
    if wish.task is not Task.VIDEO_TO_VIDEO or allowed is None:
        if given is not None:
            raise BadRequest(
                "strength is given, but there is no video that could be kept.", param="strength"
            )
        return None
    strength = either(given, card.defaults.strength or allowed.maximum)
    check("strength", strength, allowed, card, in_steps=False)
    if int(steps * strength) < 1:
        raise BadRequest(
            f"strength is {strength:g}: of {steps} num_inference_steps none would be done. At "
            f"least {math.ceil(100 / steps) / 100:g} is needed, or more steps.",
            param="strength",
        )
    return strength


def _check_clips(card: Card, wish: Wish) -> None:
    face, given = Role.FACE_VIDEO, Role.FACE_VIDEO in wish.roles
    if card.limits.face_video is Allowance.REQUIRED and not given:
        raise BadRequest(
            f"face_video is missing: {card.id} is told the face apart.",
            param=face,
            code="missing_required_parameter",
        )
    if card.limits.face_video is Allowance.REFUSED and given:
        raise BadRequest(f"face_video is given, but {card.id} takes none.", param=face)
    pair = {Role.BACKGROUND_VIDEO, Role.MASK_VIDEO}
    if wish.roles & pair and not card.limits.replaces:
        raise BadRequest(f"{card.id} takes no background_video and no mask_video.", param="video")
    for missing in pair - wish.roles if wish.roles & pair else ():
        raise BadRequest(
            f"{missing} is missing: background_video and mask_video go together.", param=missing
        )


def _check_mask(card: Card, wish: Wish) -> None:
    if wish.has_mask and not card.limits.mask:
        raise BadRequest(f"mask is given, but {card.id} takes none.", param="mask")
    masks = sorted(wish.roles & {Role.MASK, Role.MASK_VIDEO})
    if wish.task is not Task.VIDEO_TO_VIDEO or not masks:
        return
    if not card.limits.video_mask:
        raise BadRequest(f"{masks[0]} is given, but {card.id} takes none.", param=masks[0])
    if len(masks) > 1:
        raise BadRequest("mask_video is given beside mask: one is taken.", param=Role.MASK_VIDEO)


def _check_audio(card: Card, wish: Wish) -> None:
    given, allowed = Role.AUDIO in wish.roles, card.limits.audio
    if given and allowed is Allowance.REFUSED:
        raise BadRequest(f"audio is given, but {card.id} takes none.", param=Role.AUDIO)
    if not given and allowed is Allowance.REQUIRED:
        raise BadRequest(
            f"audio is missing: {card.id} makes somebody say a recording.",
            param=Role.AUDIO,
            code="missing_required_parameter",
        )
    filmed = Role.VIDEO in wish.roles
    if given and not _agrees(card.limits.speaker_video, filmed):
        takes, other = ("a picture", "video") if filmed else ("a clip", "input_reference")
        raise BadRequest(
            f"{other} is given with audio: {card.id} takes {takes} of who is to say it.",
            param=other,
        )


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


def _motion(card: Card, given: int | None) -> int | None:
    allowed = card.limits.motion_bucket_id
    if allowed is None:
        if given is not None:
            raise BadRequest(
                f"motion_bucket_id is {given}, but {card.id} can't be told how much to move.",
                param="motion_bucket_id",
            )
        return None
    if given is not None:
        check("motion_bucket_id", given, allowed, card)
    return either(given, card.defaults.motion_bucket_id)


def _refuse_words(name: str, words: str | None, card: Card) -> None:
    if words:
        raise BadRequest(
            f"{name} is given, but {card.id} takes none: it must be empty.", param=name
        )
