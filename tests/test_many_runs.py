"""Twenty `run`s at once, as twenty processes: every message goes once."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.app import App, init

PEOPLE = 60
CAMPAIGN = """campaign: hello
describe: Everybody.
stage: active
schedule: daily at 10:00
audience: {everyone: true}
limits: {max_audience: 1000}
steps:
  - email: onboarding/welcome
"""


def test_twenty_runs_at_once_send_nothing_twice(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init(tmp_path)
    (tmp_path / "rules" / "hello.yaml").write_text(CAMPAIGN)
    file = tmp_path / "customers.csv"
    rows = [f"c{n},c{n}@example.com,yes,2011-01-01" for n in range(PEOPLE)]
    file.write_text("\n".join(["customer_id,email,email_consent,created_at", *rows]))
    environment = os.environ | {"REKINDLE_NOW": "2011-12-10T10:00:00Z", "REKINDLE_DATABASE__URL": store_url}
    words = [sys.executable, "-m", "engine"]
    settings = ["--config", str(tmp_path / "config.yaml")]
    subprocess.run([*words, *settings, "import", "customers", str(file)], env=environment, check=True)
    runs = [
        subprocess.Popen(
            [*words, *settings, "run", "hello"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(20)
    ]
    for one in runs:
        _, told = one.communicate(timeout=120)
        assert one.returncode == 0, told.decode()
    monkeypatch.setenv("REKINDLE_DATABASE__URL", store_url)
    app = App.open(tmp_path / "config.yaml")
    ledger = list(app.deliveries())
    app.close()
    assert Counter(row["state"] for row in ledger) == {"accepted": PEOPLE}
    assert {row["attempts"] for row in ledger} == {1}
    files = list((tmp_path / "outbox").glob("*.eml"))
    assert len(files) == PEOPLE
    assert {row["provider_id"] for row in ledger} == {file.name for file in files}
