"""What a lookbook is handed over as: a ZIP of well-named files, a table, and contact sheets."""

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.lookbook.book import Book, Kind, Row, Standing

MAX_PART = 48
"""Characters of each part of a file's name."""
TABLE, RECORD = "lookbook.csv", "lookbook.json"


def file_stems(rows: Sequence[Row]) -> dict[int, str]:
    """``sku_person_look`` for each row's number, safe on every file system and each only once."""
    stems: dict[int, str] = {}
    taken: set[str] = set()
    for row in rows:
        parts = (row.sku or row.garment, row.person, row.name)
        wanted = "_".join(filter(None, map(safe, parts))) or f"row-{row.number}"
        stem, copy = wanted, 1
        while stem.casefold() in taken:
            copy += 1
            stem = f"{wanted}-{copy}"
        taken.add(stem.casefold())
        stems[row.number] = stem
    return stems


def safe(text: str) -> str:
    """Letters and digits of any script with single dashes between; accents give way."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    composed = unicodedata.normalize("NFC", plain)
    return re.sub(r"[^\w.]+|_+", "-", composed).strip("-.")[:MAX_PART].strip("-.")


def pack(
    book: Book,
    files: Mapping[int, Sequence[Path]],
    sheets: Collection[Path],
    target: Path,
) -> Path:
    """Write the ZIP; `files` are the results by the number of their row."""
    stems = file_stems(book.rows)
    partial = target.with_suffix(".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        names: dict[int, list[str]] = {}
        for number, paths in files.items():
            names[number] = [stems[number] + path.suffix.lower() for path in paths]
            for path, name in zip(paths, names[number], strict=True):
                archive.write(path, name)
        for sheet in sheets:
            archive.write(sheet, sheet.name)
        lines = [line(book, one, names.get(one.row.number, ())) for one in book.standings]
        archive.writestr(TABLE, _csv(lines), zipfile.ZIP_DEFLATED)
        record = {"title": book.title, "id": book.id, "rows": lines}
        text = json.dumps(record, indent=2, ensure_ascii=False)
        archive.writestr(RECORD, text, zipfile.ZIP_DEFLATED)
    return partial.replace(target)


def line(book: Book, standing: Standing, names: Sequence[str]) -> dict[str, Any]:
    """One row with all its settings, its status and its file."""
    row, job = standing.row, standing.job
    made = job.params if job is not None else None
    clip = made if row.what is Kind.CLIP else None
    settings = book.recipe.clip if row.what is Kind.CLIP else book.recipe.still
    return {
        "row": row.number,
        "name": row.name,
        "sku": row.sku,
        "person": row.person,
        "garment": row.garment,
        "what": row.what.value,
        "status": standing.status.value,
        "error": standing.error,
        "file": " ".join(names),
        "prompt": row.prompt,
        "seed": row.seed,
        "model": job.model if job is not None else settings.get("model", ""),
        "size": job.size if job is not None else settings.get("size", ""),
        "num_frames": clip.num_frames if clip else "",
        "fps": clip.fps if clip else "",
        "num_inference_steps": made.num_inference_steps if made else "",
        "guidance_scale": made.guidance_scale if made else "",
        "negative_prompt": made.negative_prompt if made else "",
        "job": job.id if job is not None else "",
    }


def _csv(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """With the mark by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig")
