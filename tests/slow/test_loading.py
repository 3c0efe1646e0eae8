"""What a loading replica tells, and who hears it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from serve import loading
from serve.deployment import ModelDeployment
from serve.errors import ModelUnavailable
from serve.loading import LoadingNote, read_note
from serve.storage import Storage
from tests.cards import card_for
from tests.checkpoints import TWINS
from tests.fake_hub import TOKEN, FakeHub, model_hub
from tests.servers import ROOT, free_port, serving_app

INSTALL = """
import sys
from serve.catalog import find
from serve.pipelines import weights
card = find("wan2.1-t2v-1.3b").model_copy(update={"source": sys.argv[1]})
print(weights.install(card, lambda here, whole: None).source)
"""


def test_a_note_is_there_while_its_replica_loads(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    with LoadingNote(storage, "org/my model") as note:
        assert read_note(storage, "org/my model") == ""
        note.download(1_250_000_000, 14_000_000_000)
        assert read_note(storage, "org/my model") == "downloading, 1.2 of 14.0 GB (8 %)"
        assert read_note(storage, "other") == ""
    assert read_note(storage, "org/my model") == ""


def test_the_note_of_a_replica_that_died_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(str(tmp_path))
    with LoadingNote(storage, "wan") as note:
        note.download(1, 2)
        monkeypatch.setattr(loading, "STALE_SECONDS", -1)
        assert read_note(storage, "wan") == ""


def test_a_replica_tells_how_far_its_download_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(LoadingNote, "download", lambda self, *size: told.append(size))
    with model_hub(tmp_path, monkeypatch) as hub:
        TWINS["croquis-t2v"].build(hub.root / "lab" / "croquis")
        card = card_for("croquis-t2v", Path("lab/croquis"))
        ModelDeployment(card, str(tmp_path / "outputs"))
        here, whole = told[-1]
        assert here == whole > 100_000
        hub.gated.add("lab/gated")
        (hub.root / "lab" / "gated").mkdir()
        with pytest.raises(ModelUnavailable, match="set HF_TOKEN to a token of that account"):
            ModelDeployment(card.model_copy(update={"source": "lab/gated"}), str(tmp_path))


def test_what_the_environment_says_of_the_hub_holds(tmp_path: Path) -> None:
    hub, home = FakeHub(tmp_path / "hub"), tmp_path / "home"
    (hub.root / "lab" / "gated").mkdir(parents=True)
    (hub.root / "lab" / "gated" / "model_index.json").write_text('{"_class_name": "WanPipeline"}')
    hub.gated.add("lab/gated")
    with serving_app(hub.app(), free_port()) as address:
        told = {"HF_ENDPOINT": address, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}
        surroundings = {**os.environ, **told, "HF_TOKEN": TOKEN}
        command = [sys.executable, "-c", INSTALL, "lab/gated"]
        folder = subprocess.check_output(command, cwd=ROOT, env=surroundings, text=True).strip()
    assert Path(folder).is_relative_to(home / "hub" / "models--lab--gated")
    assert (Path(folder) / "model_index.json").is_file()
