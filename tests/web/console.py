"""An operator at the console: a browser with a cookie, that sends the forms which it was shown."""

from __future__ import annotations

import html
import re
import time
from urllib.parse import urljoin

import requests

from tests.web.door import KEYS, PUBLIC, Door

PASSWORD = "a long pass phrase, گذرواژه"


class Operator:
    """Cookies are carried by hand: the server says Secure, and tests knock without a certificate."""

    def __init__(self, door: Door) -> None:
        self.door, self.cookie, self.page = door, "", ""

    @classmethod
    def at(cls, door: Door, **settings: str) -> Operator:
        """Gives the shop behind the door a password, and perhaps another brand."""
        changed = {f"REKINDLE_{name}": text for name, text in settings.items()}
        door.app = door.shop.app({**KEYS, "CONSOLE_PASSWORD": PASSWORD, **changed})
        return cls(door)

    def get(self, path: str = "") -> requests.Response:
        answer = self.door("GET", f"/console/{path}", headers={"Cookie": self.cookie})
        self.page = answer.text
        return answer

    @property
    def text(self) -> str:
        """The page as it is read."""
        body = re.sub(r"<(style|title).*?</\1>", "", self.page, flags=re.DOTALL)
        body = re.sub(r"</?(a|b|bdi|span|time)\b[^>]*>", "", body)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())

    @property
    def proof(self) -> str:
        found = re.search(r'name="proof" value="([0-9a-f]+)"', self.page)
        return found[1] if found else ""

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> requests.Response:
        """A form of the page that was shown last; goes on to where it leads."""
        sent = {"Cookie": self.cookie, "Origin": PUBLIC} if headers is None else headers
        fields = {"proof": self.proof, **fields}
        answer = self.door("POST", f"/console/{path}", data=fields, headers=sent)
        if answer.status_code == 303:
            to = urljoin(f"/console/{path}", answer.headers["location"])
            self.get(to.removeprefix("/console/"))
        else:
            self.page = answer.text
        return answer

    def sign_in(self, password: str = PASSWORD, name: str = "Sara") -> requests.Response:
        data = {"password": password, "name": name}
        answer = self.door("POST", "/console/login", data=data, headers={"Origin": PUBLIC})
        self.page = answer.text
        if answer.status_code == 303:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
            self.get()
        return answer

    def wait(self) -> None:
        """Looks again until what is under way is done; leaves the page that it led to."""
        end = time.monotonic() + 30
        while (answer := self.get("work")).status_code == 200 and 'http-equiv="refresh"' in self.page:
            assert time.monotonic() < end
            time.sleep(0.05)
        if answer.status_code == 303:
            self.get(answer.headers["location"].removeprefix("./"))
