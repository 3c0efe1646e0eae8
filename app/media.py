"""The files of jobs for the page, fetched from the backend when a browser first asks for one.

``media/<job id>/<name>``: a `Variant`, ``still-<number>`` or ``input-<number>``, numbers from 0;
with ``?download`` under a name to save it by. Whoever knows a job's id may have its files, as with
the backend itself: nobody can guess one.
"""

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.client import BackendClient, BackendError
from app.downloads import Downloads
from serve.protocol import Job, Variant

NUMBERED = re.compile(r"(still|input)-(\d{1,2})")


def media_url(job: Job, name: str, *, download: bool = False) -> str:
    """Where the page has that file, relative to the page."""
    return f"media/{job.id}/{name}{'?download' if download else ''}"


def media_route(client: BackendClient, downloads: Downloads) -> Route:
    """The route that answers those addresses."""

    async def media(request: Request) -> Response:
        try:
            job = await client.find_job(request.path_params["job_id"])
            path = await _file(downloads, job, request.path_params["name"])
        except BackendError as error:
            return PlainTextResponse(error.message, error.status or 502)
        return FileResponse(
            path,
            filename=Path(path).name,
            content_disposition_type=(
                "attachment" if "download" in request.query_params else "inline"
            ),
            headers={"cache-control": "private, max-age=86400, immutable"},
        )

    return Route("/media/{job_id}/{name}", media)


async def _file(downloads: Downloads, job: Job, name: str) -> str:
    numbered = NUMBERED.fullmatch(name)
    if numbered:
        kind, number = numbered[1], int(numbered[2])
        most = job.params.n if kind == "still" else job.num_inputs
        if number < most:
            found = downloads.still if kind == "still" else downloads.input
            return await found(job, number)
    elif name == Variant.THUMBNAIL:
        return await downloads.thumbnail(job)
    elif name == Variant.VIDEO:
        return await downloads.video(job)
    elif name in list(Variant):
        return await downloads.export(job, Variant(name))
    raise BackendError(f"The job {job.id} has no file {name!r}.", status=404)
