"""Style rules written into the tags, once a template: many mail programs ignore style sheets.

css-inline reads the page without its Jinja, every tag numbered, and says which style each tag gets;
that style is then written into the tag where it stands in the source. Nothing else of the source is
touched, so that conditions, loops and a `>=` inside a tag survive, and the sheets stay for the media
queries in them. A tag whose class is chosen by a statement is left to the sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import css_inline

from engine.compose.constructs import Region, blocks, constructs
from engine.compose.tags import Markup, Tag, markup

_NUMBERED = re.compile(r"<[a-zA-Z](?:\"[^\"]*\"|[^\"<>])*?\sdata-rekindle=\"(\d+)\"(?:\"[^\"]*\"|[^\"<>])*>")
_STYLE = re.compile(r"\sstyle=\"([^\"]*)\"")
_MAX_DEPTH = 20
#: Blocks within themselves double at every level.
_MAX_STRETCHES = 5_000

Stretch = tuple[str, int, int]


def inline(files: Mapping[str, str], chain: Sequence[str], is_wrapped: bool = False) -> dict[str, str]:
    """The sources with the styles in their tags. `chain` is the template, then what it extends, in order.

    One that is wrapped is as a whole the layout's block `body`, unless it has a block of that name.
    """
    page = _Page(files, chain, is_wrapped)
    root = chain[-1]
    skeleton = "".join(page.walk((root, 0, len(files[root]))))
    if "<style" not in skeleton.lower():
        return dict(files)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False)
    styles = dict(_numbered(inliner.inline(skeleton)))
    return {file: _written(source, page.numbers.get(file, {}), styles) for file, source in files.items()}


def _numbered(html: str) -> Iterator[tuple[int, str]]:
    for tag in _NUMBERED.finditer(html):
        style = _STYLE.search(tag.group())
        if style and "{" not in style.group(1):
            yield int(tag.group(1)), style.group(1).strip().rstrip(";")


def _written(source: str, numbers: Mapping[Tag, int], styles: Mapping[int, str]) -> str:
    """The source with each tag's style in it; a tag's own declarations come later, and so win."""
    parts, at = [], 0
    for tag, number in numbers.items():
        style = styles.get(number)
        if style and tag.style is None:
            parts += [source[at : tag.after_name], f' style="{style}"']
            at = tag.after_name
        elif style and tag.style and source[tag.style[0] - 1] == '"':
            parts += [source[at : tag.style[0]], f"{style}; "]
            at = tag.style[0]
    return "".join([*parts, source[at:]])


class _Page:
    """The page that layouts, blocks and includes make together, as HTML without Jinja."""

    def __init__(self, files: Mapping[str, str], chain: Sequence[str], is_wrapped: bool) -> None:
        self.files = files
        self._walked = 0
        self.numbers: dict[str, dict[Tag, int]] = {}
        self._markups: dict[str, Markup] = {}
        self._blocks = {file: list(blocks(source)) for file, source in files.items()}
        #: Who fills a block: the first file of the chain that has it.
        self._fills = {
            region.name: (file, region.inner, region.inner_end)
            for file in reversed(chain)
            for region in self._blocks[file]
        }
        if is_wrapped and self._fills.get("body", ("",))[0] != chain[0]:
            self._fills["body"] = (chain[0], 0, len(files[chain[0]]))

    def walk(self, stretch: Stretch, depth: int = 0) -> Iterator[str]:
        """The page's pieces between two places of a file, with its blocks and includes filled in."""
        file, at, end = stretch
        self._walked += 1
        if depth > _MAX_DEPTH or self._walked > _MAX_STRETCHES:  # files that include each other
            return
        for hole_start, hole_end, filling in self._holes(stretch):
            if hole_start >= at:
                yield self._piece(file, at, hole_start)
                yield from self.walk(filling, depth + 1)
                at = hole_end
        yield self._piece(file, at, end)

    def _holes(self, stretch: Stretch) -> list[tuple[int, int, Stretch]]:
        """The blocks and includes of the stretch, outer ones first, each with what goes there."""
        file, start, end = stretch
        holes = [
            (region.start, region.end, self._filling(file, region))
            for region in self._blocks[file]
            if start <= region.start and region.end <= end
        ]
        holes += [
            (one.start, one.end, (one.name, 0, len(self.files[one.name])))
            for one in constructs(self.files[file])
            if one.word == "include" and one.name in self.files and start <= one.start and one.end <= end
        ]
        return sorted(holes, key=lambda hole: (hole[0], -hole[1]))

    def _filling(self, file: str, region: Region) -> Stretch:
        return self._fills.get(region.name, (file, region.inner, region.inner_end))

    def _piece(self, file: str, start: int, end: int) -> str:
        """The HTML of a stretch, each tag numbered."""
        if file not in self._markups:
            self._markups[file] = markup(self.files[file])
            first = 1 + sum(len(numbers) for numbers in self.numbers.values())
            self.numbers[file] = {tag: first + n for n, tag in enumerate(self._markups[file].tags)}
        html = self._markups[file].html
        parts, at = [], start
        for tag, number in self.numbers[file].items():
            if start <= tag.after_name < end:
                parts += [html[at : tag.after_name], f' data-rekindle="{number}"']
                at = tag.after_name
        return "".join([*parts, html[at:end]])
