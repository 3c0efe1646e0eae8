"""One running app, in the language of each browser that asks."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.words import MARK
from tests.servers import running_app

pytestmark = pytest.mark.timeout(300)
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("cache")
    with running_app(NOBODY, folder) as url:
        yield url


@pytest.mark.parametrize("path", ["/", "/config"])
def test_each_visitor_gets_the_page_in_their_language(app: str, path: str) -> None:
    english = httpx.get(app + path).text
    answer = httpx.get(app + path, headers={"accept-language": "zh-CN,zh;q=0.9"})
    chinese = answer.text
    assert "accept-language" in answer.headers["vary"].lower()
    assert "Text to video" in english
    assert json.dumps("文生视频")[1:-1] in chinese
    assert not MARK.search(english)
    assert not MARK.search(chinese)
