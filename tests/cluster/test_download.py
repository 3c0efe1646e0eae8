"""A model that comes from the hub while Lookreel starts: the console tells how far, or why not."""

import json
from pathlib import Path

import pytest
import yaml

from tests.cluster.test_launch import Launch
from tests.fake_hub import FakeHub
from tests.servers import free_port, serving_app

REPO = "lab/slow-wan"
MEGABYTE = 1_000_000
CARD = {
    "id": "slow-wan",
    "family": "wan",
    "title": "Slow Wan",
    "owned_by": "lab",
    "source": REPO,
    "licence": {"name": "MIT", "url": "", "commercial": True},
}


def put_on(hub: FakeHub) -> None:
    """A repository whose denoiser takes its time, and whose VAE is asked for after it."""
    components = {"transformer": "WanTransformer3DModel", "vae": "AutoencoderKLWan"}
    index: dict[str, object] = {"_class_name": "WanPipeline"}
    index |= {name: ["diffusers", class_name] for name, class_name in components.items()}
    (hub.root / REPO).mkdir(parents=True)
    (hub.root / REPO / "model_index.json").write_text(json.dumps(index))
    for name, size in (("transformer", 60 * MEGABYTE), ("vae", MEGABYTE)):
        (hub.root / REPO / name).mkdir()
        weights = hub.root / REPO / name / "diffusion_pytorch_model.safetensors"
        weights.write_bytes(bytes(size))
    hub.pause_seconds = 0.025


def test_the_console_shows_how_far_a_download_is_and_why_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = FakeHub(tmp_path / "hub")
    put_on(hub)
    (tmp_path / "own.yaml").write_text(json.dumps({"models": [CARD]}))
    args = {"models": [{"id": "slow-wan"}], "catalog": str(tmp_path / "own.yaml")}
    application = {"name": "own", "import_path": "serve.application:build_app", "route_prefix": "/"}
    config = tmp_path / "own-config.yaml"
    served = application | {"args": args | {"output_dir": str(tmp_path / "outputs")}}
    config.write_text(yaml.safe_dump({"applications": [served]}))
    with serving_app(hub.app(), free_port()) as address:
        here = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0"}
        for name, value in here.items():
            monkeypatch.setenv(name, value)
        arguments = ("--config", str(config), "--no-ui", "--backend-port", str(free_port()))
        launch = Launch(*arguments)
        try:
            launch.read_until("slow-wan (downloading, ")
            line = launch.output.splitlines()[-1]
            assert " of 61 MB (" in line and " %)" in line, line
            hub.gated.add(REPO)
            hub.pause_seconds = 0  # the rest may come at once
            assert launch.end() == 1
        finally:
            if launch.process.poll() is None:
                launch.process.terminate()
                launch.end()
    assert "slow-wan could not be loaded from lab/slow-wan: its owner lets in only" in launch.output
    assert "set HF_TOKEN to a token of that account" in launch.output
    assert "Traceback" not in launch.output
