"""A daemon at work, with every fault that a server can answer: nothing that is private stands in its log."""

import json
import re

from sqlalchemy import select

from engine.store.database import table
from engine.store.ledger import Attempt
from tests.channels.post import Post, office, only
from tests.daemon.shop import NOON, Shop, eventually

PASSWORD = "correct-horse-battery"
BODY = "Persimmon"
attempt = table(Attempt)


def test_no_address_token_key_or_word_of_a_letter_is_in_the_log(shop: Shop) -> None:
    shop.campaign()
    shop.customers(9)
    shop.write(
        "templates/hello.email.j2",
        f'---\nsubject: "{BODY} {{{{ customer.first_name }}}}"\n---\n<p>{BODY}</p>\n',
    )
    refused = "550 5.1.1 <c1@people.test>: no such person as c1@people.test or +447700900123"
    post = Post(
        recipients={
            "c1@people.test": [refused],
            "c2@people.test": ["451 4.7.1 c2@people.test is greylisted"],
        },
        texts={
            "c3@people.test": ["drop"],
            "c4@people.test": [f"554 5.7.1 c4@people.test: we want no {BODY}"],
        },
    )
    options = {"authenticator": only(PASSWORD), "auth_require_tls": False}
    with office(post, **options):
        daemon = shop.daemon(
            NOON,
            REKINDLE_LOG_FORMAT="json",
            REKINDLE_LOG_LEVEL="debug",
            REKINDLE_CHANNELS__EMAIL__PROVIDER="smtp",
            REKINDLE_CHANNELS__EMAIL__HOST="127.0.0.1",
            REKINDLE_CHANNELS__EMAIL__PORT=str(post.port),
            REKINDLE_CHANNELS__EMAIL__USERNAME="shop",
            SMTP_PASSWORD=PASSWORD,
        )
        eventually(lambda: shop.states()["accepted"] == 5, lambda: (shop.states(), daemon.said))
        assert daemon.stop() == 0
    assert shop.states() == {"accepted": 5, "failed": 2, "retry_wait": 1, "unknown": 1}
    lines = [json.loads(line) for line in daemon.said.splitlines() if line.startswith("{")]
    assert len(lines) == len(daemon.said.splitlines()) - 1  # the first is for people: what comes next
    assert all(list(line)[:4] == ["time", "level", "logger", "event"] for line in lines)
    told = [line for line in lines if line["event"] == "handed over"]
    assert {(line["campaign"], line["channel"]) for line in told} == {("hello", "email")}
    assert sum(line["counts"].get("accepted", 0) for line in told) == 5
    _silent(shop, daemon.said)


def _silent(shop: Shop, said: str) -> None:
    """The log of all that happened, and what must not be in it."""
    with shop.database.read() as connection:
        tokens = list(connection.execute(select(attempt.c.token)).scalars())
    assert len(tokens) >= 9
    private = [*tokens, PASSWORD, BODY, "Number 1", "hello@corner.test", "7700900123"]
    private += [f"c{number}@people.test" for number in range(9)]
    assert [one for one in private if one in said] == []
    assert re.findall(r"[\w.]+@people", said) == []
