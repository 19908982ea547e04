"""A preview as a page: what a marketer opens, reads and believes before anything is sent.

The page runs no script and asks the network for nothing; each message is a file of its own beside it,
shown in a sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from engine.compose import sms
from engine.compose.reasons import in_words
from engine.errors import YoursToFix
from engine.telling import edit as edited
from engine.telling import words

FOLDER = "preview-messages"
#: A message may show its own styles and pictures that it carries; it may fetch, run and submit nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
#: A refresh would leave the page, so only our own header stands; an attribute's name cannot be disguised.
_HEADER = re.compile("http-equiv", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)
_REMOTE_PICTURE = re.compile(r"<img\b[^>]*\bsrc\s*=\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)
_OURS = re.compile(r"\d\d+-[a-z0-9-]*-\d+\.html")
_TICKED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Pages:
    """The page, and by their file names the sample emails that it shows."""

    index: str
    letters: Mapping[str, str]


def pages(preview: Mapping[str, Any], home: str = "") -> Pages:
    """The preview as a page with its letters; `home` is where the page leads back to."""
    return Pages(_index(preview, home), {name: fenced(html) for name, html in _emails(preview["campaigns"])})


def write_page(preview: Mapping[str, Any], folder: Path) -> Path:
    """Writes `index.html` and a file for each sample email into the folder; returns the page to open."""
    page, made = folder / "index.html", pages(preview)
    try:
        messages = folder / FOLDER
        messages.mkdir(parents=True, exist_ok=True)
        _remove_older(messages)
        for name, html in made.letters.items():
            (messages / name).write_text(html, encoding="utf-8", errors="replace")
        page.write_text(made.index, encoding="utf-8", errors="replace")
    except OSError as error:
        raise YoursToFix(f"the page cannot be written to {folder}: {error.strerror or error}") from None
    return page


def _remove_older(messages: Path) -> None:
    """The letters of an earlier preview hold personal data, and nothing shows them any more."""
    for old in messages.iterdir():
        if _OURS.fullmatch(old.name):
            old.unlink()


def _emails(campaigns: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for number, campaign in enumerate(campaigns, 1):
        for place, sample in enumerate(campaign["samples"], 1):
            if sample.get("html"):
                yield file_name(number, campaign["campaign"], place), sample["html"]


def file_name(number: int, campaign: str, place: int) -> str:
    """The file of one sample email; it holds nothing about the customer."""
    return f"{number:02}-{re.sub('[^a-z0-9]+', '-', campaign.lower()).strip('-')}-{place}.html"


def fenced(html: str) -> str:
    """The email as it is, under a policy that keeps it from running or fetching anything.

    The policy goes right after the doctype, before anything of the email's own could hide it; browsers
    take what follows as the same page. A clicked link asks for a window, which the sandbox does not give.
    """
    html = html.lstrip("\ufeff")
    doctype = _DOCTYPE.match(html)
    rest = html[doctype.end() :] if doctype else html
    start = doctype.group(0).strip() if doctype else "<!doctype html>"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    meta = '<meta charset="utf-8"><meta name="referrer" content="no-referrer"><base target="_blank">'
    return f"{start}{policy}{meta}{_HEADER.sub('data-http-equiv', rest)}"


def _index(preview: Mapping[str, Any], home: str) -> str:
    environment = Environment(
        loader=PackageLoader("engine.telling", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(pieces=_pieces, in_words=in_words, count="{:,}".format)
    views = [_view(number, campaign, preview) for number, campaign in enumerate(preview["campaigns"], 1)]
    return environment.get_template("preview.html.j2").render(
        preview=preview,
        home=home,
        campaigns=views,
        when=words.day_and_time(preview["as_of"], words.reckoning(preview["brand"])),
        totals=words.totals(preview),
        plural=words.plural,
    )


def _view(number: int, campaign: Mapping[str, Any], preview: Mapping[str, Any]) -> dict[str, Any]:
    """One campaign with all that its part of the page says beside the figures themselves."""
    rows = words.funnel(campaign, words.reckoning(preview["brand"]))
    return {
        **campaign,
        "id": f"campaign-{number}",
        "verdict": words.verdict(campaign),
        "approvable": words.approvable(campaign),
        "rows": [row for row in rows if row.count or row.kind in ("all", "send")],
        "empty": [row for row in rows if not row.count and row.kind in ("out", "wait")],
        "parts": edited.parts(campaign["edit"]),
        "moves": edited.rows(campaign["edit"]) if edited.compared(campaign["edit"]) else [],
        "fresh": words.age(campaign["data_as_of"], preview["as_of"]),
        "waiting": sum(campaign["deferred"].values()),
        "letters": [_letter(number, campaign, place) for place in range(1, len(campaign["samples"]) + 1)],
    }


def _letter(number: int, campaign: Mapping[str, Any], place: int) -> dict[str, Any]:
    sample = campaign["samples"][place - 1]
    html, text = sample.get("html") or "", sample.get("text") or ""
    name = file_name(number, campaign["campaign"], place)
    return {
        **sample,
        "file": f"{FOLDER}/{name}" if html else "",
        "pictures": len(_REMOTE_PICTURE.findall(html)),
        "sms": sms.count(text),
        "direction": "rtl" if words.is_rtl(sample.get("subject") or text) else "ltr",
        "short": " ".join(text.split())[:140],
    }


def _pieces(text: str) -> list[tuple[bool, str]]:
    """The text cut at its backticks: what stands between two is a command or a name to be typed."""
    return [(place % 2 == 1, piece) for place, piece in enumerate(_TICKED.split(text)) if piece]
