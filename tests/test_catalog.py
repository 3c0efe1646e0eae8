"""The catalog: cards by name, and cards made for local folders."""

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from serve.card import HOSTED, Family
from serve.catalog import CATALOG, find, load_catalog
from serve.catalog_file import CatalogError, CatalogFile
from serve.errors import ModelNotFound
from serve.protocol import Readiness, Task


def test_a_model_is_found_by_id_by_source_and_by_alias() -> None:
    names = ("fastwan2.1-t2v-1.3b", "FastVideo/FastWan2.1-T2V-1.3B-Diffusers", "fastwan")
    assert {find(name).id for name in names} == {"fastwan2.1-t2v-1.3b"}


@pytest.mark.parametrize("name", ["Mochi", "FASTVIDEO/fastwan2.1-t2v-1.3b-diffusers", "SVD-XT"])
def test_the_case_of_a_name_does_not_matter(name: str) -> None:
    assert find(name).id in ("mochi-1-preview", "fastwan2.1-t2v-1.3b", "svd-xt")


@pytest.mark.parametrize(
    "name",
    [
        *("mochi", "mochi-1", "animatediff", "ltx-video", "hunyuanvideo-1.5", "framepack"),
        *("open-sora", "cogvideox-1.5", "zeroscope", "modelscope", "wan2.2-animate", "svd-xt-1-1"),
        *("kling", "veo-3", "luma", "hailuo", "pika", "runway", "sora", "Show-1", "show1"),
        *("apple/stiv", "gen-2", "gen-3", "seedance2", "veo3.1", "hunyuanvideo", "skyreels"),
    ],
)
def test_a_name_that_people_know_leads_to_a_model_or_to_the_reason_why_there_is_none(
    name: str,
) -> None:
    catalog = load_catalog()
    if one := catalog.cannot_be_had(name):
        assert catalog.find(one.successor)
    else:
        assert name.casefold() in [other.casefold() for other in find(name).names_of_it]


@pytest.mark.parametrize(
    "model",
    [
        *("wan2.1-t2v-1.3b", "wan2.1-t2v-14b", "wan2.1-i2v-14b-480p", "wan2.1-i2v-14b-720p"),
        *("wan2.1-flf2v-14b-720p", "wan2.1-vace-1.3b", "wan2.1-vace-14b", "wan2.2-t2v-a14b"),
        *("wan2.2-i2v-a14b", "wan2.2-ti2v-5b", "wan2.2-animate-14b", "fastwan2.1-t2v-1.3b"),
        *("fastwan2.2-ti2v-5b", "ltx-video-0.9", "ltx-video-0.9.5", "ltx-video-0.9.7-dev"),
        *("ltx-video-0.9.8-13b-distilled", "ltx-2", "hunyuanvideo", "hunyuanvideo-i2v"),
        *("hunyuanvideo-1.5-480p", "hunyuanvideo-1.5-i2v-480p", "framepack-i2v"),
        *("skyreels-v1-i2v", "skyreels-v2-t2v-14b-540p", "skyreels-v2-i2v-14b-540p"),
        *("cogvideox-2b", "cogvideox-5b", "cogvideox-5b-i2v", "cogvideox1.5-5b"),
        *("cogvideox1.5-5b-i2v", "mochi-1-preview", "svd", "svd-xt", "svd-xt-1.1"),
        *("animatediff-v1-5-3", "animatediff-sdxl-beta", "animatediff-sparsectrl-rgb"),
        *("modelscope-1.7b", "zeroscope-v2-576w", "text2video-zero", "i2vgen-xl"),
        *("flux.2-klein-4b", "qwen-image-edit-2511", "step-video-ti2v", "open-sora-2-256px"),
        *("videocrafter2", "dynamicrafter-1024", "seine", "show-1", "streamdiffusion"),
        *("sadtalker", "wav2lip", "liveportrait", "musetalk-1.5", "runway-gen4.5", "pika-2.2"),
        *("ltx-spatial-upscaler-0.9.7", "animatediff-controlnet-canny", "animatediff-pag"),
        *("streamdiffusion-v2", "kandinsky-5-t2v-lite"),
    ],
)
def test_a_model_that_was_promised_has_a_card(model: str) -> None:
    assert [card.id for card in load_catalog().models].count(model) == 1


def test_what_was_promised_and_cannot_be_had_says_why() -> None:
    unavailable = {one.id for one in load_catalog().unavailable}
    assert {"stiv", "sora-2", "runway-gen2"} <= unavailable


