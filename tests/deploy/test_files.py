"""The files of `deploy/` say what the program does: their commands, variables, times and folders."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from engine import settings
from engine.app import init
from engine.channels.channel import PROVIDERS
from engine.cycle.measures import KINDS
from engine.daemon import service
from engine.environment import OTHERS
from engine.settings import SECRETS, SchedulerSettings
from engine.vocabulary import RunState, State
from tests.deploy.words import ROOT, parsed

DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])


def unit(path: Path) -> dict[str, list[str]]:
    """The unit's keys, each with all its values."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[key].append(value)
    return found


def containerfile() -> list[tuple[str, str]]:
    """Instructions and their arguments, lines joined."""
    text = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def of(instruction: str) -> list[str]:
    return [rest for name, rest in containerfile() if name == instruction]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def listed(argument: str) -> list[str]:
    """A list as Containerfiles have it."""
    found: list[str] = YAML(typ="safe").load(argument)
    return found


def the_longest_end() -> float:
    return SchedulerSettings().grace.seconds + service.SETTLE + service.FAREWELL


def test_each_file_is_known() -> None:
    known = {
        *("rekindle.service", "rekindle-doctor.service", "rekindle-doctor.timer", "rekindle.env.example"),
        *("Containerfile", "alerts.yaml", "compose.yaml", "rekindle.sh"),
    }
    assert {path.name for path in DEPLOY.iterdir()} == known


def test_alarms_ask_for_what_is_told() -> None:
    rules = YAML(typ="safe").load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
    told = {one.name: one for one in KINDS}
    states = {*State, *RunState}
    for rule in rules:
        asked = re.findall(r"(rekindle_\w+)(?:\{state=\"(\w+)\"\})?", rule["expr"])
        assert asked or rule["expr"].startswith("up{"), rule["alert"]
        by = set(re.findall(r"by \((\w+)\)", rule["expr"])) | set(
            re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])
        )
        for name, state in asked:
            assert by <= set(told[name].labels), rule["alert"]
            assert not state or ("state" in told[name].labels and state in states), rule["alert"]


@pytest.mark.parametrize("path", [one for one in UNITS if one.suffix == ".service"], ids=lambda one: one.name)
def test_the_units_commands_are_ours(path: Path) -> None:
    read = unit(path)
    expected = {"rekindle.service": ["daemon"], "rekindle-doctor.service": ["doctor"]}
    assert [parsed(line) for key in ("ExecStartPre", "ExecStart") for line in read[key]] == expected[
        path.name
    ]
    assert read["User"] == ["rekindle"]
    assert read["EnvironmentFile"] == ["/etc/rekindle/rekindle.env"]


def test_the_unit_gives_the_daemon_its_time() -> None:
    (stop,) = unit(DEPLOY / "rekindle.service")["TimeoutStopSec"]
    assert the_longest_end() < 30 < int(stop)
    assert unit(DEPLOY / "rekindle.service")["RestartPreventExitStatus"] == ["2"]


def test_by_hand_it_is_as_the_service(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "rekindle.env").write_text("# keys\nREKINDLE_BRAND__CURRENCY=GBP\nSMTP_PASSWORD='a b'\n")
    script = (DEPLOY / "rekindle.sh").read_text("utf-8")
    for there, here in {
        "/etc/rekindle/rekindle.env": f"{tmp_path}/rekindle.env",
        "/var/lib/rekindle": f"{tmp_path}/project",
        "runuser --user rekindle -- /opt/rekindle/bin/rekindle": f"{sys.executable} -c 'import os, sys;"
        " print(os.getcwd(), dict(os.environ), sys.argv)'",
    }.items():
        assert there in script
        script = script.replace(there, here)
    said = subprocess.check_output(["sh", "-c", script, "rekindle", "doctor", "--json"], text=True)
    assert said.startswith(f"{tmp_path}/project ")
    assert "'REKINDLE_BRAND__CURRENCY': 'GBP'" in said
    assert "'SMTP_PASSWORD': 'a b'" in said
    assert said.rstrip().endswith("'doctor', '--json']")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text("utf-8").replace("/opt/rekindle/bin/rekindle", "/bin/true")
        (tmp_path / path.name).write_text(text)
    files = [str(tmp_path / path.name) for path in UNITS]
    said = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_the_container_is_nobody_and_serves() -> None:
    user, port = of("USER")[-1], of("EXPOSE")[-1]
    assert user.split(":")[0].isdecimal()
    assert int(user.split(":")[0]) > 0
    command = [*listed(of("ENTRYPOINT")[-1]), *listed(of("CMD")[-1])]
    assert parsed(shlex.join(command)) == "daemon"
    assert command[command.index("--port") + 1] == port
    assert f":{port}/healthz" in of("HEALTHCHECK")[-1]
    assert (
        of("VOLUME") == [of("WORKDIR")[-1]] == [os.path.dirname(variables_of_the_image()["REKINDLE_CONFIG"])]
    )


