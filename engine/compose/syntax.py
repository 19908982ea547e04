"""Jinja's complaints about a template, in words for the person who wrote it, at the right place."""

from __future__ import annotations

import re

from jinja2 import TemplateSyntaxError

from engine.compose.known import NAMES, TAGS
from engine.compose.source_text import Source
from engine.errors import Problem
from engine.text import nearest

_UNKNOWN_TAG = re.compile(r"Encountered unknown tag '(\w+)'")
_OPEN = re.compile(r"The innermost block that needs to be closed is '(\w+)'")
_EXPECTED = re.compile(r"expected token '(.+?)', got '(.+?)'")
_EMPTY = re.compile(r"Expected an expression, got '(end of \w+ (?:statement|block))'")
_CHARACTER = re.compile(r"unexpected char (['\"])(.)\1 at")
_BRACKET = re.compile(r"unexpected '(.)', expected '(.)'")
_IN_BRACES = re.compile(r"\{\{[-+]?\s*((?:end)?(?:if|for|set|block|macro|with)|include|extends|elif|else)\b")
_CURLY = "“”„‘’‚«»"
_USUAL = ("if", "for", "set", "block", "include")
_CLOSERS = {"end of print statement": "}}", "end of statement block": "%}"}
#: What the parser misses, as people would call it.
_TOKENS = {
    "name": "a name",
    "(": "( with the values and )",
    "import": "`import` and a name",
    "string": "a text",
}
#: Tags as other languages have them.
_MEANT = {
    "elseif": "elif",
    "elsif": "elif",
    "elif_": "elif",
    "foreach": "for",
    "unless": "if not",
    "assign": "set",
}
#: Signs that mean something elsewhere.
_SIGNS = {
    "&": ("& says nothing here", "write `and`"),
    "!": ("! says nothing here", "write `not` before a value, or != between two"),
    "$": ("a name has no $ before it", "write customer.first_name"),
    "#": ("# says nothing here", "a note stands in {# and #}"),
    "?": ("? says nothing here", "write `a if b else c`"),
    "`": ("this quote cannot stand in a piece of Jinja", "type it straight, as ' or \""),
    "'": ("a quotation mark is not closed", "write another ' where the text ends"),
    '"': ("a quotation mark is not closed", 'write another " where the text ends'),
}
#: Whole complaints of Jinja's.
_SAID = {
    "unexpected '}'": ("a single } stands here", "{{ ends with }}, and {% with %}"),
    "Missing end of comment tag": ("a note is never closed", "write #} where it ends"),
    "Missing end of raw directive": ("{% raw %} is never closed", "write {% endraw %} where it ends"),
    "Invalid character in identifier": (
        "a letter or digit here is none of the Latin ones",
        "names and numbers are written in Latin letters and digits",
    ),
    "a number in here has too many digits": (
        "a number in this file has too many digits",
        "nobody reads so long a number",
    ),
    "this is nested too deeply": (
        "this is nested too deeply",
        "nobody reads so much in one piece: split it up",
    ),
    "unexpected '|'": ("a | stands where a value should", "one | goes before a filter; for `or` write `or`"),
}


def told(error: TemplateSyntaxError, source: Source) -> Problem:
    """The complaint as a Problem."""
    said, line = error.message or "this cannot be read", error.lineno
    unknown, opened = _UNKNOWN_TAG.search(said), _OPEN.search(said)
    if unknown:
        return _unknown_tag(unknown.group(1), opened.group(1) if opened else "", line, source)
    if opened:
        tag = opened.group(1)
        place = source.unclosed(tag) or source.place(line, tag)
        return Problem(place, f"{{% {tag} %}} is never closed", f"write {{% end{tag} %}} where it ends")
    empty = _EMPTY.search(said)
    if empty and empty.group(1) in _CLOSERS:
        what = f"nothing stands where {_CLOSERS[empty.group(1)]} expects something before it"
        return Problem(source.place(line), what, "write a name or a text in quotes there")
    return _sign(said, line, source) or _rest(said, line, source)


