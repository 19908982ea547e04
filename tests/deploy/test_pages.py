"""The runbook is true: its commands are understood, its tables are the program's, its backup works."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from engine.cycle.doctor.examinations import stops
from engine.cycle.doctor.rounds import in_order
from engine.cycle.measures import KINDS
from engine.store.database import Database
from tests.deploy.words import ROOT, misused, told
from tests.doctor.clinic import broken, patient, sound

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_every_command_of_the_page_is_understood() -> None:
    lines = list(told(PAGE))
    assert misused(iter(lines)) == {}
    assert len(lines) > 30


@pytest.mark.parametrize("name", ["daemon", "web", "sending"])
def test_other_pages_may_leave_words_out(name: str) -> None:
    page = (ROOT / "docs" / f"{name}.md").read_text("utf-8").replace("[--", "--")
    wrong = misused(line.replace("]", "") for line in told(page))
    shortened = ("Missing parameter", "requires an argument")
    assert {line: why for line, why in wrong.items() if not any(words in why for words in shortened)} == {}


def test_what_the_doctor_advises_is_understood() -> None:
    folder = Path(str(stops.__file__)).parent
    code = "".join(path.read_text("utf-8") for path in (*folder.glob("*.py"), folder.parent / "invariant.py"))
    said = re.sub(r'"\s*\n\s*f?"', "", code)
    lines = [re.sub(r"\{[^}]*\}", "NAME", line) for line in re.findall(r"`(rekindle [^`]+)`", said)]
    assert misused(iter(lines)) == {}
    assert len(lines) > 10


def test_its_tables_are_the_programs() -> None:
    (table,) = re.findall(r"^\| name \| what holds .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    assert rows == {name: kind.means for name, kind in in_order()}
    assert set(re.findall(r"rekindle_\w+", PAGE)) == {one.name for one in KINDS}


def test_it_names_headings_and_files_that_there_are() -> None:
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    folder = Path(str(stops.__file__)).parent.parent
    code = "".join(path.read_text("utf-8") for path in folder.rglob("*.py"))
    for heading in re.findall(r"docs/operations\.md, ([A-Z][\w ]+?)[)\"]", code):
        assert heading in headings
    for file in re.findall(r"\bdeploy/[\w.-]+", PAGE):
        assert (ROOT / file).is_file(), file


def test_the_backup_of_a_working_store_can_be_worked_with(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copyfile(migrated_sqlite, tmp_path / "rekindle.db")
    database = Database(f"sqlite:///{tmp_path / 'rekindle.db'}")
    sound(database)
    (command,) = re.findall(r'^python3 -c "(.*)"$', PAGE, re.MULTILINE)
    with database.write():  # somebody works meanwhile
        subprocess.run([sys.executable, "-c", command], cwd=tmp_path, check=True)
    database.close()
    with closing(sqlite3.connect(tmp_path / "backup.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    restored = Database(f"sqlite:///{tmp_path / 'backup.db'}")
    assert broken(patient(restored, tmp_path)) == {}
    restored.close()
