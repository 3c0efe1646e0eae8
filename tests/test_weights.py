"""Downloads from a model hub over HTTP: what is taken, how it goes on, and how it fails."""

import json
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from serve.card import Card, Part
from serve.catalog import find
from serve.errors import ModelUnavailable
from serve.pipelines import weights
from serve.pipelines.weights import choose_files
from tests.fake_hub import TOKEN, FakeHub, model_hub

REPO = "lab/film-1"
MEGABYTE = 2**20
FILES = {
    "model_index.json": json.dumps(
        {
            "_class_name": "WanPipeline",
            "vae": ["diffusers", "AutoencoderKLWan"],
            "transformer": ["diffusers", "WanTransformer3DModel"],
            "image_encoder": [None, None],
        }
    ),
    "vae/config.json": '{"is": "another file"}',  # the cache keeps equal ones once
    "vae/diffusion_pytorch_model.safetensors": "v" * 100,
    "vae/diffusion_pytorch_model.bin": "v" * 100,
    "transformer/config.json": "{}",
    "transformer/diffusion_pytorch_model.safetensors": "t" * 3 * MEGABYTE,
    "image_encoder/model.safetensors": "i" * 100,
    "everything-in-one.safetensors": "e" * 100,
    "README.md": "# Film",
}
ORDER = [
    "model_index.json",
    "transformer/config.json",
    "transformer/diffusion_pytorch_model.safetensors",
    "vae/config.json",
]
"""In which they are downloaded."""


def nothing(_here: int, _all: int) -> None:
    pass


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with one repository."""
    with model_hub(tmp_path, monkeypatch) as hub:
        for name, content in FILES.items():
            path = hub.root / REPO / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        yield hub


@pytest.fixture
def card() -> Card:
    return find("wan2.1-t2v-1.3b").model_copy(update={"source": REPO})


def files_in(folder: str) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in Path(folder).rglob("*") if p.is_file()}


def test_only_what_diffusers_reads_is_downloaded_once_with_its_progress(
    hub: FakeHub, card: Card
) -> None:
    told: list[tuple[int, int]] = []
    folder = weights.install(card, lambda here, whole: told.append((here, whole))).source
    assert files_in(folder) == {
        "model_index.json",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
        "transformer/config.json",
        "transformer/diffusion_pytorch_model.safetensors",
    }
    assert told == sorted(told)
    size = sum((Path(folder) / name).stat().st_size for name in files_in(folder))
    assert told[-1] == (size, size)
    served = list(hub.served)
    assert weights.install(card, nothing).source == folder
    assert hub.served == served


@pytest.mark.parametrize("whole", [ORDER[:2], ORDER[:3]], ids=["in a file", "after one"])
def test_a_download_that_was_given_up_fetches_no_finished_file_again(
    hub: FakeHub, card: Card, monkeypatch: pytest.MonkeyPatch, whole: list[str]
) -> None:
    class Stop(Exception):
        pass

    def stop(here: int, _all: int) -> None:
        if here > sum(len(FILES[name]) for name in whole):
            raise Stop

    piece = MEGABYTE // 4
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", piece)
    monkeypatch.setattr(weights, "REPORT_SECONDS", 0)
    with pytest.raises(Stop):
        weights.install(card, stop)
    assert not weights.is_installed(card)
    before = len(hub.served)
    assert {name for name, _ in hub.served} == {*ORDER[: len(whole) + 1]}
    folder = weights.install(card, nothing).source
    again = {name for name, _ in hub.served[before:]}
    assert again == files_in(folder) - {*whole}


def test_a_line_that_breaks_is_taken_up_where_it_broke(
    hub: FakeHub, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = MEGABYTE // 4
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", piece)
    (hub.root / REPO / "model_index.json").write_text(FILES["model_index.json"] + " " * 3 * piece)
    hub.break_after = 2 * piece
    folder = weights.install(card, nothing).source
    assert hub.served[:2] == [("model_index.json", 0), ("model_index.json", 2 * piece)]
    assert (Path(folder) / "model_index.json").read_text().startswith(FILES["model_index.json"])


def test_a_part_from_elsewhere_replaces_the_checkpoints_own(hub: FakeHub, card: Card) -> None:
    other = hub.root / "lab" / "better-vae"
    other.mkdir()
    for name in ("config.json", "diffusion_pytorch_model.safetensors"):
        (other / name).write_text("{}")
    part = Part(class_name="AutoencoderKLWan", source="lab/better-vae")
    here = weights.install(card.model_copy(update={"parts": {"vae": part}}), nothing)
    assert not (Path(here.source) / "vae").exists()
    assert files_in(here.parts["vae"].source) == {
        "config.json",
        "diffusion_pytorch_model.safetensors",
    }


def test_of_a_part_in_a_subfolder_only_that_is_taken(hub: FakeHub, card: Card) -> None:
    other = hub.root / "lab" / "many"
    for name in ("vae/config.json", "vae/diffusion_pytorch_model.safetensors", "unet/config.json"):
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_text("{}")
    part = Part(class_name="AutoencoderKLWan", source="lab/many", subfolder="vae")
    here = weights.install(card.model_copy(update={"parts": {"vae": part}}), nothing)
    assert files_in(here.parts["vae"].source) == {
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
    }


def test_of_what_the_class_has_no_place_for_nothing_is_taken(hub: FakeHub, card: Card) -> None:
    """LTX-2's upscaler needs its autoencoder, not its denoiser."""
    upsampler = Part(class_name="LTX2LatentUpsamplerModel", source=REPO, subfolder="upsampler")
    changes = {
        "pipeline_class": "LTX2LatentUpsamplePipeline",
        "parts": {"latent_upsampler": upsampler},
    }
    folder = weights.install(card.model_copy(update=changes), nothing).source
    assert files_in(folder) == {
        "model_index.json",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
    }


