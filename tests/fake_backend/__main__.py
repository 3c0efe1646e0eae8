"""Serve it: ``python -m tests.fake_backend PORT [SECONDS_PER_STEP]``."""

import sys

import uvicorn

from tests.fake_backend import FakeBackend, build

if __name__ == "__main__":
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.3
    uvicorn.run(
        build(FakeBackend(step_seconds=seconds)), port=int(sys.argv[1]), log_level="warning"
    )
