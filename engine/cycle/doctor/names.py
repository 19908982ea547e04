"""Asking the DNS for texts, with patience of a few seconds."""

from __future__ import annotations

_PATIENCE = 5.0


class Silent(Exception):
    """The DNS gave no answer, or cannot be asked here; the text says why."""


def texts(name: str) -> list[str]:
    """The TXT records of that name, aliases followed; empty where there are none. Raises Silent."""
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        raise Silent("dnspython is not installed: pip install dnspython") from None
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=_PATIENCE)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.resolver.LifetimeTimeout:
        raise Silent("no answer; is this machine on the network?") from None
    except (dns.exception.DNSException, OSError) as error:
        raise Silent(type(error).__name__) from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
