"""The words beside a picture: how it should be, or what may be better about this one."""

from collections.abc import Sequence
from html import escape


def hints_html(guidance: str, hints: Sequence[str] = ()) -> str:
    """The hints, or the general guidance while there are none."""
    if not hints:
        return f'<p class="lr-hint">{escape(guidance)}</p>'
    lines = "".join(f"<p>{escape(hint)}</p>" for hint in hints)
    return f'<div class="lr-hints" role="status">{lines}</div>'