def variables_of_the_image() -> dict[str, str]:
    pairs = (word.split("=", 1) for rest in of("ENV") for word in shlex.split(rest))
    return dict(pairs)


def test_what_is_copied_and_installed_is_there() -> None:
    for rest in of("COPY"):
        for name in rest.split()[:-1]:
            assert name.startswith(("--from=", "/")) or (ROOT / name).exists(), name
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (extras,) = re.findall(r"'\.\[([\w,]+)\]'", "".join(of("RUN")))
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    pins = re.search(r"sed -n '(.*?)' constraints", "".join(of("RUN")))
    assert pins
    said = subprocess.run(
        ["sed", "-n", pins[1], ROOT / "constraints.txt"], capture_output=True, text=True, check=True
    )
    assert re.search(r"^sqlalchemy==[\d.]+$", said.stdout, re.MULTILINE)


def test_no_image_names_where_it_comes_from() -> None:
    images = [rest.split()[0] for rest in of("FROM")] + [
        one["image"] for one in compose()["services"].values()
    ]
    assert all(re.fullmatch(r"[a-z]+(:[\w.-]+)?", image) for image in images)
    assert "://" not in (DEPLOY / "Containerfile").read_text("utf-8").replace("http://127.0.0.1", "")


def test_the_services_run_commands_that_there_are() -> None:
    services = compose()["services"]
    ours = {name: one for name, one in services.items() if one["image"] == "rekindle"}
    found = {name: parsed(shlex.join(["rekindle", *one["command"]])) for name, one in ours.items()}
    assert found == {"upgrade": "db upgrade", "rekindle": "daemon"}
    assert int(services["rekindle"]["stop_grace_period"].removesuffix("s")) > 30 > the_longest_end()
    assert {volume.split(":")[1] for one in ours.values() for volume in one["volumes"]} == set(of("VOLUME"))
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert [parsed(line) for line in re.findall(r"--no-deps (rekindle .*)", text)] == ["init"]
    # `run rekindle init` gives the words after the service's name to the image, which begins with rekindle.
    assert (ROOT / ours["upgrade"]["build"]["dockerfile"]).is_file()


def test_every_variable_is_one_that_is_read(tmp_path: Path) -> None:
    example = (DEPLOY / "rekindle.env.example").read_text("utf-8")
    lines = [line.removeprefix("# ") for line in example.splitlines()]
    named = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    text = "".join(path.read_text("utf-8") for path in DEPLOY.iterdir())
    ours = set(re.findall(r"\b((?:REKINDLE|SENDGRID|TWILIO|SMTP|WEBHOOK|CONSOLE)_[A-Z_]+)", text))
    assert ours - set(SECRETS) - set(OTHERS) == {"REKINDLE_DATABASE__URL"}
    keys = {name for name in SECRETS if not name.endswith("_BASE_URL")}
    assert keys == named.keys() & set(SECRETS)
    init(tmp_path)
    given = {name: value or "x" for name, value in named.items()}
    read = settings.load(tmp_path / "config.yaml", given)
    assert read.database_url.endswith("@127.0.0.1/rekindle")
    assert {read.secret(name) for name in keys} == {"x"}
    providers = set(re.findall(r"provider: (\w+)", example))
    assert providers == set(PROVIDERS) - {"file"}
