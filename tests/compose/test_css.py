"""Styles written into the tags: nothing else of the source changes, whatever Jinja stands in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from engine.compose.constructs import blocks, constructs, masked
from engine.compose.css import inline
from engine.compose.library import Library
from tests.compose.conftest import ROOT

RULES = "p { color: red } .a { margin: 0 } td.b { padding: 1px }"
SHEET = f"<style>{RULES} @media screen {{ p {{ color: blue }} }}</style>"
RED = '<p style="color: red"'


def styled(body: str, sheet: str = SHEET) -> str:
    page = f"<html><head>{sheet}</head><body>{body}</body></html>"
    made = inline({"page": page}, ["page"])["page"]
    start = made.index("<body>") + 6
    return made[start : made.index("</body>")]


def unstyled(source: str) -> str:
    """Takes away what was put in: the attribute after the tag's name, or its first declarations."""
    return re.sub(r'(<[a-zA-Z0-9]+) style="[^"]*"', r"\1", source)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>x</p>", '<p style="color: red">x</p>'),
        ('<p class="a">x</p>', '<p style="color: red;margin: 0" class="a">x</p>'),
        ('<p style="color: green">x</p>', '<p style="color: red; color: green">x</p>'),
        ("<p style='color: green'>x</p>", "<p style='color: green'>x</p>"),
        ("<b>x</b>", "<b>x</b>"),
        ("<p\n  id=x>x", '<p style="color: red"\n  id=x>x'),
        ("<P>x</P>", '<P style="color: red">x</P>'),
        ("<p/>", '<p style="color: red"/>'),
        ("<!-- <p>x</p> -->", "<!-- <p>x</p> -->"),
        ("<!--[if mso]><p>x</p><![endif]-->", "<!--[if mso]><p>x</p><![endif]-->"),
        ("<p>1 < 2 & 3 > 2</p>", '<p style="color: red">1 < 2 & 3 > 2</p>'),
        ("{% if a >= b %}<p>x</p>{% endif %}", '{% if a >= b %}<p style="color: red">x</p>{% endif %}'),
        ('<p title="{{ a if b >= 1 else c }}">x</p>', RED + ' title="{{ a if b >= 1 else c }}">x</p>'),
        ('<p class="{{ x }} a">x</p>', '<p style="color: red;margin: 0" class="{{ x }} a">x</p>'),
        ('<p {% if x > 1 %}class="a"{% endif %}>x</p>', '<p {% if x > 1 %}class="a"{% endif %}>x</p>'),
        ('<p class="{% if x %}a{% endif %}">x</p>', '<p class="{% if x %}a{% endif %}">x</p>'),
        (
            '<p style="{% if x %}color: green{% endif %}">x</p>',
            '<p style="color: red; {% if x %}color: green{% endif %}">x</p>',
        ),
        ('<p dir="{% if x %}rtl{% endif %}">x</p>', RED + ' dir="{% if x %}rtl{% endif %}">x</p>'),
        ("{{ '<p>' }}<p>x</p>", "{{ '<p>' }}<p style=\"color: red\">x</p>"),
        ("{# <p> #}<p>x</p>", '{# <p> #}<p style="color: red">x</p>'),
        ("{% raw %}<p>{{ x }}</p>{% endraw %}", "{% raw %}<p>{{ x }}</p>{% endraw %}"),
        (
            '<table>{% for x in y %}<tr><td class="b"></td></tr>{% endfor %}</table>',
            '<table>{% for x in y %}<tr><td style="padding: 1px" class="b"></td></tr>{% endfor %}</table>',
        ),
        ("{{ \"}}<p>\" }}<p>x</p>", "{{ \"}}<p>\" }}<p style=\"color: red\">x</p>"),
    ],
)  # fmt: skip
def test_styles_go_into_tags_and_nothing_else_changes(body: str, expected: str) -> None:
    assert styled(body) == expected


def test_sheets_stay_for_their_media_queries() -> None:
    page = f"<html><head>{SHEET}</head><body><p>x</p></body></html>"
    assert SHEET in inline({"page": page}, ["page"])["page"]


