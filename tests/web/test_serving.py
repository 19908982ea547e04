"""`serve` and `daemon --serve` as processes: they answer, and end when they are told to."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from engine.cli.program import run
from tests.daemon.conftest import small_shop as small_shop
from tests.daemon.shop import PATIENCE, ROOT, Process, Shop


def start(shop: Shop, *words: str) -> Process:
    out = shop.root / "serve.log"
    command = [sys.executable, "-m", "engine", "--config", str(shop.root / "config.yaml"), *words]
    with out.open("wb") as log:
        popen = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT)
    shop.running.append(Process(popen, out))
    return shop.running[-1]


def address(process: Process) -> str:
    process.says("listening on")
    found = re.search(r"listening on (\S+)", process.said)
    assert found
    return found[1]


def get(url: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=PATIENCE)


@pytest.mark.parametrize("words", [("serve",), ("daemon", "--serve")])
def test_it_answers_until_it_is_told_to_end(small_shop: Shop, words: tuple[str, ...]) -> None:
    small_shop.campaign()
    process = start(small_shop, *words, "--port", "0")
    url = address(process)
    assert get(f"{url}/healthz").text == "alive\n"
    assert get(f"{url}/u/secret-token").status_code == 404
    begun = time.monotonic()
    assert process.stop(signal.SIGTERM) == 0
    assert time.monotonic() - begun < 30
    assert "secret-token" not in process.said
    assert "Traceback" not in process.said


def test_the_daemons_door_takes_over_edits(small_shop: Shop) -> None:
    process = start(small_shop, "daemon", "--serve", "--port", "0")
    url = address(process)
    assert "Corner Shop" in get(f"{url}/u/x").text
    file = small_shop.root / "config.yaml"
    small_shop.write("config.yaml", file.read_text("utf-8").replace("name: Corner Shop", "name: فروشگاه"))
    end = time.monotonic() + PATIENCE
    while "فروشگاه" not in get(f"{url}/u/x").text:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_is_missing_is_told_in_a_sentence(
    small_shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(small_shop.root / "config.yaml")]
    assert run([*config, "serve", "--host", "256.1.1.1"]) == 2
    assert "cannot listen on 256.1.1.1" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "engine.web.server", None)
    monkeypatch.setenv("REKINDLE_DATABASE__URL", f"sqlite:///{tmp_path / 'none.db'}")
    for name in [name for name in sys.modules if name.startswith("engine.web")]:
        monkeypatch.delitem(sys.modules, name)
    assert run([*config, "serve", "--port", "0"]) == 2
    assert "there is no store yet" in capsys.readouterr().err
    for name in [name for name in sys.modules if name.startswith("engine.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert run([*config, "serve"]) == 2
    assert capsys.readouterr().err == "rekindle: the web app needs FastAPI: pip install 'rekindle[web]'\n"
