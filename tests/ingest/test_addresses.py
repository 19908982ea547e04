"""One form for every spelling of an e-mail address or a phone number."""

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from engine.ingest import phones
from engine.ingest.emails import Emails
from engine.ingest.phones import Phones
from engine.text import persian_digits

EMAILS = Emails()
IRAN = """
0912 000 0123,۰۹۱۲۰۰۰۰۱۲۳,٠٩١٢٠٠٠٠١٢٣,9120000123,989120000123,+989120000123,00989120000123,۹۱۲۰۰۰۰۱۲۳,
+۹۸ ۹۱۲ ۰۰۰ ۰۱۲۳,۰۰۹۸۹۱۲۰۰۰۰۱۲۳,'09120000123,9120000123.0
""".replace("\n", "").split(",")


@pytest.mark.parametrize("text", IRAN)
@pytest.mark.parametrize(("country", "home"), [("IR", ""), ("IR", "GB"), (None, "IR")])
def test_every_iranian_spelling_is_one_number(text: str, country: str | None, home: str) -> None:
    assert Phones(home).parse(text, country) == "+989120000123"


@given(st.integers(0, 9_999_999), st.sampled_from("0912 ۹۱۲ 98912 +98912 0098912".split()), st.booleans())
def test_any_iranian_number_in_any_spelling(number: int, prefix: str, persian: bool) -> None:
    text = f"{prefix}{number:07}"
    assert Phones("").parse(persian_digits(text) if persian else text, "IR") == f"+98912{number:07}"


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("07700 900123", "GB", "+447700900123"),
        ("+44 (0)7700 900123", None, "+447700900123"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("12125550123", "US", "+12125550123"),
        ("+1 212 555 0123", "IR", "+12125550123"),
        ("0044 7700 900123", "US", "+447700900123"),  # dialled as from Europe
        ("06 39 98 12 34", "FR", "+33639981234"),
        ("555-0123", "US", None),  # no area code
        ("0912 000 0123", None, None),  # nobody knows the country
        ("12", "GB", None),
        ("+999 123 456 789", None, None),
        ("9.12E+09", "IR", None),
        ("07700 900123 ext. 7", "GB", None),
        ("none", "GB", None),
        ("", "GB", None),
    ],
)
def test_numbers_are_read_in_the_customers_country(
    text: str, country: str | None, expected: str | None
) -> None:
    assert Phones("").parse(text, country) == expected


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_library_is_asked_where_its_answer_could_differ(region: str) -> None:
    """Our quick way gives what phonenumbers gives, for each country's own examples in every form."""
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None:
            continue
        expected = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        for form in (PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL):
            text = phonenumbers.format_number(number, form)
            assert Phones("").parse(text, region) == expected, text


REGIONS = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
DIGITS = st.text(st.sampled_from("0123456789"), min_size=3, max_size=13)
CODES = [f"+{code}" for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
BEGINNINGS = st.sampled_from(["", "0", "00", "011", "1", *CODES])
LOOSE = st.text(st.sampled_from("0123456789+-() ۰۹"), max_size=18)


@settings(max_examples=500)
@given(st.tuples(BEGINNINGS, DIGITS).map("".join) | LOOSE, REGIONS)
def test_the_quick_way_never_disagrees(text: str, region: str) -> None:
    quick = phones._quick(text, region) if phones._PLAIN.match(text) else None
    assert quick is None or quick == phones._asked(text, region)
    read = Phones("").parse(text, region)
    if read is not None:
        assert read.startswith("+")
        assert read[1:].isascii()
        assert read[1:].isdigit()
        assert Phones("").parse(read, None) == read


def test_ordinary_spellings_take_the_quick_way() -> None:
    ordinary = (("+447700900123", None), ("09120000123", "IR"), ("9120000123", "IR"), ("2125550123", "US"))
    for text, region in ordinary:
        assert phones._quick(text, region) is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann.Lee@Example.COM", "ann.lee@example.com"),
        ("a.n.n.lee+shop@gmail.com", "a.n.n.lee+shop@gmail.com"),  # dots and plus stay
        ("o'neill@example.com", "o'neill@example.com"),
        ("ann@büro.example.org", "ann@xn--bro-hoa.example.org"),
        ("مدیر@example.com", None),  # no provider here takes such a mailbox
        ("ali۱۲@example.com", "ali12@example.com"),
        ("ann@exаmple.com", None),  # Cyrillic а: a look-alike
        ("ann", None),
        ("ann@", None),
        ("@example.com", None),
        ("ann@example", None),
        ("a b@example.com", None),
        ("ann..lee@example.com", None),
        (".ann@example.com", None),
        ("ann@-example.com", None),
        ("ann@exam_ple.com", None),
        ("Ann Lee <ann@example.com>", None),
        ("ann@example.com, bob@example.com", None),
        ("ann@localhost", None),
        ("a" * 65 + "@example.com", None),
        ("ann@" + "x" * 250 + ".com", None),
    ],
)
def test_addresses(text: str, expected: str | None) -> None:
    assert EMAILS.parse(text) == expected


_WORD = st.text(st.sampled_from("aZ09._+-'@"), max_size=12)


@given(
    _WORD,
    st.sampled_from(["example.com", "Example.ORG", "b.example.net", "x", "-.com", "a..b", "example.com."]),
)
def test_the_quick_way_is_the_validators_way(mailbox: str, domain: str) -> None:
    text = f"{mailbox}@{domain}"
    try:
        valid = validate_email(text, check_deliverability=False, strict=True)
        expected = (valid.ascii_email or "").lower() or None
    except EmailNotValidError:
        expected = None
    assert EMAILS.parse(text) == expected


@given(st.text(max_size=60))
def test_no_text_is_a_bug(text: str) -> None:
    address = EMAILS.parse(text)
    assert address is None or (address.isascii() and address == address.lower() and address.count("@") == 1)
    Phones("IR").parse(text, None)
