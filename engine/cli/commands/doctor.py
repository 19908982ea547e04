"""`doctor`: whether everything stands, what does not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program
from engine.text import in_place

if TYPE_CHECKING:
    from rich.console import Console

    from engine.cycle.doctor.rounds import Examined

_STYLES = {"well": "green", "warning": "yellow", "broken": "red", "unasked": "dim"}
_WORST = ("broken", "warning", "unasked", "well")
_FAMILIES = {
    "installation": "the installation",
    "ledger": "the ledger: what is promised (docs/sending.md)",
    "work": "the work",
    "outside": "outside",
}


@program.command()
def doctor(
    outside: Annotated[
        bool, typer.Option("--outside/--offline", help="Ask providers, the DNS and the web too, or not.")
    ] = True,
    as_json: AsJson = False,
) -> int:
    """Examine the installation and the ledger: what is wrong, and what to do about it.

    Exits with 1 where something is broken; warnings do not count. It only reads, and sends nothing.

    With --json: well (nothing is broken), examinations (name, number: of the invariant in
    docs/sending.md, family: installation, ledger, work or outside, means, level: well, warning,
    broken or unasked, findings: level, found, count, examples, advice).
    """
    examined = app().doctor(outside)
    if as_json:
        told = [_plain(one) for one in examined]
        output.print_json({"well": all(one["level"] != "broken" for one in told), "examinations": told})
        return 1 if any(one["level"] == "broken" for one in told) else 0
    levels = _shown(examined)
    output.out().print(f"\n{_verdict(levels)}")
    return 1 if "broken" in levels else 0


def _shown(examined: Iterable[Examined]) -> list[str]:
    """Prints each as it is done, but for those that wait for a store; the levels of all findings."""
    from engine.cycle.doctor.rounds import SILENT

    levels, family, console = list[str](), "", output.out()
    for one in examined:
        levels += [finding.level for finding in one.findings]
        if SILENT in one.findings:
            continue
        if one.kind.family != family:
            console.print(f"{chr(10) * bool(family)}{_FAMILIES[one.kind.family]}", style="bold")
            family = one.kind.family
        _show(one, console)
    return levels


def _plain(one: Examined) -> dict[str, Any]:
    findings = [
        {
            "level": finding.level,
            "found": finding.found,
            "count": finding.count,
            "examples": list(finding.examples),
            "advice": finding.advice,
        }
        for finding in one.findings
    ]
    kind, levels = one.kind, {finding.level for finding in one.findings}
    return {
        "name": one.name,
        "number": kind.number or None,
        "family": kind.family,
        "means": kind.means,
        "level": next(level for level in _WORST if level in levels),
        "findings": findings,
    }


def _show(one: Examined, console: Console) -> None:
    for finding in one.findings:
        console.print(f"  {finding.level:<8}", style=_STYLES[finding.level], end="")
        said = finding.found or one.kind.means
        console.print(f" {one.name:<18} {in_place(said)}", markup=False)
        for example in finding.examples:
            console.print(f"{'':30}{in_place(example)}", markup=False, style="dim")
        if finding.advice:
            console.print(f"{'':30}→ {in_place(finding.advice)}", markup=False)


def _verdict(levels: Sequence[str]) -> str:
    counted = {level: levels.count(level) for level in ("broken", "warning", "unasked")}
    words = {"broken": "broken", "warning": "to look at", "unasked": "not asked"}
    told = [f"{counted[level]} {words[level]}" for level in words if counted[level]]
    sound = not counted["broken"] and not counted["warning"]
    return ", ".join(["all is well"] * sound + told)
