"""Templates are untrusted code: what they try costs at most their own message."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.compose import pool
from engine.compose.library import Texts
from engine.compose.pool import Renderer
from engine.compose.worker import Limits
from engine.errors import RekindleError
from engine.vocabulary import Channel, Letter, Rendered
from tests.compose.conftest import ROOT, Render, context

ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ customer['__class__'] }}",
    "{{ customer.__init__.__globals__ }}",
    "{{ ''|attr('__class__') }}",
    "{{ ['']|map('attr', '__class__')|list }}",
    "{{ ['']|map(attribute='__class__')|list }}",
    "{{ ['']|groupby('__class__') }}",
    "{{ ['']|sort(attribute='__class__') }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{x.__class__}'.format_map({'x': 1}) }}",
    "{{ ('{0.__class__}'|escape).format(1) }}",
    "{{ (''|safe).__html__.__globals__ }}",
    "{{ self.__class__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ self._TemplateReference__context.environment }}",
    "{{ range.__globals__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ dict.__base__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{% for x in [1] %}{{ loop.__class__ }}{{ loop._iterable }}{% endfor %}",
    "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "{% macro m() %}{% endmacro %}{{ m._func }}",
    "{% macro m() %}{{ caller._environment }}{% endmacro %}{% call m() %}{% endcall %}",
    "{{ (1).__class__.__base__ }}",
    "{{ customer.get.__self__ }}",
    "{{ customer.tags.append('x') }}",
    "{{ customer.update({'id': 'x'}) }}",
    "{{ customer.pop('id') }}",
    "{% set customer.id = 'x' %}",
    "{{ config }}",
    "{{ request.application.__globals__ }}",
    "{% include '/etc/passwd' %}",
    "{% include '../config.yaml' %}",
    "{% import 'os' as os %}",
    "{% set x = 'o' ~ 's' %}{% import x as os %}",
]


@pytest.mark.parametrize("payload", ESCAPES)
def test_no_way_out_of_the_sandbox(sms: Render, payload: str) -> None:
    rendered = sms(payload)
    assert rendered.text == ""
    assert rendered.error.startswith(("render_error: ", "template_missing:"))
    assert "Traceback" not in rendered.error


def test_plain_methods_of_plain_data_work(sms: Render) -> None:
    text = (
        "{{ customer.first_name.upper() }} {{ customer.tags|join(',') }} {{ customer.get('city', 'there') }}"
    )
    assert sms(text).text == "ANNA vip there"
    assert sms("{% for k, v in order.items() %}{{ k }} {% endfor %}").text == "id ordered_at amount currency"
    assert (
        sms("{% for x in range(3) %}{{ loop.index }}{{ loop.cycle('a', 'b') }}{% endfor %}").text == "1a2b3a"
    )
    macro = "{% macro m(x) %}<{{ x }}{{ caller() }}>{% endmacro %}{% call m(1) %}!{% endcall %}"
    assert sms(macro).text == "<1!>"


def test_a_field_may_be_called_as_a_method_is(sms: Render) -> None:
    customer = {"id": "c1", "attributes": {"items": "seven", "keys": "eight"}}
    assert (
        sms("{{ customer.attributes.items }} {{ customer.attributes.keys }}", customer=customer).text
        == "seven eight"
    )


BOMBS = {
    "nested loops": "{% for a in range(999) %}" * 4 + "{% endfor %}" * 4,
    "a format width": "{{ '%1000000000d' | format(1) }}",
    "a product of text": "{{ ('a' * 99999999) * 99 }}",
    "replace": "{% set x = 'a' * 9999999 %}{{ x.replace('a', 'b' * 999) }}",
    "center": "{{ 'a' | center(2000000000) }}",
    "a power": "{{ 9 ** (9 ** 9) }}",
    "a list": "{{ ([1] * 99999999) * 99 }}",
    "itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "an include of itself": "{% include 't.sms.j2' %}",
    "a long range": "{% for x in range(1001) %}{% endfor %}",
    "much output": "{% for a in range(999) %}{% for b in range(999) %}0123456789{% endfor %}{% endfor %}",
    "lipsum": "{{ lipsum(n=100000) }}",
    "deep nesting": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_one_message_and_not_long(renderer: Renderer, bomb: str) -> None:
    texts = Texts({"t.sms.j2": BOMBS[bomb], "good.sms.j2": "Hello {{ customer.first_name }}"})
    names = ["good.sms.j2", "good.sms.j2", "t.sms.j2", "good.sms.j2"]
    renderer.render(letters("good.sms.j2"), texts)
    start, mine = time.monotonic(), time.process_time()
    found = renderer.render([Letter(name, Channel.SMS, context()) for name in names], texts)
    assert time.process_time() - mine < 0.5  # nothing of it ran here
    assert time.monotonic() - start < 20  # generous: the machine may be busy with other tests
    assert [one.text for one in found] == ["Hello Anna", "Hello Anna", "", "Hello Anna"]
    assert found[2].error.startswith(("render_error: ", "template_missing:lipsum"))


def letters(name: str, count: int = 1) -> list[Letter]:
    return [Letter(name, Channel.SMS, context()) for _ in range(count)]


LOOP = BOMBS["nested loops"]


@pytest.fixture
def quick() -> Iterator[Renderer]:
    """A renderer of little patience."""
    with Renderer(ROOT / "templates", limits=Limits(cpu_seconds=0.2)) as started:
        yield started


def test_letters_before_and_after_the_culprit_keep_their_order(quick: Renderer) -> None:
    texts = Texts({"t.sms.j2": "{% if customer.id == '7' %}" + LOOP + "{% endif %}{{ customer.id }}"})
    batch = [Letter("t.sms.j2", Channel.SMS, context(customer={"id": str(n)})) for n in range(40)]
    found = quick.render(batch, texts)
    assert [one.text for one in found] == ["" if n == 7 else str(n) for n in range(40)]
    assert found[7].error == "render_error: it takes longer than a message may"


def test_a_template_that_always_loops_is_given_up(quick: Renderer) -> None:
    texts = Texts({"t.sms.j2": LOOP, "good.sms.j2": "Hello"})
    found = quick.render([*letters("t.sms.j2", 30), *letters("good.sms.j2")], texts)
    assert [one.error for one in found[: pool.MAX_LOST]] == [
        "render_error: it takes longer than a message may"
    ] * pool.MAX_LOST
    assert all("given up after 5 messages" in one.error for one in found[pool.MAX_LOST + 11 : -1])
    assert found[-1].text == "Hello"
    mended = Texts({"t.sms.j2": "Hello again"})
    assert quick.render(letters("t.sms.j2"), mended)[0].text == "Hello again"


def test_a_child_that_stands_still_is_ended() -> None:
    with Renderer(ROOT / "templates", limits=Limits(wall_seconds=1)) as renderer:
        texts = Texts({"t.sms.j2": "Hello", "slow.sms.j2": LOOP})
        renderer.render(letters("t.sms.j2"), texts)
        child = renderer.team(0)[0].pid
        os.kill(child, signal.SIGSTOP)
        found = renderer.render(letters("t.sms.j2", 3), texts)
        assert found[0].error == "render_error: it takes longer than a message may"
        assert [one.text for one in found[1:]] == ["Hello", "Hello"]
        assert not Path(f"/proc/{child}").exists() or os.name != "posix"


def test_a_child_that_somebody_kills_costs_nobody_a_message() -> None:
    with Renderer(ROOT / "templates") as renderer:
        texts = Texts({"t.sms.j2": "Hello"})
        renderer.render(letters("t.sms.j2"), texts)
        os.kill(renderer.team(0)[0].pid, signal.SIGKILL)
        assert [one.text for one in renderer.render(letters("t.sms.j2", 50), texts)] == ["Hello"] * 50


def test_several_children_share_the_work_and_the_order_stays() -> None:
    texts = Texts({"t.sms.j2": "{{ customer.id }}"})
    batch = [Letter("t.sms.j2", Channel.SMS, context(customer={"id": str(n)})) for n in range(200)]
    with Renderer(ROOT / "templates", workers=3) as renderer:
        assert [one.text for one in renderer.render(batch, texts)] == [str(n) for n in range(200)]
        assert len(renderer.team(0)) == 3


def test_few_letters_start_one_child() -> None:
    with Renderer(ROOT / "templates", workers=8) as renderer:
        renderer.render(letters("t.sms.j2"), Texts({"t.sms.j2": "Hello"}))
        assert len(renderer.team(0)) == 1


def test_no_letters_start_none() -> None:
    with Renderer(ROOT / "templates") as renderer:
        assert renderer.render([]) == []
        assert renderer.team(0) == []


@pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="needs Linux's /proc to look into a child"
)
def test_a_child_has_no_secrets_and_no_handles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("REKINDLE_DATABASE__URL", "SMTP_PASSWORD", "TWILIO_AUTH_TOKEN", "SENDGRID_API_KEY", "HOME"):
        monkeypatch.setenv(name, "a-secret-value")
    with (tmp_path / "store.db").open("w") as handle, Renderer(ROOT / "templates") as renderer:
        os.set_inheritable(handle.fileno(), True)
        renderer.render(letters("t.sms.j2"), Texts({"t.sms.j2": "Hello"}))
        child = Path(f"/proc/{renderer.team(0)[0].pid}")
        names = {
            line.split(b"=")[0].decode() for line in (child / "environ").read_bytes().split(b"\0") if line
        }
        assert names <= set(
            "PATH LANG LC_ALL LC_CTYPE PYTHONPATH COVERAGE_PROCESS_CONFIG COVERAGE_PROCESS_START".split()
        )
        assert b"a-secret-value" not in (child / "environ").read_bytes()
        opened = [os.readlink(one) for one in (child / "fd").iterdir()]
        assert not [one for one in opened if "store.db" in one]
        assert len([one for one in opened if one.startswith("socket:")]) == 1


def test_a_child_ends_with_its_parent() -> None:
    renderer = Renderer(ROOT / "templates")
    renderer.render(letters("t.sms.j2"), Texts({"t.sms.j2": "Hello"}))
    worker = renderer.team(0)[0]
    worker.socket.shutdown(2)
    assert worker.end().why == "it ended the renderer"
    assert not Path(f"/proc/{worker.pid}").exists()


def test_a_letter_of_more_than_plain_data_is_an_error_of_its_own(renderer: Renderer) -> None:
    texts = Texts({"t.sms.j2": "Hello {{ customer.id }}"})
    bad = Letter("t.sms.j2", Channel.SMS, context(customer={"id": object()}))
    good = Letter("t.sms.j2", Channel.SMS, context())
    found = renderer.render([good, bad, good], texts)
    assert [one.text for one in found] == ["Hello c1", "", "Hello c1"]
    assert found[1].error == "render_error: the letter holds more than plain data"


def test_a_missing_name_is_named(sms: Render) -> None:
    assert sms("Hello {{ customer.last_name }}").error == "template_missing:last_name"
    assert sms("Hello {{ offer.code }}").error == "template_missing:offer"
    assert sms("{{ customer.attributes.size }}").error == "template_missing:size"
    assert sms("{{ event.name | upper }}").error == "template_missing:event"
    assert sms("{% if customer.city %}{% endif %}").error == "template_missing:city"
    assert sms("{{ customer.city | default('there') }}").text == "there"
    assert sms("{% if customer.city is defined %}x{% else %}y{% endif %}").text == "y"


def test_a_fault_names_its_place_and_not_the_customer(sms: Render) -> None:
    assert sms("line\n{{ 1 / 0 }}").error == "render_error: t.sms.j2:2: it divides by zero"
    assert sms("\n\n{% if %}").error.startswith("render_error: t.sms.j2:3: ")
    name = "customer.first_name"
    for fault in (f"{name} / 2", f"{name}()", f"{name}|date", f"'x'|center({name})", f"{name}|money"):
        error = sms("{{ " + fault + " }}").error
        assert error.startswith("render_error: t.sms.j2:1: ")
        assert "Anna" not in error


def test_a_template_that_is_not_there_is_a_sentence(renderer: Renderer) -> None:
    assert renderer.render(letters("none.sms.j2"), Texts({}))[0] == Rendered(
        error="render_error: there is no template 'none.sms.j2'"
    )
    broken = Texts({"a.email.j2": "no front matter"})
    assert renderer.render([Letter("a.email.j2", Channel.EMAIL, context())], broken)[0].error == (
        "render_error: a.email.j2:1:1: this email does not begin with front matter"
    )
    bare = Texts({"a.email.j2": "---\nsubject: a\n---\n"})
    assert renderer.render([Letter("a.email.j2", Channel.EMAIL, context())], bare)[0].error == (
        "render_error: a.email.j2: there is no template 'layouts/email.j2' in the folder"
    )


def test_an_edit_counts_from_the_next_call_on(tmp_path: Path) -> None:
    with Renderer(tmp_path) as renderer:
        for text in ("one", "two"):
            (tmp_path / "t.sms.j2").write_text(text)
            assert renderer.render(letters("t.sms.j2"))[0].text == text


@pytest.mark.parametrize(("text", "why"), [("\0", "NUL"), ("\ud800", "half a character")])
def test_characters_that_cannot_be_sent_are_refused(sms: Render, text: str, why: str) -> None:
    assert why in sms("Hello {{ customer.first_name }}", customer={"first_name": f"A{text}"}).error


def test_an_output_too_large_is_refused(email: Render, sms: Render) -> None:
    assert email("{{ 'a' * 1100000 }}").error == "render_error: the message is larger than 1 MiB"
    assert sms("{{ 'a' * 1601 }}").error == "render_error: the SMS is longer than 1600 characters"
    assert sms("{{ 'a' * 1600 }}").error == ""


def test_nothing_to_say_is_not_sent(email: Render, sms: Render) -> None:
    opting = {"message": {"opt_out_line": "Reply STOP to opt out"}}
    assert sms("{% if false %}x{% endif %} \n", **opting).error == "render_error: the text is empty"
    assert email("<p>x</p>", subject="{{ '' }}").error == "render_error: the subject is empty"


def test_a_child_that_knows_too_many_templates_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_KNOWN", 2)
    with Renderer(ROOT / "templates") as renderer:
        seen = set()
        for n in range(8):
            texts = Texts({"t.sms.j2": f"Edit {n}"})
            assert renderer.render(letters("t.sms.j2"), texts)[0].text == f"Edit {n}"
            seen.add(renderer.team(0)[0].pid if renderer.team(0) else 0)
        assert len(seen) > 2
        assert len(renderer.team(0)) <= 1


def test_a_renderer_that_cannot_start_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with (
        Renderer(ROOT / "templates") as renderer,
        pytest.raises(RekindleError, match="the renderer does not start"),
    ):
        renderer.render(letters("t.sms.j2"), Texts({"t.sms.j2": "Hello"}))
