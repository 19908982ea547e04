"""Quiet hours: local hours in which a message waits. It is never dropped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ColumnElement, Connection, MetaData, String, Table, case, func, literal, select

from engine.durations import zone
from engine.errors import YoursToFix
from engine.settings import QuietHours
from engine.store.types import Instant

#: Until when each zone key of this plan is quiet; a key that may be written to is not in it.
QUIET = Table(
    "plan_quiet",
    MetaData(),
    Column("zone_key", String, primary_key=True),
    Column("until", Instant, nullable=False),
    prefixes=["TEMPORARY"],
)
_COUNTRY = "country:"


def zone_key(timezone: ColumnElement[str], country: ColumnElement[str]) -> ColumnElement[str]:
    """What decides a customer's quiet hours: their zone, else their country, else nothing."""
    return case(
        (func.coalesce(timezone, "") != "", timezone),
        (func.coalesce(country, "") != "", literal(_COUNTRY).concat(country)),
        else_="",
    )


def fill(
    connection: Connection, keys: Iterable[str], now: datetime, hours: QuietHours | None, brand_zone: str
) -> None:
    """Puts the zone keys that are quiet now into `QUIET`, with the end of their quiet."""
    connection.execute(QUIET.delete())
    rows = [
        {"zone_key": key, "until": until}
        for key in keys
        if (until := quiet_until(key, now, hours, brand_zone)) is not None
    ]
    if rows:
        connection.execute(QUIET.insert(), rows)


def until(key: ColumnElement[str]) -> ColumnElement[datetime]:
    """The end of the quiet for that key, NULL when it may be written to now."""
    return select(QUIET.c.until).where(QUIET.c.zone_key == key).scalar_subquery()


def quiet_until(key: str, now: datetime, hours: QuietHours | None, brand_zone: str) -> datetime | None:
    """When a message to that zone key may go; None when it may go now."""
    if hours is None:
        return None
    opened = _open_everywhere(_zones(key) or (zone(brand_zone),), now, hours)
    if opened is None:
        opened = _open_everywhere((zone(brand_zone),), now, hours) or now
    return opened if opened > now else None


def _zones(key: str) -> tuple[ZoneInfo, ...]:
    if key.startswith(_COUNTRY):
        return tuple(zone(name) for name in country_zones().get(key.removeprefix(_COUNTRY), ()))
    try:
        return (zone(key),) if key else ()
    except YoursToFix:
        return ()


def _open_everywhere(zones: tuple[ZoneInfo, ...], now: datetime, hours: QuietHours) -> datetime | None:
    """The first instant from now on that is quiet in none of the zones; None within three days."""
    instant = now
    while instant < now + timedelta(days=3):
        ends = [end for one in zones if (end := _quiet_end(one, instant, hours)) is not None]
        if not ends:
            return instant
        instant = max(ends)
    return None


def _quiet_end(local_zone: ZoneInfo, instant: datetime, hours: QuietHours) -> datetime | None:
    local = instant.astimezone(local_zone)
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    clock = local.time()
    spans_midnight = start > end
    quiet = (clock >= start or clock < end) if spans_midnight else start <= clock < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if spans_midnight and clock >= start else 0)
    ended = datetime.combine(day, end, tzinfo=local_zone).astimezone(UTC)
    return ended if ended > instant else instant + timedelta(minutes=1)


@lru_cache(maxsize=1)
def country_zones() -> dict[str, tuple[str, ...]]:
    """The time zones of each country, from the tz database's own table."""
    found: dict[str, tuple[str, ...]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            found[country] = (*found.get(country, ()), name)
    return found
