"""Each fault of the matrix has a test, and each of the tests is there."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.failures import matrix, matrix_of_input

TESTS = Path(__file__).resolve().parents[1]
FAULTS = {
    **matrix.PROVIDERS, **matrix.STORE, **matrix.PROCESS_AND_TIME,
    **matrix_of_input.DATA, **matrix_of_input.RULE_FILES, **matrix_of_input.TEMPLATES,
}  # fmt: skip


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / f"{file}.py").read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_tests(fault: str) -> None:
    assert FAULTS[fault], "no test"
    for name in FAULTS[fault]:
        file, _, function = name.partition("::")
        assert function in functions(file), f"there is no {name}"
        assert function.startswith("test_")
