"""`docs/adding-a-model.md` as a test reads it."""

import re

from tests.servers import ROOT

GUIDE = (ROOT / "docs" / "adding-a-model.md").read_text()


def block(language: str, section: str) -> str:
    """The only block of this language in the section with that title."""
    text = GUIDE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(found)


def command(words: str) -> list[str]:
    """The arguments of the only command in which the expression `words` is found."""
    lines = re.findall(r'make run ARGS="(.*)"', GUIDE)
    (found,) = [line for line in lines if re.search(rf"{words}(?![\w.])", line)]
    return str(found).split()
