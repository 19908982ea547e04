"""The folder of templates: which file serves whom, and what a file brings along. Confined to the folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath

from engine.compose.references import references
from engine.errors import Place, Problem, Problems, YoursToFix
from engine.text import did_you_mean
from engine.vocabulary import Channel

MAX_BYTES = 256 * 1024
MAX_FILES = 50
#: What every email is wrapped in, unless it extends a layout of its own, and its plain-text part always.
EMAIL_LAYOUT, TEXT_LAYOUT = "layouts/email.j2", "layouts/text.j2"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*\Z", re.IGNORECASE)


class Library:
    """The templates as they are now: what was read once is remembered, so make a new one to see edits.

    A template's name is `win-back/we-miss-you`; its path, which `find` answers, names one file:
    `win-back/we-miss-you.fa.email.j2`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._texts: dict[str, str | None] = {}
        self._found: dict[tuple[str, str, str], str] = {}

    def find(self, name: str, channel: Channel | str, language: str = "") -> str:
        """The path of the version for that language, else of the one for everybody.

        Raises YoursToFix, with the nearest name, when there is none.
        """
        key = (name, str(channel), language)
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, name: str, channel: str, language: str) -> str:
        for path in (*_preferred(name, channel, language), *self.versions(name, channel)[:1]):
            if self.text(path) is not None:
                return path
        hint = did_you_mean(name, self.names(channel))
        tail = f" ({hint})" if hint else ""
        raise YoursToFix(f"there is no template {name!r}: templates/{name}.{channel}.j2 does not exist{tail}")

    def exists(self, name: str, channel: Channel | str) -> bool:
        """Whether the template is there in any language."""
        return bool(self.versions(name, channel))

    def names(self, channel: Channel | str) -> list[str]:
        """Every template for that channel, by name."""
        endings = f".{channel}.j2"
        paths = (path.removesuffix(endings) for path in self.paths if path.endswith(endings))
        return sorted({_without_language(path) for path in paths})

    def versions(self, name: str, channel: Channel | str) -> list[str]:
        """The template's files, that for everybody first, then by language."""
        found = [f"{name}.{channel}.j2"] if self.has(f"{name}.{channel}.j2") else []
        form = re.compile(re.escape(name) + rf"\.([A-Za-z0-9-]+)\.{re.escape(str(channel))}\.j2\Z")
        matches = ((path, form.match(path)) for path in self.paths)
        return found + sorted(path for path, match in matches if match and _LANGUAGE.match(match.group(1)))

    def language(self, path: str, locale: str) -> str:
        """The language that a file is written in: the one in its name, else the brand's own.

        Where the brand's own language has a file besides, the other one is taken to be English.
        """
        stem, channel = path.removesuffix(".j2").rsplit(".", 1)
        name = _without_language(stem)
        if name != stem:
            return stem.rsplit(".", 1)[1].lower()
        own = any(self.has(other) for other in _preferred(name, channel, locale)[:-1])
        return "en" if own else locale.lower()

    def hashes(self, name: str, channel: Channel | str) -> dict[str, str]:
        """The SHA-256 of every file behind the template, in all languages, with layouts and includes."""
        return {path: sha256(text.encode()).hexdigest() for path, text in self.texts(name, channel).items()}

    def texts(self, name: str, channel: Channel | str) -> dict[str, str]:
        """Every file behind the template, in all languages, with layouts and includes; by path, sorted.

        One that cannot be read has no text here: nobody is written to from it, whatever version it makes.
        """
        files = [self._readable(path) for path in self.versions(name, channel)]
        return dict(sorted((path, text) for some in files for path, text in some.items()))

    def _readable(self, path: str) -> dict[str, str]:
        try:
            return self.files(path)
        except Problems:
            return {path: ""}

    def files(self, path: str) -> dict[str, str]:
        """The file and every file that it extends, imports or includes, with the layouts; by path."""
        wanted, found = [path], dict[str, str]()
        if path.endswith(".email.j2"):
            wanted += [EMAIL_LAYOUT, TEXT_LAYOUT]
        while wanted and len(found) < MAX_FILES:
            one = wanted.pop(0)
            text = None if one in found else self.text(one)
            if text is not None:
                found[one] = text
                wanted += references(text)
        return found

    def has(self, path: str) -> bool:
        """Whether the file is there, be it that it cannot be read."""
        try:
            return self.text(path) is not None
        except Problems:
            return True

    def text(self, path: str) -> str | None:
        """A file's text; None when there is no such file in the folder. Raises Problems if unreadable."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str | None:
        if not inside(path):
            return None
        file = self.folder / path
        try:
            real = file.resolve(strict=True)
            if not real.is_file() or not real.is_relative_to(self.folder.resolve()):
                return None
            if real.stat().st_size > MAX_BYTES:
                raise _unreadable(path, f"is larger than {MAX_BYTES // 1024} KiB", "make several of it")
            return real.read_text("utf-8-sig")
        except UnicodeDecodeError:
            raise _unreadable(path, "is not UTF-8 text", "save it as UTF-8") from None
        except PermissionError:
            raise _unreadable(path, "may not be read", "look at its permissions") from None
        except (OSError, ValueError, RuntimeError):
            return None

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every template file's path, as it is written in rules and templates."""
        return tuple(sorted(self._walk()))

    def _walk(self) -> Iterator[str]:
        for file in self.folder.rglob("*.j2"):
            path = file.relative_to(self.folder).as_posix()
            if file.is_file():
                yield path


class Texts(Library):
    """Templates out of a mapping of paths to texts: a version as it was kept, or one being edited."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(Path())
        self._kept = dict(texts)

    def _read(self, path: str) -> str | None:
        return self._kept.get(path)

    def _walk(self) -> Iterator[str]:
        return iter(self._kept)


def _unreadable(path: str, told: str, hint: str) -> Problems:
    return Problems([Problem(Place(f"templates/{path}"), told, hint)])


def inside(path: str) -> bool:
    """Whether a path is written as one below the folder: relative, forward, in plain characters."""
    parts = PurePosixPath(path).parts
    plain = not any(letter in "\\:" or letter < " " for letter in path)
    return bool(parts) and plain and not path.startswith("/") and ".." not in parts


def _without_language(stem: str) -> str:
    name, dot, language = stem.rpartition(".")
    return name if dot and "/" not in language and _LANGUAGE.match(language) else stem


def _preferred(name: str, channel: str, language: str) -> list[str]:
    """`fa-IR` asks for fa-ir, then fa, then the file for everybody."""
    tag = language.lower().replace("_", "-")
    parts = tag.split("-") if _LANGUAGE.match(tag) else []
    tags = ["-".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return [*(f"{name}.{tag}.{channel}.j2" for tag in tags), f"{name}.{channel}.j2"]
