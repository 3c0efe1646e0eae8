"""How the page's own events are wired: no endpoint of the API, and no sign of waiting over them.

Whatever an event sets has a status of its own in the browser, and Gradio brings all of them up to
date whenever any event gets on: with hundreds of controls that took longer than everything else on
the page. No status is shown here, so none is kept.
"""

from typing import Any

PRIVATE: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "show_progress_on": [],
}
AT_ONCE = PRIVATE | {"queue": False}
"""For what answers in no time: without a place in the queue."""
