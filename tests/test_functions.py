"""How long functions may be: `docs/DECISIONS.md` says why."""

import ast

from start_app import ROOT

MOST_LINES = 60


def test_no_function_is_longer_than_can_be_seen_at_once() -> None:
    files = [ROOT / "start_app.py"]
    for folder in ("app", "serve"):
        files += sorted((ROOT / folder).rglob("*.py"))
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES
    ]
    assert len(files) > 50
    assert long == []
