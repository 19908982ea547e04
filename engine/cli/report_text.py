"""A report in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cli import output


def show(report: Mapping[str, Any]) -> None:
    """Tables of the headline numbers."""
    console = output.out()
    for one in report["metrics"].values():
        console.print(f"{one['name']}: {one['value']}", markup=False)
