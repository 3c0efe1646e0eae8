"""Serve it: ``python -m tests.fake_backend PORT [SECONDS_PER_STEP]``."""

import sys

import uvicorn

from serve.protocol import Task
from tests.fake_backend import FakeBackend, build, card

if __name__ == "__main__":
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.3
    backend = FakeBackend(step_seconds=seconds)
    backend.cards += [
        card("mover", [Task.MOTION_TRANSFER], title="Mover"),
        card("talker", [Task.AUDIO_TO_VIDEO], title="Talker"),
    ]
    uvicorn.run(build(backend), port=int(sys.argv[1]), log_level="warning")
