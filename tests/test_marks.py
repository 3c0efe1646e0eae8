"""What leaves the studio says that a model made it, to people and to machines."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import c2pa
import numpy as np
import pytest
from PIL import Image

from serve.encoding import Frames, decode_mp4, encode_png
from serve.images import from_png
from serve.storage import Storage
from tests.api import Api, error_of, open_api, picture
from tests.test_exports import RECORD, clip, finished_clip, finished_stills, master

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.fixture
async def marking(tmp_path: Path) -> AsyncIterator[Api]:
    """A service as it is by default."""
    async with open_api(tmp_path, label=True, sign=True) as client:
        yield client


@pytest.fixture
async def optional(tmp_path: Path) -> AsyncIterator[Api]:
    """A service that lets its users do without the label."""
    async with open_api(tmp_path, label=True, label_optional=True) as client:
        yield client


def is_labelled(shown: Frames, plain: Frames) -> bool:
    """Whether the lower right corner differs; everything else must not."""
    change = np.abs(shown.astype(int) - plain.astype(int))
    change[..., -24:, -64:, :] = 0
    assert change.max() < 8
    corner = np.abs(shown.astype(int) - plain.astype(int))[..., -24:, -64:, :]
    return bool(corner.max() > 40)


def manifest(data: bytes, media_type: str) -> dict[str, str]:
    """What the credentials of a file say, which must be whole."""
    with c2pa.Reader(media_type, io.BytesIO(data)) as reader:
        assert reader.get_validation_state() == "Valid"
        found = reader.get_active_manifest()
    (said,) = [one for one in found["assertions"] if one["label"] == "c2pa.actions.v2"]
    (action,) = said["data"]["actions"]
    return {
        "action": action["action"],
        "source": action["digitalSourceType"],
        "agent": action["softwareAgent"]["name"],
        "words": action["description"],
        "signer": found["signature_info"]["issuer"],
        "thumbnail": str("thumbnail" in found),
    }


async def test_a_downloaded_clip_is_labelled_signed_and_keeps_its_settings(marking: Api) -> None:
    answer = await marking.get(await finished_clip(marking))
    shown = decode_mp4(answer.content)
    assert [is_labelled(one, plain) for one, plain in zip(shown, clip(), strict=True)] == [True] * 5
    assert manifest(answer.content, "video/mp4") == {
        "action": "c2pa.created",
        "source": SOURCE_TYPE,
        "agent": "Lookreel",
        "words": "Made by the model croquis-t2v.",
        "signer": "Lookreel test certificate",
        "thumbnail": "False",
    }
    assert SOURCE_TYPE.encode() in answer.content.partition(b"http://ns.adobe.com/xap/1.0/")[2]
    assert json.dumps(RECORD).encode() in answer.content
    assert answer.content.index(b"moov") < answer.content.index(b"mdat")


@pytest.mark.parametrize("variant", ["first_frame", "last_frame"])
async def test_a_downloaded_frame_is_labelled_and_signed(marking: Api, variant: str) -> None:
    answer = await marking.get(await finished_clip(marking), params={"variant": variant})
    shown = Image.open(io.BytesIO(answer.content))
    plain = clip()[0 if variant == "first_frame" else -1]
    assert is_labelled(np.asarray(shown), plain)
    assert manifest(answer.content, "image/png")["source"] == SOURCE_TYPE
    assert json.loads(shown.info["Comment"]) == RECORD
    assert SOURCE_TYPE in shown.info["XML:com.adobe.xmp"]


async def test_every_other_format_is_labelled_too(marking: Api) -> None:
    url = await finished_clip(marking)
    webm = await marking.get(url, params={"variant": "webm"})
    gif = await marking.get(url, params={"variant": "gif"})
    frames = await marking.get(url, params={"variant": "frames"})
    assert manifest(gif.content, "image/gif")["source"] == SOURCE_TYPE
    assert is_labelled(decode_mp4(webm.content)[0], clip()[0])
    assert is_labelled(np.asarray(Image.open(io.BytesIO(gif.content)).convert("RGB")), clip()[0])
    archive = zipfile.ZipFile(io.BytesIO(frames.content))
    last = archive.read("frame-0005.png")
    assert is_labelled(np.asarray(Image.open(io.BytesIO(last))), clip()[-1])
    assert manifest(last, "image/png")["source"] == SOURCE_TYPE


async def test_small_pictures_of_a_result_are_marked(marking: Api) -> None:
    url = await finished_clip(marking)
    answer = await marking.get(url, params={"variant": "thumbnail"})
    thumbnail = Image.open(io.BytesIO(answer.content))
    assert is_labelled(np.asarray(thumbnail), clip()[2])
    assert manifest(answer.content, "image/jpeg")["source"] == SOURCE_TYPE
    assert SOURCE_TYPE.encode() in thumbnail.info["xmp"]
    assert json.loads(thumbnail.info["comment"]) == RECORD


async def test_a_clip_is_signed_once_so_that_its_ranges_fit_together(marking: Api) -> None:
    url = await finished_clip(marking)
    whole = await marking.get(url)
    part = await marking.get(url, headers={"range": "bytes=100-"})
    assert part.content == whole.content[100:]
    assert part.headers["etag"] == whole.headers["etag"]


async def test_the_pixels_of_the_same_clip_are_the_same_whatever_the_signature(
    marking: Api,
) -> None:
    one, two = [await marking.get(await finished_clip(marking)) for _ in range(2)]
    assert one.content != two.content
    assert np.array_equal(decode_mp4(one.content), decode_mp4(two.content))


async def test_a_still_that_is_handed_back_reaches_the_model_without_its_label(
    marking: Api, tmp_path: Path
) -> None:
    sent = (await marking.get(await finished_stills(marking), params={"index": 1})).content
    assert is_labelled(np.asarray(Image.open(io.BytesIO(sent))), clip(3)[1])
    files = [("input_reference", ("approved.png", sent, "image/png"))]
    job = (await marking.post("/v1/videos", data={"prompt": "walks"}, files=files)).json()
    (request,) = marking.models["croquis-tryon"].requests[1:]
    given = from_png(Storage(str(tmp_path)).read(request.images[0]))
    assert np.array_equal(np.asarray(given), clip(3)[1])
    back = await marking.get(f"/v1/videos/{job['id']}/input/0")
    assert back.content == sent, "what the client sent is what it gets back, label and all"
    url = f"/v1/videos/{job['id']}/remix"
    remix = (await marking.post(url, json={"prompt": "turns"})).json()
    assert (await marking.get(f"/v1/videos/{remix['id']}/input/0")).content == sent


async def test_a_clip_is_continued_from_its_last_frame_without_the_label(
    marking: Api, tmp_path: Path
) -> None:
    url = await finished_clip(marking)
    sent = (await marking.get(url, params={"variant": "last_frame"})).content
    files = [("input_reference", ("last.png", sent, "image/png"))]
    await marking.post("/v1/videos", data={"prompt": "walks on"}, files=files)
    (request,) = marking.models["croquis-tryon"].requests
    given = from_png(Storage(str(tmp_path)).read(request.images[0]))
    assert np.array_equal(np.asarray(given), decode_mp4(master())[-1])


async def test_a_clip_that_is_handed_back_to_be_repainted_has_no_label(
    marking: Api, tmp_path: Path
) -> None:
    sent = (await marking.get(await finished_clip(marking))).content
    files = [("video", ("clip.mp4", sent, "video/mp4"))]
    form = {"prompt": "in a blue dress"}
    job = (await marking.post("/v1/videos", data=form, files=files)).json()
    request = marking.models["croquis-t2v"].requests[-1]
    given = decode_mp4(Storage(str(tmp_path)).read(request.images[0]))
    assert not is_labelled(given, clip()[: len(given)])
    assert (await marking.get(f"/v1/videos/{job['id']}/input/0")).content == sent


async def test_a_still_that_was_changed_is_a_picture_like_any_other(
    marking: Api, tmp_path: Path
) -> None:
    sent = (await marking.get(await finished_stills(marking))).content
    painted = Image.open(io.BytesIO(sent))
    xmp = painted.info["XML:com.adobe.xmp"].encode()
    painted.paste("red", (0, 0, 10, 10))
    changed = encode_png(np.asarray(painted), record={}, xmp=xmp)
    files = [("input_reference", ("painted.png", changed, "image/png"))]
    await marking.post("/v1/videos", data={"prompt": "walks"}, files=files)
    request = marking.models["croquis-tryon"].requests[-1]
    given = from_png(Storage(str(tmp_path)).read(request.images[0]))
    assert np.array_equal(np.asarray(given), np.asarray(painted))


async def test_a_label_cannot_be_declined_unless_the_operator_allows_it(marking: Api) -> None:
    answer = await marking.post("/v1/videos", json={"prompt": "x", "label": False})
    error = error_of(answer, 400)
    assert error["param"] == "label"
    assert "this server labels everything it makes" in error["message"]


async def test_where_it_is_allowed_a_request_does_without_the_label_but_not_the_signature(
    optional: Api,
) -> None:
    bare = await optional.get(await finished_clip(optional, form={"label": "false"}))
    assert not is_labelled(decode_mp4(bare.content), clip())
    assert np.array_equal(decode_mp4(bare.content), decode_mp4(master()))
    labelled = await optional.get(await finished_clip(optional))
    assert is_labelled(decode_mp4(labelled.content), clip())


async def test_a_label_that_becomes_required_is_on_what_was_made_before(tmp_path: Path) -> None:
    async with open_api(tmp_path, label=True, sign=True, label_optional=True) as api:
        url = await finished_clip(api, form={"label": "false"})
        assert not is_labelled(decode_mp4((await api.get(url)).content), clip())
    async with open_api(tmp_path, label=True, sign=True) as api:
        assert is_labelled(decode_mp4((await api.get(url)).content), clip())


async def test_without_marks_a_file_is_sent_as_it_is_stored(api: Api) -> None:
    assert (await api.get(await finished_clip(api))).content == master()


async def test_an_upload_that_names_a_job_it_is_not_of_is_taken_as_it_is(marking: Api) -> None:
    lie = picture() + b'dc:identifier="video_1/../../secret"' + b'dc:identifier="video_1/still-0"'
    files = [("input_reference", ("lie.png", lie, "image/png"))]
    answer = await marking.post("/v1/videos", data={"prompt": "walks"}, files=files)
    assert answer.status_code == 200
