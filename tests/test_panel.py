"""What a tab shows of a run, whatever happens in it."""

from collections.abc import AsyncIterator

import pytest

from app.client import BackendError
from app.panel import GONE, UNFORESEEN, Update, in_words


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BackendError("The queue is full."), "The queue is full."),
        (FileNotFoundError("/a/server/path.png"), GONE),
        (ZeroDivisionError("division by zero"), UNFORESEEN),
    ],
)
async def test_a_run_that_fails_ends_with_what_went_wrong_in_plain_words(
    error: Exception, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> AsyncIterator[Update]:
        yield {"status": "begun"}
        raise error

    shown = [update async for update in in_words(run(), lambda message: {"problem": message})]
    assert shown == [{"status": "begun"}, {"problem": message}]
    told = isinstance(error, BackendError)
    assert [record.exc_info is not None for record in caplog.records] == ([] if told else [True])
