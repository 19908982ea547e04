"""`python -m tests.fuzz`: a hundred thousand spoilt rule files, and a few thousand templates.

Nothing may end in a traceback, and each is answered in under a quarter of a second. What fails or is slow
is kept in `fuzz-finds/`; `--only FILE` asks about it again.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path
from time import perf_counter

from tests.fuzzing.answers import KINDS, PATIENCE, Findings, Rules, Templates, run

_STRETCH = 5_000


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=100_000, help="how many files (100,000)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--kind", choices=sorted(KINDS), default="rules", help="rules, or templates")
    parser.add_argument("--only", type=Path, default=None, metavar="FILE", help="ask about one file alone")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-finds"), help="where finds go (fuzz-finds)")
    given = parser.parse_args(arguments)
    kind: Rules | Templates = KINDS[given.kind]()
    try:
        return _one(kind, given.only) if given.only is not None else _all(kind, given)
    finally:
        kind.close()


def _one(kind: Rules | Templates, file: Path) -> int:
    raw = file.read_bytes()
    begun = perf_counter()
    try:
        kind.ask(raw)
    except Exception:  # noqa: BLE001  it is here to be shown
        traceback.print_exc()
    print(f"{1000 * (perf_counter() - begun):.0f} ms")
    return 0


def _all(kind: Rules | Templates, given: argparse.Namespace) -> int:
    whole = Findings()
    given.keep.mkdir(parents=True, exist_ok=True)
    for start in range(0, given.files, _STRETCH):
        part = run(kind, range(start, min(start + _STRETCH, given.files)), given.seed, given.keep)
        whole.files, whole.seconds = whole.files + part.files, whole.seconds + part.seconds
        whole.failed += part.failed
        whole.slowest = sorted([*whole.slowest, *part.slowest], reverse=True)[:5]
        print(f"{whole.files:,} files, {len(whole.failed)} failed", file=sys.stderr, flush=True)
    return _told(whole, given)


def _told(found: Findings, given: argparse.Namespace) -> int:
    mean = 1000 * found.seconds / max(found.files, 1)
    print(f"{found.files:,} {given.kind}, seed {given.seed}: {found.seconds:,.0f} s, {mean:.1f} ms each")
    print(
        "slowest: "
        + ", ".join(f"{1000 * seconds:.0f} ms (file {number})" for seconds, number in found.slowest)
    )
    for number, wrong in found.failed:
        print(f"file {number}: {wrong}")
    print(f"{len(found.failed)} tracebacks, {len(found.too_slow)} slower than {1000 * PATIENCE:.0f} ms")
    return 1 if found.failed or found.too_slow else 0


if __name__ == "__main__":
    sys.exit(main())
