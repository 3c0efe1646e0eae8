"""An ordinary HTTP client of the backend; it knows the wire types and nothing of Gradio."""

import asyncio
import json
import mimetypes
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from app.wire import BackendError as BackendError
from app.wire import T, parse, raise_for_error
from app.wire import build_request as build_request
from serve.protocol import (
    FileRecord,
    ImageEditRequest,
    ImageGenerationRequest,
    Job,
    JobEvent,
    JobPage,
    JobQuery,
    JobUpdateRequest,
    ModelCard,
    ModelList,
    Quality,
    RemixRequest,
    Variant,
    VideoCreateRequest,
)

STREAM_SILENCE = 30.0
"""Seconds without a byte after which an event stream counts as broken."""
MAKING = 300.0
"""Seconds that a file may take to begin, since some formats are made when they are asked for."""
PATIENCE = 120.0
"""Seconds a job is followed on while the backend cannot be reached at all."""


class BackendClient:
    """One backend; every method is one request, but for `follow` and `download`."""

    def __init__(
        self,
        base_url: str,
        *,
        poll_seconds: float = 1.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._poll_seconds = poll_seconds
        timeout = httpx.Timeout(30.0, connect=5.0, write=120.0)
        self._http = httpx.AsyncClient(base_url=self.base_url, timeout=timeout, transport=transport)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def listing(self) -> ModelList:
        """Every model the backend serves, ready or not, and what nobody can have."""
        return await self._get("/v1/models", ModelList)

    async def models(self) -> list[ModelCard]:
        """Every model the backend serves, ready or not."""
        return (await self.listing()).data

    async def create_video(
        self,
        request: VideoCreateRequest,
        *,
        input_reference: Path | None = None,
        garments: Sequence[Path] = (),
        last_image: Path | None = None,
        video: Path | None = None,
        face_video: Path | None = None,
        background_video: Path | None = None,
        mask_video: Path | None = None,
        mask: Path | None = None,
        audio: Path | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Queue a clip: of ``video`` where one is to be repainted; of the person who moves as
        ``video`` does, or replaces who does, where both are given; of whoever says ``audio``.
        Of a clip to repaint ``mask`` or ``mask_video`` says where it may change.

        With a key that was used before, it is the clip of that time.
        """
        files = [("input_reference", input_reference)] if input_reference else []
        files += [("garment", garment) for garment in garments]
        more = {
            "last_image": last_image,
            "video": video,
            "face_video": face_video,
            "background_video": background_video,
            "mask_video": mask_video,
            "mask": mask,
            "audio": audio,
        }
        files += [(field, file) for field, file in more.items() if file]
        return await self._post("/v1/videos", request, files, idempotency_key)

    async def edit_images(
        self,
        request: ImageEditRequest,
        *,
        images: Sequence[Path],
        mask: Path | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Queue dressed stills; ``images`` is the person first, then the garments.

        ``mask`` says where the person's picture may change.
        """
        queued = request.model_copy(update={"background": True})
        files = [("image[]", image) for image in images]
        files += [("mask", mask)] if mask else []
        return await self._post("/v1/images/edits", queued, files, idempotency_key)

    async def generate_images(
        self, request: ImageGenerationRequest, *, idempotency_key: str | None = None
    ) -> Job:
        """Queue stills of a prompt alone."""
        queued = request.model_copy(update={"background": True})
        return await self._post("/v1/images/generations", queued, (), idempotency_key)

    async def retrieve(self, job: Job) -> Job:
        """The job as it is now."""
        return await self._get(_path(job), Job, {"user": job.user} if job.user else None)

    async def quality(self, job: Job) -> Quality:
        """The figures of a finished clip."""
        return await self._get(f"{_path(job)}/quality", Quality)

    async def read_record(self, file: Path) -> FileRecord:
        """The settings in a file that was made here; a `BackendError` of status 422 if not."""
        with file.open("rb") as opened:
            answer = await self._send("POST", "/v1/records", files={"file": (file.name, opened)})
        return parse(FileRecord, answer)

    async def list_jobs(self, asked: JobQuery) -> JobPage:
        """One page of the jobs that are asked for."""
        query = asked.model_dump(mode="json", exclude_defaults=True)
        return await self._get("/v1/videos", JobPage, query)

    async def find_job(self, job_id: str, user: str | None = None) -> Job:
        """The clip or the stills of that id; for a user, only theirs or what is nobody's."""
        kind = "images" if job_id.startswith("image") else "videos"
        query = None if user is None else {"user": user}
        return await self._get(f"/v1/{kind}/{quote(job_id, safe='')}", Job, query)

    async def set_favourite(self, job: Job, favourite: bool) -> Job:
        """Mark the job or unmark it."""
        changes = JobUpdateRequest(favourite=favourite).model_dump()
        return parse(Job, await self._send("POST", _path(job), json=changes))

    async def remix(self, job: Job, prompt: str) -> Job:
        """Queue the same pictures, settings and seed with that prompt."""
        return await self._post(f"{_path(job)}/remix", RemixRequest(prompt=prompt), [], None)

    async def cancel(self, job: Job) -> Job:
        """Stop the job, wherever it stands."""
        return parse(Job, await self._send("POST", f"{_path(job)}/cancel"))

    async def delete(self, job: Job) -> None:
        """Stop the job if need be and forget it with its files."""
        await self._send("DELETE", _path(job))

    async def follow(self, job: Job) -> AsyncIterator[JobEvent]:
        """Yield the job whenever it changes, until it is final, whatever the connection does."""
        last_word, owner = time.monotonic(), {"user": job.user}
        while not job.status.is_final:
            try:
                async for event in self._events(job):
                    job, last_word = event.job.model_copy(update=owner), time.monotonic()
                    yield event.model_copy(update={"job": job})
                if job.status.is_final:
                    return
                await asyncio.sleep(self._poll_seconds)
                job = await self.retrieve(job)
            except BackendError as error:
                if not error.is_unreachable or time.monotonic() - last_word > PATIENCE:
                    raise
                await asyncio.sleep(self._poll_seconds)
                continue
            last_word = time.monotonic()
            yield JobEvent(job=job)

    async def download(
        self,
        job: Job,
        target: Path,
        *,
        variant: Variant | None = None,
        index: int = 0,
    ) -> Path:
        """Save a job's file to ``target``: a ``variant``, by default the mp4 or still ``index``."""
        query: dict[str, Any] = {"variant": variant.value} if variant else {}
        if job.object == "image" and variant is None:
            query = {"index": index}
        return await self._save(f"{_path(job)}/content", query, target)

    async def download_input(self, job: Job, target: Path, *, index: int) -> Path:
        """Save a picture or clip the job was made from."""
        return await self._save(f"{_path(job)}/input/{index}", {}, target)

    async def _events(self, job: Job) -> AsyncIterator[JobEvent]:
        """One event stream; it just ends if the connection does."""
        timeout = httpx.Timeout(10.0, read=STREAM_SILENCE)
        try:
            async with self._http.stream(
                "GET", f"{_path(job)}/events", timeout=timeout
            ) as response:
                await raise_for_error(response)
                async for line in response.aiter_lines():
                    if line.startswith("data:"):
                        yield JobEvent.model_validate_json(line.removeprefix("data:"))
        except (httpx.TransportError, ValidationError):
            return

    async def _save(self, path: str, query: dict[str, Any], target: Path) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{uuid.uuid4().hex}-{target.name}")
        try:
            timeout = httpx.Timeout(10.0, read=MAKING)
            async with self._http.stream("GET", path, params=query, timeout=timeout) as response:
                await raise_for_error(response)
                with partial.open("wb") as file:
                    async for chunk in response.aiter_bytes():
                        file.write(chunk)
            return partial.replace(target)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        finally:
            partial.unlink(missing_ok=True)

    async def _get(self, path: str, kind: type[T], query: dict[str, Any] | None = None) -> T:
        return parse(kind, await self._send("GET", path, params=query))

    async def _post(
        self,
        path: str,
        request: BaseModel,
        uploads: Sequence[tuple[str, Path]],
        idempotency_key: str | None,
    ) -> Job:
        fields = request.model_dump(exclude_none=True, mode="json")
        # The key lets a request whose answer was lost be sent again without a second job.
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        for attempt in (1, 2):
            async with AsyncExitStack() as stack:
                files = [_part(stack, field, upload) for field, upload in uploads]
                body = {"data": _form(fields), "files": files} if files else {"json": fields}
                try:
                    return parse(Job, await self._send("POST", path, headers=headers, **body))
                except BackendError as error:
                    if attempt == 2 or error.status is not None:
                        raise
        raise AssertionError("unreachable")

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        await raise_for_error(response)
        return response

    def _unreachable(self, error: Exception) -> BackendError:
        reason = str(error) or type(error).__name__
        return BackendError(f"The backend at {self.base_url} cannot be reached ({reason}).")


def _path(job: Job) -> str:
    return f"/v1/{job.object}s/{job.id}"


def _part(stack: AsyncExitStack, field: str, upload: Path) -> tuple[str, tuple[str, Any, str]]:
    file = stack.enter_context(upload.open("rb"))
    media_type = mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
    return field, (upload.name, file, media_type)


def _form(fields: dict[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in fields.items()
    }
