"""Small files and small functions: what rots is the one file in the middle."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES_IN_A_FILE = 300
LINES_IN_A_FUNCTION = 40


def sources() -> Iterator[Path]:
    """A migration is a list of what changed on one day, and stays as it was: it is left out."""
    return (path for path in (ROOT / "engine").rglob("*.py") if path.parent.name != "versions")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_are_small() -> None:
    counted = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert [f"{p.relative_to(ROOT)}: {n} lines" for p, n in counted.items() if n > LINES_IN_A_FILE] == []


def test_functions_are_small() -> None:
    counted = [(path, node, lines(node)) for path in sources() for node in functions(path)]
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {n} lines"
        for path, node, n in counted
        if n > LINES_IN_A_FUNCTION
    ] == []