def test_of_what_a_single_file_stands_for_only_the_settings_are_taken(
    hub: FakeHub, card: Card, tmp_path: Path
) -> None:
    other = hub.root / "lab" / "films"
    other.mkdir()
    for name in ("config.json", "diffusion_pytorch_model.safetensors"):
        (other / name).write_text("{}")
    file = tmp_path / "mine.safetensors"
    file.touch()
    usual = Part(class_name="WanTransformer3DModel", source="lab/films")
    mine = {"source": str(file), "base": REPO, "parts": {"transformer": usual}}
    here = weights.install(card.model_copy(update=mine), nothing).parts["transformer"]
    assert here.file == file
    assert here.config and files_in(here.config) == {"config.json"}


def test_for_random_weights_only_settings_are_downloaded(hub: FakeHub, card: Card) -> None:
    here = weights.install(card.model_copy(update={"load_format": "dummy"}), nothing)
    names = {"model_index.json", "vae/config.json", "transformer/config.json"}
    assert files_in(here.source) == names


def test_what_is_here_needs_no_hub(
    hub: FakeHub, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not weights.is_installed(card)
    folder = weights.install(card, nothing).source
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert weights.is_installed(card)
    assert weights.install(card, nothing).source == folder


def test_offline_without_the_weights_says_what_to_do(
    hub: FakeHub, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    words = "not on this machine, and the hub cannot be asked for it .HF_HUB_OFFLINE is set"
    with pytest.raises(ModelUnavailable, match=words):
        weights.install(card, nothing)


def test_a_gated_repository_says_how_to_get_in(hub: FakeHub, card: Card) -> None:
    hub.gated.add(REPO)
    with pytest.raises(ModelUnavailable, match="Accept it at https://huggingface.co/lab/film-1 "):
        weights.install(card, nothing)


def test_a_token_of_who_has_accepted_the_licence_opens_the_gate(
    hub: FakeHub, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.gated.add(REPO)
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")
    with pytest.raises(ModelUnavailable, match="set HF_TOKEN to a token of that account"):
        weights.install(card, nothing)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert "vae/config.json" in files_in(weights.install(card, nothing).source)


def test_a_repository_that_is_not_there_is_named(hub: FakeHub, card: Card) -> None:
    with pytest.raises(ModelUnavailable, match="from lab/nothing: the hub has no such repository"):
        weights.install(card.model_copy(update={"source": "lab/nothing"}), nothing)


def test_a_revision_that_is_not_there_is_named(hub: FakeHub, card: Card) -> None:
    with pytest.raises(ModelUnavailable, match="it has no revision 'v9'"):
        weights.install(card.model_copy(update={"revision": "v9"}), nothing)


def test_a_folder_is_taken_as_it_is(card: Card, tmp_path: Path) -> None:
    local = card.model_copy(update={"source": str(tmp_path)})
    assert weights.install(local, nothing).source == str(tmp_path)
    assert weights.is_installed(local)


@pytest.mark.parametrize(
    ("variant", "chosen"),
    [
        ("fp16", ["unet/diffusion_pytorch_model.fp16.safetensors", "text/model.safetensors"]),
        (
            None,
            [
                "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
                "unet/diffusion_pytorch_model-00002-of-00002.safetensors",
                "text/model.safetensors",
            ],
        ),
    ],
)
def test_of_several_formats_one_is_taken(variant: str | None, chosen: list[str]) -> None:
    names = [
        "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
        "unet/diffusion_pytorch_model-00002-of-00002.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.non_ema.safetensors",
        "unet/diffusion_pytorch_model.bin",
        "unet/flax_model.msgpack",
        "text/model.safetensors",
        "text/pytorch_model.fp16.bin",
        "text/openvino_model.bin",
        "samples/model.safetensors",
    ]
    assert choose_files(names, variant=variant, components={"unet", "text"}) == chosen
