"""SMS segments: what carriers count, and what a phone puts together again."""

import re

from hypothesis import given
from hypothesis import strategies as st

from engine.compose.sms import Segments, count, culprits, with_opt_out

PERSIAN = "سلام، حساب شما تا ۲۱ فروردین اعتبار دارد"


def test_plain_latin_has_160_then_153() -> None:
    assert count("a" * 160) == Segments(1, "gsm7", 160)
    assert count("a" * 161) == Segments(2, "gsm7", 161)
    assert count("a" * 306).parts == 2
    assert count("a" * 307).parts == 3


def test_persian_has_70_then_67() -> None:
    assert count("س" * 70) == Segments(1, "ucs2", 70)
    assert count("س" * 71) == Segments(2, "ucs2", 71)
    assert count("س" * 134).parts == 2
    assert count("س" * 135).parts == 3


def test_nothing_is_no_message() -> None:
    assert count("") == Segments(0, "gsm7", 0)


def test_the_extension_table_costs_two() -> None:
    assert count("€" * 80) == Segments(1, "gsm7", 160)
    assert count("€" * 81).parts == 2
    assert count("[]{}~\\^|").units == 16


def test_an_escaped_letter_is_not_split_over_two_parts() -> None:
    assert count("a" * 152 + "€" + "a" * 152).parts == 3  # the pair does not fit into the first part


def test_one_persian_digit_makes_the_whole_text_ucs2() -> None:
    assert count("a" * 100).parts == 1
    assert count("a" * 100 + "۱") == Segments(2, "ucs2", 101)


def test_a_zero_width_non_joiner_counts_one_and_an_emoji_two() -> None:
    assert count("می\u200cخواهم").units == 8
    assert count("😀").units == 2
    assert count("👨‍👩‍👧").units == 8  # three people and two joiners


def test_an_emoji_is_not_split_over_two_parts() -> None:
    assert count("س" * 66 + "😀" + "س" * 66).parts == 3
    assert count("س" * 65 + "😀" + "س" * 67).parts == 2


def test_the_gsm_alphabet_of_the_standard() -> None:
    """3GPP TS 23.038: 127 letters, the escape left out."""
    basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    basic += "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    assert len(set(basic)) == 127
    assert count(basic) == Segments(1, "gsm7", 127)
    for not_in_it in "ç`’“”—…áí\u00a0":
        assert count(not_in_it).encoding == "ucs2"


def test_what_makes_a_text_dear_is_told() -> None:
    assert culprits("It’s “here” — now") == "’“”—"
    assert culprits("plain €5") == ""


def test_an_opt_out_line_is_added_once_and_on_a_line_of_its_own() -> None:
    assert with_opt_out(" Hello \n", "Reply STOP to opt out") == "Hello\nReply STOP to opt out"
    assert (
        with_opt_out("Hello. Reply STOP to opt out", "Reply STOP to opt out")
        == "Hello. Reply STOP to opt out"
    )
    assert with_opt_out("Your code is 1", "") == "Your code is 1"


def naive(text: str, alone: int, joined: int, width: "re.Pattern[str]") -> int:
    """The phone's view: fill parts letter by letter."""
    parts = [0]
    for letter in text:
        cost = 2 if width.match(letter) else 1
        if parts[-1] + cost > joined:
            parts.append(0)
        parts[-1] += cost
    total = sum(parts)
    return 0 if not total else 1 if total <= alone else len(parts)


@given(st.text(max_size=400))
def test_parts_hold_whole_letters_and_agree_with_utf16(text: str) -> None:
    found = count(text)
    if found.encoding == "ucs2":
        assert found.units == len(text.encode("utf-16-le", "surrogatepass")) // 2
        assert found.parts == naive(text, 70, 67, re.compile("[\U00010000-\U0010ffff]"))
    else:
        assert found.parts == naive(text, 160, 153, re.compile(r"[\f^{}\\\[~\]|€]"))


@given(st.text(max_size=300), st.text(max_size=50))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert count(text).parts <= count(text + more).parts


@given(st.text(alphabet=PERSIAN + "abc€[😀\u200c ", max_size=300))
def test_parts_are_enough_and_not_too_many(text: str) -> None:
    found = count(text)
    alone, joined = (160, 153) if found.encoding == "gsm7" else (70, 67)
    room = alone if found.parts == 1 else joined * found.parts
    assert found.units <= room
    if found.parts > 1:
        assert found.units > alone
        assert found.units + found.parts >= joined * (found.parts - 1)  # at most one unit lost a part
