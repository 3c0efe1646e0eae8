"""What is wrong with a lookbook, in words for whoever laid it out."""

from collections.abc import Sequence

from app.words import t

SHOWN = 6
"""Problems told at once; the rest is counted."""


class LookbookError(Exception):
    """One or several things to correct; the message names row, column and value."""

    def __init__(self, *problems: str) -> None:
        self.problems: Sequence[str] = problems
        more = len(problems) - SHOWN
        told = [*problems[:SHOWN], *([t("And {n} more.", n=more)] if more > 0 else [])]
        super().__init__("\n".join(told))


def in_row(number: int, column: str, words: str) -> str:
    """A problem and its place."""
    return t("Row {row}, column {column}: {problem}", row=number, column=column, problem=words)
