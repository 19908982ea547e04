"""The demo keeps its promise: what the preview says is sent, once."""

from pathlib import Path

import pytest

from engine.cli.program import run


def test_the_demo_sends_what_it_promised_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REKINDLE_NOW", "2026-07-01T10:30:00Z")
    assert run(["demo", "here"]) == 0
    told = capsys.readouterr()
    assert "0 sent twice" in told.out
    assert "segments: no mistakes" in told.out
    files = [file for file in Path("here/outbox").iterdir() if not file.name.startswith(".")]
    assert len(files) > 500
    assert f"{len(files):,} promised, {len(files):,} sent" in told.out
    assert {file.suffix for file in files} == {".eml", ".txt"}
    assert 'dir="rtl"' in Path("here/preview/index.html").read_text("utf-8") or any(
        'dir="rtl"' in file.read_text("utf-8") for file in Path("here/preview").rglob("*.html")
    )


def test_the_demo_spares_a_folder_that_is_not_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    assert run(["demo", str(tmp_path)]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").exists()
