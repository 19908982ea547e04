"""Whatever somebody writes into a template: `check` answers, and what it passes can be rendered."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compose.estimate import Estimate
from engine.compose.expressions import TooMuch
from engine.compose.library import Texts
from engine.compose.lint import problems
from engine.compose.lint_about import About
from engine.compose.lint_email import chain
from engine.compose.longest import Audience
from engine.compose.page import Page
from engine.compose.pool import Renderer
from engine.compose.worst import Worst
from engine.settings import Settings
from engine.vocabulary import Channel, Letter
from tests.compose.conftest import LAYOUTS, context

PIECES = st.sampled_from(
    [
        "Hello ", "\n", "{{ customer.first_name }}", "{{ customer.frist_name }}", "{{ x }}", "{{ y }}",
        "{{ order.amount | money }}", "{{ order.ordered_at | date | upper }}", "{% if order is defined %}",
        "{% else %}", "{% endif %}", "{% for tag in customer.tags %}", "{{ loop.index }}", "{% endfor %}",
        "{% set x = 1 %}", "{% block text %}", "{% block body %}", "{% endblock %}", "{{", "}}", "{%", "%}",
        '{% extends "layouts/email.j2" %}', "{#", "#}", "{% raw %}", "{% endraw %}", "<p>", "</p>",
        '{% include "layouts/none.j2" %}', "{% macro m(a) %}", "{% endmacro %}", "{{ m(1) }}", "---\n",
        "{% call m(1) %}", "{% endcall %}", "{{ 'a' ~ 1 }}", '{% from "layouts/parts.j2" import button %}',
        '{{ button("a", links.shop) }}', "{{ super() }}", "| nope", "{% filter upper %}", "{% endfilter %}",
        "{% with y = 2 %}", "{% endwith %}", "'", '"', "{{ customer.tags | join(', ') }}", "{% if %}",
        "{{ customer['id'] }}", "{% elif x %}", "{% set z %}", "{% endset %}", "\u200c", "سلام", "😀",
        "{{ now | days_ago }}",
    ]
)  # fmt: skip
SOURCES = st.lists(PIECES, max_size=12).map("".join)


def errors(text: str, path: str) -> list[str]:
    found = problems(Texts({path: text, **LAYOUTS}), "t", path.split(".")[1])
    assert all(one.place.line >= 1 and one.place.column >= 1 and one.message for one in found)
    return [str(one) for one in found if one.level == "error"]


def failure(renderer: Renderer, text: str, path: str) -> str:
    letter = Letter(path, Channel(path.split(".")[1]), context())
    return renderer.render([letter], Texts({path: text, **LAYOUTS}))[0].error


def is_broken(error: str) -> bool:
    """Whether the template could not even be compiled; emptiness and sense are the author's."""
    return bool(error) and not error.startswith(("template_missing:", "render_error: the "))


@settings(max_examples=150, deadline=None)
@given(SOURCES)
def test_an_sms_that_passes_can_be_rendered(renderer: Renderer, text: str) -> None:
    if not errors(text, "t.sms.j2"):
        assert not is_broken(failure(renderer, text, "t.sms.j2"))


@settings(max_examples=150, deadline=None)
@given(SOURCES)
def test_an_email_that_passes_can_be_rendered(renderer: Renderer, body: str) -> None:
    text = f"---\nsubject: Hello\n---\n{body}"
    if not errors(text, "t.email.j2"):
        assert not is_broken(failure(renderer, text, "t.email.j2"))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(alphabet=" :#{}[]'\"|>-&*!%@`ab\n\t", max_size=60))
def test_front_matter_of_any_kind_is_answered(anything: str, front: str) -> None:
    errors(anything, "t.email.j2")
    errors(f"---\nsubject: {front}\n---\n<p>Hello</p>", "t.email.j2")
    errors(f"---\n{front}\n---\n<p>Hello</p>", "t.email.j2")


def longest(text: str, path: str) -> Worst | None:
    library = Texts({path: text, **LAYOUTS})
    about = About(library, path.split(".")[1], "marketing", Settings(), Audience())
    page = Page(library, path)
    try:
        trees = [page.root.body] if path.endswith("sms.j2") else chain(page)
        return Estimate(page, about.given(page)).whole(trees)
    except TooMuch:
        return None


@settings(max_examples=100, deadline=None)
@given(SOURCES, st.sampled_from(["t.sms.j2", "t.email.j2"]))
def test_nothing_becomes_longer_than_was_reckoned(renderer: Renderer, body: str, path: str) -> None:
    text = body if path == "t.sms.j2" else f"---\nsubject: Hello\n---\n{body}"
    if errors(text, path):
        return
    letter = Letter(path, Channel(path.split(".")[1]), context())
    made = renderer.render([letter], Texts({path: text, **LAYOUTS}))[0]
    reckoned = longest(text, path)
    if made.error or reckoned is None:
        return
    assert len(made.html.strip() if made.html else made.text.strip()) <= len(reckoned.text.strip())
