"""The table of rows as it is shown and edited before a lookbook is begun."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.lookbook.book import Row
from app.lookbook.catalogue import read_row
from app.lookbook.problems import LookbookError, in_row
from app.words import t

EDITED = ("name", "person", "garment", "sku", "what", "prompt", "seed")


class RowTable:
    """A spreadsheet with a tick before each row: without it the row is left out."""

    def __init__(self) -> None:
        headings = _headings()
        self.grid = gr.Dataframe(
            headers=headings,
            datatype=["bool", "number", *["str"] * len(EDITED)],
            type="array",
            column_count=len(headings),
            static_columns=[1],
            interactive=True,
            visible=False,
            wrap=True,
            show_label=False,
            max_height=460,
            buttons=[],
            column_widths=["6%", "6%", "14%", "13%", "15%", "10%", "9%", "18%", "9%"],
            elem_id="lookbook-table",
            elem_classes="lr-rows",
        )

    def show(self, rows: Sequence[Row]) -> gr.Dataframe:
        """All rows, ticked."""
        lines = [
            [True, row.number, *(str(getattr(row, column)) for column in EDITED)] for row in rows
        ]
        return gr.Dataframe({"headers": _headings(), "data": lines}, visible=True)

    def read(self, lines: Sequence[Sequence[Any]], rows: Sequence[Row]) -> list[Row]:
        """The ticked rows as they were edited; an error names each wrong cell."""
        known = {row.number: row for row in rows}
        kept: list[Row] = []
        problems: list[str] = []
        for line in lines:
            ticked, number, *cells = line
            row = known.pop(int(number), None) if str(number).strip() else None
            if row is None or str(ticked).lower() not in ("true", "1"):
                continue
            texts = ["" if cell is None else str(cell).strip() for cell in cells]
            edited, wrong = read_row(row, dict(zip(EDITED, texts, strict=True)))
            problems += [in_row(row.number, column, words) for column, words in wrong]
            kept.append(edited)
        if problems:
            raise LookbookError(*problems)
        if not kept:
            raise LookbookError(t("No row is ticked: there is nothing to make."))
        return kept


def _headings() -> list[str]:
    words = (t("name"), t("person"), t("garment"), t("SKU"), t("still or clip"), t("prompt"))
    return ["✓", "#", *words, t("seed")]
