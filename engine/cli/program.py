"""The commands and their options, and how failures become exit codes."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine import __version__
from engine.cli import logs, output
from engine.errors import RekindleError
from engine.text import in_place

if TYPE_CHECKING:
    from engine.app import App

program = typer.Typer(
    name="rekindle",
    help="Keeps customers coming back: rules in YAML, messages in Jinja, a ledger that never sends twice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Chosen:
    """What was said before the command."""

    config: Path | None = None
    opened: App | None = None


def app() -> App:
    """The App of this folder. Heavy modules are imported here, so that `--help` stays quick."""
    from engine.app import App

    Chosen.opened = App.open(Chosen.config)
    return Chosen.opened


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rekindle {__version__}")
        raise typer.Exit


@program.callback()
def _common(
    config: Annotated[
        Path | None, typer.Option("--config", help="The config.yaml to use.", envvar="REKINDLE_CONFIG")
    ] = None,
    log_format: Annotated[
        logs.Form,
        typer.Option(
            "--log-format", help="Log lines for people, or a JSON object each.", envvar="REKINDLE_LOG_FORMAT"
        ),
    ] = logs.Form.TEXT,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    Chosen.config = config
    logs.start(form=log_format)


def run(arguments: Sequence[str]) -> int:
    """Runs one command line. Returns its exit code: 0, 1, 2, 70 or 75."""
    from engine.cli import commands  # noqa: F401  registers the commands

    Chosen.config = None
    output.prepare()
    try:
        result: object = program(args=list(arguments), prog_name="rekindle", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except typer.TyperException as error:
        return _misused(error)
    except typer.Abort:
        output.err().print("stopped")
        return 130
    except RekindleError as error:
        output.show_error(error, _root())
        return error.exit_code
    except (BrokenPipeError, SystemExit):  # the library exits by itself where the reader went away
        output.close_quietly()
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        return _refused(error) or _bug()
    except Exception:  # noqa: BLE001  the last one that can tell
        return _bug()
    finally:
        if Chosen.opened is not None:
            Chosen.opened.close()
            Chosen.opened = None


def _bug() -> int:
    traceback.print_exc()
    output.err().print("rekindle: this is a bug of ours; please report it with the lines above")
    return 70


def _refused(error: OSError) -> int:
    """A full disk, or a file that may not be touched, in a sentence; 0 for what is neither."""
    name = str(error.filename2 or error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        output.close_quietly()
        what, code = f"{name or 'what is told'} cannot be written: {error.strerror}", 75
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and name:
        what, code = f"{name} cannot be used: {error.strerror}; look at its permissions", 2
    else:
        return 0
    output.err().print(f"rekindle: {in_place(what)}", markup=False)
    return code


def _root() -> Path | None:
    """Where the files that problems name are."""
    return Chosen.config.parent if Chosen.config else None


def _misused(error: typer.TyperException) -> int:
    """An unknown command or option, in a sentence."""
    told = getattr(error, "format_message", lambda: str(error))()
    if told:
        told += "; it stands before the command" if told.endswith(" --config") else ""
        told = told.rstrip(".")
        told += "" if told.endswith("?") else "."
        context = getattr(error, "ctx", None)
        asked = context.command_path if context else "rekindle"
        output.err().print(f"rekindle: {told} See `{asked} --help`.", markup=False)
    return 2
