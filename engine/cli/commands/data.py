"""`init`, `import`, `db upgrade`: setting up, and rows in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.ingest import Imported

db = typer.Typer(help="The store's schema.", no_args_is_help=True)
program.add_typer(db, name="db")


@program.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where; made if it is missing.")] = Path(),
) -> None:
    """Start a project: config.yaml, rules and templates, ready to edit."""
    from engine.app import init as write

    written = write(folder)
    console = output.out()
    if not written:
        console.print(f"{folder} has everything already; nothing was changed")
        return
    console.print(f"wrote {len(written)} files into {folder.resolve()}")
    console.print("next: put your name and address into config.yaml, then")
    console.print("  rekindle import customers FILE, rekindle import orders FILE, rekindle preview --all")


@db.command()
def upgrade() -> None:
    """Make the store, or bring it up to this program's schema."""
    app().upgrade()
    output.out().print("the store is up to date")


@program.command("import")
def import_(
    kind: Annotated[
        str,
        typer.Argument(
            help="customers, orders, order_lines, products, subscriptions, events, consents, suppressions, "
            "redemptions, outcomes"
        ),
    ],
    files: Annotated[list[Path], typer.Argument(help=".csv, .csv.gz, .jsonl or .parquet")],
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", help="Their column's name and ours, when they differ.", metavar="THEIRS=OURS"),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Bring rows in. The same file twice changes nothing."""
    here = app()
    done = [_import_one(here, kind, file, _columns(maps or [])) for file in files]
    if as_json:
        output.print_json({"imports": [_plain(one) for one in done]})
    else:
        for one in done:
            _tell(one)
        if any(one.unusable_phone for one in done) and not here.settings.brand.country:
            output.err().print(_NO_COUNTRY, markup=False)
    return 1 if any(one.left_out for one in done) else 0


_NO_COUNTRY = (
    "brand.country in config.yaml (GB, IR, ...) says whose numbers are meant where no country is known"
)


def _columns(maps: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in maps]
    wrong = next(
        (one for one, (theirs, _, ours) in zip(maps, pairs, strict=True) if not theirs or not ours), None
    )
    if wrong is not None:
        raise YoursToFix(f"--map {wrong} must look like THEIRS=OURS, as in --map 'Order No=order_id'")
    return {theirs: ours for theirs, _, ours in pairs}


def _import_one(here: Any, kind: str, file: Path, columns: dict[str, str]) -> Imported:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    bar = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = output.err()
    with Progress(*bar, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{kind} from {file.name}", total=1.0)

        def advance(rows: int, fraction: float) -> None:
            progress.update(task, completed=fraction, description=f"{kind}: {rows:,} rows")

        imported: Imported = here.import_file(kind, file, columns, advance)
        return imported


def _plain(one: Imported) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one)


def _tell(one: Imported) -> None:
    """The summary of one file: what was kept, what was left out and why, what to know."""
    console, warn = output.out(), output.err()
    console.print(f"{one.kind}: {one.kept:,} of {one.read:,} rows kept from {one.file}", markup=False)
    for text in _remarks(one):
        console.print(f"  {text}", markup=False)
    for bad in one.bad:
        warn.print(f"{one.file}:{bad.row_number}: {bad.reason}; left out", markup=False)
    if one.left_out > len(one.bad):
        warn.print(f"{one.left_out:,} rows were left out in all:", markup=False)
        for reason, number in sorted(one.reasons.items(), key=lambda pair: -pair[1]):
            warn.print(f"  {number:,}: {reason}", markup=False)


def _remarks(one: Imported) -> list[str]:
    kept = "cannot be used: kept as given, not written to"
    counted = (
        (one.unusable_email, "email address", "email addresses", kept),
        (one.unusable_phone, "phone number", "phone numbers", kept),
        (one.rounded, "amount", "amounts", "rounded: finer than the currency's smallest unit"),
        (
            one.created_customers if one.kind != "customers" else 0,
            "customer", "customers", "not known yet, without an address until customers are imported",
        ),
    )  # fmt: skip
    told = [f"{n:,} {single if n == 1 else many} {what}" for n, single, many, what in counted if n]
    return [*told, *one.notes]
