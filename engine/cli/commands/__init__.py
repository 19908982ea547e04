"""One file for each group of commands; importing this package registers them in the order of `--help`."""

from importlib import import_module

for _name in (
    "data",
    "move",
    "check",
    "rules",
    "recipes",
    "preview",
    "explain",
    "run",
    "operate",
    "resolve",
    "doctor",
    "report",
    "offers",
    "customer",
    "daemon",
    "serve",
    "demo",
):
    import_module(f"{__name__}.{_name}")
