"""The files of rules/ and templates/ as they stand on disk, in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.compose.library import MAX_BYTES

RULES, TEMPLATES = "rules", "templates"
_ENDINGS = (".yaml", ".yml")
#: Stands for a file that cannot be read: it is no UTF-8, so fault is found with it.
UNREADABLE = b"\xff"


def read(root: Path) -> dict[str, bytes]:
    """Every rule and template by its path in the project."""
    rules = {path: _bytes(file) for path, file in _below(root, RULES) if path.lower().endswith(_ENDINGS)}
    found = {path: UNREADABLE if content is None else content for path, content in rules.items()}
    for path, file in _below(root, TEMPLATES):
        content = _bytes(file)
        if content is not None and len(content) <= MAX_BYTES and _is_text(content):
            found[path] = content
        elif path.endswith(".j2"):
            found[path] = UNREADABLE
    return found


def texts(files: Mapping[str, bytes]) -> dict[str, str]:
    """The templates among these files, by their path below templates/."""
    return {
        path.removeprefix(f"{TEMPLATES}/"): content.decode("utf-8-sig")
        for path, content in files.items()
        if path.startswith(f"{TEMPLATES}/") and content != UNREADABLE
    }


def unusable(files: Mapping[str, bytes]) -> set[str]:
    """The templates that cannot be read, are no text or too large."""
    return {path for path, content in files.items() if path.startswith(TEMPLATES) and content == UNREADABLE}


def write_rules(files: Mapping[str, bytes], root: Path) -> Path:
    """Writes the rules among these files below `root`, for the loader. Returns their folder."""
    (root / RULES).mkdir()
    for path, content in files.items():
        if path.startswith(f"{RULES}/"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
    return root / RULES


def _below(root: Path, part: str) -> Iterator[tuple[str, Path]]:
    """The files of one folder. A link that leads out of it is not followed."""
    real = (root / part).resolve()
    for folder, _, names in os.walk(root / part):
        for name in sorted(names):
            file = Path(folder, name)
            if file.resolve().is_relative_to(real) and file.is_file():
                yield file.relative_to(root).as_posix(), file


def _bytes(file: Path) -> bytes | None:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError:
        return None


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True
