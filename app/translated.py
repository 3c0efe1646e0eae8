"""The page as each visitor gets it: with the marks of `app/words.py` put into their language."""

import json
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.words import MARK, TAGS, preferred, unmarked

PAGE_TYPES = ("text/html", "application/json")


class TranslatedPage:
    """Middleware around Gradio: fills the marks in the page and in its configuration."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; hold back only pages until they are whole.

        Whether there is a page is answered without making one: Gradio asks so while it starts, and
        on a busy machine it would end because it had waited for three seconds.
        """
        if scope["type"] == "http" and (scope["method"], scope["path"]) == ("HEAD", "/"):
            await Response(media_type="text/html")(scope, receive, send)
            return
        if scope["type"] == "http" and "/gradio_api/" not in scope["path"]:
            send = _Filling(scope, send)
        await self.app(scope, receive, send)


class _Filling:
    """Collects the body of one response if it is a page, and sends it with its marks filled."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._language = preferred(Headers(scope=scope).get("accept-language", ""))
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = fill(self._body.decode(), self._language).encode()
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        headers.add_vary_header("accept-language")
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def fill(page: str, language: str) -> str:
    """The page with texts for its marks; all of them are inside JSON, some of it in a script."""

    def text(mark: re.Match[str]) -> str:
        return json.dumps(unmarked(language, mark))[1:-1].replace("<", "\\u003c")

    return MARK.sub(text, page).replace('lang="en"', f'lang="{TAGS[language]}"', 1)


def _is_page(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return kind.startswith(PAGE_TYPES)
