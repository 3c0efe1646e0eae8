"""Cards of models like the built-in ones."""

from typing import Any

from serve.protocol import Defaults, Licence, Limits, ModelCard, Range, Readiness, Task

STEPS = 4


def card(model: str, tasks: list[Task], **changes: Any) -> ModelCard:
    """A model card like those of the built-in models."""
    fields: dict[str, Any] = {
        "owned_by": "lookreel",
        "title": "Croquis Try-on" if Task.TRY_ON in tasks else "Croquis",
        "defaults": Defaults(
            num_frames=17,
            fps=8,
            num_inference_steps=STEPS,
            guidance_scale=4,
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
            max_garments=2,
            max_images=4,
        ),
        "licence": Licence(name="Apache-2.0", url="https://example.org/licence", commercial=True),
        "source": f"serve/weights/{model}",
        "sketch": True,
        "readiness": Readiness.READY,
    }
    return ModelCard(id=model, tasks=tasks, **(fields | changes))
