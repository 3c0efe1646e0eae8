"""What all servers have in common that make a clip for us: wait, show progress, stop on request."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx

from serve.errors import ModelFailed
from serve.generation import StageStarted, StepDone
from serve.pipelines.base import Report
from serve.protocol import Stage

POLL_SECONDS = 1.0
PATIENCE_SECONDS = 60.0
"""How long a server may not answer before a job on it counts as lost."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job on the server stands."""

    done: bool = False
    share: float = 0.0
    """How much of it is done, 0..1, as far as the server tells."""
    failure: str | None = None
    preview: bytes | None = None
    """A JPEG of the clip as far as it has come, where the server shows one."""


def follow(
    look: Callable[[], Standing],
    stop: Callable[[], object],
    report: Report,
    num_steps: int,
    *,
    pace: int = 1,
) -> None:
    """Until the job is done; if anything ends it before, the server is told to stop it.

    Progress is told in `num_steps` steps, since servers tell it in percent. A `look` that raises
    httpx's error of a failed connection or of a bad status is tried again for a while.
    Between two looks there are `pace` polls, at each of which the run may be cancelled.
    """
    heard, standing = time.monotonic(), Standing()
    try:
        report(StageStarted(Stage.DENOISING, 0, num_steps))
        while True:
            try:
                standing = look()
                heard = time.monotonic()
            except (httpx.TransportError, httpx.HTTPStatusError) as error:
                if time.monotonic() - heard > PATIENCE_SECONDS:
                    raise ModelFailed(f"The server does not answer any more: {error}") from error
            if standing.failure is not None:
                raise ModelFailed(standing.failure)
            if standing.done:
                return
            for _ in range(pace):
                report(StepDone(int(standing.share * num_steps), num_steps, standing.preview))
                time.sleep(POLL_SECONDS)
    except BaseException:
        with suppress(httpx.HTTPError):
            stop()
        raise


def reason_of(answer: httpx.Response) -> str:
    """What the server says is wrong, in any of the usual shapes."""
    with suppress(ValueError, LookupError, TypeError):
        body = answer.json()
        if isinstance(body, dict):
            error = body.get("error", body.get("detail", body.get("message")))
            if isinstance(error, list):  # FastAPI's faults of a body
                error = "; ".join(str(one["msg"]) for one in error)
            if isinstance(error, dict):
                error = error.get("message")
            if error:
                return str(error)[:300]
    return f"HTTP {answer.status_code}"
