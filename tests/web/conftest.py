"""One real server for the whole run; each test puts its own shop, with its own store, behind it."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engine.web.server import Server
from tests.daemon.shop import Shop, eventually
from tests.web.console import Operator
from tests.web.door import KEYS, Door


@pytest.fixture(scope="session")
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def public_key(sendgrid_key: ec.EllipticCurvePrivateKey) -> str:
    """As SendGrid's page shows it."""
    plain = sendgrid_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(plain).decode()


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    (folder / "store.db").write_bytes(migrated_sqlite.read_bytes())
    shop = Shop(folder / "project", f"sqlite:///{folder / 'store.db'}")
    door = Door(shop.app())
    server = Server(lambda: door.app, "127.0.0.1", 0)
    server.start()
    door.url = server.url
    door.busy = lambda: server._server.server_state.tasks
    yield door
    server.stop()
    server.join()
    shop.close()


@pytest.fixture
def door(serving: Door, tmp_path: Path, store_url: str, public_key: str) -> Iterator[Door]:
    """The door of a shop with three customers, on each database."""
    shop = Shop(tmp_path / "project", store_url)
    shop.customers(3)
    first, serving.app = serving.app, shop.app({**KEYS, "SENDGRID_WEBHOOK_PUBLIC_KEY": public_key})
    serving.shop = shop
    yield serving
    eventually(lambda: not serving.busy())  # what is written down after the answer needs the store
    serving.app = first
    shop.close()


@pytest.fixture
def operator(door: Door) -> Operator:
    """Signed in, with one campaign that everybody is in."""
    door.shop.campaign()
    found = Operator.at(door)
    found.sign_in()
    return found
