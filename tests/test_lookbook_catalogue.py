"""Rows of a lookbook out of pictures, CSVs and ZIPs, and what is said about wrong ones."""

import zipfile
from pathlib import Path

import pytest

from app.garments import Category
from app.lookbook.book import Kind, Recipe
from app.lookbook.catalogue import MAX_ROWS, Named, cross, read_csv, read_row
from app.lookbook.pictures import Drop, unpack
from app.lookbook.problems import LookbookError
from tests.lookbooks import CLIPS, STILLS, paint


def drop_of(folder: Path, text: str | bytes, *names: str) -> Drop:
    """A CSV beside pictures."""
    table = folder / "looks.csv"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    return unpack([*paint(folder, *(names or ("anna.png", "dress.png"))), str(table)], folder)


def test_every_person_gets_every_garment_and_names_come_from_the_files() -> None:
    people = [Named.of(f"/x/{name}.png") for name in ("Anna", "Ben")]
    garments = [Named.of("/x/red dress.jpg"), Named.of("/x/2.png", "Coat · C-2")]
    rows = cross(people, garments, CLIPS)
    assert [(row.number, row.person, row.garment, row.sku) for row in rows] == [
        (1, "Anna", "red dress", ""),
        (2, "Anna", "Coat", "C-2"),
        (3, "Ben", "red dress", ""),
        (4, "Ben", "Coat", "C-2"),
    ]
    assert rows[3].pictures == ["/x/Ben.png", "/x/2.png"]
    assert {(row.what, row.seed, row.prompt) for row in rows} == {(Kind.CLIP, 7, "turning around")}


def test_a_garment_brings_its_back_and_the_dresser_is_told_which_picture_shows_it() -> None:
    coat = Named("/x/2.png", "Coat", back="/x/2-back.png", category=Category.OUTERWEAR)
    (row,) = cross([Named.of("/x/Anna.png")], [coat], STILLS)
    assert row.pictures == ["/x/Anna.png", "/x/2.png", "/x/2-back.png"]
    told = Recipe(picture_word="image").instruction(row, "worn open")
    assert "the coat or jacket of image 2 (image 3 shows its back)" in told
    assert "worn open" in told
    assert Recipe(dress_prompt="Dress.").instruction(row, "worn open") == "Dress. worn open"
    assert Recipe(dress_prompt="Dress.").instruction(row, "") == ""


