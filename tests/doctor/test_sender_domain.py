"""What the DNS says of the sender's domain, asked of a real server on loopback."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from engine.cycle.doctor import names
from engine.store.database import Database
from tests.doctor.clinic import ask, patient

GOOD = {
    "shop.example.": ["something else", "v=spf1 include:sendgrid.net ~all"],
    "_dmarc.shop.example.": ["v=DMARC1; p=none"],
    "s1._domainkey.shop.example.": ["k=rsa; p=" + "x" * 300],
}


@contextmanager
def answering(records: Mapping[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name server that knows those texts, and nothing else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=[server, records], daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
        yield
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", server.getsockname())
        thread.join()


def _serve(server: socket.socket, records: Mapping[str, list[str]]) -> None:
    while True:
        heard, caller = server.recvfrom(4096)
        if not heard:
            return
        asked = dns.message.from_wire(heard)
        answer = dns.message.make_response(asked)
        name = asked.question[0].name
        found = records.get(name.to_text().lower())
        if found is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            texts = [" ".join(f'"{one[at : at + 255]}"' for at in range(0, len(one), 255)) for one in found]
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *texts))
        server.sendto(answer.to_wire(), caller)


def told(root: Path, **more: str) -> list[tuple[str, str]]:
    email = {"provider": "sendgrid", "from": "The Shop <hello@shop.example>", **more}
    asked = patient(Database(f"sqlite:///{root}/none.db"), root, channels={"email": email})
    return [(one.level, one.found) for one in ask("sender_domain", asked)]


def test_a_domain_that_is_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(GOOD, monkeypatch):
        assert told(tmp_path) == [("well", "shop.example: SPF, DMARC and DKIM are there")]
        below = told(tmp_path, **{"from": "hello@mail.shop.example"})
    assert [words for _, words in below] == [
        "mail.shop.example has no SPF record",
        "there is no DKIM key at s1._domainkey.mail.shop.example or s2._domainkey.mail.shop.example",
    ]


def test_a_domain_that_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"shop.example.": ["v=spf1 a ~all", "v=spf1 mx +all"]}
    with answering(wrong, monkeypatch):
        assert told(tmp_path, dkim_selector="mine") == [
            ("warning", "shop.example has 2 SPF records, which counts as an error (RFC 7208)"),
            ("warning", "shop.example has no DMARC record: large mailboxes refuse bulk mail"),
            ("warning", "there is no DKIM key at mine._domainkey.shop.example"),
        ]
    with answering({"shop.example.": ["v=spf1 +all"], "_dmarc.shop.example.": ["v=DMARC1"]}, monkeypatch):
        (first, *_) = told(tmp_path, provider="smtp")
        assert first == ("warning", "the SPF record of shop.example lets everybody send: +all")


def test_without_an_answer_nothing_is_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_PATIENCE", 0.2)
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], 9
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    ((level, words),) = told(tmp_path)
    assert level == "unasked"
    assert words.startswith("the DNS was not asked about shop.example: ")
