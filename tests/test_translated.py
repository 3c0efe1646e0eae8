"""The middleware around the page, without Gradio."""

import httpx
from starlette.types import Receive, Scope, Send

from app.translated import TranslatedPage


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that takes too long to make its page."""
    raise AssertionError("asked for the page")


async def test_whether_there_is_a_page_is_told_without_making_it() -> None:
    transport = httpx.ASGITransport(app=TranslatedPage(busy))
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        answer = await client.head("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
