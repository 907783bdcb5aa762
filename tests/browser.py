"""A real browser for tests and pictures: headless Chromium, each time with a fresh profile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
_SECONDS = 60
_AS_3_AND_4 = """
import fcntl, os, sys
reading, writing = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(reading, 3)
os.dup2(writing, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The browser reads descriptor 3 and writes descriptor 4; a shell cannot name all that Python may have given us."""

MISSING = "Chromium is not installed (Debian: apt install chromium)"


def browser() -> str | None:
    """The path of a Chromium, or None."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def _command(*more: str) -> Iterator[list[str]]:
    path = browser()
    if path is None:
        raise RuntimeError(MISSING)
    with tempfile.TemporaryDirectory(prefix="maildesk-browser-", ignore_cleanup_errors=True) as profile:
        yield [path, *_FLAGS, f"--user-data-dir={profile}", *more]


def dom(url: str, *flags: str) -> str:
    """The document as it stands after loading, scripts run."""
    with _command("--virtual-time-budget=5000", "--dump-dom", *flags, url) as command:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)
    return done.stdout.decode("utf-8", "replace")


def picture(url: str, file: Path, width: int, height: int) -> None:
    """A PNG of the page in a window of this size."""
    with _command(f"--window-size={width},{height}", f"--screenshot={file}", url) as command:
        subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)


class Tab:
    """A page in a running browser, spoken to over pipes (the DevTools protocol: JSON, a NUL behind each message)."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._count, self._session, self._left = 0, "", b""
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "DOM", "CSS", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer; events that come meanwhile are kept."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while (found := self._next()).get("id") != self._count:
            self.events.append(found)
        if "error" in found:
            raise RuntimeError(f"{method}: {found['error']}")
        return found["result"]

    def open(self, url: str) -> None:
        """Load a page."""
        self.events.clear()
        self.send("Page.navigate", url=url)
        self.loaded()

    def loaded(self) -> None:
        """Wait until a page is there."""
        while all(event["method"] != "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def click(self, selector: str) -> None:
        """Press the mouse on the middle of an element, as a person does."""
        node = self.node(selector)
        self.send("DOM.scrollIntoViewIfNeeded", nodeId=node)
        box = self.send("DOM.getBoxModel", nodeId=node)["model"]["content"]
        x, y = (box[0] + box[4]) / 2, (box[1] + box[5]) / 2
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def node(self, selector: str) -> int:
        """The first element that a CSS selector finds; 0 where there is none."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        return self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]

    def html(self) -> str:
        """The document as it stands."""
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        return self.send("DOM.getOuterHTML", nodeId=root)["outerHTML"]

    def style(self, selector: str) -> dict[str, str]:
        """What an element looks like: the computed values of its CSS properties."""
        rows = self.send("CSS.getComputedStyleForNode", nodeId=self.node(selector))["computedStyle"]
        return {row["name"]: row["value"] for row in rows}

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            piece = os.read(self._reading, 65536)
            if not piece:
                raise RuntimeError("the browser has ended")
            self._left += piece
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)


@contextmanager
def tab(width: int = 390, height: int = 844) -> Iterator[Tab]:
    """A tab of a browser that lives as long as the block, on the screen of a phone."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    with _command("--remote-debugging-pipe") as command:
        started = [sys.executable, "-c", _AS_3_AND_4, str(theirs_in), str(theirs_out), *command]
        quiet = subprocess.DEVNULL
        running = subprocess.Popen(started, pass_fds=(theirs_in, theirs_out), stdout=quiet, stderr=quiet)
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            one = Tab(ours_in, ours_out)
            # a window is never narrower than 500 pixels, a screen may be
            one.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=True)
            yield one
        finally:
            os.close(ours_out)  # the end of what it reads ends it
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
            os.close(ours_in)
