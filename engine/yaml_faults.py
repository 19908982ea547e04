"""What a YAML parser complains of, in words for the person who wrote the file."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from engine.errors import Place, Problem

#: What the parser says, what it means to a person, and whether to point at where the thing began.
_FAULTS = (
    ("scanning a quoted scalar", "a quotation mark is not closed", "close it on the same line", True),
    ("parsing a flow sequence", "a bracket [ is not closed with ]", "or a comma is missing", True),
    ("parsing a flow mapping", "a brace { is not closed with }", "or a comma is missing", True),
    ("scanning an alias", "a text that begins with * must stand in quotes", "", True),
    ("scanning an anchor", "a text that begins with & must stand in quotes", "", True),
    ("cannot start any token", "a text cannot begin with this sign", "put the text in quotes", False),
    ("mapping values are not allowed", "a colon cannot stand here",
     "is one missing on the line above? A text with a colon and a blank needs quotes", False),
    ("could not find expected ':'", "a colon is missing", "keys are written like `country: GB`", True),
    ("found '}'", "a } stands here that closes nothing", "take it away, or write its {", False),
    ("found ']'", "a ] stands here that closes nothing", "take it away, or write its [", False),
    ("unknown escape character", "a \\ means something else in double quotes", "use single ones", False),
    ("expected <block end>", "this line does not fit the lines above it",
     "lines of one list or mapping begin in the same column", False),
)  # fmt: skip
_INNER_QUOTES = "a text with quotes in it is written 'like \"this\"'"


def syntax(error: MarkedYAMLError, text: str, file: str) -> Problem:
    """What does not parse, in words for the person who wrote it."""
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    what = one_line(error.problem or error.context or error)
    if "'\\t'" in what or "\t" in what:
        return Problem(place, "a tab cannot be used to indent", "use spaces")
    said = f"{one_line(error.context)}: {what}"
    if "found '<scalar>'" in said and mark and _ends_in_a_quote(text, mark.line, mark.column):
        return Problem(place, "nothing can stand behind the text in quotes", _INNER_QUOTES)
    for words, told, hint, at_start in _FAULTS:
        if words in said:
            mark = error.context_mark if at_start and error.context_mark else mark
            place = Place(file, mark.line + 1, mark.column + 1) if mark else place
            return Problem(place, told, hint)
    hint = "check the indentation, the colons and the quotes near here"
    return Problem(place, f"this is not valid YAML: {what}", hint)


def unreadable(error: ReaderError, text: str, file: str) -> Problem:
    """A character that no YAML file may hold."""
    lines = text[: error.position].split("\n")
    told = f"the character U+{int(error.character):04X} cannot stand in a file"
    return Problem(
        Place(file, len(lines), len(lines[-1]) + 1), told, "take it out; an editor may not show it"
    )


def one_line(error: object) -> str:
    """The first line of what the parser says."""
    return str(error).splitlines()[0][:200] if str(error) else "unreadable"


def _ends_in_a_quote(text: str, line: int, column: int) -> bool:
    lines = text.split("\n")
    return line < len(lines) and lines[line][:column].rstrip().endswith(("'", '"'))
