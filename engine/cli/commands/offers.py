"""`offers list`, `codes`, `export`: what is promised, who has which code, a file for the shop's system."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program
from engine.errors import YoursToFix

group = typer.Typer(help="Offers and their codes.", no_args_is_help=True)
program.add_typer(group, name="offers")

Name = Annotated[str, typer.Argument(metavar="OFFER", help="The offer's name.")]
State = Annotated[
    str | None, typer.Option("--state", help="Only those: reserved, issued, redeemed or returned.")
]
#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
_FIELDS = "code offer customer_id campaign state reserved_at issued_at expires_at redeemed_at".split()


@group.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """Each offer: its codes by state, and how many are left.

    With --json, {"offers": [...]}: offer, describe, file, discount, codes (by state), expires, ends, budget,
    left (null: without end), low, trouble.
    """
    found = app().offers()
    if as_json:
        output.print_json({"offers": found})
    elif not found:
        output.out().print("there are no offers; a file in rules/ with `offer: comeback` makes one")
    for one in () if as_json else found:
        _tell(one)


def _tell(one: dict[str, Any]) -> None:
    from engine.telling.words import isolated, one_line

    had = one["codes"]
    console = output.out()
    console.print(one["offer"], style="bold", end="" if one["describe"] else "\n", markup=False)
    if one["describe"]:
        console.print(f": {isolated(one_line(one['describe']))}", markup=False)
    told = ", ".join(f"{had[state]:,} {state}" for state in had if had[state]) or "no code given yet"
    if one["file"] is None:
        console.print(f"  {told}; its file is gone, and nobody gets any more", markup=False)
        return
    left = "without end" if one["left"] is None else f"{one['left']:,} left"
    console.print(f"  {told}; {left}", markup=False)
    if one["trouble"]:
        console.print(f"  {one['trouble']}", style="red", markup=False)
    elif one["low"]:
        console.print("  running out: raise its budget, or put more codes into its pool", style="yellow")


@group.command()
def codes(name: Name, state: State = None, as_json: AsJson = False) -> None:
    """Who has which code of an offer.

    With --json, {"codes": [...]}: code, offer, customer_id, campaign, state, reserved_at, issued_at,
    expires_at, redeemed_at.
    """
    rows = app().offer_codes(name, state)
    if as_json:
        output.print_json_rows("codes", rows)
        return
    console = output.out()
    for row in rows:
        until = f" until {row['expires_at'][:10]}" if row["expires_at"] else ""
        console.print(f"{row['code']}  {row['state']:<9}  {row['customer_id']}{until}", markup=False)


@group.command()
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(help="Where to: NAME.csv, NAME.json; - is stdout, as CSV.")],
    state: State = None,
) -> None:
    """Write an offer's codes for the shop's own discount system."""
    rows = app().offer_codes(name, state)
    if str(file) == "-":
        _write(sys.stdout, rows)
        return
    if file.suffix not in (".csv", ".json"):
        raise YoursToFix(f"{file} is no .csv and no .json")
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            count = _write(out, rows) if file.suffix == ".csv" else _write_json(out, rows)
    except OSError as error:
        raise YoursToFix(f"{file} cannot be written: {error.strerror}") from None
    output.out().print(f"wrote {count:,} codes to {file}", markup=False)


def _write(out: Any, rows: Iterator[dict[str, Any]]) -> int:
    lines, count = csv.DictWriter(out, _FIELDS), 0
    lines.writeheader()
    for row in rows:
        lines.writerow({name: _inert(value) for name, value in row.items()})
        count += 1
    return count


def _write_json(out: Any, rows: Iterator[dict[str, Any]]) -> int:
    import json

    count = 0
    out.write('{"codes": [')
    for row in rows:
        out.write(("," if count else "") + "\n  " + json.dumps(row, ensure_ascii=False))
        count += 1
    out.write("\n]}\n")
    return count


def _inert(value: Any) -> Any:
    """What a spreadsheet would take for a formula is a text."""
    return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(_FORMULA) else value
