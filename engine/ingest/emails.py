"""E-mail addresses in the one form that the ledger is keyed by."""

from __future__ import annotations

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from engine.ingest.memo import Memo
from engine.text import latin_digits

#: Mailboxes that email-validator takes as they are; it is asked about everything else.
_SIMPLE = re.compile(r"([a-z0-9]+(?:[._+-][a-z0-9]+)*)@([^@]+)\Z", re.IGNORECASE | re.ASCII)
_LONGEST, _LONGEST_MAILBOX = 254, 64


class Emails:
    """Normalises addresses; None for one that cannot be written to."""

    def __init__(self) -> None:
        self._domains = Memo(self._domain)

    def parse(self, text: str) -> str | None:
        """`Ann.Lee@Example.COM` as `ann.lee@example.com`, its domain in ASCII."""
        form = _SIMPLE.match(text)
        if form and len(text) <= _LONGEST and text.isascii() and form.end(1) <= _LONGEST_MAILBOX:
            domain = self._domains[form[2]]
            return f"{form[1].lower()}@{domain}" if domain else None
        return _validated(latin_digits(text))

    @staticmethod
    def _domain(text: str) -> str | None:
        validated = _validated(f"a@{text}")
        return validated.partition("@")[2] if validated else None


def _validated(text: str) -> str | None:
    try:
        valid = validate_email(text, check_deliverability=False, strict=True)
    except (EmailNotValidError, ValueError):
        return None
    if not valid.ascii_email or not valid.local_part.isascii() or _mixes_scripts(valid.domain):
        return None
    return valid.ascii_email.lower()


def _mixes_scripts(domain: str) -> bool:
    """Latin letters among others in one label: the disguise of a look-alike address."""
    for label in domain.split(".") if not domain.isascii() else ():
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
        if "LATIN" in scripts and len(scripts) > 1:
            return True
    return False
