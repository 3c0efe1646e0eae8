"""The scripts in examples/ run as their users would run them."""

import subprocess
import sys
import zipfile
from pathlib import Path

from app import samples
from tests.servers import ROOT
from tests.slow.conftest import Studio

PERSON, GARMENT = str(samples.IMAGES / "person-1.png"), str(samples.IMAGES / "garment-1.png")


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_mp4(path: Path) -> None:
    assert b"ftyp" in path.read_bytes()[:16]


def test_text_to_video_saves_a_clip(studio: Studio, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    run(sys.executable, "examples/text_to_video.py", "a red dress", str(clip), "--url", studio.url)
    assert_mp4(clip)


def test_try_on_saves_a_clip_of_the_approved_still(studio: Studio, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    script = (sys.executable, "examples/try_on.py", PERSON, GARMENT, str(clip))
    said = run(*script, "--approve", "2", "--url", studio.url)
    assert said.count(".png") == 2
    assert_mp4(clip)


def test_a_lookbook_is_saved_as_one_zip(studio: Studio, tmp_path: Path) -> None:
    archive = tmp_path / "spring.zip"
    script = (sys.executable, "examples/lookbook.py", str(archive), "--url", studio.url)
    said = run(
        *script, "--people", PERSON, "--garments", GARMENT, GARMENT.replace("1.png", "2.png")
    )
    assert "2 of 2 rows" in said
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.endswith(".png")]
    assert names == ["garment-1_person-1_look-1.png", "garment-2_person-1_look-2.png"]


def test_a_lookbook_of_a_csv_is_saved_as_one_zip(studio: Studio, tmp_path: Path) -> None:
    looks, archive = tmp_path / "looks.csv", tmp_path / "spring.zip"
    looks.write_text("person,garment,sku\nperson-1,garment-1,A-1\n")
    script = (sys.executable, "examples/lookbook.py", str(archive), "--url", studio.url, "--clips")
    run(*script, "--catalogue", str(looks), PERSON, GARMENT)
    with zipfile.ZipFile(archive) as opened:
        assert "A-1_person-1_look-1.mp4" in opened.namelist()


def test_plain_http_saves_both_clips(studio: Studio, tmp_path: Path) -> None:
    run("sh", "examples/http.sh", str(tmp_path), studio.backend_url)
    assert_mp4(tmp_path / "text-to-video.mp4")
    assert_mp4(tmp_path / "try-on.mp4")


def test_the_openai_client_saves_a_clip(studio: Studio, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    script = (sys.executable, "examples/openai_sdk.py", "a red dress", str(clip))
    run(*script, "--url", studio.backend_url)
    assert_mp4(clip)


def test_every_example_that_the_app_offers_has_its_pictures() -> None:
    pictures = [*samples.looks(), *(path for path, _prompt in samples.prompt_pictures())]
    garments = [garment.front for garment in samples.garments()]
    pictures += [samples.people()[look.person] for look in samples.LOOKS]
    pictures += [garments[look.garment] for look in samples.LOOKS]
    assert [path for path in pictures if not Path(path).is_file()] == []
    assert len(samples.people()) >= 3
    assert len(samples.garments()) >= 4