def test_a_sheet_with_jinja_in_it_is_left_alone() -> None:
    sheet = "<style>p { color: {{ brand.colour }} }</style>"
    assert styled("<p>x</p>", sheet) == "<p>x</p>"
    assert styled("<p>x</p>", sheet + "<style>p { margin: 1px }</style>") == '<p style="margin: 1px">x</p>'


def test_no_sheet_no_change() -> None:
    assert inline({"page": "<p>x</p>"}, ["page"]) == {"page": "<p>x</p>"}


def test_a_sheet_from_elsewhere_is_not_fetched() -> None:
    link = '<link rel="stylesheet" href="http://127.0.0.1:9/x.css"><link rel="stylesheet" href="file:///etc/passwd">'
    assert styled("<p>x</p>", link + SHEET) == '<p style="color: red">x</p>'


def test_a_layouts_rules_reach_the_blocks_and_includes_that_fill_it() -> None:
    files = {
        "layout": SHEET + '<div>{% block body %}{% endblock %}</div><i>{% include "foot" %}</i>',
        "mine": '{% extends "layout" %}{% block body %}<p>{% block inner %}<b class="a">x</b>{% endblock %}'
        "</p>{% endblock %}",
        "foot": "<p>foot</p>",
        "other": "<p>not in the page</p>",
    }
    made = inline(files, ["mine", "layout"])
    assert '<p style="color: red">{% block inner %}<b style="margin: 0" class="a">' in made["mine"]
    assert made["foot"] == '<p style="color: red">foot</p>'
    assert made["other"] == files["other"]
    assert made["layout"] == files["layout"]


def test_files_that_include_each_other_come_to_an_end() -> None:
    files = {"a": SHEET + '<p>{% include "b" %}</p>', "b": '<p>{% include "a" %}</p>'}
    assert 'style="color: red"' in inline(files, ["a"])["a"]


def shipped() -> list[str]:
    return [path for path in Library(ROOT / "templates").paths if ".email." in path]


@pytest.mark.parametrize("path", shipped())
def test_the_shipped_templates_say_the_same_with_their_styles(path: str) -> None:
    """The sources differ by the styles alone, so every condition and loop is the one that was written."""
    from engine.compose import front_matter

    files = Library(ROOT / "templates").files(path)
    body = front_matter.read(files[path], path).body
    files[path] = body
    made = inline(files, [path, "layouts/email.j2"], is_wrapped=True)
    assert made[path] != files[path]
    assert made["layouts/email.j2"] != files["layouts/email.j2"]
    for file, source in files.items():
        assert unstyled(made[file]) == unstyled(source)
    Environment().parse(made[path])


PIECES = st.sampled_from(
    [
        "<p>", "</p>", '<td class="a">', "</td>", "<tr>", "<table>", "</table>", "{% if a >= 1 %}",
        "{% endif %}",
        "{{ a }}", "{% for x in y %}", "{% endfor %}", '<p class="{{ a }}">', "<", ">", '"', "'", "{# <p> #}",
        "text", "\n", "<!--", "-->", '<p style="color: green">', "<p style='x'>", "{% block b %}",
        "{% endblock %}", "<p {% if a %}id=x{% endif %}>", "{{", "%}",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25))
def test_of_any_source_only_styles_are_added(pieces: list[str]) -> None:
    body = "".join(pieces)
    source = SHEET + body
    made = inline({"page": source}, ["page"])["page"]
    for style in ("color: red;margin: 0", "color: red", "margin: 0"):
        made = made.replace(f' style="{style}"', "").replace(f'style="{style}; ', 'style="')
    assert made == source


@given(st.text(alphabet="{}%#'\"<>ab \n-", max_size=60))
def test_blotting_out_keeps_every_place(source: str) -> None:
    blotted = masked(source)
    assert len(blotted) == len(source)
    for one in constructs(source):
        assert set(blotted[one.start : one.end]) <= {"x", " "}
    for region in blocks(source):
        assert region.start < region.inner <= region.inner_end < region.end
