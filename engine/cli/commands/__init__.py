"""One file for each group of commands; importing this package registers them all."""

from engine.cli.commands import daemon, data, demo, operate, preview, rules, run

__all__ = ["daemon", "data", "demo", "operate", "preview", "rules", "run"]
