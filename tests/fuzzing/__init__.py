"""Mutated rule files and templates, and what `check` says of them: never a traceback, never a long wait."""
