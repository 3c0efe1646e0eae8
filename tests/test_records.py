"""A file made here tells how it was made, so that it can be made again."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from serve.encoding import decode_mp4, encode_mp4, encode_png
from tests.api import GARMENT, PERSON, Api, data_url, error_of, open_api, picture
from tests.test_exports import clip, finished_clip, finished_stills

RECORD: dict[str, Any] = {
    "model": "croquis-t2v",
    "task": "text-to-video",
    "prompt": 'a "red" dress = Kleid; ünï 红 # \\ \n and more',
    "seed": 7,
}


async def read(api: Api, data: bytes) -> dict[str, Any]:
    answer = await api.post("/v1/records", files=[("file", ("file.bin", data))])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("variant", ["video", "webm", "last_frame", "thumbnail"])
async def test_a_download_gives_back_its_settings(tmp_path: Path, variant: str) -> None:
    async with open_api(tmp_path, label=True, sign=True) as api:
        url = await finished_clip(api, record=RECORD)
        sent = (await api.get(url, params={"variant": variant})).content
        found = await read(api, sent)
    signed = variant != "webm"
    assert found == {
        "object": "record",
        "record": RECORD,
        "inputs": [],
        "signature": "valid" if signed else None,
        "signed_by": "Lookreel test certificate" if signed else None,
    }


async def test_a_changed_file_still_tells_its_settings_and_that_it_was_changed(
    tmp_path: Path,
) -> None:
    async with open_api(tmp_path, sign=True) as api:
        sent = (await api.get(await finished_clip(api, record=RECORD))).content
        found = await read(api, sent.replace(b'"seed": 7', b'"seed": 8'))
    assert (found["record"]["seed"], found["signature"]) == (8, "invalid")


async def test_pictures_travel_with_the_settings_when_the_request_says_so(api: Api) -> None:
    notes = {"garments": "dress"}
    form = {"embed_inputs": "true", "metadata": json.dumps(notes)}
    url = await finished_clip(api, record=RECORD, form=form, files=[PERSON, GARMENT])
    sent = (await api.get(url)).content
    assert np.array_equal(decode_mp4(sent), decode_mp4(encode_mp4(clip(), fps=8, record={})))
    found = await read(api, sent)
    assert found["record"] == RECORD | {"metadata": notes}
    assert [one["role"] for one in found["inputs"]] == ["input_reference", "garment"]
    for one in found["inputs"]:
        jpeg = base64.b64decode(one["image_url"].removeprefix("data:image/jpeg;base64,"))
        assert Image.open(io.BytesIO(jpeg)).size == (30, 40)
    again = {"prompt": "x", "input_reference": found["inputs"][0]["image_url"]}
    assert (await api.post("/v1/videos", json=again)).status_code == 200


async def test_stills_carry_their_pictures_too(api: Api) -> None:
    url = await finished_stills(api, record=RECORD, embed_inputs="true")
    found = await read(api, (await api.get(url)).content)
    assert [one["role"] for one in found["inputs"]] == ["input_reference", "garment"]


async def test_many_large_pictures_are_made_small_enough_to_travel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serve.embedding.MAX_BYTES", 20_000)
    noise = np.random.default_rng(0).integers(0, 255, (600, 400, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "JPEG", quality=50)
    person = ("input_reference", ("person.jpg", buffer.getvalue(), "image/jpeg"))
    async with open_api(tmp_path) as api:
        form = {"embed_inputs": "true"}
        url = await finished_clip(api, record=RECORD, form=form, files=[person])
        (copy,) = (await read(api, (await api.get(url)).content))["inputs"]
    assert len(copy["image_url"]) < 60_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a file",
        picture(),
        picture(form="JPEG"),
        encode_png(clip()[0], record={"seed": 7}),
        encode_png(clip()[0], record=RECORD | {"inputs": ["x"]}),
        encode_png(clip()[0], record=RECORD)[:60],
        b"\0\0\0\x18ftypisom and nothing else",
        b"#EXTM3U\nfile:///etc/passwd",
    ],
)
async def test_what_was_not_made_here_is_refused(api: Api, data: bytes) -> None:
    answer = await api.post("/v1/records", files=[("file", ("file.bin", data))])
    error = error_of(answer, 422)
    assert (error["param"], error["code"]) == ("file", "not_a_record")
    assert "not an mp4, WebM, PNG or JPEG made by Lookreel" in error["message"]


async def test_exactly_one_file_is_read(api: Api) -> None:
    error = error_of(await api.post("/v1/records", data={}), 400)
    assert (error["param"], error["code"]) == ("file", "missing_required_parameter")
    files = [("file", ("a.png", picture()))] * 2
    assert "given 2 times" in error_of(await api.post("/v1/records", files=files), 400)["message"]
    one = {"file": data_url(encode_png(clip()[0], record=RECORD))}
    assert (await api.post("/v1/records", json=one)).json()["record"] == RECORD
    error = error_of(await api.post("/v1/records", json=one | {"fiel": "x"}), 400)
    assert error["code"] == "unknown_parameter"
