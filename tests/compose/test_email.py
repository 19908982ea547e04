"""An email's four texts: subject, preheader, HTML and plain text."""

import re

import pytest

from engine.compose.library import Texts
from engine.compose.pool import Renderer
from engine.vocabulary import Channel, Letter, Rendered
from tests.compose.conftest import LAYOUTS, Render, context

HOSTILE = "<script>alert('x')</script>"
TEXT_BLOCK = "{% block text %}Hello {{ customer.first_name }}{% endblock %}"


def body_of(rendered: Rendered) -> str:
    """What stands in the layout's cell for the letter."""
    found = re.search(
        r"<td[^>]*class=\"letter\"[^>]*>(.*?)</td>\s*</tr>\s*<tr>\s*<td[^>]*class=\"foot\"",
        rendered.html,
        re.DOTALL,
    )
    assert found, rendered
    return found.group(1).strip()


def test_a_body_is_wrapped_in_the_common_layout(email: Render) -> None:
    rendered = email("<p>Hello</p>")
    assert rendered.error == ""
    assert re.sub(r"<p[^>]*>", "<p>", body_of(rendered)) == "<p>Hello</p>"
    assert rendered.html.startswith('<!doctype html>\n<html lang="en" dir="ltr"')
    assert "https://shop.example.com/u/t" in rendered.html
    assert "Shop, 1 Street, Town" in rendered.html
    assert rendered.html.count("<html") == rendered.html.count("</html>") == 1


def test_a_body_that_extends_a_layout_is_left_as_it_is(email: Render) -> None:
    layouts = {"mine.j2": "<html><body>mine: {% block body %}{% endblock %}</body></html>"}
    rendered = email('{% extends "mine.j2" %}{% block body %}<p>Hello</p>{% endblock %}', files=layouts)
    assert rendered.html == "<html><body>mine: <p>Hello</p></body></html>\n"
    assert rendered.text.startswith("Hello\n")


def test_a_block_of_the_layouts_name_needs_no_extends(email: Render) -> None:
    rendered = email("not shown{% block body %}<p>Hello</p>{% endblock %}{% block text %}Ho{% endblock %}")
    assert re.sub(r"<p[^>]*>", "<p>", body_of(rendered)) == "<p>Hello</p>"
    assert "not shown" not in rendered.html
    assert '<p style="margin: 0 0 16px">Hello</p>' in rendered.html


def test_a_body_cannot_break_out_of_its_place(email: Render) -> None:
    assert email("a{% endblock %}b{% block c %}d").error.startswith("render_error: t.email.j2:4: ")
    assert "Hello" in email("<p>Hello</p>{#").html


def test_html_is_escaped_and_the_text_is_not(email: Render) -> None:
    rendered = email(
        "<p>{{ customer.first_name }}</p>" + TEXT_BLOCK,
        subject="For {{ customer.first_name }}",
        customer={"first_name": HOSTILE},
    )
    assert "<script" not in rendered.html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in rendered.html
    assert f"Hello {HOSTILE}" in rendered.text
    assert rendered.subject == f"For {HOSTILE}"


def test_values_in_attributes_cannot_leave_them(email: Render) -> None:
    rendered = email(
        '<a href="{{ customer.attributes.page }}">x</a>', customer={"attributes": {"page": '" onclick="x'}}
    )
    assert 'href="&#34; onclick=&#34;x"' in rendered.html


@pytest.mark.parametrize(
    "name", ["A\r\nBcc: x@y.example", "A\nB", "A\rB", "A\u2028B", "A\vB", "A\x00B", "A\x85B"]
)
def test_a_name_cannot_break_the_subject(email: Render, name: str) -> None:
    rendered = email(
        "<p>Hello</p>", subject="{{ customer.first_name }}, hello", customer={"first_name": name}
    )
    assert rendered.error == ""
    assert len(rendered.subject.splitlines()) == 1
    assert "\0" not in rendered.subject
    assert rendered.subject.endswith(", hello")


