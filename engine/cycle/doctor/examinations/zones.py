"""Time zones: the data is there, and every customer's zone is one."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import available_timezones

from sqlalchemy import func, select

from engine.cycle.doctor.examination import EXAMINATIONS, EXAMPLES, Examination, Finding, Patient, well
from engine.durations import zone
from engine.errors import YoursToFix
from engine.store.database import table
from engine.store.people import Customer

customer = table(Customer)
#: Each of them uses the brand's zone: nothing is lost, but its hour is not theirs.
_MEND = (
    "import these customers with zones as in Europe/London; until then the brand's zone is taken for theirs"
)


@EXAMINATIONS.register("zones")
class Zones(Examination):
    family = "installation"
    means = "The zones of the brand and of the customers are known, with their changes of the clocks."

    def examine(self, patient: Patient) -> Iterator[Finding]:
        known = available_timezones()
        if not known:
            yield Finding("broken", "there is no time zone data", "pip install tzdata")
            return
        asked = select(customer.c.timezone, func.count().label("people")).group_by(customer.c.timezone)
        with patient.database.read() as connection:
            rows = connection.execute(asked.where(customer.c.timezone != "")).all()
        strange = [row for row in rows if not _is_zone(row.timezone)]
        if strange:
            people = sum(row.people for row in strange)
            told = tuple(f"{row.timezone!r} of {row.people:,}" for row in strange[:EXAMPLES])
            yield Finding(
                "warning", f"customers in zones that there are not: {people:,}", _MEND, people, told
            )
        else:
            yield well(f"{len(known)} zones, {len(rows)} of them customers'")


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except YoursToFix:
        return False
    return True
