"""What users run from a shell, against a real Ray Serve with real models."""

import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from app.samples import IMAGES
from tests.cluster.conftest import Service
from tests.servers import ROOT, running_app

pytestmark = pytest.mark.timeout(400)

PERSON, GARMENT = IMAGES / "person-1.png", IMAGES / "garment-1.png"


def num_frames(clip: Path) -> int:
    """How many pictures a decoder finds in the mp4."""
    return int(imageio_ffmpeg.count_frames_and_secs(str(clip))[0])


def test_a_script_dresses_and_animates_through_the_app(service: Service, tmp_path: Path) -> None:
    mine = {"num_inference_steps": 2, "seed": 7, "user": "a-script"}
    with running_app(service.url, tmp_path / "cache") as app:
        client = Client(app, verbose=False, download_files=tmp_path / "files")
        (still,) = client.predict(
            person=handle_file(str(PERSON)),
            garments=[handle_file(str(GARMENT))],
            **mine,
            api_name="/dress",
        )
        clip = client.predict(
            image=handle_file(still), prompt="waving", num_frames=5, **mine, api_name="/animate"
        )
        listed = client.predict(user="a-script", api_name="/list_jobs")["data"]
        client.close()
    with Image.open(still) as opened:
        assert opened.size == (192, 256)
    assert num_frames(Path(clip)) == 5
    assert [job["task"] for job in listed] == ["image-to-video", "image-edit"]


def test_the_examples_of_plain_http_and_of_the_openai_client_save_their_clips(
    service: Service, tmp_path: Path
) -> None:
    http = ["sh", "examples/http.sh", str(tmp_path), service.url]
    sdk = [sys.executable, "examples/openai_sdk.py", "a coat", str(tmp_path / "sdk.mp4")]
    commands = (http, [*sdk, "--url", service.url])
    started = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    assert [process.wait(200) for process in started] == [0, 0]
    for name in ("text-to-video", "try-on", "sdk"):
        assert num_frames(tmp_path / f"{name}.mp4") == 17
