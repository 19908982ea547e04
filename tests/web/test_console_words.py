"""What the console says: every word in every language, readable, and large enough to be touched."""

import re
from datetime import UTC, datetime
from string import Formatter

import pytest

from engine.cycle.life import _CAME, _FIRST, _STATES
from engine.durations import Calendar
from engine.vocabulary import Outcome, State, Verdict
from engine.web.console.figures import Figures
from engine.web.console.persian import LIFE
from engine.web.console.words import WORDS, happened, why
from engine.web.look import _FOLDER

#: What stands on what, in light and in dark.
PAIRS = [
    ("ink", "paper"), ("ink", "card"), ("soft", "paper"), ("soft", "card"), ("act", "paper"), ("act", "card"),
    ("on-act", "act"), ("on-red", "red"), ("amber-ink", "amber"), ("green", "grey"), ("ink", "grey"),
]  # fmt: skip
STYLE = (_FOLDER / "console" / "style.css").read_text("utf-8")


def blanks(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_things() -> None:
    english, persian = WORDS["en"], WORDS["fa"]
    assert english.keys() == persian.keys()
    for key in english:
        assert blanks(english[key]) == blanks(persian[key]), key
        assert not re.search("[A-Za-z]{2}", re.sub(r"\{\w+\}|TEST", "", persian[key])), key


def test_there_are_words_for_all_that_can_be() -> None:
    for words in WORDS.values():
        wanted = {f"state_{one}" for one in State} | {f"outcome_{one}" for one in Outcome}
        wanted |= {f"test_{one}" for one in Verdict}
        assert wanted <= words.keys()
    told = {*_FIRST, *_CAME, *(what for what, _ in _STATES.values()), "waits", "held_out", "ended"}
    assert told - {"consent"} <= LIFE.keys()


def test_every_word_is_used() -> None:
    pages = "".join(file.read_text("utf-8") for file in (_FOLDER / "console").glob("*.j2"))
    used = set(re.findall(r"words\.(\w+)", pages)) | {"live", "held", "paused", "resting", "email", "sms"}
    used |= {"wrong", "wait", "over", "busy", "test_often", "not_done", "working_preview", "working_test"}
    kinds = ("state_", "outcome_", "why_", "test_", "said_", "did_")
    assert {key for key in WORDS["en"] if not key.startswith(kinds)} - used == set()


def test_reasons_and_lives_are_told_in_the_readers_words() -> None:
    assert why("en", "no_consent") == "they have not agreed to hear from us, or took it back"
    assert why("fa", "550 no such user") == "550 no such user"
    said = {"what": "consent", "text": "opted out of email", "campaign": "", "channel": "email"}
    assert happened("en", said) == "opted out of email"
    assert happened("fa", said) == "دیگر پیام نخواست (ایمیل)"


def test_figures_are_written_as_the_reader_does() -> None:
    persian = Figures("fa", Calendar("Asia/Tehran"))
    assert persian.number(1234567) == "۱٬۲۳۴٬۵۶۷"
    assert persian.when("2026-03-21T06:30:00Z") == "شنبه ۱ فروردین ۱۴۰۵، ۱۰:۰۰"
    english = Figures("en", Calendar("Europe/London"))
    assert english.people(1) == "1 person"
    assert english.when("2026-03-21T10:00:00Z") == "10:00 on Sat 21 Mar 2026"


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_everything_can_be_read(scheme: int) -> None:
    """WCAG AA asks for 4.5 to 1 of text, and for 3 to 1 of the edge of a box."""
    roots = re.findall(r":root \{([^}]*)\}", STYLE)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", roots[scheme]))
    for upper, lower, least in [*((*pair, 4.5) for pair in PAIRS), ("edge", "card", 3)]:
        light, dark = sorted((luminance(colours[upper]), luminance(colours[lower])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= least, (upper, lower)


def test_days_are_named_right() -> None:
    """Monday 2 March 2026 and the six days after it."""
    figures = Figures("fa", Calendar("UTC"))
    days = [figures.when(datetime(2026, 3, 2 + n, 10, tzinfo=UTC).isoformat()).split()[0] for n in range(7)]
    assert days == ["دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه"]
