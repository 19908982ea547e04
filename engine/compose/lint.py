"""What can be found wrong with a template without rendering it, said so that a marketer can mend it.

Templates are only ever parsed here, never compiled: even compiling runs some of their code.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from engine.compose import (
    lint_email,
    lint_html,
    lint_languages,
    lint_persian,
    lint_sms,
    lint_words,
    names,
)
from engine.compose.library import TEXT_LAYOUT, Library
from engine.compose.lint_about import About
from engine.compose.longest import Audience
from engine.compose.page import Page, Parsed, shown
from engine.errors import Place, Problem, Problems, YoursToFix
from engine.settings import Settings
from engine.text import did_you_mean
from engine.vocabulary import Channel


def problems(
    library: Library,
    name: str,
    channel: Channel | str,
    kind: str = "marketing",
    settings: Settings | None = None,
    audience: Audience | None = None,
) -> list[Problem]:
    """Everything wrong with a template in every language, and with the layouts that it uses.

    `audience` is what a store says of the people whom it is for; without it, lengths are assumed.
    """
    paths = library.versions(name, channel)
    if not paths:
        hint = did_you_mean(name, library.names(channel))
        place = Place(shown(f"{name}.{channel}.j2"))
        return [Problem(place, f"there is no template {name!r} for {channel}", hint)]
    about = About(library, str(channel), kind, settings or Settings(), audience or Audience())
    found: dict[Problem, None] = dict.fromkeys(lint_languages.problems(about, name, paths))
    for path in paths:
        found |= dict.fromkeys(_of_file(about, path))
    return sorted(found, key=lambda one: (one.place.file, one.place.line, one.place.column))


def unreadable(library: Library, name: str, channel: Channel | str) -> str:
    """Why nobody could be written to from this template, whoever they are; empty when it can be read."""
    paths = library.versions(name, channel)
    if not paths:
        return f"{shown(f'{name}.{channel}.j2')} is missing"
    for path in paths:
        try:
            Page(library, path)
        except Problems as error:
            first = error.problems[0]
            return f"{first.place}: {first.message}" + (f" ({first.hint})" if first.hint else "")
        except YoursToFix as error:
            return f"{shown(path)}: {error}"
    return ""


def _of_file(about: About, path: str) -> Iterator[Problem]:
    library = about.library
    try:
        page = Page(library, path)
        yield from _names(page, about)
        yield from lint_words.problems(page)
        if about.channel == "sms":
            yield from lint_sms.problems(page, about)
        else:
            yield from lint_email.problems(page, about)
            yield from lint_html.problems(page)
            if library.text(TEXT_LAYOUT) is not None:
                yield from _names(Page(library, TEXT_LAYOUT), about)
        yield from lint_persian.problems(page, about)
    except Problems as error:
        yield from error.problems
    except YoursToFix as error:
        yield Problem(Place(shown(path)), str(error))


def _names(page: Page, about: About) -> Iterator[Problem]:
    yield from page.missing
    yield from names.unknown(page)
    for file in page.files.values():
        yield from names.unguarded(file, about.audience.shares())
        yield from _said_twice(file)


def _said_twice(file: Parsed) -> Iterator[Problem]:
    for again in list(file.body.find_all(nodes.Extends))[1:]:
        place = file.source.place(again.lineno, "extends")
        yield Problem(place, "a template extends one layout only", "take this line away")
    seen: set[str] = set()
    for block in file.body.find_all(nodes.Block):
        if block.name in seen:
            place = file.source.place(block.lineno, block.name)
            yield Problem(place, f"the block {block.name!r} is there already", "give it another name")
        seen.add(block.name)
