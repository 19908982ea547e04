"""A report's phrases and the months' names in Persian."""

from __future__ import annotations

from collections.abc import Mapping

MONTHS: Mapping[str, str] = {}
PHRASES: Mapping[str, str] = {}
