"""An email as bytes (RFC 5322): a prepared skeleton, filled; the encoding itself is done in C.

The standard library's EmailMessage costs 1.6 to 1.9 ms a message, most of a sender's time. It is the
oracle in the tests instead: what is built here must parse back to what was meant.
"""

from __future__ import annotations

import binascii
import re
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache

import idna

from engine.errors import YoursToFix
from engine.text import single_line
from engine.vocabulary import Message

_LINE = 76
_HARD_LINE = 990
_LONGEST_NAME = 120
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*\Z")
_TOKEN = re.compile(r"[!-9;-~]+\Z")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.|\Z))+\Z")
_LOCAL = re.compile(r"[^\x00-\x20()<>@,;:\\\"\[\]\x7f-\x9f]+\Z")


class Unencodable(Exception):
    """This message cannot be written as an email; `code` says why in a word."""

    def __init__(self, code: str, words: str, bad_address: bool = False) -> None:
        super().__init__(words)
        self.code = code
        self.bad_address = bad_address


def mime(message: Message, sender: str, reply_to: str, now: datetime) -> bytes:
    """The message as it goes over the wire, lines ended by CRLF. Raises Unencodable."""
    try:
        head, domain = _skeleton(sender, reply_to)
        lines = [head, _to(message), _header("Subject", message.subject), _date(now)]
        lines.append(f"Message-ID: <{message.token}@{domain}>\r\n")
        lines += [_header(name, value) for name, value in message.headers]
        if message.language:
            lines.append(_header("Content-Language", message.language))
        return "".join(lines).encode() + _body(message)
    except UnicodeEncodeError:
        raise Unencodable("encoding", "a text holds half a character (a lone surrogate)") from None


def sender_address(sender: str) -> str:
    """The bare address of `The Shop <hello@shop.example>`, fit for the wire. Raises YoursToFix."""
    try:
        return wire_address(parseaddr(single_line(sender))[1])
    except Unencodable:
        raise YoursToFix(
            f"channels.email.from {sender!r} is no address; write The Shop <hello@shop.example>"
        ) from None


@lru_cache(maxsize=64)
def _skeleton(sender: str, reply_to: str) -> tuple[str, str]:
    """What is the same in every message: the sender's headers, and the domain of Message-IDs."""
    name, address = parseaddr(single_line(sender))[0], sender_address(sender)
    head = f"From: {mailbox(name, address, len('From: '))}\r\n"
    if reply_to:
        answers = mailbox(parseaddr(single_line(reply_to))[0], sender_address(reply_to), len("Reply-To: "))
        head += f"Reply-To: {answers}\r\n"
    return head + "MIME-Version: 1.0\r\n", address.rpartition("@")[2]


def wire_address(address: str) -> str:
    """The address with its domain in ASCII. Raises Unencodable for what is no address."""
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.match(local) or not domain:
        raise Unencodable("address", "the address cannot be used", bad_address=True)
    try:
        domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        domain = ""
    if not _DOMAIN.match(domain):
        raise Unencodable("address", "the address has no valid domain", bad_address=True)
    return f"{local}@{domain}"


def mailbox(name: str, address: str, column: int) -> str:
    """`Name <address>`; the name as RFC 5322 and RFC 2047 want it, cut if absurdly long."""
    name = " ".join(single_line(name).split())[:_LONGEST_NAME]
    if not name:
        return address
    if not name.isascii() or "=?" in name:
        return f"{_words(name, column)}\r\n <{address}>"
    if not _PHRASE.match(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    room = column + len(name) + len(address) + 3 <= _LINE
    return f"{name} <{address}>" if room else f"{name}\r\n <{address}>"


def _to(message: Message) -> str:
    return f"To: {mailbox(message.to_name, wire_address(message.to), len('To: '))}\r\n"


def _header(name: str, value: str) -> str:
    """One header. ASCII goes as it is, and unfolded: a folded or encoded List-Unsubscribe is not
    understood by anybody. Everything else becomes encoded words."""
    if not _TOKEN.match(name):
        raise Unencodable("header", f"{name!r} cannot be the name of a header")
    if not value.isprintable():  # which is quicker to ask than to mend
        value = " ".join(single_line(value).split("\t"))
    plain = value.isascii() and "=?" not in value and value == value.strip()
    if plain and len(name) + 2 + len(value) <= _HARD_LINE:
        return f"{name}: {value}\r\n"
    return f"{name}: {_words(value, len(name) + 2)}\r\n"


def _words(text: str, column: int) -> str:
    """RFC 2047 encoded words, 76 columns a line, never a character torn in two."""
    data, words, start = text.encode(), [], 0
    room = max(_LINE - column - 12, 8)
    while start < len(data):
        end = min(start + room // 4 * 3, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{binascii.b2a_base64(data[start:end], newline=False).decode()}?=")
        start, room = end, _LINE - 1 - 12
    return "\r\n ".join(words)


@lru_cache(maxsize=4)
def _date_of(second: datetime) -> str:
    return f"Date: {format_datetime(second)}\r\n"


def _date(now: datetime) -> str:
    return _date_of(now.replace(microsecond=0))


def _body(message: Message) -> bytes:
    text = _part("plain", message.text)
    if not message.html:
        return text
    boundary = f"=_{message.token}".encode()
    return b"".join(
        (
            b'Content-Type: multipart/alternative; boundary="', boundary, b'"\r\n\r\n--', boundary, b"\r\n",
            text, b"\r\n--", boundary, b"\r\n",
            _part("html", message.html), b"\r\n--", boundary, b"--\r\n",
        )
    )  # fmt: skip


def _part(subtype: str, text: str) -> bytes:
    """One part: as it is where that is safe, quoted-printable for mostly Latin, base64 for the rest."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines.endswith("\n"):
        lines += "\n"  # binascii also learns from it to break lines with CRLF
    data = lines.replace("\n", "\r\n").encode()
    if _fits(data, lines):
        encoding, body = b"7bit", data
    elif len(data) - len(text) > len(data) // 6:
        encoding, body = b"base64", _base64(data)
    else:
        encoding, body = b"quoted-printable", binascii.b2a_qp(data, istext=True)
    kind = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: '.encode()
    return kind + encoding + b"\r\n\r\n" + body


def _fits(data: bytes, lines: str) -> bool:
    return data.isascii() and b"\0" not in data and max(map(len, lines.split("\n"))) < _HARD_LINE


def _base64(data: bytes) -> bytes:
    lines = [
        binascii.b2a_base64(data[start : start + 57], newline=False) for start in range(0, len(data), 57)
    ]
    return b"\r\n".join(lines) + b"\r\n"
