"""`docs/adding-a-model.md` as a newcomer follows it: from a catalog file to a clip in the app."""

from pathlib import Path

import imageio_ffmpeg
import pytest
from gradio_client import Client

from tests.cluster.test_launch import Launch
from tests.guide import block, command
from tests.servers import free_port
from tests.twins import build_twin

pytestmark = pytest.mark.timeout(400)


def test_the_model_of_the_guide_makes_a_clip_in_the_app(tmp_path: Path) -> None:
    build_twin("TextToVideoSDPipeline", tmp_path / "my-model")
    (tmp_path / "my-models.yaml").write_text(block("yaml", "A card"))
    port = free_port()
    launch = Launch(
        *command("--t2v-model my-model$"),
        *("--port", str(port), "--backend-port", str(free_port())),
        *("--output-dir", str(tmp_path / "outputs")),
        cwd=tmp_path,
        LOOKREEL_DATA_DIR=str(tmp_path / "data"),
        LOOKREEL_CACHE_DIR=str(tmp_path / "cache"),
    )
    try:
        launch.read_until("Ready")
        client = Client(f"http://127.0.0.1:{port}", verbose=False, download_files=tmp_path)
        listed = client.predict(api_name="/list_models")
        clip = client.predict(
            prompt="a red dress", model="my-model", num_inference_steps=2, api_name="/text_to_video"
        )
        client.close()
    finally:
        launch.process.terminate()
        launch.end()
    assert listed[0]["title"] == "My model"
    assert imageio_ffmpeg.count_frames_and_secs(clip)[0] == 16
