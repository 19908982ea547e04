"""`python -m benchmarks`: what rekindle costs beside what the same costs by hand, in one run."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import import_rates, machine, planning, rendering, report, rules, sending, startup
from benchmarks.measure import say
from benchmarks.report import Line
from benchmarks.stores import Stores, opened

AREAS: dict[str, Callable[[Stores], Iterator[Line]]] = {
    "start": startup.lines,
    "import": import_rates.lines,
    "rules": rules.lines,
    "plan": planning.lines,
    "render": rendering.lines,
    "send": sending.lines,
    "memory": sending.memory,
}


def main() -> None:
    """Runs the areas that are asked for, and prints one table."""
    asked = _arguments()
    databases = ("sqlite", "postgresql") if asked.database == "both" else (asked.database,)
    lines: list[Line] = []
    with ExitStack() as stack:
        folder = asked.folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="rekindle-bench-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        stores = stack.enter_context(opened(folder.resolve(), asked.customers, databases))
        told = machine.describe(stores.server.version if stores.server else "")
        for area in asked.only:
            say(f"{area} ...")
            lines += AREAS[area](stores)
    _print(f"{told}; {asked.customers:,} customers, {stores.shop.orders:,} orders", lines, asked.json)


def _print(told: str, lines: list[Line], file: Path | None) -> None:
    print(f"\n{told}\n\n{report.table(lines)}")
    missed = sum(line.met is False for line in lines)
    judged = sum(line.met is not None for line in lines)
    print(f"\n{judged - missed} of {judged} targets met")
    if file is not None:
        report.save(file, told, lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000, help="five orders each; 1000000")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--only", type=_areas, default=list(AREAS), help=",".join(AREAS))
    parser.add_argument("--folder", type=Path, help="where shop and stores are kept from run to run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures, as JSON")
    return parser.parse_args()


def _areas(text: str) -> list[str]:
    chosen = text.split(",")
    if unknown := set(chosen) - set(AREAS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: choose from {', '.join(AREAS)}")
    return [area for area in AREAS if area in chosen]


if __name__ == "__main__":
    main()