def test_no_alias_is_the_repository_of_another_model() -> None:
    models = load_catalog().models
    for card in models:
        others = {other.source for other in models if other is not card}
        assert not others & {*card.aliases}, card.id


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ("id: MY-WAN", "line 9: models.1.id: 'MY-WAN' is already a name of my-wan"),
        (
            "id: other\n    aliases: [x, mine]",
            "line 10: models.1.aliases.1: 'mine' is already a name of my-wan",
        ),
    ],
)
def test_a_name_is_given_once_whatever_its_case(tmp_path: Path, second: str, fault: str) -> None:
    text = textwrap.dedent(MINE).replace("    title", "    aliases: [mine]\n    title")
    rest = textwrap.dedent(MINE).partition("id: my-wan\n")[2].partition("    limits")[0]
    text = text.partition("    limits")[0] + f"  - {second}\n{rest}"
    with pytest.raises(CatalogError) as raised:
        CatalogFile(Path(write(tmp_path, text)), {"wan": WAN})
    assert str(raised.value).endswith(fault)


def test_every_card_has_its_code_and_defaults_within_its_limits() -> None:
    for card in load_catalog().models:
        engine = CATALOG.parent / "engines" / f"{card.engine.replace('-', '_')}.py"
        pipeline = CATALOG.parent / "pipelines" / f"{card.pipeline}.py"
        assert (pipeline if card.engine == "diffusers" else engine).exists(), card.id
        for name in ("num_frames", "fps", "num_inference_steps", "guidance_scale"):
            allowed, value = getattr(card.limits, name), getattr(card.defaults, name)
            assert allowed.minimum <= value <= allowed.maximum, (card.id, name)
        motion, allowed = card.defaults.motion_bucket_id, card.limits.motion_bucket_id
        assert motion is None or (allowed and allowed.minimum <= motion <= allowed.maximum), card.id
        frames = card.limits.num_frames
        assert (card.defaults.num_frames - frames.minimum) % frames.step == 0, card.id
        for size in card.limits.sizes if card.engine == "diffusers" else ():
            assert all(int(side) % 16 == 0 for side in size.split("x")), (card.id, size)


def test_every_model_that_runs_here_says_how_much_memory_it_needs() -> None:
    for card in load_catalog().models:
        assert card.memory_gb > 0 or card.sketch or card.engine != "diffusers", card.id


def test_a_card_with_timesteps_of_its_own_takes_as_many_steps() -> None:
    for card in load_catalog().models:
        timesteps = card.call.get("timesteps") or card.call.get("sigmas")
        if timesteps is not None:
            steps = card.limits.num_inference_steps
            noisy = [one for one in timesteps if one > 0]  # some say that it ends at 0
            assert steps.minimum == steps.maximum == len(noisy), card.id


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cogvidex-5b", r" Did you mean cogvideox-5b or "),
        ("wan2.2-i2v", r" Did you mean .*wan2\.2-i2v-a14b"),
        ("sora3", r" Did you mean sora-2"),
        ("nobody/nothing", ""),
    ],
)
def test_an_unknown_name_is_refused_with_what_may_have_been_meant(name: str, meant: str) -> None:
    with pytest.raises(ModelNotFound) as refused:
        find(name)
    words = rf"'{name}' is neither in the catalog nor a folder with a model_index\.json\.{meant}"
    assert re.match(words, refused.value.message)
    assert ("Did you mean" in refused.value.message) == bool(meant)
    assert len(refused.value.message) < 300


def test_a_local_copy_of_a_catalogued_checkpoint_keeps_its_card(tmp_path: Path) -> None:
    folder = tmp_path / "FastWan2.1-T2V-1.3B-Diffusers"
    folder.mkdir()
    card = find(str(folder))
    assert (card.id, card.location) == ("fastwan2.1-t2v-1.3b", str(folder))
    assert card.scheduler is not None


def test_any_other_folder_gets_the_values_of_its_pipeline_class(tmp_path: Path) -> None:
    folder = tmp_path / "My Wan"
    folder.mkdir()
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "WanVACEPipeline"}))
    card = find(str(folder))
    assert (card.id, card.title, card.pipeline) == ("my-wan", "My Wan", "wan_vace")
    assert card.licence.commercial is False


