"""Each gate's decision about one customer, with the rows behind it, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from engine.cycle.trail import Inquiry, Outcome
from engine.durations import Duration, zone
from engine.errors import YoursToFix
from engine.policy import quiet
from engine.policy.gates import AMONG_THE_REST, DECISION, customer, delivery, enrollment, suppression
from engine.store.consent import consent, status
from engine.store.types import ALWAYS, called
from engine.vocabulary import CAPPED, EXCLUDING, Channel, EnrollmentState, Gate

_ADDRESS = {Channel.EMAIL: "email address", Channel.SMS: "phone number"}


def gates(asked: Inquiry, outcome: Outcome) -> list[dict[str, str]]:
    """The gates in their written order, as `explain --json` has them."""
    found: list[dict[str, str]] = []
    refused = False
    for gate in EXCLUDING:
        if refused and gate in AMONG_THE_REST:
            found.append(_row(gate, "not_asked", "only asked of those who are still in"))
            continue
        says_no = outcome.refused(gate)
        refused = refused or says_no
        detail = _DETAILS[gate](asked, outcome, says_no)
        found.append(_row(gate, "skip" if says_no else "pass", detail))
    return [*found, _quiet(asked, outcome)]


def _row(gate: Gate, decision: str, detail: str) -> dict[str, str]:
    return {"gate": gate.value, "decision": decision, "detail": detail}


def entered(asked: Inquiry, outcome: Outcome) -> Select[Any]:
    """The enrollments in the campaign of the customer, and of the address; the newest first."""
    past = enrollment.c
    mine = [past.customer_id == asked.customer_id]
    if outcome.row["address"] is not None:
        mine.append(past.address == outcome.row["address"])
    rows = select(enrollment).where(past.campaign == outcome.entry.campaign, or_(*mine))
    if asked.moment.cut_at is not None:
        rows = rows.where(past.entered_at < asked.moment.cut_at)
    return rows.order_by(past.entered_at.desc(), past.slot)


def _already_enrolled(asked: Inquiry, outcome: Outcome, refused: bool) -> str:
    rows = asked.connection.execute(entered(asked, outcome).limit(20)).all()
    if not rows:
        return "enters by another slot of this plan" if refused else "never entered this campaign"
    staying = (EnrollmentState.ACTIVE, EnrollmentState.HOLDOUT)
    row = next((one for one in rows if one.state in staying), rows[0])
    whose = "" if row.customer_id == asked.customer_id else f"{row.customer_id}, at the same address, "
    at = f"{whose}entered on {_show(asked, row.entered_at)}"
    if row.state == EnrollmentState.HOLDOUT:
        return f"{whose}left alone to compare since {_show(asked, row.entered_at)}, for good"
    if row.state == EnrollmentState.ACTIVE:
        return f"{at}, and still inside"
    return f"{at}; {_again(asked, outcome, row.entered_at)}"


def _again(asked: Inquiry, outcome: Outcome, at: datetime) -> str:
    reenter = outcome.entry.reenter
    if isinstance(reenter, Duration):
        back = asked.moment.calendar.ahead(at, reenter)
        return f"may enter again {reenter} later, from {_show(asked, back)} on"
    return "may always enter again" if reenter == "always" else "nobody enters it twice (reenter: never)"


def _no_address(asked: Inquiry, outcome: Outcome, refused: bool) -> str:
    channel = outcome.entry.channel
    if not refused:
        return str(outcome.row["address"])
    given = asked.customer.email if channel is Channel.EMAIL else asked.customer.phone
    what = _ADDRESS[channel]
    return f"{given!r} is no {what} that can be used" if given else f"no {what} on record"


def _no_consent(asked: Inquiry, outcome: Outcome, refused: bool) -> str:
    entry = outcome.entry
    if not entry.is_marketing:
        return "not needed: the campaign is transactional"
    cut = asked.moment.cut_at
    stands = status(customer.c.customer_id, entry.channel, entry.topic, cut)
    now = asked.connection.execute(
        select(stands).where(customer.c.customer_id == asked.customer_id)
    ).scalar_one()
    about = f"{entry.channel} about {entry.topic}" if entry.topic else str(entry.channel)
    said = "; ".join(_consents(asked, outcome))
    policy = f"policy.consent is {asked.moment.policy.consent}"
    if not said:
        return f"never said yes or no to {about}; {policy}"
    if not entry.topic:
        return f"{entry.channel}: {said}"
    return f"{about} is {now}: {said}" + (f"; {policy}" if now == "unknown" else "")


def _consents(asked: Inquiry, outcome: Outcome) -> Iterator[str]:
    """The newest word on the topic and on the whole channel, each with its date and source."""
    for topic in dict.fromkeys((outcome.entry.topic, "")):
        said = and_(
            consent.c.customer_id == asked.customer_id,
            consent.c.channel == outcome.entry.channel,
            called(consent.c.topic, topic),
        )
        rows = select(consent).where(said).order_by(consent.c.at.desc(), consent.c.seq.desc()).limit(1)
        if asked.moment.cut_at is not None:
            rows = rows.where(consent.c.at < asked.moment.cut_at)
        row = asked.connection.execute(rows).first()
        if row is not None:
            since = "" if row.at == ALWAYS else f" on {_show(asked, row.at)}"
            source = f" ({row.source})" if row.source else ""
            whole = f"{topic}: " if topic else "all of it: " if outcome.entry.topic else ""
            yield f"{whole}{row.status}{since}{source}"


def _suppressed(asked: Inquiry, outcome: Outcome, refused: bool) -> str:
    if not refused:
        return "the address may be used"
    listed = and_(
        suppression.c.channel == outcome.entry.channel, suppression.c.address == outcome.row["address"]
    )
    row = asked.connection.execute(select(suppression).where(listed)).one()
    why = row.reason.replace("_", " ")
    source = f", from {row.source}" if row.source else ""
    return f"{row.address} must not be used since {_show(asked, row.at)} ({why}{source})"


def _duplicate_address(asked: Inquiry, outcome: Outcome, refused: bool) -> str:
    if outcome.row["address"] is None:
        return "no address to share"
    in_then = or_(DECISION.c.reason.is_(None), DECISION.c.reason.in_([Gate.FREQUENCY_CAP, Gate.HOLDOUT]))
    rows = select(DECISION.c.customer_id).where(
        DECISION.c.campaign == outcome.entry.campaign,
        DECISION.c.slot == outcome.entry.slot,
        DECISION.c.address == outcome.row["address"],
        DECISION.c.customer_id != asked.customer_id,
        in_then if refused else DECISION.c.reason == Gate.DUPLICATE_ADDRESS,
    )
    others = list(asked.connection.execute(rows.order_by(DECISION.c.customer_id).limit(4)).scalars())
    if refused:
        first = ", ".join(others) or "another one"
        return f"{first} has the same address and comes first: the last order decides"
    return f"{', '.join(others)} has it too, and stands back" if others else "nobody else here has it"


def messages(asked: Inquiry, per: Duration) -> list[Any]:
    """The messages that count against a cap of that length, the oldest first."""
    at = func.coalesce(delivery.c.sent_at, delivery.c.not_before)
    back = asked.moment.calendar.back(asked.moment.as_of, per)
    rows = select(delivery.c.campaign, delivery.c.channel, at.label("at")).where(
        delivery.c.customer_id == asked.customer_id,
        delivery.c.kind == "marketing",
        delivery.c.state.in_(CAPPED),
        at > back,
    )
    if asked.moment.cut_at is not None:
        rows = rows.where(delivery.c.created_at < asked.moment.cut_at)
    return list(asked.connection.execute(rows.order_by(at, delivery.c.campaign)).all())


def _frequency_cap(asked: Inquiry, outcome: Outcome, refused: bool) -> str:
    if not outcome.entry.is_marketing:
        return "not counted: the campaign is transactional"
    told = []
    for cap in asked.moment.policy.caps:
        had = messages(asked, cap.per)
        listed = ", ".join(f"{one.campaign} by {one.channel} on {_show(asked, one.at)}" for one in had[-4:])
        more = f"{len(had) - 4} more, and " if len(had) > 4 else ""
        told.append(f"{len(had)} of {cap.max} in {cap.per}" + (f" ({more}{listed})" if had else ""))
    planned = _planned(asked, outcome) if refused else []
    told += [f"and now first {', '.join(planned)}"] if planned else []
    return "; ".join(told) or "there is no cap"


def _planned(asked: Inquiry, outcome: Outcome) -> list[str]:
    """The campaigns of the same plan that take a place before this one."""
    rows = select(DECISION.c.campaign).where(
        DECISION.c.customer_id == asked.customer_id,
        DECISION.c.kind == "marketing",
        DECISION.c.reason.is_(None),
        DECISION.c.idle.is_(None),
        DECISION.c.campaign != outcome.entry.campaign,
    )
    return list(asked.connection.execute(rows.order_by(DECISION.c.campaign)).scalars())


def _holdout(asked: Inquiry, outcome: Outcome, refused: bool) -> str:
    if not outcome.entry.is_marketing:
        return "nobody is left alone: the campaign is transactional"
    shares = ((outcome.entry.holdout, "of this campaign"), (asked.moment.policy.holdout, "of everything"))
    told = " or ".join(f"{share.normalize():f}% {of}" for share, of in shares if share)
    if not told:
        return "nobody is left alone"
    return f"{'among' if refused else 'not among'} the {told} who are left alone to compare"


def _quiet(asked: Inquiry, outcome: Outcome) -> dict[str, str]:
    hours, key = asked.moment.policy.quiet_hours, str(outcome.row["zone_key"] or "")
    if hours is None:
        return _row(Gate.QUIET_HOURS, "pass", "there are none")
    brand = asked.moment.calendar.timezone
    until = outcome.until or quiet.quiet_until(key, asked.moment.as_of, hours, brand)
    where = f"{_clock(key, brand, asked.moment.as_of)}, quiet from {hours.start} to {hours.end}"
    if until is None:
        return _row(Gate.QUIET_HOURS, "pass", where)
    return _row(Gate.QUIET_HOURS, "defer", f"{where}: waits until {_show(asked, until)}")


def _clock(key: str, brand: str, at: datetime) -> str:
    """What time it is where the customer lives, as far as that is known."""
    if key.startswith("country:"):
        return f"by the clocks of {key.removeprefix('country:')}"
    try:
        local = zone(key or brand)
    except YoursToFix:
        local = zone(brand)
    return f"{at.astimezone(local):%H:%M} there ({local.key})"


def _show(asked: Inquiry, instant: datetime) -> str:
    """To the minute, in the brand's calendar and zone."""
    return asked.moment.calendar.show(instant.replace(second=0, microsecond=0))


_DETAILS: dict[Gate, Callable[[Inquiry, Outcome, bool], str]] = {
    Gate.ALREADY_ENROLLED: _already_enrolled,
    Gate.NO_ADDRESS: _no_address,
    Gate.NO_CONSENT: _no_consent,
    Gate.SUPPRESSED: _suppressed,
    Gate.DUPLICATE_ADDRESS: _duplicate_address,
    Gate.FREQUENCY_CAP: _frequency_cap,
    Gate.HOLDOUT: _holdout,
}
