"""Whether those who are written to find a version in their language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.compose.filters import is_persian
from engine.compose.lint_about import About
from engine.compose.longest import share
from engine.compose.page import shown
from engine.errors import Place, Problem

#: From how many per cent on a language is worth a version of its own.
_WORTH_WRITING = 5
_NAMES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French",
    "it": "Italian", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish",
    "tr": "Turkish",
}  # fmt: skip


def called(language: str) -> str:
    """`Persian`; a language whose name we do not know by its tag."""
    return _NAMES.get(language.partition("-")[0].lower(), f"the language {language!r}")


def problems(about: About, name: str, paths: Sequence[str]) -> Iterator[Problem]:
    """Versions that are missing."""
    locale, first = about.settings.brand.locale, paths[0]
    written = {about.library.language(path, locale).partition("-")[0] for path in paths}
    everybody = f"{name}.{about.channel}.j2"
    if everybody not in paths and locale.partition("-")[0].lower() not in written:
        language = called(about.library.language(first, locale))
        told = f"everybody gets the version in {language}: there is no other"
        yield Problem(Place(shown(first)), told, f"write {shown(everybody)} for the others", "warning")
    yield from _unserved(about, name, first, written)


def _unserved(about: About, name: str, first: str, written: set[str]) -> Iterator[Problem]:
    total = about.audience.total
    spoken, ours = dict[str, int](), {"fa", *_languages(about)}
    for tag, number in about.audience.languages.items():
        language = re.split("[-_]", tag.lower())[0]
        spoken[language] = spoken.get(language, 0) + number
    for language, number in sorted(spoken.items()):
        if language in ours - written and number * 100 >= total * _WORTH_WRITING:
            gets = called(about.library.language(first, about.settings.brand.locale))
            told = f"{share(number, total)} of {total:,} read {called(language)} and get this in {gets}"
            hint = f"write {shown(f'{name}.{language}.{about.channel}.j2')}"
            level = "warning" if is_persian(language) else "hint"
            yield Problem(Place(shown(first)), told, hint, level)  # type: ignore[arg-type]


def _languages(about: About) -> Iterator[str]:
    """The languages that the shop writes in: it is told of no others."""
    locale = about.settings.brand.locale
    for path in about.library.paths:
        if path.endswith(f".{about.channel}.j2"):
            yield about.library.language(path, locale).partition("-")[0]
