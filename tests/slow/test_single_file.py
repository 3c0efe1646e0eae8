"""Single-file checkpoints, loaded as the product loads them: a file, and a base for the rest."""

import shutil
from pathlib import Path

import gguf
import numpy as np
import pytest
from diffusers.loaders.single_file_model import SINGLE_FILE_LOADABLE_CLASSES
from safetensors.numpy import load_file

from serve import catalog
from serve.card import Card, Part
from serve.encoding import Frames
from serve.errors import ModelUnavailable
from serve.pipelines import loader
from serve.single_file import DENOISERS
from tests.cards import card_for, generation
from tests.checkpoints import TWINS
from tests.twins.single_file import WEIGHTS, single_file


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return TWINS["wan"].build(tmp_path_factory.mktemp("wan"))


@pytest.fixture(scope="module")
def rest(twin: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The twin without its denoiser's weights: a base that has nothing but the rest."""
    folder = tmp_path_factory.mktemp("rest") / "wan"
    shutil.copytree(twin, folder, ignore=shutil.ignore_patterns(WEIGHTS))
    shutil.copytree(twin / "vae", folder / "vae", dirs_exist_ok=True)
    assert not (folder / "transformer" / WEIGHTS).exists()
    return folder


def clip(card: Card) -> Frames:
    frames = loader.load(card).run(generation("wan"), lambda _: None)
    assert not isinstance(frames, bytes)
    return frames


def of_file(file: Path, rest: Path) -> Card:
    """The card that the product makes for `--t2v-model FILE --t2v-base FOLDER`, in float32."""
    return catalog.find(str(file), base=str(rest)).model_copy(
        update={"dtype": "float32", "vae_dtype": "float32"}
    )


@pytest.mark.parametrize("with_authors_names", [True, False])
def test_a_file_and_its_base_make_the_clip_of_the_whole_checkpoint(
    with_authors_names: bool, twin: Path, rest: Path, tmp_path: Path
) -> None:
    file = single_file(twin, tmp_path / "My Wan.safetensors", with_authors_names=with_authors_names)
    card = of_file(file, rest)
    assert (card.id, card.title, card.source) == ("my-wan", "My Wan", str(file))
    assert np.array_equal(clip(card), clip(card_for("wan", twin)))


KINDS = {twin.pipeline_class: name for name, twin in reversed(TWINS.items()) if not twin.layout}
"""A twin of each pipeline class, the first."""


@pytest.mark.parametrize("name", [KINDS[one] for one in DENOISERS if one in KINDS])
def test_of_every_kind_a_file_and_its_base_make_the_clip_of_the_whole_checkpoint(
    name: str, tmp_path: Path
) -> None:
    folder = TWINS[name].build(tmp_path / name)
    whole = card_for(name, folder)
    wanted = loader.load(whole).run(generation(name), lambda _: None)
    component, _ = DENOISERS[whole.pipeline_class]
    part = whole.parts.get(component)
    file = tmp_path / "one.safetensors"
    (Path(part.source if part else folder / component) / WEIGHTS).rename(file)
    of_one = whole.model_copy(update={"source": str(file), "base": str(folder)})
    made = loader.load(of_one).run(generation(name), lambda _: None)
    assert np.array_equal(made, wanted)


def test_a_card_of_ones_own_may_name_the_file_as_its_source_or_as_a_part(
    twin: Path, rest: Path, tmp_path: Path
) -> None:
    single_file(twin, tmp_path / "wan.safetensors", with_authors_names=True)
    by_base = card_for("wan", tmp_path / "wan.safetensors", base=str(rest))
    part = Part(
        class_name="WanTransformer3DModel", source=str(tmp_path), weight_name="wan.safetensors"
    )
    by_part = card_for("wan", rest).model_copy(update={"parts": {"transformer": part}})
    assert np.array_equal(clip(by_base), clip(by_part))


def test_a_file_that_lacks_weights_is_refused_and_the_base_named(
    twin: Path, rest: Path, tmp_path: Path
) -> None:
    file = single_file(
        twin, tmp_path / "wan.safetensors", with_authors_names=True, lacking="time_projection"
    )
    with pytest.raises(ModelUnavailable, match=f"lacks some of the weights .* is {rest} its base"):
        loader.load(of_file(file, rest))


def test_a_file_for_another_size_of_the_model_is_refused(
    twin: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = TWINS["wan2.2-ti2v"].build(tmp_path_factory.mktemp("ti2v"))
    file = single_file(twin, tmp_path / "wan.safetensors", with_authors_names=True)
    with pytest.raises(ModelUnavailable, match="twin-wan could not be loaded .* torch.Size"):
        loader.load(card_for("wan", file, base=str(other)))


def test_in_half_precision_it_keeps_what_the_whole_checkpoint_keeps(
    twin: Path, rest: Path, tmp_path: Path
) -> None:
    file = single_file(twin, tmp_path / "wan.safetensors", with_authors_names=True)
    half = {"dtype": "bfloat16", "vae_dtype": "float32"}
    card = of_file(file, rest).model_copy(update=half)
    assert np.array_equal(clip(card), clip(card_for("wan", twin, **half)))


def test_what_we_take_for_a_single_file_is_what_diffusers_reads() -> None:
    assert {class_name for _, class_name in DENOISERS.values()} <= {*SINGLE_FILE_LOADABLE_CLASSES}


def test_a_quantized_file_makes_nearly_the_same_clip(
    twin: Path, rest: Path, tmp_path: Path
) -> None:
    writer = gguf.GGUFWriter(tmp_path / "wan.gguf", "wan")
    plain = single_file(twin, tmp_path / "wan.safetensors", with_authors_names=True)
    for name, value in load_file(plain).items():
        quantized = value.ndim == 2 and value.shape[-1] % 32 == 0
        kind = gguf.GGMLQuantizationType.Q8_0 if quantized else gguf.GGMLQuantizationType.F32
        writer.add_tensor(name, gguf.quants.quantize(value, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    ours, whole = clip(of_file(tmp_path / "wan.gguf", rest)), clip(card_for("wan", twin))
    assert np.abs(ours.astype(int) - whole).mean() < 2
