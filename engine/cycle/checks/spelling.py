"""Words in rules that no customer's record can hold, whatever is imported: `language: Persian`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engine.durations import zone
from engine.errors import Problem, YoursToFix
from engine.rules.campaign import Campaign, Segment
from engine.rules.condition import Condition
from engine.rules.conditions.opened import Opened
from engine.rules.conditions.subscription import SubscriptionCondition
from engine.rules.loader import RuleBook
from engine.text import nearest

_LANGUAGES = {
    "arabic": "ar", "dutch": "nl", "english": "en", "farsi": "fa", "french": "fr", "german": "de",
    "italian": "it", "persian": "fa", "polish": "pl", "portuguese": "pt", "russian": "ru", "spanish": "es",
    "turkish": "tr", "فارسی": "fa", "deutsch": "de", "français": "fr", "español": "es",
}  # fmt: skip
_TAG = re.compile(r"[a-z]{2,3}\Z")
_DOMAIN = re.compile(r"[^@\s]+\.[^@\s.]+\Z")
_STATUSES = ("active", "cancelled", "expired")

#: What is told, and what to write instead.
Told = tuple[str, str]


def spelling(book: RuleBook) -> Iterator[Problem]:
    """Each such word where it stands."""
    rules: list[Segment | Campaign] = [*book.segments.values(), *book.campaigns.values()]
    for rule in rules:
        for path, part in rule.clause.walk(("audience",)):
            for word, (told, hint) in _of(part):
                place = rule.word_place(path, word)
                yield Problem(place, told, hint, "warning")
        if isinstance(rule, Campaign) and rule.send_by is not None and not rule.send_by.count:
            told = "no message can be sent within no time, so none goes out"
            yield Problem(rule.place("send_by"), told, "give it time, like `send_by: 2 days`", "warning")


def _of(part: Condition) -> Iterator[tuple[str, Told]]:
    for mention in part.mentions():
        told = _SAID[mention.what](mention.kept) if mention.what in _SAID else None
        if told:
            yield mention.word, told
    if isinstance(part, Opened) and part.channel == "sms":
        yield "sms", ("nobody is ever known to have opened an SMS", "ask for `clicked`, or for an email")
    if isinstance(part, SubscriptionCondition) and part.status is not None:
        for word in part.status.named:
            near = nearest(word, _STATUSES)
            if near and word.lower() not in _STATUSES:
                yield word, (f"no subscription has the status {word!r}", f"did you mean {near!r}?")


def _language(word: str) -> Told | None:
    if _TAG.match(word):
        return None
    start = word[:2].lower() if re.match(r"[A-Za-z]{2}([-_]|\Z)", word) else None
    code = _LANGUAGES.get(word.lower()) or start
    hint = f"write {code!r}" if code else "write its code, as in 'fa' or 'de'"
    return f"no customer's language is kept as {word!r}", hint


def _timezone(word: str) -> Told | None:
    try:
        zone(word)
    except YoursToFix as error:
        return f"no customer's time zone is kept as {word!r}", str(error)
    return None


def _domain(word: str) -> Told | None:
    if _DOMAIN.match(word):
        return None
    return (
        f"no address ends in @{word.lstrip('@')}" if "." not in word else f"{word!r} has an @ in it",
        _AFTER,
    )


_AFTER = "write what stands behind the @, as in gmail.com"
_SAID: dict[str, Callable[[str], Told | None]] = {
    "language": _language,
    "timezone": _timezone,
    "email_domain": _domain,
}
