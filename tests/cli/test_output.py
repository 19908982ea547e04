"""Where what is told cannot be written: full disks, closed pipes, terminals of another alphabet."""

import io
import os
import sys
from pathlib import Path

import pytest

from engine.app import init
from engine.cli import output
from engine.cli.program import run


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    init(Path())


def test_a_full_disk_behind_the_output_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = os.dup(1)
    try:
        with open("/dev/full", "w") as full:
            os.dup2(full.fileno(), 1)
        with io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stdout", stream)
            assert run(["rules", "describe", "win-back"]) == 75
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    assert "rekindle: what is told cannot be written: No space left on device" in capfd.readouterr().err


def test_a_pipe_gets_utf_8_and_a_narrow_terminal_what_it_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal, shown in ((False, "سلام \\udcff\n".encode()), (True, b"???? ?\n")):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding="ascii")
        monkeypatch.setattr(stream, "isatty", lambda terminal=terminal: terminal, raising=False)
        monkeypatch.setattr(sys, "stdout", stream)
        output.prepare()
        print("سلام \udcff", flush=True)
        assert raw.getvalue() == shown


def test_an_output_that_is_closed_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert run(["rules", "describe", "win-back"]) == 0
    sys.stdout.close()


@pytest.mark.parametrize("words", [("rules", "new", "birthday"), ("init", "rules/birthday.yaml/more")])
def test_a_file_that_may_not_be_written_is_a_sentence(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert run(list(words)) == 2
    told = capsys.readouterr().err
    assert "cannot be used: Permission denied; look at its permissions" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("words", "command"), [(("import",), "rekindle import"), (("preview", "--foo"), "rekindle preview")]
)
def test_what_is_misused_names_the_help_of_its_command(
    words: tuple[str, ...], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(list(words)) == 2
    assert f"See `{command} --help`." in capsys.readouterr().err
