"""Sending by hand: render, make the bytes, hand them over; no ledger, no promise.

`pipelined` is what a good engineer gets out of Python: a prepared skeleton for the bytes, and SMTP
with one round trip a message (RFC 2920). `plain` is what most people write: EmailMessage and smtplib.
"""

from __future__ import annotations

import binascii
import smtplib
import socket
from collections.abc import Iterable
from email.message import EmailMessage
from email.utils import formatdate

from benchmarks.floor_render import Rendered

SENDER = "shop@example.com"
#: (name, address, rendered), one after another.
Letters = Iterable[tuple[str, str, Rendered]]


def plain(port: int, letters: Letters) -> int:
    """One after another over one connection."""
    sent = 0
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for name, address, rendered in letters:
            message = EmailMessage()
            message["From"], message["To"] = f"Your Shop <{SENDER}>", address
            message["Subject"], message["Date"] = rendered.subject, formatdate()
            message["Message-ID"] = f"<{name}@example.com>"
            message["List-Unsubscribe"] = f"<https://shop.example.com/u/{name}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            message.set_content(rendered.text)
            message.add_alternative(rendered.html, subtype="html")
            smtp.send_message(message)
            sent += 1
    return sent


def pipelined(port: int, letters: Letters) -> int:
    """The same with hand-made bytes, the next envelope on the heels of each body."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies = line.makefile("rb")
        _expect(replies, 1, b"220")
        line.sendall(b"EHLO localhost\r\n")
        while replies.readline()[3:4] == b"-":
            pass
        return _stream(line, replies, letters)


def _stream(line: socket.socket, replies: Iterable[bytes], letters: Letters) -> int:
    sent, body = 0, b""
    for name, address, rendered in letters:
        envelope = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{address}>\r\nDATA\r\n".encode()
        line.sendall(body + envelope)
        _expect(replies, 4 if body else 3, b"250")
        body = _bytes(name, address, rendered).replace(b"\r\n.", b"\r\n..") + b".\r\n"
        sent += 1
    line.sendall(body + b"QUIT\r\n")
    _expect(replies, 2 if body else 1, b"250")
    return sent


def _expect(replies: Iterable[bytes], count: int, first: bytes) -> None:
    lines = [next(iter(replies)) for _ in range(count)]
    if not lines[0].startswith(first) or lines[-1][:1] not in b"23":
        raise SystemExit(f"the sink refused: {lines}")


def _bytes(name: str, address: str, rendered: Rendered) -> bytes:
    edge = f"=_{name}"
    head = (
        f"From: Your Shop <{SENDER}>\r\nMIME-Version: 1.0\r\nTo: {address}\r\n"
        f"Subject: {_word(rendered.subject)}\r\n"
        f"Date: {formatdate()}\r\nMessage-ID: <{name}@example.com>\r\n"
        f"List-Unsubscribe: <https://shop.example.com/u/{name}>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        f'Content-Type: multipart/alternative; boundary="{edge}"\r\n\r\n'
    )
    parts = _part(edge, "plain", rendered.text) + _part(edge, "html", rendered.html)
    return head.encode() + parts + f"--{edge}--\r\n".encode()


def _word(text: str) -> str:
    if text.isascii():
        return text
    return f"=?utf-8?b?{binascii.b2a_base64(text.encode(), newline=False).decode()}?="


def _part(edge: str, kind: str, text: str) -> bytes:
    head = (
        f"--{edge}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"
    )
    body = binascii.b2a_qp(text.replace("\n", "\r\n").encode(), istext=True)
    return head.encode() + body + b"\r\n"
