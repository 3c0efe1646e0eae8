"""Cards of models like the built-in ones."""

from typing import Any

from serve.protocol import Allowance, Defaults, Licence, Limits, ModelCard, Range, Readiness, Task

STEPS = 4


def card(model: str, tasks: list[Task], **changes: Any) -> ModelCard:
    """A model card like those of the built-in models; of those that are driven, one that takes all
    that there is to drive it."""
    moves, speaks = Task.MOTION_TRANSFER in tasks, Task.AUDIO_TO_VIDEO in tasks
    fields: dict[str, Any] = {
        "owned_by": "lookreel",
        "title": "Croquis Try-on" if Task.TRY_ON in tasks else "Croquis",
        "defaults": Defaults(
            num_frames=17,
            fps=8,
            num_inference_steps=STEPS,
            guidance_scale=4,
            prompt="People in the video are doing actions." if moves else "",
            strength=0.7 if Task.VIDEO_TO_VIDEO in tasks else None,
        ),
        "limits": Limits(
            num_frames=Range(minimum=5, maximum=33, step=4),
            fps=Range(minimum=4, maximum=24),
            num_inference_steps=Range(minimum=1, maximum=50),
            guidance_scale=Range(minimum=1, maximum=10, step=0.1),
            sizes=["192x256"],
            strength=Range(minimum=0.1, maximum=1, step=0.05)
            if Task.VIDEO_TO_VIDEO in tasks
            else None,
            mask=Task.IMAGE_EDIT in tasks,
            face_video=Allowance.OPTIONAL if moves else Allowance.REFUSED,
            replaces=moves,
            audio=Allowance.REQUIRED if speaks else Allowance.REFUSED,
            speaker_video=Allowance.OPTIONAL if speaks else Allowance.REFUSED,
            prompt=not speaks,
            negative_prompt=not speaks,
            max_garments=2,
            max_images=4,
        ),
        "licence": Licence(name="Apache-2.0", url="https://example.org/licence", commercial=True),
        "source": f"serve/weights/{model}",
        "sketch": True,
        "readiness": Readiness.READY,
    }
    return ModelCard(id=model, tasks=tasks, **(fields | changes))


def rich_cards() -> list[ModelCard]:
    """Models that have every control that there is, under a limited licence."""
    first = card("rich", [Task.TEXT_TO_VIDEO, Task.VIDEO_TO_VIDEO, Task.TEXT_TO_IMAGE])
    second = card("rich-tryon", [Task.TRY_ON, Task.IMAGE_TO_VIDEO, Task.IMAGE_EDIT])
    limits = {
        "sizes": ["480x640", "720x1280", "1280x720", "768x768", "512x640"],
        "motion_bucket_id": Range(minimum=1, maximum=255),
        "last_image": Allowance.OPTIONAL,
        "max_garments": 8,
        "max_references": 3,
    }
    changes = {
        "defaults": first.defaults.model_copy(
            update={"motion_bucket_id": 127, "num_inference_steps": 20}
        ),
        "licence": Licence(name="Research", url="https://example.org/licence", commercial=False),
        "loras": ["walk", "turn"],
        "picture_word": "image",
        "description": "Makes all that can be asked for.",
        "notes": "Nobody knows how well.",
        "sketch": False,
        "gated": True,
    }
    drivers = [
        card("rich-mover", [Task.MOTION_TRANSFER], title="Mover", sketch=False),
        card("rich-talker", [Task.AUDIO_TO_VIDEO], title="Talker", sketch=False),
    ]
    both = [
        one.model_copy(update=changes | {"limits": one.limits.model_copy(update=limits)})
        for one in (first, second)
    ]
    return [*both, *drivers]
