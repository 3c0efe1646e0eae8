"""The names that models go by: the same whatever their case, and the nearest to a wrong one."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

MOST = 3
"""Names that are guessed at once."""
SHOWN = 12
"""Names that are listed at once."""


def is_one_of(name: str, names: Iterable[str]) -> bool:
    """Whether it is one of `names`, whatever its case."""
    return name.casefold() in {one.casefold() for one in names}


def nearest(name: str, ids: Mapping[str, str]) -> list[str]:
    """The ids, by any of their names, that `name` was probably meant to be."""
    asked = name.casefold()
    by_name = {known.casefold(): one for known, one in ids.items()}
    close = get_close_matches(asked, by_name, MOST)
    parts = [known for known in by_name if len(asked) > 2 and asked in known]
    return list(dict.fromkeys(by_name[known] for known in close + parts))[:MOST]


def listed(names: Iterable[str], where: str) -> str:
    """As many as one reads in a sentence, and where the rest are."""
    every = [*names]
    more = f" and {len(every) - SHOWN} more ({where})" if len(every) > SHOWN else ""
    return (", ".join(every[:SHOWN]) or "none") + more
