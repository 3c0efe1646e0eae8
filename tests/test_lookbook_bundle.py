"""What a lookbook is handed over as: names that are safe, a table, contact sheets."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from app.lookbook import contact_sheet
from app.lookbook.book import Book, Kind, key
from app.lookbook.bundle import file_stems, pack, safe
from app.lookbook.contact_sheet import Frame, draw
from serve.protocol import JobError, JobStatus, Role
from tests.fake_backend import FakeBackend
from tests.lookbooks import CLIPS, book_of, paint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Red Dress", "Red-Dress"),
        ("../../etc/passwd", "etc-passwd"),
        ("Jäger & Söhne: 38/40?", "Jager-Sohne-38-40"),
        ("连衣裙 1", "连衣裙-1"),
        ("a_b", "a-b"),
        ("…", ""),
        ("x" * 99, "x" * 48),
    ],
)
def test_names_of_files_are_safe_everywhere(text: str, expected: str) -> None:
    assert safe(text) == expected


def test_files_are_called_after_sku_person_and_look(tmp_path: Path) -> None:
    rows = book_of(tmp_path, 1, 4).rows
    for row, (sku, name) in zip(
        rows, [("A-1", "Hero"), ("A-1", "hero"), ("", "look 3"), ("…", "…")], strict=True
    ):
        row.sku, row.name = sku, name
    rows[3].person = ""
    assert file_stems(rows) == {
        1: "A-1_person-0_Hero",
        2: "A-1_person-0_hero-2",
        3: "garment-2_person-0_look-3",
        4: "row-4",
    }


def finished(tmp_path: Path) -> tuple[Book, Path]:
    """Two rows, of which one is a clip and the other failed; and the clip."""
    book = book_of(tmp_path, 1, 2, CLIPS, clip={"model": "croquis-tryon", "size": "192x256"})
    book.rows[0].sku = "A-1"
    inputs = [Role.INPUT_REFERENCE, Role.GARMENT]
    job = FakeBackend().new_job({"seed": "7", "prompt": "turning around"}, inputs, "video")
    for row, status in zip(book.rows, (JobStatus.COMPLETED, JobStatus.FAILED), strict=True):
        error = JobError(code="model_failed", message="out of memory; again")
        book.jobs[key(row, Kind.CLIP)] = job.model_copy(
            update={
                "status": status,
                "progress": 100 if status is JobStatus.COMPLETED else 40,
                "error": error if status is JobStatus.FAILED else None,
            }
        )
    clip = tmp_path / "lookreel-1.mp4"
    clip.write_bytes(b"mp4")
    return book, clip


def test_the_zip_has_the_files_the_sheet_and_every_row_with_its_settings(tmp_path: Path) -> None:
    book, clip = finished(tmp_path)
    sheet = Path(paint(tmp_path, "contact-sheet.jpg")[0])
    archive = zipfile.ZipFile(pack(book, {1: [clip]}, [sheet], tmp_path / "spring.zip"))
    name = "A-1_person-0_look-1.mp4"
    assert archive.namelist() == [name, "contact-sheet.jpg", "lookbook.csv", "lookbook.json"]
    assert archive.read(name) == b"mp4"
    table = archive.read("lookbook.csv").decode("utf-8-sig")
    done, failed = csv.DictReader(io.StringIO(table))
    assert (done["file"], done["status"], done["seed"], done["prompt"]) == (
        name,
        "completed",
        "7",
        "turning around",
    )
    assert (done["model"], done["num_frames"], done["fps"]) == ("croquis-tryon", "17", "8")
    assert (failed["file"], failed["status"]) == ("", "failed")
    assert failed["error"] == "out of memory; again"
    record = json.loads(archive.read("lookbook.json"))
    assert (record["title"], [row["row"] for row in record["rows"]]) == ("Spring", [1, 2])


def test_progress_counts_rows_and_what_is_left_can_be_begun_anew(tmp_path: Path) -> None:
    book, _clip = finished(tmp_path)
    assert book.is_done
    assert [(one.status, one.progress) for one in book.standings] == [
        (JobStatus.COMPLETED, 100),
        (JobStatus.FAILED, 40),
    ]
    book.begin_anew()
    assert [book.next_step(row) for row in book.rows] == [None, Kind.CLIP]
    assert book.tries == {2: 1}


def test_a_contact_sheet_shows_person_garment_and_result(tmp_path: Path) -> None:
    person, garment, result = paint(tmp_path, "p.png", "g.png", "r.png")
    frames = [Frame("Hero", "Anna · Dress", [person, garment, result])]
    frames.append(Frame("连衣裙 " * 20, "failed", [person, str(tmp_path / "gone.png"), None]))
    (path,) = draw("Spring", frames, tmp_path / "sheets")
    assert path.name == "contact-sheet.jpg"
    with Image.open(path) as sheet:
        assert sheet.width > sheet.height
        colours = sheet.convert("RGB").getcolors(sheet.width * sheet.height) or []
    assert len(colours) > 10


def test_many_rows_take_several_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_sheet, "PER_SHEET", 2)
    frames = [Frame("x", "", [None, None, None])] * 3
    sheets = draw("Spring", frames, tmp_path)
    assert [path.name for path in sheets] == ["contact-sheet-1.jpg", "contact-sheet-2.jpg"]
