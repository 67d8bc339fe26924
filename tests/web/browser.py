"""Drives a Chromium over its DevTools protocol: no more of it than the page's tests need."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from websockets.sync.client import connect

PATIENCE_S = 60.0  # nothing here takes so long: it only keeps a broken test from hanging
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # there is none for root, as in many a container
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
Message = dict[str, Any]


def installed() -> str | None:
    """Where a Chromium is, if there is one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(MAC) if MAC.is_file() else None)


def speaking(recording: Path) -> tuple[str, ...]:
    """The flags of a browser whose microphone hears this file once, from when it is opened."""
    return (
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}%noloop",
    )


class Browser:
    """`with Browser(path, flags) as browser`: one process, with a profile of its own."""

    def __init__(self, program: str, flags: Sequence[str] = ()) -> None:
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [program, *FLAGS, *flags, f"--user-data-dir={self._home.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._socket = connect(self._address(), max_size=None, proxy=None)
        self._count = 0
        self._target = ""
        self.events: deque[Message] = deque(maxlen=10_000)

    def _address(self) -> str:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := re.search(r"DevTools listening on (ws://\S+)", line):
                return found[1]
        raise AssertionError("the browser did not start")

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        assert self._process.stderr is not None
        self._process.stderr.close()
        self._home.cleanup()

    def call(self, method: str, session: str | None = None, **given: Any) -> Message:
        """Ask, and return what is answered; what happens meanwhile is kept in `events`."""
        self._count += 1
        asked: Message = {"id": self._count, "method": method, "params": given}
        self._socket.send(json.dumps(asked if session is None else {**asked, "sessionId": session}))
        while True:
            message = self._receive(f"an answer to {method} {given}")
            if message.get("id") == self._count:
                assert "error" not in message, (method, message["error"])
                result: Message = message["result"]
                return result

    def _receive(self, awaited: str) -> Message:
        try:
            message: Message = json.loads(self._socket.recv(PATIENCE_S))
        except TimeoutError:
            raise AssertionError(f"in vain waited for {awaited}") from None
        if "id" not in message:
            self.events.append(message)
        return message

    def allow(self, origin: str, microphone: bool) -> None:
        self.call(
            "Browser.setPermission",
            permission={"name": "microphone"},
            setting="granted" if microphone else "denied",
            origin=origin,
        )

    def page(self, url: str, width: int = 1280, height: int = 800, dark: bool = False) -> Page:
        """A tab. The one before it is closed: it would keep its place at the server."""
        if self._target:
            self.call("Target.closeTarget", targetId=self._target)
        self._target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=self._target, flatten=True)
        session = attached["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height, dark)
        page.call("Page.navigate", url=url)
        page.until("document.readyState === 'complete' && document.body.dataset.state")
        return page


class Page:
    """One tab. What it waits for is looked at inside of the page, again and again."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **given: Any) -> Message:
        return self._browser.call(method, self._session, **given)

    def run(self, code: str) -> Any:
        """The value of an expression; of what it promises, if it does; `page` is the page's own."""
        code = f"import('/app.js').then(async ({{ page }}) => ({code}))"
        done = self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, true: str) -> Any:
        """Return what the expression says once that is no nothing."""
        found = self.run(
            "await new Promise((tell) => { const end = Date.now() + "
            f"{(PATIENCE_S - 5) * 1000}; const look = async () => {{ const found = await ({true});"
            "if (found || Date.now() > end) tell(found); else setTimeout(look, 15); }; look(); })"
        )
        assert found, f"it never came true: {true}; the page: {self.state()}"
        return found

    def state(self) -> str:
        return str(self.run("JSON.stringify(page)"))

    def text(self, selector: str) -> str:
        """What is to be read there, once all that has happened is on the screen."""
        frame = "await new Promise(requestAnimationFrame)"
        self.run(f"[{frame}, {frame}]")
        element = f"document.querySelector({json.dumps(selector)})"
        found = self.run(f"{element}?.checkVisibility() ? {element}.innerText : ''")
        return str(found).strip()

    def click(self, selector: str) -> None:
        """With the mouse, as a person would: a browser lets nothing sound before."""
        box = self.run(
            f"(() => {{ const {{ x, y, width, height }} = document.querySelector("
            f"{json.dumps(selector)}).getBoundingClientRect();"
            "return { x: x + width / 2, y: y + height / 2 }; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **box)

    def type(self, selector: str, text: str) -> None:
        """Into a field, once it takes the focus (a hidden one does not), and then Enter."""
        field = f"document.querySelector({json.dumps(selector)})"
        self.until(f"({field}.focus(), document.activeElement === {field})")
        self.call("Input.insertText", text=text)
        self.press("Enter", "\r")

    def press(self, key: str, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            code = {"Enter": 13, "Tab": 9, " ": 32}[key]
            shown = {"text": text} if kind == "keyDown" and text else {}
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code="Space" if key == " " else key,
                windowsVirtualKeyCode=code,
                **shown,
            )

    def resize(self, width: int, height: int, dark: bool = False) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, file: Path) -> None:
        shot = self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(shot["data"]))

    def events(self, method: str) -> list[Message]:
        return [
            event["params"]
            for event in self._browser.events
            if event["method"] == method and event.get("sessionId") == self._session
        ]

    def complaints(self) -> list[str]:
        """What the browser found wrong: errors, violations of the policy, exceptions."""
        logged = [event["entry"]["text"] for event in self.events("Log.entryAdded")]
        thrown = [
            str(event["exceptionDetails"]) for event in self.events("Runtime.exceptionThrown")
        ]
        printed = [str(event["args"]) for event in self.events("Runtime.consoleAPICalled")]
        return logged + thrown + printed