def folder_of(place: Path, index: dict[str, Any], transformer: dict[str, Any]) -> str:
    """A folder in diffusers format with no more than what says what it can do."""
    (place / "transformer").mkdir()
    (place / "model_index.json").write_text(json.dumps(index))
    (place / "transformer" / "config.json").write_text(json.dumps(transformer))
    return str(place)


@pytest.mark.parametrize(
    ("index", "transformer", "last_image"),
    [
        ({}, {"image_dim": 1280, "pos_embed_seq_len": None}, "refused"),
        ({}, {"image_dim": 1280, "pos_embed_seq_len": 514}, "required"),
        ({"boundary_ratio": 0.9}, {"image_dim": None, "pos_embed_seq_len": None}, "optional"),
    ],
    ids=["2.1", "flf2v", "a14b"],
)
def test_whether_a_folder_takes_a_last_frame_is_read_from_its_own_settings(
    index: dict[str, Any], transformer: dict[str, Any], last_image: str, tmp_path: Path
) -> None:
    index |= {"_class_name": "WanImageToVideoPipeline"}
    card = find(folder_of(tmp_path, index, transformer))
    assert (card.pipeline, card.limits.last_image) == ("wan_i2v", last_image)


@pytest.mark.parametrize("saved_as", ["WanPipeline", "WanImageToVideoPipeline"])
def test_a_folder_of_wan_ti2v_takes_words_and_pictures_in_its_own_sizes(
    saved_as: str, tmp_path: Path
) -> None:
    index = {"_class_name": saved_as, "expand_timesteps": True, "boundary_ratio": None}
    card = find(folder_of(tmp_path, index, {"image_dim": None}))
    assert (card.pipeline, card.pipeline_class) == ("wan_ti2v", "WanPipeline")
    assert card.tasks == [Task.TEXT_TO_VIDEO, Task.IMAGE_TO_VIDEO]
    assert card.limits.last_image == "refused"
    assert all(int(side) % 32 == 0 for size in card.limits.sizes for side in size.split("x"))
    assert find("wan2.2-ti2v-5b").limits == card.limits


def test_an_image_to_video_folder_without_its_settings_says_which_are_missing(
    tmp_path: Path,
) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "WanImageToVideoPipeline"}')
    with pytest.raises(ModelNotFound, match=r"transformer/config\.json is missing or unreadable"):
        find(str(tmp_path))


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (None, "is missing or unreadable"),
        ("{", "is missing or unreadable"),
        ('{"_class_name": "FluxPipeline"}', "FluxPipeline; only these classes"),
    ],
)
def test_a_folder_that_cannot_be_served_says_why(
    tmp_path: Path, index: str | None, words: str
) -> None:
    if index is not None:
        (tmp_path / "model_index.json").write_text(index)
    with pytest.raises(ModelNotFound, match=words):
        find(str(tmp_path))


def test_a_card_on_the_wire_shows_what_clients_need_and_nothing_of_the_loading() -> None:
    shown = find("croquis-tryon").on_the_wire(Readiness.READY).model_dump()
    assert shown["sketch"] is True
    assert shown["licence"]["name"] == "Apache-2.0"
    assert not {"pipeline", "dtype", "memory_gb", "scheduler"} & shown.keys()


WAN = find("croquis-t2v").model_dump(mode="json", include={*Family.model_fields})


def write(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(textwrap.dedent(text))
    return str(path)


MINE = """\
    models:
      - id: my-wan
        family: wan
        title: My Wan
        owned_by: me
        source: ./my-wan
        licence: {name: MIT, url: "https://opensource.org/license/mit", commercial: true}
        limits:
          num_frames: {maximum: 33}
    """


def test_a_card_has_what_its_family_has_but_for_what_it_says_itself(tmp_path: Path) -> None:
    card = find("my-wan", write(tmp_path, MINE))
    assert card.pipeline_class == "WanPipeline"
    assert card.limits.num_frames.model_dump() == {"minimum": 5, "maximum": 33, "step": 4}
    assert card.location == str(tmp_path / "my-wan")


def test_a_catalog_of_ones_own_stands_beside_the_one_that_ships(tmp_path: Path) -> None:
    own = write(tmp_path, MINE)
    assert find("croquis-t2v", own).sketch
    assert find("my-wan", own).title == "My Wan"


def test_a_card_of_ones_own_goes_before_the_one_that_ships(tmp_path: Path) -> None:
    own = write(tmp_path, MINE.replace("id: my-wan", "id: croquis-t2v"))
    assert find("croquis-t2v", own).title == "My Wan"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "maximum: 33",
            "maximum: many",
            "line 9: models.0.limits.num_frames.maximum: Input",
        ),
        ("title: My Wan", "name: My Wan", "line 2: models.0.title: Field required"),
        ("title: My Wan", "titel: My Wan", "line 4: models.0.titel: Extra inputs are not"),
        ("family: wan", "family: wand", "line 3: models.0.family: 'wand' is no family; there are"),
        ("models:", "modles:", "line 1: only families, models, unavailable may be at the top"),
        ("owned_by: me", "owned_by: {", "is not valid YAML"),
    ],
)
def test_a_fault_in_a_catalog_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    with pytest.raises(CatalogError) as raised:
        CatalogFile(Path(write(tmp_path, MINE.replace(before, after))), {"wan": WAN})
    assert fault in str(raised.value)


