"""Dates, digits and letters of another language than the template's: Gregorian dates in Persian, say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from engine.compose import kinds
from engine.compose.elements import hidden
from engine.compose.filters import is_persian, shown_day
from engine.compose.lint_about import About
from engine.compose.names import finder
from engine.compose.page import Page
from engine.compose.scopes import uses
from engine.errors import Place, Problem
from engine.text import latin_digits, persian_digits

_ISO = re.compile(r"(?<![\w/-])(?:19|20)\d\d([-/])\d{1,2}\1\d{1,2}(?![\w/-])")
_ENGLISH = "january|february|march|april|may|june|july|august|september|october|november|december"
_IN_PERSIAN = "ژانویه|فوریه|مارس|آوریل|ژوئن|ژوئیه|جولای|اوت|آگوست|سپتامبر|اکتبر|نوامبر|دسامبر"
_MONTH = re.compile(
    rf"(?:\d{{1,2}}\s+)?\b(?:{_ENGLISH})\b(?:\s+\d{{1,4}})?|(?:\d{{1,2}}\s+)?(?:{_IN_PERSIAN})(?!\w)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\w/.-])20\d\d(?![\w/.-])")
_LETTER = r"[\u0620-\u064a\u0671-\u06d3]"
_DIGITS = re.compile(
    rf"(?<={_LETTER})[ \u200c]?[0-9][0-9,.]*|(?<![\w/.+-])[0-9][0-9,.]*(?=[ \u200c]?(?:{_LETTER}|[٪%]))"
)
#: So many letters are no accident.
_A_SENTENCE = 20
#: What is no text: tags, addresses, and the x's that stand for a value.
_TAG = re.compile(r"<[^<>]*>|x{5,}|https?://\S+|&\w+;")


def problems(page: Page, about: About) -> Iterator[Problem]:
    """Looks at the template itself; layouts may speak several languages."""
    text = _readable(page)
    language, source = about.language(page), page.root.source
    if is_persian(language):
        if not re.search(_LETTER, text) and len(re.findall("[A-Za-z]", text)) > _A_SENTENCE:
            what = "the file's name says Persian, and there is no Persian letter in it"
            yield Problem(Place(source.file), what, "translate it, or take it away", "warning")
            return
        dates = list(_gregorian(text))
        for start, _, what, hint in dates:
            yield Problem(source.place_at(start), what, hint, "warning")
        for found in _DIGITS.finditer(text):
            if any(start < found.end() and found.start() < end for start, end, _, _ in dates):
                continue
            digits = found.group().strip(" \u200c,.")
            at = found.start() + found.group().index(digits)
            hint = f"write {persian_digits(digits)}"
            yield Problem(source.place_at(at), f"{digits} has Latin digits in a Persian text", hint, "hint")
        yield from _values(page)
    else:
        yield from _written_in_persian(text, page)


def _readable(page: Page) -> str:
    """What people read, letter for letter in its place."""
    html = hidden(page.root.source.text, is_email=False)  # people read the subject too
    return _TAG.sub(lambda tag: " " * len(tag.group()), html)


def _gregorian(text: str) -> Iterator[tuple[int, int, str, str]]:
    """From where to where each date goes, and what to say of it."""
    plain = latin_digits(text)
    taken: list[tuple[int, int]] = []
    for form in (_ISO, _MONTH, _YEAR):
        for found in form.finditer(plain):
            if any(start < found.end() and found.start() < end for start, end in taken):
                continue
            taken.append(found.span())
            said = text[found.start() : found.end()].strip()
            what = f"{said!r} is a Gregorian date in a Persian text"
            yield *found.span(), what, _jalali(found.group())


def _jalali(said: str) -> str:
    try:
        day = date(*(int(part) for part in re.split("[-/]", said)))
        return f"write {shown_day(day, persian=True)}"
    except (ValueError, TypeError):
        return "write the Jalali one, or a value with | date, which does so by itself"


def _values(page: Page) -> Iterator[Problem]:
    """Values that are written with Latin digits, or of the other calendar."""
    source, find = page.root.source, finder(page)
    for tree in page.root.trees:
        for use in uses(tree, kinds.names(), find):
            if use.how == "shown" and use.kind == "slice":
                what = "this cuts a piece out of a Gregorian date"
                yield Problem(source.place(use.node.lineno), what, "write it with | date", "warning")
            elif use.how == "shown" and use.kind == "number":
                what = "this number is shown in Latin digits in a Persian text"
                yield Problem(source.place(use.node.lineno), what, "add | number", "hint")


def _written_in_persian(text: str, page: Page) -> Iterator[Problem]:
    persian, latin = len(re.findall(_LETTER, text)), len(re.findall("[A-Za-z]", text))
    if persian > _A_SENTENCE and persian > 2 * latin:
        stem = page.path.removesuffix(".j2").rsplit(".", 1)
        what = "this is written in Persian, but dates, digits and direction will be those of English"
        hint = f"call it {stem[0].partition('.')[0]}.fa.{stem[1]}.j2, or set brand.locale: fa"
        yield Problem(Place(page.root.source.file), what, hint, "warning")
