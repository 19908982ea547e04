"""A headless Chromium, spoken to through two pipes: no driver and no socket is needed."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --no-proxy-server --hide-scrollbars --remote-debugging-pipe"
).split()
#: It is stuck after so many seconds; the machine may be busy with other tests.
PATIENCE = 40.0
#: It reads what we say at this descriptor and answers at the next: so the flag has it.
_ITS_END = 3


class Browser:
    """One page. `complaints` are what the browser says of it: what was refused, what failed."""

    def __init__(self, say: int, hear: int) -> None:
        self._say, self._hear, self._heard, self._count = say, hear, b"", 0
        self._session, self._loaded = "", False
        self.complaints: list[str] = []
        page = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Log", "Runtime"):
            self._ask(f"{domain}.enable")

    def go(self, url: str) -> None:
        self._loaded = False
        self._ask("Page.navigate", url=url)
        self._wait()

    def submit(self, script: str) -> None:
        """Does what leads to another page."""
        self._loaded = False
        self.run(script)
        self._wait()

    def run(self, script: str) -> Any:
        told = self._ask("Runtime.evaluate", expression=script, returnByValue=True)
        return told["result"].get("value")

    def resize(self, width: int) -> None:
        sizes = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self._ask("Emulation.setDeviceMetricsOverride", **sizes)

    def _wait(self) -> None:
        while not self._loaded:
            self._take(self._next())

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        said: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            said["sessionId"] = self._session
        os.write(self._say, json.dumps(said).encode() + b"\0")
        while (told := self._next()).get("id") != said["id"]:
            self._take(told)
        assert "error" not in told, told
        found: dict[str, Any] = told["result"]
        return found

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            ready, _, _ = select.select([self._hear], [], [], PATIENCE)
            piece = os.read(self._hear, 1 << 16) if ready else b""
            assert piece, "the browser is gone, or says nothing"
            self._heard += piece
        message, _, self._heard = self._heard.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told

    def _take(self, told: dict[str, Any]) -> None:
        self._loaded = self._loaded or told.get("method") == "Page.loadEventFired"
        entry = told.get("params", {}).get("entry", {})
        if told.get("method") == "Log.entryAdded" and "favicon" not in entry.get("url", ""):
            self.complaints.append(f"{entry['text']} {entry.get('url', '')}")


@contextmanager
def browser() -> Iterator[Browser]:
    """Started, and ended whatever happens."""
    theirs, ours = os.pipe(), os.pipe()

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        place = f'exec "$@" {_ITS_END}</dev/fd/{theirs[0]} {_ITS_END + 1}>/dev/fd/{ours[1]}'
        command = [str(CHROMIUM), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        started = subprocess.Popen(
            ["sh", "-c", place, "sh", *command], pass_fds=(theirs[0], ours[1]), stderr=subprocess.DEVNULL
        )
        try:
            os.close(theirs[0])
            os.close(ours[1])
            yield Browser(theirs[1], ours[0])
        finally:
            started.kill()
            started.wait()
            os.close(theirs[1])
            os.close(ours[0])
