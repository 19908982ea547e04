"""The caret stands under the word, in any script and at any length."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from engine.cli.excerpt import excerpt
from engine.errors import Place


def shown(folder: Path, text: str, column: int, line: int = 1, name: str = "x.yaml") -> list[str]:
    (folder / name).write_bytes(text.encode("utf-8"))
    return excerpt(Place(name, line, column), folder)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("country: FR", "FR"),
        ("city: 北京市 # here: FR", "FR"),
        ("\tcity: FR", "FR"),
        ("describe: e\u0301te\u0301 FR", "FR"),
        ("name: 👨‍👩‍👧 FR", "FR"),
        ("{a: 北京, b: 北京市}", "北京市"),
    ],
)
def test_the_caret_is_under_the_first_letter(tmp_path: Path, text: str, word: str) -> None:
    line, caret = shown(tmp_path, text, text.rindex(word) + 1)
    assert caret.strip() == "^"
    assert cell_len(line[: line.rindex(word)]) == caret.index("^")


@pytest.mark.parametrize(
    ("text", "at", "run"),
    [
        ("city: علی", "علی", "علی"),
        ("all: [city: علي, city: علی\u200cآباد]", "علی\u200cآباد", "علی\u200cآباد"),
        ("tag: [ویژه, مهم]", "مهم", "ویژه, مهم"),  # a terminal may turn the whole of it round
        ("tag: [ویژه, vip]", "ویژه", "ویژه"),
    ],
)
def test_right_to_left_text_is_underlined_from_end_to_end(
    tmp_path: Path, text: str, at: str, run: str
) -> None:
    """Whichever way a terminal turns it, its ends are where they are."""
    line, caret = shown(tmp_path, text, text.index(at) + 1)
    start = caret.index("^")
    assert start == cell_len(line[: line.index(run)])
    assert len(caret) - start == cell_len(run)


def test_what_follows_right_to_left_text_is_pointed_at_as_ever(tmp_path: Path) -> None:
    line, caret = shown(tmp_path, "tag: [ویژه, vip]", "tag: [ویژه, vip]".index("vip") + 1)
    assert caret.index("^") == line.index("vip")


@pytest.mark.parametrize("column", [1, 90, 250, 399, 400])
def test_a_long_line_is_cut_about_the_place(tmp_path: Path, column: int) -> None:
    text = "".join(chr(ord("a") + n % 26) for n in range(400))
    line, caret = shown(tmp_path, text, column)
    assert len(line) <= 160
    assert line[caret.index("^")] in (text[column - 1], "…")


def test_lines_end_where_the_reader_of_the_file_ends_them(tmp_path: Path) -> None:
    assert shown(tmp_path, "a: 1\r\nb: 2\x85c: 3\u2028d: 4", 4, line=4) == ["d: 4", "   ^"]
    assert shown(tmp_path, "one\u2028still one\rtwo", 1, line=2, name="x.sms.j2") == ["two", "^"]
    assert shown(tmp_path, "\ufeffcountry: GB", 10) == ["country: GB", " " * 9 + "^"]


def test_nothing_is_shown_of_what_is_not_there(tmp_path: Path) -> None:
    assert shown(tmp_path, "a: 1", 1, line=7) == []
    assert shown(tmp_path, "a: 1\n\n", 1, line=2) == []
    assert shown(tmp_path, "a: 1", 1, line=0) == []
    assert excerpt(Place("REKINDLE_BRAND__NAME", 1, 1), tmp_path) == []
    assert shown(tmp_path, "a: 1", 99) == ["a: 1", "    ^"]


def test_control_characters_do_not_move_the_cursor(tmp_path: Path) -> None:
    assert shown(tmp_path, "a: \x1b[31m b", 10) == ["a:  [31m b", " " * 9 + "^"]