def _unknown_tag(tag: str, open_: str, line: int, source: Source) -> Problem:
    place = source.place(line, tag)
    if tag.startswith("end") and tag in TAGS:
        if open_:
            what = f"{{% {tag} %}} stands here, but {{% {open_} %}} is still open"
            return Problem(place, what, f"write {{% end{open_} %}} first")
        return Problem(place, f"{{% {tag} %}} closes nothing that is open here")
    if tag in NAMES:
        hint = f"a value is shown with two braces, as in {{{{ {tag}.{(NAMES[tag] or ('name',))[0]} }}}}"
        return Problem(place, f"{{% {tag} %}} is no tag", hint)
    near = _MEANT.get(tag) or nearest(tag, TAGS)
    hint = f"did you mean {near!r}?" if near else f"the usual ones: {', '.join(_USUAL)}"
    return Problem(place, f"unknown tag {{% {tag} %}}", hint)


def _sign(said: str, line: int, source: Source) -> Problem | None:
    """A complaint about one sign."""
    character = _CHARACTER.search(said)
    if character and character.group(2) in _CURLY:
        what = f"the curly quote {character.group(2)} cannot stand in a piece of Jinja"
        return Problem(source.at(line, character.group(2)), what, "type it straight, as ' or \"")
    if character and character.group(2) in _SIGNS:
        return Problem(source.at(line, character.group(2)), *_SIGNS[character.group(2)])
    bracket = _BRACKET.search(said)
    if bracket:
        opener = {")": "(", "]": "[", "}": "{"}.get(bracket.group(2), bracket.group(2))
        what = f"{opener} is not closed before {bracket.group(1)}"
        return Problem(source.at(line, opener), what, f"write {bracket.group(2)} where it ends")
    if said in _SAID:
        place = source.at(line, "{#") if "comment" in said else source.place(line)
        return Problem(place, *_SAID[said])
    return None


def _rest(said: str, line: int, source: Source) -> Problem:
    open_ = source.opened(line)
    if open_ is not None and said.startswith("unexpected "):
        return Problem(open_, "this {{ is never closed", "write }} where it ends")
    expected = _EXPECTED.search(said)
    if expected:
        return _unexpected(expected.group(1), expected.group(2), line, source)
    early = re.match(r"unexpected '(end of \w+ (?:statement|block))'", said)
    if early and early.group(1) in _CLOSERS:
        what = f"{_CLOSERS[early.group(1)]} comes too early"
        return Problem(source.place(line), what, "a value or a name in quotes is missing before it")
    told = f"this is not valid Jinja: {said[0].lower()}{said[1:]}".rstrip(".")
    return Problem(source.place(line), told)


def _unexpected(expected: str, got: str, line: int, source: Source) -> Problem:
    if got == "=":
        return Problem(source.at(line, "="), "a single = compares nothing", "write ==, or `is` before a test")
    if expected == "in":
        hint = "a loop is written like {% for tag in customer.tags %}"
        return Problem(source.place(line, got), f"{got!r} stands where 'in' should be", hint)
    if got == "|":
        return Problem(source.at(line, "||"), *_SAID["unexpected '|'"])
    if got in _CLOSERS:
        what = f"{_CLOSERS[got]} comes too early"
        missing = _CLOSERS.get(expected) or _TOKENS.get(expected, expected)
        return Problem(source.place(line), what, f"{missing} is missing before it")
    if expected in _CLOSERS:
        return _too_much(_CLOSERS[expected], got, line, source)
    return Problem(source.place(line, got), f"{got!r} stands where {expected!r} should be")


def _too_much(closer: str, got: str, line: int, source: Source) -> Problem:
    """Something more stands in a piece of Jinja that could end there."""
    written = source.lines[min(max(line, 1), len(source.lines)) - 1]
    word = _IN_BRACES.search(written)
    if word and closer == "}}":
        hint = f"write {{% {word.group(1)} ... %}}"
        return Problem(
            source.place(line, word.group(1)), f"{word.group(1)} is a tag, and shows nothing", hint
        )
    if got == "if" and re.search(r"\{%[-+]?\s*else\s+if\b", written):
        return Problem(source.place(line, "else"), "`else if` is one word here", "write {% elif ... %}")
    if re.search(r"\{%[-+]?\s*set\s+\w+\s+[^=\s]", written):
        return Problem(source.place(line, "set"), "= is missing in this set", "write {% set name = value %}")
    if got in ("integer", "float", "string"):
        what = f"{_TOKENS.get(got, 'a number')} is not expected here"
        return Problem(source.place(line), what, "is a | or a sign missing before it?")
    what = f"{got!r} is not expected here"
    hint = f"is {closer} missing before it, a | between a value and its filter, or a _ in a name?"
    return Problem(source.place(line, got), what, hint)
