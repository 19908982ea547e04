"""What is shipped with the program: the starter project."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.errors import YoursToFix


def starter() -> Path:
    """The folder with the shipped rules, templates and config.yaml."""
    packed = Path(__file__).parent / "starter"
    return packed if packed.is_dir() else Path(__file__).parent.parent


def init(folder: Path) -> list[Path]:
    """Writes a starter project. Existing files are left alone. Returns what was written."""
    source, written = starter(), []
    files = [source / "config.yaml"]
    files += [file for part in ("rules", "templates") for file in sorted((source / part).rglob("*"))]
    for file in files:
        target = folder / file.relative_to(source)
        if file.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            written.append(target)
    if not written and not (folder / "config.yaml").exists():
        raise YoursToFix(f"nothing could be written into {folder}")
    return written
