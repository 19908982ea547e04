"""Ways to spoil a file: as people do by accident, and as nobody would."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

_TOKEN = re.compile(r"[\w.%-]+|[^\w\s]")
_WORD = re.compile(r"[A-Za-z_]{3,}")
_PUNCTUATION = "{ } [ ] : - , ' \" | > % @ ` & * ! ? # \t \\ ~ = {{ }} {% %} {# #}".split(" ")
_ODD = (
    "null", "~", "true", "NO", "yes", "off", "0", "-1", "1e3", "0x1f", "007", ".nan", "10:00", "9" * 20,
    "3.14159265358979", "10%", "0.1%", "101%", "30 days", "0 days", "-3 months", "999999 years", "2026-02-30",
    "9999-12-31", "0001-01-01", "1405-09-30", "۱۴۰۵-۰۹-۳۰", "۱۸۰ days", "2026-03-21T10:00:00+99:00",
    "every 0 minutes", "daily at 25:00", "0 10 * * *", "*/0 * * * *", "after", "[]", "{}", "[[[]]]",
    "{a: {a: {a: 1}}}", "''", '" "', "{is: null}", "{between: [2, 1]}", "{between: [1]}", "{in: []}",
    "{exists: maybe}", "{at_least: {at_least: 1}}", "&a [*a]", "*a", "<<: *a", "!!python/object:os.system x",
    "!!binary x", "---", "...", "%YAML 1.1", "? x", "|", ">-", "\ufeff", "\u200c", "\u202e", "\u2028", "\x85",
    "\x00", "\x07", "😀", "كيك", "ی", "ﷺ", "e\u0301", "\udc80",
)  # fmt: skip
_KEYS = (
    "segment campaign audience all any none everyone country tag attribute name orders count spend total "
    "bought sku last_purchase ago within older_than at_least at_most between where status did event steps "
    "email sms wait schedule cron once timezone recipient starts ends reenter per goal exit holdout limits "
    "max_share trigger branch split first_of offer only_if birthday rank rfm overdue after_event received "
    "enrolled offered consent"
).split()
_NESTS = (
    ("{all: [", "]}"), ("[", "]"), ("{a: ", "}"), ("{none: [{any: [", "]}]}"), ("- ", ""), ("(", ")"),
    ("{% if x %}", "{% endif %}"), ("{% for x in y %}", "{% endfor %}"), ("{{ ", " }}"), ("<b>", "</b>"),
)  # fmt: skip


def mutated(text: str, others: Sequence[str], random: Random) -> bytes:
    """The text after one to four mutations."""
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        text = random.choice(_TEXTS)(text, others, random)[:270_000]
    raw = text.encode("utf-8", "surrogatepass" if random.random() < 0.05 else "replace")
    return _bytes(raw, random) if random.random() < 0.08 else raw


def _bytes(raw: bytes, random: Random) -> bytes:
    """Some bytes changed for others: often no UTF-8 any more."""
    spoilt = bytearray(raw)
    for _ in range(random.randint(1, 6)):
        if spoilt:
            spoilt[random.randrange(len(spoilt))] = random.randrange(256)
    return random.choice((b"", b"", b"\xff\xfe", b"\xef\xbb\xbf")) + bytes(spoilt)


def _span(text: str, form: re.Pattern[str], random: Random) -> tuple[int, int]:
    found = [match.span() for match in form.finditer(text)]
    return random.choice(found) if found else (0, 0)


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _token_for_odd(text: str, others: Sequence[str], random: Random) -> str:
    return _put(text, _span(text, _TOKEN, random), random.choice(_ODD))


def _token_for_token(text: str, others: Sequence[str], random: Random) -> str:
    one, two = _span(text, _TOKEN, random), _span(text, _TOKEN, random)
    return _put(text, one, text[two[0] : two[1]])


def _token_of_another(text: str, others: Sequence[str], random: Random) -> str:
    other = random.choice(others)
    start, end = _span(other, _TOKEN, random)
    return _put(text, _span(text, _TOKEN, random), other[start:end])


def _misspelt(text: str, others: Sequence[str], random: Random) -> str:
    start, end = _span(text, _WORD, random)
    word = list(text[start:end])
    if len(word) > 2:
        at = random.randrange(len(word) - 1)
        change: Callable[[], object] = random.choice(
            (
                lambda: word.pop(at),
                lambda: word.insert(at, word[at]),
                lambda: word.append("s"),
                lambda: _swap(word, at),
            )
        )
        change()
    return _put(text, (start, end), "".join(word))


def _swap(word: list[str], at: int) -> None:
    word[at], word[at + 1] = word[at + 1], word[at]


def _key(text: str, others: Sequence[str], random: Random) -> str:
    return _put(text, _span(text, _WORD, random), random.choice(_KEYS))


def _indented(text: str, others: Sequence[str], random: Random) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    for number in range(at, min(len(lines), at + random.randint(1, 4))):
        more = random.choice((" ", "  ", "\t", "      "))
        lines[number] = more + lines[number] if random.random() < 0.6 else lines[number].lstrip()
    return "\n".join(lines)


def _lines(text: str, others: Sequence[str], random: Random) -> str:
    lines = text.split("\n")
    at = random.randrange(len(lines))
    some = lines[at : at + random.randint(1, 3)]
    kind = random.randrange(4)
    if kind == 0:
        lines[at : at + len(some)] = []
    elif kind == 1:
        lines[at:at] = some * random.choice((1, 1, 2, 50))
    elif kind == 2:
        random.shuffle(lines)
    else:
        theirs = random.choice(others).split("\n")
        start = random.randrange(len(theirs))
        lines[at:at] = theirs[start : start + random.randint(1, 4)]
    return random.choice(("\n", "\n", "\n", "\r\n")).join(lines)


def _deeper(text: str, others: Sequence[str], random: Random) -> str:
    """Something nested, many times over: of YAML, or of Jinja."""
    times = random.choice((3, 12, 30, 300, 3000))
    opener, closer = random.choice(_NESTS)
    start, end = _span(text, _TOKEN, random)
    return _put(text, (start, end), opener * times + text[start:end] + closer * times)


def _longer(text: str, others: Sequence[str], random: Random) -> str:
    start, end = _span(text, _TOKEN, random)
    return _put(text, (start, end), text[start:end] * random.choice((2, 100, 5000)))


def _inserted(text: str, others: Sequence[str], random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice((random.choice(_PUNCTUATION), random.choice(_ODD), "\n")) + text[at:]


def _cut(text: str, others: Sequence[str], random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + text[at + random.choice((1, 1, 2, 10, 10_000)) :]


def _digits(text: str, others: Sequence[str], random: Random) -> str:
    """Digits of another script, and other letters that look alike."""
    table = str.maketrans(
        "0123456789ae", random.choice(("۰۱۲۳۴۵۶۷۸۹аe", "٠١٢٣٤٥٦٧٨٩aе", "０１２３４５６７８９ａｅ"))
    )
    start = random.randrange(len(text) + 1)
    end = start + random.choice((3, 30, 3000))
    return text[:start] + text[start:end].translate(table) + text[end:]


_TEXTS: tuple[Callable[[str, Sequence[str], Random], str], ...] = (
    _token_for_odd, _token_for_odd, _token_for_token, _token_of_another, _misspelt, _misspelt, _key,
    _indented, _lines, _lines, _deeper, _longer, _inserted, _inserted, _cut, _digits,
)  # fmt: skip
