"""The app's HTTP client, against the protocol and against a misbehaving network."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from app import client as client_module
from app.client import BackendClient, BackendError, build_request
from app.downloads import Downloads
from serve.protocol import (
    ImageEditRequest,
    Job,
    JobEvent,
    JobQuery,
    JobStatus,
    Role,
    Task,
    VideoCreateRequest,
)
from tests.fake_backend import FakeBackend, build

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(step_seconds=0.001)


@pytest.fixture
async def client(backend: FakeBackend) -> AsyncIterator[BackendClient]:
    made = BackendClient("http://fake", transport=httpx.ASGITransport(build(backend)))
    yield made
    await made.aclose()


def job_of(backend: FakeBackend, **changes: object) -> Job:
    job = backend.new_job({"prompt": "a red dress"}, [], "video")
    return job.model_copy(update=changes)


def through(handler: Handler) -> BackendClient:
    transport = httpx.MockTransport(handler)
    return BackendClient("http://fake", poll_seconds=0, transport=transport)


async def test_a_job_is_followed_to_its_end_with_steps_and_previews(client: BackendClient) -> None:
    job = await client.create_video(VideoCreateRequest(prompt="a red dress"))
    events = [event async for event in client.follow(job)]
    assert events[-1].job.status is JobStatus.COMPLETED
    assert any(event.preview for event in events)


async def test_a_broken_event_stream_is_replaced_by_polling(backend: FakeBackend) -> None:
    queued = job_of(backend)
    polled = iter(
        [
            queued.model_copy(update={"status": JobStatus.IN_PROGRESS, "progress": 40}),
            queued.model_copy(update={"status": JobStatus.COMPLETED, "progress": 100}),
        ]
    )

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            raise httpx.ReadError("connection reset")
        return httpx.Response(200, content=next(polled).model_dump_json())

    seen = [event.job.progress async for event in through(answer).follow(queued)]
    assert seen == [40, 100]


async def test_a_stream_that_comes_back_is_used_again(backend: FakeBackend) -> None:
    queued = job_of(backend)
    done = queued.model_copy(update={"status": JobStatus.COMPLETED, "progress": 100})
    streams = iter([None, f"data: {JobEvent(job=done).model_dump_json()}\n\n"])

    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/events"):
            return httpx.Response(200, content=queued.model_dump_json())
        if (stream := next(streams)) is None:
            raise httpx.ReadError("connection reset")
        return httpx.Response(200, text=stream)

    seen = [event.job.status async for event in through(answer).follow(queued)]
    assert seen == [JobStatus.QUEUED, JobStatus.COMPLETED]


async def test_a_job_is_followed_through_a_restart_of_the_backend(backend: FakeBackend) -> None:
    queued = job_of(backend)
    answers = iter([503, 502, 200])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            raise httpx.ConnectError("connection refused")
        done = queued.model_copy(update={"status": JobStatus.COMPLETED})
        return httpx.Response(next(answers), content=done.model_dump_json())

    seen = [event.job.status async for event in through(answer).follow(queued)]
    assert seen == [JobStatus.COMPLETED]


async def test_following_ends_when_the_backend_stays_away(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PATIENCE", 0.0)

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(BackendError, match="http://fake cannot be reached"):
        async for _ in through(answer).follow(job_of(backend)):
            pass


async def test_a_job_that_is_gone_is_an_error_at_once(client: BackendClient) -> None:
    gone = job_of(FakeBackend(), id="video_gone")
    with pytest.raises(BackendError, match="There is no job 'video_gone'") as caught:
        await client.retrieve(gone)
    assert caught.value.status == 404
    assert not caught.value.is_unreachable


async def test_an_answer_that_is_no_error_body_still_names_the_status() -> None:
    refusing = through(lambda request: httpx.Response(418, text="<html>"))
    with pytest.raises(BackendError, match="418"):
        await refusing.models()


async def test_something_else_at_the_address_is_recognised() -> None:
    other = through(lambda request: httpx.Response(200, text="<html>hello</html>"))
    with pytest.raises(BackendError, match="does not answer like a Lookreel backend"):
        await other.models()


async def test_a_lost_answer_is_asked_for_again_under_the_same_key(backend: FakeBackend) -> None:
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            raise httpx.ReadTimeout("lost")
        return httpx.Response(200, content=job_of(backend).model_dump_json())

    await through(answer).create_video(VideoCreateRequest(prompt="a red dress"))
    assert len(keys) == 2
    assert len(set(keys)) == 1


async def test_pictures_travel_as_person_and_garments(
    backend: FakeBackend, client: BackendClient, tmp_path: Path
) -> None:
    person, shirt, skirt = (tmp_path / name for name in ("person.png", "shirt.jpg", "skirt.webp"))
    for path in (person, shirt, skirt):
        path.write_bytes(path.name.encode())
    request = VideoCreateRequest(prompt="turning", seed=7)
    job = await client.create_video(request, input_reference=person, garments=[shirt, skirt])
    assert backend.inputs[job.id] == [b"person.png", b"shirt.jpg", b"skirt.webp"]
    assert job.params.seed == 7


async def test_a_clip_to_repaint_travels_as_video_and_is_told_apart_from_pictures(
    backend: FakeBackend, client: BackendClient, tmp_path: Path
) -> None:
    source = tmp_path / "walk.mp4"
    source.write_bytes(b"mp4")
    request = VideoCreateRequest(prompt="in a park", strength=0.6)
    job = await client.create_video(request, video=source)
    assert (job.task, job.inputs, job.params.strength) == (Task.VIDEO_TO_VIDEO, [Role.VIDEO], 0.6)
    [fetched] = await Downloads(client, tmp_path / "cache").inputs(job)
    assert (Path(fetched).suffix, Path(fetched).read_bytes()) == (".mp4", b"mp4")


async def test_stills_are_queued_rather_than_waited_for(
    backend: FakeBackend, client: BackendClient, tmp_path: Path
) -> None:
    picture = tmp_path / "person.png"
    picture.write_bytes(b"png")
    job = await client.edit_images(ImageEditRequest(n=3), images=[picture, picture])
    assert (job.object, job.status, job.params.n) == ("image", JobStatus.QUEUED, 3)


async def test_a_refused_download_leaves_nothing_behind(tmp_path: Path) -> None:
    body = {"error": {"message": "not ready", "type": "invalid_request_error"}}
    refusing = through(lambda request: httpx.Response(404, json=body))
    with pytest.raises(BackendError, match="not ready"):
        await refusing.download(job_of(FakeBackend()), tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_value_is_named() -> None:
    with pytest.raises(BackendError, match="seed: Input should be greater than or equal to 0"):
        build_request(VideoCreateRequest, {"prompt": "a red dress", "seed": -1})


async def test_a_backend_that_is_full_says_when_to_come_back() -> None:
    body = {"error": {"message": "32 jobs already wait", "type": "rate_limit_error"}}
    full = through(lambda request: httpx.Response(429, json=body, headers={"retry-after": "7"}))
    with pytest.raises(BackendError, match="32 jobs already wait") as caught:
        await full.create_video(VideoCreateRequest(prompt="a red dress"))
    assert (caught.value.status, caught.value.retry_after) == (429, 7)


async def test_notes_travel_alone_and_beside_pictures(
    client: BackendClient, tmp_path: Path
) -> None:
    picture = tmp_path / "person.png"
    picture.write_bytes(b"png")
    request = VideoCreateRequest(metadata={"sku": "A-1"})
    assert (await client.create_video(request)).metadata == {"sku": "A-1"}
    job = await client.create_video(request, input_reference=picture)
    assert job.metadata == {"sku": "A-1"}


async def test_a_key_that_was_used_before_gets_the_job_of_that_time(client: BackendClient) -> None:
    request = VideoCreateRequest(prompt="a red dress")
    first = await client.create_video(request, idempotency_key="row 1")
    assert (await client.create_video(request, idempotency_key="row 1")).id == first.id
    assert (await client.create_video(request, idempotency_key="row 2")).id != first.id


async def test_the_list_is_narrowed_by_the_backend_and_favourites_are_kept(
    backend: FakeBackend, client: BackendClient
) -> None:
    request = VideoCreateRequest(prompt="a red dress", user="anna")
    job = await client.create_video(request)
    other = await client.create_video(request.model_copy(update={"prompt": "a coat"}))
    for one in (job, other):
        assert [event async for event in client.follow(one)]
    assert (await client.set_favourite(job, True)).favourite
    for asked in (JobQuery(q="red"), JobQuery(favourite=True, user="anna", status=list(JobStatus))):
        assert [one.id for one in (await client.list_jobs(asked)).data] == [job.id]
    assert (await client.list_jobs(JobQuery(user="ben"))).data == []
    assert (await client.find_job(job.id)).id == job.id
    with pytest.raises(BackendError, match="There is no job 'image_x'"):
        await client.find_job("image_x")


async def test_a_downloaded_clip_gives_back_its_settings(
    client: BackendClient, tmp_path: Path
) -> None:
    job = await client.create_video(VideoCreateRequest(prompt="a red dress", seed=7))
    job = [event.job async for event in client.follow(job)][-1]
    found = await client.read_record(await client.download(job, tmp_path / "clip.mp4"))
    assert (found.record["prompt"], found.record["seed"]) == ("a red dress", 7)
    other = tmp_path / "other.mp4"
    other.write_bytes(b"not made here")
    with pytest.raises(BackendError, match="not an mp4, WebM, PNG or JPEG made by") as caught:
        await client.read_record(other)
    assert caught.value.status == 422
