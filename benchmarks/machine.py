"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3


def describe(postgresql: str = "") -> str:
    """One line: processors, system, Python, SQLite, PostgreSQL."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [
        f"{cores} cores",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    return ", ".join([*parts, f"PostgreSQL {postgresql}"] if postgresql else parts)
