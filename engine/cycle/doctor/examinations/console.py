"""The console on the web: whether there is one, and whether its password is worth the name."""

from __future__ import annotations

from collections.abc import Iterator

from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient, well

PASSWORD = "CONSOLE_PASSWORD"
#: A shorter one is guessed, however long each guess is made to wait.
LEAST = 12


@EXAMINATIONS.register("console")
class Console(Examination):
    family = "installation"
    means = "The console on the web is closed, or has a password that is not guessed."
    asks_store = False

    def examine(self, patient: Patient) -> Iterator[Finding]:
        password = patient.settings.secret(PASSWORD)
        if not password:
            yield well(f"there is no console: {PASSWORD} is not set (docs/web.md)")
        elif len(password) < LEAST:
            yield Finding(
                "warning", f"{PASSWORD} is short: it may be guessed", f"take {LEAST} signs or more", 1
            )
