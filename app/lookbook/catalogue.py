"""Rows from pictures, each person in each garment, or from a CSV that names them."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from app.garments import Category
from app.lookbook.book import Kind, Row
from app.lookbook.pictures import Drop, name_of
from app.lookbook.problems import LookbookError, in_row
from app.words import t

MAX_ROWS = 500
MAX_NAME = 80
"""Characters of a name or an article number."""
MAX_PROMPT = 1000
MAX_SEED = 2**32 - 1
NEEDED = ("person", "garment")
OPTIONAL = ("name", "sku", "what", "prompt", "seed")
COLUMNS = (*NEEDED, *OPTIONAL)
BETWEEN_GARMENTS = re.compile(r"\s*[;+|]\s*")
"""What stands between the pictures of an outfit in the column garment."""


@dataclass(frozen=True)
class Shared:
    """What holds for every row that does not say otherwise."""

    what: Kind
    seed: int
    prompt: str = ""


@dataclass(frozen=True)
class Named:
    """A picture with its name, and perhaps an article number."""

    path: str
    name: str
    sku: str = ""
    back: str | None = None
    """Where it shows a garment: its other side, and what it is."""
    category: Category | None = None

    @classmethod
    def of(cls, path: str, caption: str | None = None) -> "Named":
        """Called like its file, or as the wardrobe has it: name and article number."""
        name, _, sku = (caption or name_of(path)).partition(" · ")
        return cls(path, name[:MAX_NAME], sku[:MAX_NAME])


def cross(people: Sequence[Named], garments: Sequence[Named], shared: Shared) -> list[Row]:
    """Every person in every garment, the garments of a person together."""
    if not people:
        raise LookbookError(t("Add at least one photo of a person."))
    if not garments:
        raise LookbookError(t("Add at least one photo of a garment."))
    check_length(len(people) * len(garments))
    pairs = [(person, garment) for person in people for garment in garments]
    return [
        Row(
            number=number,
            name=_look(number),
            person=person.name,
            garment=garment.name,
            sku=garment.sku,
            what=shared.what,
            prompt=shared.prompt,
            seed=shared.seed,
            pictures=[*filter(None, (person.path, garment.path, garment.back))],
            category=garment.category,
        )
        for number, (person, garment) in enumerate(pairs, 1)
    ]


def check_length(rows: int) -> None:
    """Refuse what is too much for one lookbook."""
    if rows > MAX_ROWS:
        raise LookbookError(
            t("These are {n} rows; a lookbook has at most {most}.", n=rows, most=MAX_ROWS)
        )


def read_csv(drop: Drop, shared: Shared) -> tuple[list[Row], list[str]]:
    """The rows of the dropped CSV, and the names of the columns that mean nothing here.

    Rows are counted as a spreadsheet does: the headings are row 1.
    """
    if drop.table is None:
        raise LookbookError(t("Add a CSV with the columns person and garment."))
    text = _text(Path(drop.table))
    headings, *lines = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text))) or [[]]
    names = [name.strip().lower() for name in headings]
    _check_columns(names)
    rows: list[Row] = []
    problems: list[str] = []
    for number, cells in enumerate(lines, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            problems.append(in_row(number, names[-1], t("the row has more cells than headings.")))
            continue
        given = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        values = {name: given.get(name, "") for name in COLUMNS}
        found, wrong = _row(len(rows) + 1, values, drop, shared)
        problems += [in_row(number, column, words) for column, words in wrong]
        rows.append(found)
    check_length(len(rows))
    if problems:
        raise LookbookError(*problems)
    if not rows:
        raise LookbookError(t("The CSV has headings but no rows."))
    return rows, [name for name in names if name and name not in COLUMNS]


def read_row(row: Row, values: Mapping[str, str]) -> tuple[Row, list[tuple[str, str]]]:
    """The row with the given texts of its columns, and what is wrong with them, by column."""
    wrong: list[tuple[str, str]] = []
    changes: dict[str, object] = {}
    for column in ("name", "person", "garment", "sku", "prompt"):
        most = MAX_PROMPT if column == "prompt" else MAX_NAME
        text = values[column]
        if len(text) > most:
            said = t("{n} characters, the most is {most}.", n=len(text), most=most)
            wrong.append((column, said))
        changes[column] = text
    if values["what"]:
        try:
            changes["what"] = Kind(values["what"].lower().removesuffix("s"))
        except ValueError:
            wrong.append(("what", t("{value} is neither still nor clip.", value=values["what"])))
    if values["seed"]:
        seed = values["seed"].removesuffix(".0")
        if seed.isdecimal() and int(seed) <= MAX_SEED:
            changes["seed"] = int(seed)
        else:
            said = t("{value} is no whole number from 0 to {most}.", value=seed, most=MAX_SEED)
            wrong.append(("seed", said))
    return row.model_copy(update=changes), wrong


def _row(
    number: int, values: Mapping[str, str], drop: Drop, shared: Shared
) -> tuple[Row, list[tuple[str, str]]]:
    """One row of the CSV, and what is wrong with it, by column."""
    row = Row(number=number, name="", person="", garment="", what=shared.what, seed=shared.seed)
    pictures: list[str] = []
    wrong: list[tuple[str, str]] = []
    labels = {}
    for column in NEEDED:
        names = _names(values[column], drop) if column == "garment" else [values[column]]
        names = [name for name in names if name]
        if not names:
            wrong.append((column, t("is empty; it names a picture.")))
        paths = []
        for name in names:
            if (path := drop.find(name)) is None:
                wrong.append((column, _missing(name, drop)))
            else:
                paths.append(path)
        labels[column] = " + ".join(name_of(path) for path in paths)[:MAX_NAME]
        pictures += paths
    given = dict(values) | labels
    given["name"] = given["name"] or _look(number)
    given["prompt"] = given["prompt"] or shared.prompt
    row, more = read_row(row, given)
    return row.model_copy(update={"pictures": pictures}), wrong + more


def _names(cell: str, drop: Drop) -> list[str]:
    return [cell] if drop.find(cell) else BETWEEN_GARMENTS.split(cell)


def _missing(name: str, drop: Drop) -> str:
    near = drop.nearest(name)
    said = t("there is no picture {name} among the {n} dropped.", name=name, n=len(drop.pictures))
    return f"{said} {t('Did you mean {name}?', name=near)}" if near else said


def _check_columns(names: Sequence[str]) -> None:
    for name in names:
        if name and names.count(name) > 1:
            raise LookbookError(t("The column {name} is there twice.", name=name))
        near = get_close_matches(name, COLUMNS, n=1, cutoff=0.8)
        if name not in COLUMNS and near and near[0] not in names:
            raise LookbookError(
                t("There is no column {name}. Did you mean {near}?", name=name, near=near[0])
            )
    for name in NEEDED:
        if name not in names:
            has = ", ".join(filter(None, names)) or "–"
            raise LookbookError(
                t("The CSV has no column {name}; it has {names}.", name=name, names=has)
            )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LookbookError(
            t("{file} is not UTF-8: save it as “CSV UTF-8”.", file=path.name)
        ) from error


def _delimiter(text: str) -> str:
    """Spreadsheets write commas, semicolons or tabs, as their country has it."""
    return max(",;\t", key=text.partition("\n")[0].count)


def _look(number: int) -> str:
    return f"look {number}"
