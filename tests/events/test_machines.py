"""Which opens and clicks no person made: the quick reckoning is the plain one."""

from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from engine.events.machines import AT_ONCE, TOGETHER, machines
from tests.outbox.shop import NOW


class Row(NamedTuple):
    fingerprint: int
    kind: str
    at: datetime
    link_id: str | None


MOMENTS = st.integers(0, 60_000).map(lambda tick: NOW + timedelta(milliseconds=tick - tick % 500))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["delivered", "opened", "clicked", "clicked", "bounced"]),
        MOMENTS,
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=12,
).map(lambda told: [Row(number, *one) for number, one in enumerate(told)])


def plainly(row: Row, rows: list[Row], starts: list[datetime]) -> bool:
    """The rule as the page says it."""
    begun = [*starts, *(one.at for one in rows if one.kind == "delivered")]
    if row.kind in ("opened", "clicked") and any(timedelta() <= row.at - at < AT_ONCE for at in begun):
        return True
    others = [one for one in rows if one.kind == "clicked" and None not in (one.link_id, row.link_id)]
    return row.kind == "clicked" and any(
        one.link_id != row.link_id and abs(one.at - row.at) < TOGETHER for one in others
    )


@given(ROWS, st.lists(MOMENTS, max_size=2))
def test_the_quick_reckoning_is_the_plain_one(rows: list[Row], starts: list[datetime]) -> None:
    expected = [row.fingerprint for row in rows if plainly(row, rows, starts)]
    assert [row.fingerprint for row in machines(rows, starts)] == expected


@given(ROWS, ROWS)
def test_what_is_a_machines_once_stays_so(rows: list[Row], more: list[Row]) -> None:
    later = [*rows, *(row._replace(fingerprint=row.fingerprint + 100) for row in more)]
    assert {row.fingerprint for row in machines(rows, [])} <= {row.fingerprint for row in machines(later, [])}
