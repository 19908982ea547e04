"""A Persian letter: its direction, its digits, its calendar, and Latin words in their places."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.compose.letter import Addressed, Composer, direction
from engine.compose.library import Library
from engine.compose.links import Links
from engine.compose.pool import Renderer
from engine.settings import Brand, Settings
from engine.vocabulary import Channel, Rendered
from tests.compose.conftest import ROOT, context

NOW = datetime(2026, 3, 25, 10, tzinfo=UTC)
FOLDER: Path = ROOT / "templates"
SHOP = Settings(
    brand=Brand(
        name="Digi <Shop>", postal_address="تهران", timezone="Asia/Tehran", currency="IRR", locale="fa",
        show_tomans=True, public_url="https://shop.example.com",
    )
)  # fmt: skip
EXPIRING = {"id": "s1", "kind": "account", "status": "active", "expires_at": "2026-04-10T00:00:00Z"}
PERSON = {
    "customer": {"id": "c1", "language": "fa-IR", "first_name": "Sara", "tags": [], "attributes": {}},
    "order": {"id": "A-77", "ordered_at": "2026-03-20T22:30:00Z", "amount": 1_250_000, "currency": "IRR"},
    "subscription": EXPIRING,
}


def rendered(renderer: Renderer, template: str, channel: Channel = Channel.EMAIL) -> Rendered:
    composer = Composer(SHOP, Library(FOLDER), Links("https://shop.example.com", "key"))
    letter = composer.letter(Addressed("d1", channel, template, "a@b.example"), PERSON, NOW)
    assert letter.context["message"]["language"] == "fa"
    [one] = renderer.render([letter])
    assert one.error == ""
    return one


def test_the_letter_runs_from_right_to_left(renderer: Renderer) -> None:
    html = rendered(renderer, "active/thank-you").html
    assert '<html lang="fa" dir="rtl">' in re.sub(r' style="[^"]*"', "", html)
    cells = re.findall(r'<td[^>]*class="(?:brand|letter|foot)"[^>]*>', html)
    assert len(cells) == 3
    assert all('dir="rtl"' in cell for cell in cells)  # Outlook reads the cells


def test_dates_and_amounts_are_jalali_and_in_tomans_with_persian_digits(renderer: Renderer) -> None:
    one = rendered(renderer, "active/thank-you")
    for part in (one.html, one.text):
        assert "۱ فروردین ۱۴۰۵" in part
        assert "۱۲۵٬۰۰۰\u00a0تومان" in part
        assert "March" not in part
        assert "1,250,000" not in part


def test_codes_and_addresses_keep_latin_digits_and_are_isolated(renderer: Renderer) -> None:
    one = rendered(renderer, "active/thank-you")
    assert "<bdi>A-77</bdi>" in one.html
    assert "\u2068A-77\u2069" in one.text
    assert "https://shop.example.com/u/" in one.text


def test_a_latin_name_in_a_persian_letter(renderer: Renderer) -> None:
    one = rendered(renderer, "onboarding/welcome")
    assert "سلام <bdi>Sara</bdi>،" in one.html
    assert "<bdi>Digi &lt;Shop&gt;</bdi>" in one.html
    assert "\u2068Digi <Shop>\u2069" in one.subject


def test_a_persian_sms_counts_as_ucs2_and_says_how_to_opt_out(renderer: Renderer) -> None:
    one = rendered(renderer, "lapsing/account-expiring", Channel.SMS)
    assert one.text.endswith("\nلغو۱۱")
    assert "۲۱ فروردین ۱۴۰۵" in one.text
    assert 1 < one.segments <= 3


def test_every_shipped_template_renders_in_both_languages(renderer: Renderer) -> None:
    library = Library(FOLDER)
    composer = Composer(SHOP, library, Links("https://shop.example.com", "key"))
    names = [(name, channel) for channel in Channel for name in library.names(channel)]
    assert len(names) > 10
    for language in ("fa", "en"):
        known = {**PERSON, "customer": {"id": "c1", "language": language}}
        letters = [composer.letter(Addressed("d", ch, name, "x"), known, NOW) for name, ch in names]
        for letter, one in zip(letters, renderer.render(letters), strict=True):
            assert one.error == "", letter.template
            assert letter.context["message"]["direction"] == ("rtl" if language == "fa" else "ltr")
            persian = len(re.findall(r"[\u0600-\u06ff]", one.text))
            assert (persian > 30) == (language == "fa"), letter.template


@pytest.mark.parametrize(
    ("language", "way"),
    [("fa", "rtl"), ("fa-IR", "rtl"), ("ar", "rtl"), ("he", "rtl"), ("en", "ltr"), ("", "ltr")],
)
def test_directions(language: str, way: str) -> None:
    assert direction(language) == way


def test_the_test_context_is_no_persian_one() -> None:
    assert context()["message"]["direction"] == "ltr"
