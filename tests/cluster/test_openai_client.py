"""The unmodified OpenAI client against a real Ray Serve."""


import openai
import pytest

from tests.cluster.conftest import Service

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API")


@pytest.fixture
def client(service: Service) -> openai.OpenAI:
    """The client as a user would make it."""
    return openai.OpenAI(base_url=f"{service.url}/v1", api_key="none")


def test_a_clip_is_created_polled_and_downloaded(client: openai.OpenAI) -> None:
    video = client.videos.create_and_poll(
        prompt="a woman in a red dress walks", extra_body={"num_inference_steps": 2, "seed": 7}
    )
    assert video.status == "completed", video