def test_the_preheader_comes_first_in_the_body_and_the_subject_is_the_title(renderer: Renderer) -> None:
    front = [
        'subject: "Hello & {{ customer.first_name }}"',
        'preheader: "{{ customer.orders_count }} orders <3"',
    ]
    text = "\n".join(["---", *front, "---", "<p>x</p>"])
    [rendered] = renderer.render(
        [Letter("t.email.j2", Channel.EMAIL, context())], Texts({"t.email.j2": text, **LAYOUTS})
    )
    assert rendered.subject == "Hello & Anna"
    assert "<title>Hello &amp; Anna</title>" in rendered.html
    assert rendered.html.index("3 orders &lt;3") < rendered.html.index("<table")


def test_the_text_block_is_the_text_part_and_not_in_the_html(email: Render) -> None:
    rendered = email("<p>For eyes</p>\n{% block text %}For ears{% endblock %}")
    assert "For ears" not in rendered.html
    assert "For eyes" not in rendered.text
    assert rendered.text.startswith("For ears\n")
    assert "https://shop.example.com/u/t" in rendered.text


def test_the_text_block_knows_what_was_set_above_it(email: Render) -> None:
    rendered = email(
        '{% set greeting = "Good day" %}{% from "layouts/parts.j2" import button %}'
        "{% macro m(x) %}<{{ x }}>{% endmacro %}"
        "<p>{{ greeting }}</p>{% block text %}{{ greeting }} {{ m(1) }}{% endblock %}"
    )
    assert rendered.error == ""
    assert rendered.text.startswith("Good day <1>\n")


def test_without_a_text_block_the_text_is_made_from_the_body_alone(email: Render) -> None:
    rendered = email(
        "<h1>Hello {{ customer.first_name }}</h1><p>One &amp; two,<br>three.</p><ul><li>a</li><li>b</li></ul>"
        '<p><a href="{{ links.shop }}/sale">Have a look</a> or <a href="https://x.example">https://x.example</a></p>',
        customer={"first_name": "Żółć <3"},
    )
    head, _, foot = rendered.text.partition("--------------------")
    assert head.split("\n\n")[0].strip() == "Hello Żółć <3"
    assert "One & two,\nthree." in head
    assert re.search(r"\* a\n\s*\* b", head)
    assert "Have a look (https://shop.example.com/sale) or https://x.example" in head
    assert foot.count("https://shop.example.com/u/t") == 1
    assert "<" not in head.replace("<3", "")


def test_lines_that_held_only_jinja_leave_no_gaps(email: Render) -> None:
    text = "{% block text %}One\n{% if true %}\n{% set x = 1 %}\n{% endif %}\n\nTwo{% endblock %}"
    assert email(f"<p>x</p>{text}").text.startswith("One\n\nTwo\n")


def test_what_one_letter_sets_the_next_does_not_see(email: Render) -> None:
    email("{% set secret = customer.first_name %}<p>x</p>", customer={"first_name": "Anna"})
    assert email("<p>{{ secret }}</p>", customer={"first_name": "Bea"}).error == "template_missing:secret"


def test_a_missing_name_in_any_part_stops_the_message(email: Render) -> None:
    assert email("<p>x</p>", subject="{{ customer.city }}").error == "template_missing:city"
    assert email("<p>{{ customer.city }}</p>" + TEXT_BLOCK).error == "template_missing:city"
    assert email("<p>x</p>{% block text %}{{ customer.city }}{% endblock %}").error == "template_missing:city"


def test_an_error_names_the_line_of_the_file(email: Render) -> None:
    assert email("<p>\n\n{{ 1/0 }}</p>").error == "render_error: t.email.j2:6: it divides by zero"
    assert email("<p>x</p>\n{% if %}").error.startswith("render_error: t.email.j2:5: ")
    assert email("x", subject="{{ 1/0 }}").error == "render_error: t.email.j2:2: it divides by zero"
    assert (
        email("x{% block text %}\n{{ 1/0 }}{% endblock %}").error
        == "render_error: t.email.j2:5: it divides by zero"
    )
