"""A probe tries key and reach through real sockets, and no message goes for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.channels.channel import PROVIDERS, Provider, open_line
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Receipt, Verdict
from tests.channels.carrier import Said, carrying
from tests.channels.post import Post, free_port, office, only
from tests.channels.test_http_providers import KEYS, sendgrid, twilio, webhook

ACCOUNT = {"sid": KEYS["TWILIO_ACCOUNT_SID"], "status": "active"}
SERVICE = "MG" + "a" * 32


def probed(line: Provider) -> Receipt:
    try:
        receipt = line.probe()
    finally:
        line.close()
    assert receipt is not None
    return receipt


def smtp(root: Path, port: int, password: str = "", **more: Any) -> Provider:
    given = {"provider": "smtp", "from": "shop@example.com", "host": "127.0.0.1", "port": port, "timeout": 1}
    return open_line(Channel.EMAIL, ChannelSettings.model_validate(given | more), lambda name: password, root)


def test_sendgrid_tells_what_its_key_may_do() -> None:
    with carrying(Said(200, {"scopes": ["mail.send", "alerts.read"]}), Said(200, {"scopes": []})) as carrier:
        assert probed(sendgrid(carrier.url)).verdict is Verdict.ACCEPTED
        assert probed(sendgrid(carrier.url)).code == "scope"
        assert [one.path for one in carrier.heard] == ["/v3/scopes"] * 2
        assert carrier.heard[0].headers["Authorization"] == "Bearer SG.secret"


def test_twilio_tells_of_its_account_and_service() -> None:
    given = [Said(200, ACCOUNT), Said(200, {"sid": SERVICE}), Said(200, ACCOUNT | {"status": "suspended"})]
    with carrying(*given) as carrier:
        receipt = probed(twilio(carrier.url, service=SERVICE))
        assert (receipt.verdict, receipt.detail) == (
            Verdict.ACCEPTED,
            "the account and the service are active",
        )
        receipt = probed(twilio(carrier.url))
        assert (receipt.verdict, receipt.detail) == (Verdict.HALT, "the account is suspended")
        paths = [one.path for one in carrier.heard]
        assert paths[:2] == [f"/2010-04-01/Accounts/{ACCOUNT['sid']}.json", f"/v1/Services/{SERVICE}"]


def test_a_system_of_your_own_is_asked_for_its_head() -> None:
    with carrying(Said(405), Said(503)) as carrier:
        assert probed(webhook(carrier.url)).verdict is Verdict.ACCEPTED
        assert probed(webhook(carrier.url)).verdict is Verdict.LATER
        assert [one.body for one in carrier.heard] == [b"", b""]


@pytest.mark.parametrize("line", [sendgrid, twilio])
def test_what_may_be_wrong(line: Callable[..., Provider]) -> None:
    bad = {"errors": [{"message": "no"}], "code": 20003, "message": "no", "status": 401}
    script = [Said(401, bad), Said(500, "oops"), Said(200, "<html>"), Said(way="drop")]
    with carrying(*script) as carrier:
        found = [probed(line(carrier.url)).verdict for _ in script]
    assert found == [Verdict.HALT, Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.UNKNOWN]
    away = probed(line(f"http://127.0.0.1:{free_port()}"))
    assert (away.verdict, away.code) == (Verdict.LATER, "unreachable")


def test_smtp_greets_and_logs_in(tmp_path: Path) -> None:
    with office(Post(), authenticator=only("right"), auth_require_tls=False) as post:
        good = probed(smtp(tmp_path, post.port, "right", username="shop"))
        bad = probed(smtp(tmp_path, post.port, "wrong", username="shop"))
        assert (good.verdict, good.detail) == (
            Verdict.ACCEPTED,
            "127.0.0.1 takes mail, without TLS, logged in as shop",
        )
        assert bad.verdict is Verdict.HALT
        assert probed(smtp(tmp_path, post.port, security="starttls")).code == "starttls"
        assert post.taken == []
    assert probed(smtp(tmp_path, post.port)).code == "unreachable"


def test_files_need_a_folder_to_write(tmp_path: Path) -> None:
    line = open_line(Channel.EMAIL, ChannelSettings(), str, tmp_path)
    assert probed(line) == Receipt(Verdict.ACCEPTED, detail="each message becomes a file in outbox/")
    assert not (tmp_path / "outbox").exists()


def test_staging_is_asked_as_well(tmp_path: Path) -> None:
    staged = ChannelSettings(redirect_to="me@example.com")
    assert probed(open_line(Channel.EMAIL, staged, str, tmp_path)).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name != "file"])
def test_without_a_key_nobody_is_asked(name: str, tmp_path: Path) -> None:
    lines = {"sendgrid": sendgrid, "twilio": twilio, "webhook": webhook}
    if name == "smtp":
        with office(Post()) as post:
            receipt = probed(smtp(tmp_path, post.port, username="shop"))
    else:
        line = lines[name](f"http://127.0.0.1:{free_port()}")
        bare = type(line)(line.settings, lambda secret: "", tmp_path)
        receipt = probed(bare)
    assert (receipt.verdict, "not set" in receipt.detail) == (Verdict.HALT, True)
