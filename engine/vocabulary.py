"""The field's own words, shared by every stage. See docs/vocabulary.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Channel(StrEnum):
    """What carries a message."""

    EMAIL = "email"
    SMS = "sms"


class Stage(StrEnum):
    """Where in a customer's life a campaign works."""

    ONBOARDING = "onboarding"
    ACTIVE = "active"
    LAPSING = "lapsing"
    REENGAGEMENT = "re-engagement"


class ConsentStatus(StrEnum):
    """A recorded yes or no; `unknown` is the absence of a record."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    UNKNOWN = "unknown"


class Gate(StrEnum):
    """Why a candidate is not written to now, in the order in which the gates are asked."""

    ALREADY_ENROLLED = "already_enrolled"
    NO_ADDRESS = "no_address"
    NO_CONSENT = "no_consent"
    SUPPRESSED = "suppressed"
    DUPLICATE_ADDRESS = "duplicate_address"
    FREQUENCY_CAP = "frequency_cap"
    HOLDOUT = "holdout"
    QUIET_HOURS = "quiet_hours"


#: Gates that refuse; the remaining one, quiet hours, only defers.
EXCLUDING = tuple(gate for gate in Gate if gate is not Gate.QUIET_HOURS)


class State(StrEnum):
    """A delivery's place in the ledger. `outbox/transitions.py` names the ways between them."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    RETRY_WAIT = "retry_wait"
    UNKNOWN = "unknown"
    UNRESOLVED = "unresolved"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


#: States that a frequency cap counts: what was sent, may have been sent, or is about to be.
CAPPED = (
    State.ACCEPTED, State.SENDING, State.UNKNOWN, State.UNRESOLVED,
    State.PLANNED, State.CLAIMED, State.RETRY_WAIT,
)  # fmt: skip
#: States from which nothing more happens by itself.
SETTLED = (
    State.ACCEPTED, State.UNRESOLVED, State.FAILED, State.SUPPRESSED,
    State.SKIPPED, State.EXPIRED, State.CANCELLED,
)  # fmt: skip
#: States that still wait for a worker.
WAITING = (State.PLANNED, State.RETRY_WAIT)


class Outcome(StrEnum):
    """What became of an accepted message, in rising order; a later word never falls back."""

    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


class EventKind(StrEnum):
    """What may come back about a message, or from a person. Every one proves that the provider has it.

    `sent` and `deferred` say no more than that; `soft_bounced` may go through another time; `rejected`
    was taken, and then dropped or filtered; `stopped` is a STOP by SMS, `restarted` a START that takes it
    back, `asked` a HELP.
    """

    SENT = "sent"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    SOFT_BOUNCED = "soft_bounced"
    REJECTED = "rejected"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    STOPPED = "stopped"
    RESTARTED = "restarted"
    ASKED = "asked"


#: What an event makes of a message; of several the highest counts.
OUTCOMES = {
    EventKind.DELIVERED: Outcome.DELIVERED,
    EventKind.OPENED: Outcome.OPENED,
    EventKind.CLICKED: Outcome.CLICKED,
    EventKind.BOUNCED: Outcome.BOUNCED,
    EventKind.SOFT_BOUNCED: Outcome.BOUNCED,
    EventKind.REJECTED: Outcome.BOUNCED,
    EventKind.COMPLAINED: Outcome.COMPLAINED,
    EventKind.UNSUBSCRIBED: Outcome.UNSUBSCRIBED,
}


class EnrollmentState(StrEnum):
    """A customer's passage through a campaign."""

    ACTIVE = "active"
    FINISHED = "finished"
    EXITED = "exited"
    HOLDOUT = "holdout"


class RunState(StrEnum):
    """One slot of one campaign. `held` waits for `approve`; `missed` was too late to start."""

    OPEN = "open"
    HELD = "held"
    MISSED = "missed"


class Verdict(StrEnum):
    """What a provider's answer means for the ledger."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"
    UNKNOWN = "unknown"
    HALT = "halt"


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered, addressed thing, ready for the wire. `headers` are for email only.

    `campaign` and `slot` say what it is for, in the provider's own listings; `delivery` and `token` name
    it in what the provider tells later, at `callback` where it takes such an address.
    """

    token: str
    channel: Channel
    to: str
    text: str
    to_name: str = ""
    subject: str = ""
    html: str = ""
    language: str = "en"
    headers: tuple[tuple[str, str], ...] = ()
    segments: int = 0
    campaign: str = ""
    slot: str = ""
    delivery: str = ""
    callback: str = ""
    send_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider answered at hand-over.

    `accepted` the provider has it; `refused` for good; `later` refused for now, try at `until`;
    `unknown` the answer was lost after the first byte; `halt` the channel itself is at fault
    (a bad key), nothing was taken and nobody's attempt is spent. `channel_wide` says of `later` that
    the whole channel should rest: the server cannot be reached, or it asks us to slow down. `opted_out`
    says of `refused` that the provider holds a STOP of this recipient.
    """

    verdict: Verdict
    provider_id: str = ""
    code: str = ""
    detail: str = ""
    until: datetime | None = None
    bad_address: bool = False
    channel_wide: bool = False
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """What a provider, or a page of our own, tells about a message after hand-over.

    `fingerprint` is the same however often it is told: the provider's own id of the event, or what
    makes it this one (of a click: token, link and second). `token` is the attempt's, `delivery_id` the
    delivery's; one of them names the message. `channel` and `address`, normalised, say who it is about
    where no message is named, as with a STOP. `topic` is what an `unsubscribed` gives up: empty for the
    channel as a whole. `machine` says that the provider itself takes an open or click for a machine's.
    """

    fingerprint: str
    kind: EventKind
    at: datetime
    token: str = ""
    delivery_id: str = ""
    channel: Channel | None = None
    address: str = ""
    topic: str = ""
    link_id: str = ""
    provider: str = ""
    provider_id: str = ""
    code: str = ""
    detail: str = ""
    machine: bool = False
    bad_address: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a template made of one customer; `error` says why it made nothing."""

    subject: str = ""
    html: str = ""
    text: str = ""
    error: str = ""
    segments: int = 0
    preheader: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What the renderer is asked for: a template's name, a language, and plain data for it."""

    template: str
    channel: Channel
    context: dict[str, Any] = field(default_factory=dict)
