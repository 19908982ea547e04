"""The command `rekindle`. Commands parse, call the App, and print."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs a command and turns every failure into a sentence and an exit code."""
    from engine.cli.program import run

    sys.exit(run(sys.argv[1:]))