def test_too_many_rows_are_refused_with_both_numbers() -> None:
    many = [Named.of(f"{n}.png") for n in range(MAX_ROWS // 2 + 1)]
    with pytest.raises(LookbookError, match="These are 502 rows; a lookbook has at most 500"):
        cross(many, many[:2], STILLS)


def test_a_csv_says_what_it_wants_and_leaves_the_rest_to_all(tmp_path: Path) -> None:
    text = (
        "Person,Garment,name,sku,what,prompt,seed,price\n"
        "anna.png,dress.png,Hero,A-1,clip,waving,3,49.90\n"
        "\n"
        "ANNA,dress,,,,,,\n"
    )
    rows, unused = read_csv(drop_of(tmp_path, text), STILLS)
    assert unused == ["price"]
    first, second = rows
    assert (first.name, first.sku, first.what, first.prompt, first.seed) == (
        "Hero",
        "A-1",
        Kind.CLIP,
        "waving",
        3,
    )
    assert [Path(path).name for path in second.pictures] == ["anna.png", "dress.png"]
    assert (second.number, second.name, second.what, second.seed) == (2, "look 2", Kind.STILL, 7)


@pytest.mark.parametrize("text", ["person;garment\nanna;dress", "person\tgarment\nanna\tdress"])
def test_csvs_of_every_country_are_read(tmp_path: Path, text: str) -> None:
    rows, _ = read_csv(drop_of(tmp_path, b"\xef\xbb\xbf" + text.encode()), STILLS)
    assert (rows[0].person, rows[0].garment) == ("anna", "dress")


def test_an_outfit_names_several_garments(tmp_path: Path) -> None:
    drop = drop_of(tmp_path, "person,garment\nanna,top + skirt", "anna.png", "top.png", "skirt.png")
    (row,), _ = read_csv(drop, STILLS)
    assert [Path(path).name for path in row.pictures] == ["anna.png", "top.png", "skirt.png"]
    assert row.garment == "top + skirt"


def test_a_missing_picture_is_told_by_row_column_and_value(tmp_path: Path) -> None:
    drop = drop_of(tmp_path, "person,garment\nanna,dress\n\nana.png,dress\nanna,cape")
    with pytest.raises(LookbookError) as caught:
        read_csv(drop, STILLS)
    assert list(caught.value.problems) == [
        "Row 4, column person: there is no picture ana.png among the 2 dropped. "
        "Did you mean anna.png?",
        "Row 5, column garment: there is no picture cape among the 2 dropped.",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("person,garment\nanna,", "Row 2, column garment: is empty; it names a picture."),
        ("person,garment,seed\nanna,dress,x", "Row 2, column seed: x is no whole number from 0 to"),
        ("person,garment,what\nanna,dress,film", "column what: film is neither still nor clip"),
        ("person,garment,name\nanna,dress," + "n" * 81, "column name: 81 characters, the most is"),
        ("person,garment\nanna,dress,more", "Row 2, column garment: the row has more cells than"),
        ("person,garment,promt\nanna,dress,", "There is no column promt. Did you mean prompt?"),
        ("person,price\nanna,3", "The CSV has no column garment; it has person, price."),
        ("person,garment,sku,sku\n", "The column sku is there twice."),
        ("person,garment\n", "headings but no rows"),
        ("", "The CSV has no column person"),
        ("person,garment\nanna,Kleid gr\xfcn".encode("latin-1"), "looks.csv is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_csv_is_said_plainly(
    tmp_path: Path, text: str | bytes, words: str
) -> None:
    with pytest.raises(LookbookError) as caught:
        read_csv(drop_of(tmp_path, text), STILLS)
    assert words in str(caught.value)


def test_many_problems_are_told_in_part_and_counted(tmp_path: Path) -> None:
    with pytest.raises(LookbookError) as caught:
        read_csv(drop_of(tmp_path, "person,garment\n" + "nobody,dress\n" * 40), STILLS)
    assert str(caught.value).endswith("And 34 more.")


def test_a_zip_with_folders_is_a_drop_like_any_other_and_writes_nowhere_else(
    tmp_path: Path,
) -> None:
    person, garment = paint(tmp_path / "in", "anna.png", "dress.png")
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.write(person, "people/anna.png")
        made.write(garment, "../../dress.png")
        made.writestr("looks.csv", "person,garment\nanna,dress")
        made.writestr("__MACOSX/._anna.png", b"rubbish")
        made.writestr("people/.DS_Store", b"rubbish")
    (row,), _ = read_csv(unpack([str(archive)], tmp_path / "out"), STILLS)
    assert all(Path(path).is_relative_to(tmp_path / "out") for path in row.pictures)
    assert Path(row.pictures[1]).read_bytes() == Path(garment).read_bytes()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["notes.docx"], "notes.docx is no picture, CSV or ZIP"),
        (["a/dress.png", "b/dress.png"], "There are two pictures called dress.png."),
        (["a.csv", "b.csv"], "There are two CSVs: a.csv and b.csv."),
        (["broken.zip"], "broken.zip cannot be opened as a ZIP"),
    ],
)
def test_what_cannot_be_sorted_is_named(tmp_path: Path, names: list[str], words: str) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"words")
    with pytest.raises(LookbookError, match=words.replace(".", r"\.")):
        unpack([str(tmp_path / name) for name in names], tmp_path / "out")


def test_a_row_of_the_table_is_edited_or_refused() -> None:
    (row,) = cross([Named.of("anna.png")], [Named.of("dress.png")], STILLS)
    values = {"name": "Hero", "person": "Anna", "garment": "Dress", "sku": "1", "prompt": "waving"}
    edited, wrong = read_row(row, values | {"what": "Clip", "seed": "9.0"})
    assert wrong == []
    assert (edited.name, edited.what, edited.seed, edited.pictures) == (
        "Hero",
        Kind.CLIP,
        9,
        row.pictures,
    )
    assert [column for column, _ in read_row(row, values | {"what": "x", "seed": "-1"})[1]] == [
        "what",
        "seed",
    ]
