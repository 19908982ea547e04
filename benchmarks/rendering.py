"""Rendering behind the fence, in one child and in two, beside plain Jinja in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median

from benchmarks.floor_render import TEMPLATE, Plain, person
from benchmarks.measure import say
from benchmarks.report import Line
from benchmarks.stores import Stores
from engine.compose.library import Library
from engine.compose.pool import Renderer
from engine.vocabulary import Channel, Letter

_MESSAGES, _ROUNDS = 3_000, 5


def lines(stores: Stores) -> Iterator[Line]:
    """A shipped template in English and Persian: subject, HTML and text."""
    folder = stores.root / "templates"
    library = Library(folder)
    paths = {language: library.find(TEMPLATE, Channel.EMAIL, language) for language in ("en", "fa")}
    people = [person(n) for n in range(_MESSAGES)]
    letters = [Letter(paths[one["message"]["language"]], Channel.EMAIL, one) for one in people]
    plain = {path: Plain(folder, path) for path in paths.values()}
    with Renderer(folder, 1) as one, Renderer(folder, 2) as two:
        took = _interleaved(
            {
                "plain": lambda: [plain[letter.template].render(letter.context) for letter in letters],
                "one": lambda: one.render(letters),
                "two": lambda: two.render(letters),
            }
        )
        _check(plain, letters[:50], one)
    for name, words in (("one", "one child"), ("two", "two children")):
        rate, floor = _MESSAGES / took[name], _MESSAGES / took["plain"]
        yield Line("render", words, "", "messages/s", rate, "plain Jinja", floor)


def _interleaved(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    took: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()  # the children start, and templates are compiled
    for _ in range(_ROUNDS):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            took[name].append(time.perf_counter() - start)
    for name, seconds in took.items():
        say(f"    {name}: {median(seconds) / _MESSAGES * 1e6:.0f} us a message")
    return {name: median(seconds) for name, seconds in took.items()}


def _check(plain: Mapping[str, Plain], letters: list[Letter], renderer: Renderer) -> None:
    """Both must have made the same words, or the comparison says nothing."""
    for letter, rendered in zip(letters, renderer.render(letters), strict=True):
        by_hand = plain[letter.template].render(letter.context)
        same = rendered.html.split() == by_hand.html.split() and rendered.text.split() == by_hand.text.split()
        if rendered.error or not same:
            raise SystemExit(f"the renderer and the floor disagree: {rendered.error or letter.template}")
