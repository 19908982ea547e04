"""What `check` says of templates beyond the corpus in tests/broken_templates."""

import pytest

from engine.compose.environment import environment
from engine.compose.filters import FILTERS, KEPT
from engine.compose.known import TESTS
from engine.compose.library import Texts
from engine.compose.lint import problems
from tests.compose.conftest import LAYOUTS

FRONT = "---\nsubject: Hello\n---\n"


def said(
    texts: dict[str, str], name: str = "a", channel: str = "email", kind: str = "marketing"
) -> list[str]:
    return [str(problem) for problem in problems(Texts({**LAYOUTS, **texts}), name, channel, kind)]


def test_a_missing_template_names_the_nearest() -> None:
    [only] = said({"win-back.email.j2": FRONT}, "win-bakc")
    where = "templates/win-bakc.email.j2:1:1: error: "
    assert only == where + "there is no template 'win-bakc' for email (did you mean 'win-back'?)"


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a/../../b", "", "a\0b", "c:\\a"])
def test_a_name_outside_of_the_folder_is_no_template(name: str) -> None:
    [only] = said({"a.email.j2": FRONT}, name)
    assert "there is no template" in only


def test_every_language_is_looked_at() -> None:
    texts = {"a.email.j2": FRONT + "Hello", "a.fa.email.j2": FRONT + "{{ customer.nam }}"}
    [only] = said(texts)
    assert only.startswith("templates/a.fa.email.j2:4:13: error: customer has no 'nam' (known: attributes, ")


def test_a_fault_in_a_layout_is_shown_where_it_is_and_once() -> None:
    texts = {"a.email.j2": FRONT + "Hello", "a.fa.email.j2": FRONT + "سلام"}
    layout = LAYOUTS["layouts/email.j2"].replace("links.preferences", "links.preference", 1)
    [only] = said({**texts, "layouts/email.j2": layout})
    assert only.startswith("templates/layouts/email.j2:")
    assert only.endswith("links has no 'preference' (did you mean 'preferences'?)")


def test_a_fault_in_the_text_layout_is_found() -> None:
    text = LAYOUTS["layouts/text.j2"] + "{{ brnd.name }}"
    [only] = said({"a.email.j2": FRONT + "Hello", "layouts/text.j2": text})
    assert "unknown name 'brnd' (did you mean 'brand'?)" in only


def test_without_layouts_marketing_says_what_is_missing() -> None:
    found = [str(problem) for problem in problems(Texts({"a.email.j2": FRONT}), "a", "email")]
    assert any("there is no file 'layouts/email.j2'" in one for one in found)
    assert any("needs a link to leave" in one for one in found)


def test_a_transactional_email_need_not_let_people_leave() -> None:
    texts = {
        "a.email.j2": FRONT + '{% extends "bare.j2" %}',
        "bare.j2": "<p>{% block body %}{% endblock %}</p>",
    }
    assert len(said(texts)) == 2
    assert said(texts, kind="transactional") == []


def test_what_the_law_asks_may_stand_in_the_template_itself() -> None:
    body = '{% extends "bare.j2" %}{% block body %}{{ links["unsubscribe"] }}{{ brand.postal_address }}'
    body += "{% endblock %}"
    assert said({"a.email.j2": FRONT + body, "bare.j2": "{% block body %}{% endblock %}"}) == []


def test_names_that_the_template_makes_itself_are_known() -> None:
    body = """{% import "layouts/parts.j2" as parts %}{{ parts.button("a", links.shop) }}
    {% macro row(x, y=2) %}{{ x }}{{ y }}{% endmacro %}{% set total = 1 %}{{ row(total) }}
    {% for tag in customer.tags if tag %}{{ loop.index }}{{ tag }}{% endfor %}
    {% for k, v in customer.attributes.items() %}{{ k }}{{ v }}{% endfor %}
    {% with z = 1 %}{{ z }}{% endwith %}
    {% for order in recommended %}{{ order.colour }}{% endfor %}{% set note %}a{% endset %}{{ note }}"""
    assert said({"a.email.j2": FRONT + body}) == []


def test_offers_events_and_attributes_have_fields_of_their_own() -> None:
    body = "{{ offer.code }}{{ event.properties.sku }}{{ customer.attributes.size }}{{ recommended[0].name }}"
    assert said({"a.email.j2": FRONT + body}) == []


def test_a_message_that_gmail_would_clip_is_a_warning() -> None:
    [only] = said({"a.email.j2": FRONT + "x" * 110_000})
    assert only.startswith("templates/a.email.j2:1:1: warning: the letter can be 11")
    assert " KB of HTML; Gmail cuts it off at 102 KB (shorten it: " in only


def test_a_file_that_is_too_large_or_no_text_is_a_sentence() -> None:
    assert said({"a.sms.j2": "{{ " + "(" * 20_000}, channel="sms")[0].startswith("templates/a.sms.j2:1:")


def test_a_bomb_is_only_parsed_never_run() -> None:
    body = "{{ '%1000000000d' | format(1) }}{{ 'a' * 1000000000 }}{% for i in range(10**9) %}{% endfor %}"
    [only] = said({"a.email.j2": FRONT + body})
    assert "warning: the letter can be 29" in only


def test_the_longest_branch_of_an_sms_counts() -> None:
    texts = {"a.sms.j2": "{% if order is defined %}" + "a" * 150 + "{% else %}" + "b" * 700 + "{% endif %}"}
    [only] = said(texts, channel="sms")
    assert "make 5 SMS (722 characters), at most 3 are sent" in only


def test_the_filters_that_are_known_are_the_ones_that_work() -> None:
    made = environment({}, autoescape=True)
    assert set(made.filters) == KEPT | set(FILTERS)
    assert {test for test in made.tests if test.isalpha()} - {"equalto"} == set(TESTS) - {"equalto"}
