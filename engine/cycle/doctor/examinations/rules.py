"""The rules and templates can be read, as `check` finds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.cycle.check import check
from engine.cycle.doctor.examination import EXAMINATIONS, EXAMPLES, Examination, Finding, Patient, well


@EXAMINATIONS.register("rules")
class Rules(Examination):
    family = "installation"
    means = "Config, rules and templates have no errors."
    asks_store = False

    def examine(self, patient: Patient) -> Iterator[Finding]:
        problems = check(patient.settings, patient.book, patient.library, patient.now)
        levels = Counter(problem.level for problem in problems)
        read = f"{len(patient.book.campaigns):,} campaigns, {len(patient.book.segments):,} segments"
        for level, finding in (("error", "broken"), ("warning", "warning")):
            some = [problem for problem in problems if problem.level == level]
            if some:
                told = tuple(f"{one.place}: {one.message}" for one in some[:EXAMPLES])
                words = f"`check` tells {len(some):,} {level}{'s' * (len(some) > 1)}"
                yield Finding(
                    "broken" if finding == "broken" else "warning", words, "rekindle check", len(some), told
                )
        if not levels["error"] and not levels["warning"]:
            yield well(read)