def test_a_fault_that_comes_from_the_family_is_named_where_it_is_written(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """\
        families:
          wand:
            pipeline: wan
            pipeline_class: WanPipeline
            tasks: [text-to-film]
        """,
    )
    with pytest.raises(CatalogError, match=r"line 5: families.wand.tasks.0: Input should be"):
        CatalogFile(Path(path))


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = MINE.replace("owned_by: me", "own: me").replace("maximum: 33", "maximum: x")
    with pytest.raises(CatalogError) as raised:
        CatalogFile(Path(write(tmp_path, text)), {"wan": WAN})
    assert len(str(raised.value).splitlines()) == 3


def test_a_catalog_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"none.yaml: No such file"):
        CatalogFile(tmp_path / "none.yaml")


@pytest.mark.parametrize("name", ["sora-2", "sora-2-pro", "gen3a_turbo", "stiv"])
def test_a_model_that_cannot_be_had_says_why_and_what_to_use(name: str) -> None:
    with pytest.raises(ModelNotFound, match=r"cannot be had: .+\. Use \S+ in its place"):
        find(name)


def test_what_replaces_a_model_that_cannot_be_had_is_in_the_catalog() -> None:
    for one in load_catalog().unavailable:
        assert find(one.successor).id == one.successor
        assert one.why[-1] == "." and "2026" in one.evidence, one.id


def test_an_own_catalog_may_say_that_a_model_which_ships_cannot_be_had_and_the_reverse(
    tmp_path: Path,
) -> None:
    refused = """\
        unavailable:
          - id: cogvideox-5b
            title: CogVideoX 5B
            owned_by: zai-org
            why: Our lawyers have not read its licence.
            evidence: our list, November 2026
            successor: cogvideox-2b
        """
    own = textwrap.dedent(MINE).replace("id: my-wan", "id: stiv") + textwrap.dedent(refused)
    path = write(tmp_path, own)
    with pytest.raises(ModelNotFound, match=r"Our lawyers .+ Use cogvideox-2b in its place"):
        find("cogvideox-5b", path)
    assert find("stiv", path).title == "My Wan"
    known = load_catalog(path)
    assert "cogvideox-5b" not in {card.id for card in known.models}
    assert known.cannot_be_had("stiv") is None


