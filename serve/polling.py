"""The response header by which OpenAI's client learns when to ask again."""

from fastapi import Response

from serve.protocol import Job

HEADER = "openai-poll-after-ms"
SHORTEST, LONGEST, UNKNOWN = 0.25, 5.0, 1.0
"""Seconds."""


def suggest_polling(response: Response, job: Job) -> None:
    """Ask a few times over the time that is left, no more."""
    if not job.status.is_final:
        left = job.eta_seconds
        seconds = UNKNOWN if left is None else min(max(left / 8, SHORTEST), LONGEST)
        response.headers[HEADER] = str(round(seconds * 1000))
