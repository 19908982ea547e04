"""Their column names and ours."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher

from engine.errors import YoursToFix
from engine.ingest.kind import Kind
from engine.ingest.sheet import Sheet
from engine.ingest.source import Batch
from engine.ingest.tally import Tally
from engine.settings import ImportMap
from engine.text import did_you_mean, nearest, single_line

#: How alike a misspelt name is to the right one, and how long a name must be to be told apart at all.
_SLIP, _LONG_ENOUGH = 0.8, 4


class Columns:
    """Names a file's columns as the kind knows them, and maps the values that the settings map."""

    def __init__(
        self, file: str, name: str, kind: type[Kind], configured: ImportMap, asked: Mapping[str, str]
    ) -> None:
        self.file = file
        self.name = name
        self.kind = kind
        self.known = (*kind.required, *kind.any_of, *kind.optional)
        self.asked = dict(asked)
        self.renamed = {theirs.strip(): ours for theirs, ours in {**configured.columns, **asked}.items()}
        self.values = {
            ours: {theirs.strip().lower(): value for theirs, value in mapped.items()}
            for ours, mapped in configured.values.items()
        }
        self.notes: list[str] = []
        self._named: dict[tuple[str, ...], dict[str, int]] = {}
        self._check_map()

    def sheet(self, batch: Batch, tally: Tally) -> Sheet:
        """The batch under our names. Raises YoursToFix for a header that cannot serve."""
        if not batch.header:  # JSON Lines without a row so far
            return Sheet({}, [], tally)
        places = self._named.get(batch.header)
        if places is None:
            places = self._named[batch.header] = self._places(batch.header)
        columns = {ours: self._mapped(ours, batch.columns[place]) for ours, place in places.items()}
        return Sheet(columns, batch.numbers, tally)

    def _mapped(self, ours: str, texts: list[str]) -> list[str]:
        mapped = self.values.get(ours)
        return [mapped.get(text.strip().lower(), text) for text in texts] if mapped else texts

    def _check_map(self) -> None:
        unknown = [ours for ours in (*self.renamed.values(), *self.values) if ours not in self.known]
        if unknown and not self.kind.further:
            hint = did_you_mean(unknown[0], self.known)
            raise YoursToFix(f"{self.name} have no column {unknown[0]!r} to map to; {hint}")

    def _places(self, header: tuple[str, ...]) -> dict[str, int]:
        first = not self._named
        places: dict[str, int] = {}
        for place, theirs in enumerate(header):
            ours = self._ours(theirs)
            if ours is None:
                continue
            if ours in places:
                raise YoursToFix(f"{self.file} has two columns for {ours}; leave one out or map it elsewhere")
            places[ours] = place
        if first:
            self._check_header(header, places)
            self._note_further(places)
        self._note_unused(header)
        return places

    def _ours(self, theirs: str) -> str | None:
        if theirs in self.renamed:
            return self.renamed[theirs]
        plain = theirs.lower().replace(" ", "_")
        if plain in self.known:
            return plain
        return single_line(theirs) or None if self.kind.further else None

    def _check_header(self, header: tuple[str, ...], places: Mapping[str, int]) -> None:
        for theirs in self.asked:
            if theirs.strip() not in header:
                raise YoursToFix(
                    f"{self.file} has no column {theirs!r} to map; {did_you_mean(theirs, header)}"
                )
        for ours in self.kind.required:
            if ours not in places:
                raise YoursToFix(
                    f"{self.file} has no column {ours}, which {self.name} need; {_advice(ours, header)}"
                )
        if self.kind.any_of and not any(ours in places for ours in self.kind.any_of):
            wanted = " or ".join(self.kind.any_of)
            advice = _advice(self.kind.any_of[0], header)
            raise YoursToFix(f"{self.file} has no column {wanted}, and {self.name} need one; {advice}")

    def _note_further(self, places: Mapping[str, int]) -> None:
        further = [ours for ours in places if ours not in self.known and ours not in self.renamed.values()]
        if further:
            listed = ", ".join(further[:12]) + (", ..." if len(further) > 12 else "")
            self.notes.append(f"kept as {self.kind.further}, for want of a column of ours: {listed}")
        self.notes += [note for ours in further if (note := self._meant(ours, places))]

    def _meant(self, theirs: str, places: Mapping[str, int]) -> str:
        """Which of our columns was probably meant, when the file has none of that name."""
        near = nearest(theirs, self.known)
        if near is None or near in places or len(theirs) < _LONG_ENOUGH or not _alike(theirs, near):
            return ""
        return f"did you mean {near} by {theirs}? Then add --map {_quoted(theirs)}={near}"

    def _note_unused(self, header: tuple[str, ...]) -> None:
        unused = [theirs or "(no name)" for theirs in header if self._ours(theirs) is None]
        for theirs in unused:
            note = f"the column {theirs} is not used by {self.name}"
            if note not in self.notes:
                self.notes.append(note)


def _alike(theirs: str, ours: str) -> bool:
    """Whether one is the other with a slip of the pen: `emial`, `e-mail`, `Adress` are, `city_tax` is not."""
    plain = "".join(filter(str.isalnum, theirs.lower()))
    return SequenceMatcher(None, plain, ours.replace("_", "")).ratio() >= _SLIP


def _advice(ours: str, header: tuple[str, ...]) -> str:
    named = [theirs for theirs in header if theirs]
    near = nearest(ours, named)
    if near:
        return f"did you mean to map {near}? Then add --map {_quoted(near)}={ours}"
    listed = ", ".join(named[:12]) + (", ..." if len(named) > 12 else "")
    return f"it has {listed}; name the one that is meant with --map theirs={ours}"


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
