"""The named endpoints for gradio_client: typed, documented, and as cancellable as a click.

Each file beside this one has a class of endpoints; ``ENDPOINTS`` in it says, by the name of each
method, which of `Parameters` it returns and what it does. A method's arguments are parameters by
those names.
"""

import gradio as gr

from app.client import BackendClient
from app.downloads import Downloads
from app.endpoints import (
    batches,
    closet,
    comparing,
    driving,
    library,
    listing,
    lookbooks,
    making,
    repainting,
)
from app.endpoints.calls import Calls
from app.endpoints.parameters import Parameters
from app.lookbook.workshop import Workshop
from app.wardrobe import Wardrobe

DEFAULTS_NOTE = (
    "What is left out takes the model's own default; list_models tells the models, their defaults "
    "and limits. size is WIDTHxHEIGHT in pixels. The same seed gives the same result. What a user "
    "is named for is found by list_jobs meanwhile and later; files are called lookreel-JOB_ID."
)
CLIENT_NOTE = " Progress comes with job.status(); job.cancel() stops the work."
"""What concerns gradio_client alone."""


def add_endpoints(
    client: BackendClient, downloads: Downloads, workshop: Workshop, wardrobe: Wardrobe
) -> None:
    """Register the named endpoints; call inside ``gr.Blocks``."""
    calls, parameters = Calls(client, downloads), Parameters()
    groups: list[tuple[object, dict[str, tuple[str, str]]]] = [
        (listing.Listing(calls), listing.ENDPOINTS),
        (making.Making(calls), making.ENDPOINTS),
        (repainting.Repainting(calls), repainting.ENDPOINTS),
        (driving.Driving(calls), driving.ENDPOINTS),
        (batches.Batches(calls, workshop), batches.ENDPOINTS),
        (lookbooks.Lookbooks(calls, workshop), lookbooks.ENDPOINTS),
        (comparing.Comparing(calls), comparing.ENDPOINTS),
        (library.Library(calls), library.ENDPOINTS),
        (closet.Closet(wardrobe), closet.ENDPOINTS),
    ]
    for group, endpoints in groups:
        for name, (returns, description) in endpoints.items():
            function = getattr(group, name)
            given = [
                name for name in function.__annotations__ if name not in ("progress", "return")
            ]
            note = f" {DEFAULTS_NOTE}{CLIENT_NOTE}" if "seed" in given else ""
            gr.Button(visible=False).click(
                function,
                [getattr(parameters, parameter) for parameter in given],
                getattr(parameters, returns),
                api_name=name,
                api_description=description + note,
                concurrency_limit=None,
            )