def safetensors(path: Path, *, lacking: int = 0) -> Path:
    """A file with one tensor of sixteen bytes, `lacking` of which are not there."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(16 - lacking))
    return path


def test_a_single_file_is_as_its_base_but_for_its_licence(tmp_path: Path) -> None:
    file, base = safetensors(tmp_path / "My Wan.safetensors"), find("wan2.1-t2v-1.3b")
    card = find(str(file), base="wan2.1-t2v-1.3b")
    assert (card.id, card.source, card.base) == ("my-wan", str(file), base.source)
    assert (card.limits, card.memory_gb) == (base.limits, base.memory_gb)
    assert card.licence.name == "unknown"
    parts = card.in_parts()
    assert (parts.source, parts.base) == (base.source, None)
    assert parts.parts["transformer"].file == file


def test_a_single_file_without_a_base_says_what_is_needed(tmp_path: Path) -> None:
    file = safetensors(tmp_path / "wan.safetensors")
    with pytest.raises(
        ModelNotFound, match=r"Name the model that has the rest as its base \(--t2v-b"
    ):
        find(str(file))


@pytest.mark.parametrize("base", ["cogvideox-5b", "svd-xt", "seine"])
def test_a_base_that_diffusers_cannot_combine_with_a_file_is_refused(
    base: str, tmp_path: Path
) -> None:
    file = safetensors(tmp_path / "wan.safetensors")
    with pytest.raises(
        ModelNotFound, match=f"{base} cannot be the base of a single file; these can: "
    ):
        find(str(file), base=base)


def test_a_base_is_for_single_files_only() -> None:
    with pytest.raises(ModelNotFound, match="croquis-t2v takes no base: that is for a single file"):
        find("croquis-t2v", base="wan2.1-t2v-1.3b")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("wan.safetensors", None, "there is no such file"),
        ("wan.safetensors", b"version https://git-lfs.github.com/spec/v1", "is not in the safet"),
        ("wan.gguf", b"nothing of the kind", "is not in the GGUF format"),
        ("wan.ckpt", b"<!doctype html>", "is no checkpoint of PyTorch"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused_before_anything_starts(
    name: str, content: bytes | None, reason: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelNotFound, match=f"{name}.* {reason}"):
        find(str(tmp_path / name), base="wan2.1-t2v-1.3b")


def test_a_file_that_is_cut_short_says_how_much_is_here(tmp_path: Path) -> None:
    file = safetensors(tmp_path / "wan.safetensors", lacking=4)
    whole = file.stat().st_size + 4
    with pytest.raises(ModelNotFound, match=f"is cut short: {whole - 4} of {whole} bytes are here"):
        find(str(file), base="wan2.1-t2v-1.3b")


def test_a_card_of_ones_own_takes_its_base_from_the_catalog(tmp_path: Path) -> None:
    file = safetensors(tmp_path / "wan.safetensors")
    card = {"id": "mine", "family": "wan", "title": "Mine", "owned_by": "me", "licence": {}}
    card |= {"licence": {"name": "MIT", "url": "", "commercial": True}}
    card |= {"source": "./wan.safetensors", "base": "wan2.1-t2v-1.3b"}
    own = tmp_path / "own.yaml"
    own.write_text(json.dumps({"models": [card]}))  # YAML contains JSON
    found = find("mine", str(own))
    assert (found.source, found.base) == (str(file), "Wan-AI/Wan2.1-T2V-1.3B-Diffusers")
    own.write_text(json.dumps({"models": [{**card, "base": None}]}))
    with pytest.raises(CatalogError, match="line 1: models.0: .* single file needs a base"):
        load_catalog.__wrapped__(str(own))


def test_every_hosted_model_says_what_it_costs_and_no_other_does() -> None:
    for card in load_catalog().models:
        assert (card.price is not None) == (card.engine in HOSTED), card.id
        assert card.price is None or card.price.sizes.keys() <= {*card.limits.sizes}, card.id


RULES = {"ltx": (32, 8, 1), "ltx_condition": (32, 8, 1), "ltx2": (32, 8, 1), "wan_ti2v": (32, 4, 1)}
RULES |= dict.fromkeys(["wan", "wan_i2v", "wan_vace", "wan_animate"], (16, 4, 1))
RULES |= dict.fromkeys(["hunyuan", "skyreels_v1", "hunyuan15"], (16, 4, 1))
RULES |= {"cogvideox": (8, 4, 1), "mochi": (8, 6, 1), "framepack": (16, 4, 1)}
"""By pipeline what a side is a multiple of, and frames k times the step and the remainder."""


def test_sizes_and_lengths_are_what_the_pipelines_take_without_rounding() -> None:
    for card in load_catalog().models:
        if card.sketch or card.pipeline not in RULES:
            continue
        side, step, rest = RULES[card.pipeline]
        if card.id.startswith("fastwan2.2"):
            side = 32  # the autoencoder of Wan 2.2 TI2V
        frames = card.limits.num_frames
        assert frames.minimum % step == rest and frames.step % step == 0, card.id
        for size in card.limits.sizes:
            assert all(int(one) % side == 0 for one in size.split("x")), (card.id, size)


def test_the_size_of_the_comparison_is_offered() -> None:
    for name in ("fastwan2.1", "wan2.1-t2v-1.3b", "wan2.1-i2v-14b-480p", "wan2.1-vace-1.3b"):
        assert {"480x640", "640x480"} <= {*find(name).limits.sizes}
        assert "off the sizes" in find(name).notes


def test_what_must_be_known_of_a_model_goes_to_clients() -> None:
    shown = find("svd-xt-1.1").on_the_wire(Readiness.READY)
    assert shown.gated
    assert "sparse attention" in find("fastwan").on_the_wire(Readiness.READY).notes
