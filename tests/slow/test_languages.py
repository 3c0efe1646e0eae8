"""One running app, in the language of each browser that asks."""

import json

import httpx
import pytest

from app.words import MARK
from tests.slow.conftest import Studio

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("path", ["/", "/config"])
def test_each_visitor_gets_the_page_in_their_language(studio: Studio, path: str) -> None:
    english = httpx.get(studio.url + path).text
    answer = httpx.get(studio.url + path, headers={"accept-language": "zh-CN,zh;q=0.9"})
    chinese = answer.text
    assert "accept-language" in answer.headers["vary"].lower()
    assert "Text to video" in english
    assert json.dumps("文生视频")[1:-1] in chinese
    assert not MARK.search(english)
    assert not MARK.search(chinese)
