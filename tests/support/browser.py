"""A headless Chromium for tests, driven over the DevTools protocol through two pipes: no port, and no package."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WAIT = 60  # seconds for one answer: a busy machine is slow

# Gives the lowest contrast of a text with its ground on the page, and where it is.
CONTRAST = """(() => {
    const parts = (text) => text.match(/[0-9.]+/g).map(Number);
    const linear = (c) => c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const ground = (each) => { for (; each; each = each.parentElement) {
        const colour = getComputedStyle(each).backgroundColor; if (parts(colour)[3] !== 0) return parts(colour); } };
    return [...document.querySelectorAll('main *, nav *')].filter((each) => !each.closest('svg')
        && [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())).map((each) => {
        const pair = [light(parts(getComputedStyle(each).color)), light(ground(each))].sort((a, b) => b - a);
        return [(pair[0] + 0.05) / (pair[1] + 0.05), each.tagName + '.' + each.className];
    }).sort((a, b) => a[0] - b[0])[0];
})()"""


class Browser:
    """One tab. `console` holds every message and exception of the page, `requests` every address that it asked for."""

    def __init__(self, folder: Path) -> None:
        """folder: empty, for the browser's own files."""
        assert CHROMIUM, "no Chromium"
        ours, theirs_out = os.pipe()
        theirs_in, self._out = os.pipe()
        self._in, self._rest, self._number, self._session = ours, b"", 0, None
        self.console, self.requests, self._seen = [], [], []
        flags = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-extensions"
        flags += f" --disable-background-networking --user-data-dir={folder} --remote-debugging-pipe about:blank"
        # Chromium reads commands on descriptor 3 and writes answers on 4.
        command = f"exec {CHROMIUM} {flags} 3<&{theirs_in} 4>&{theirs_out}"
        self._process = subprocess.Popen(
            ["bash", "-c", command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait(WAIT)
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **params: object) -> dict:
        """Send one command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._until(lambda answer: answer.get("id") == self._number)["result"]

    def open(self, url: str, width: int = 1200, height: int = 900, **media: str) -> None:
        """Load a page at a size, with media features (prefers_color_scheme="dark") or media="print"."""
        self.console.clear()
        self.requests.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        kind = media.pop("media", "")
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
        self.call("Emulation.setEmulatedMedia", media=kind, features=features)
        for place in ("about:blank", url):  # or another #fragment of the same page would load nothing
            self._seen.clear()
            loader = self.call("Page.navigate", url=place)["loaderId"]
            self._until(lambda answer, loader=loader: _is_load(answer, loader), *self._seen)

    def run(self, expression: str) -> object:
        """Return what an expression of JavaScript gives in the page; AssertionError where it throws."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key, named as in KeyboardEvent.key, with its Windows key code."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path, whole: bool = False, clip: dict | None = None) -> None:
        """Write a PNG of the window, of a clip ({x, y, width, height} on the page) or of the whole page."""
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"]}
        more = {"clip": clip | {"scale": 1}, "captureBeyondViewport": True} if clip else {}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png", **more)["data"]))

    def _until(self, wanted, *seen: dict) -> dict:
        """Return the first message that is wanted, of those seen already or to come."""
        for message in seen:
            if wanted(message):
                return message
        end = time.monotonic() + WAIT
        while True:
            *messages, self._rest = self._rest.split(b"\0")
            found = None
            for message in map(json.loads, messages):
                self._note(message)
                found = message if found is None and wanted(message) else found
            if found is not None:
                assert "error" not in found, found
                return found
            if not select.select([self._in], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("Chromium gives no answer")
            data = os.read(self._in, 1 << 20)
            if not data:
                raise RuntimeError("Chromium ended")
            self._rest += data

    def _note(self, message: dict) -> None:
        """Keep what an event tells."""
        self._seen.append(message)
        params = message.get("params", {})
        if message.get("method") == "Runtime.consoleAPICalled":
            self.console.append(str([each.get("value") for each in params["args"]]))
        elif message.get("method") == "Runtime.exceptionThrown":
            self.console.append(str(params["exceptionDetails"]))
        elif message.get("method") == "Log.entryAdded":
            self.console.append(params["entry"]["text"])
        elif message.get("method") == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])


def _is_load(message: dict, loader: str) -> bool:
    """Return whether an event says that one page has loaded."""
    params = message.get("params", {})
    return message.get("method") == "Page.lifecycleEvent" and (params["name"], params["loaderId"]) == ("load", loader)
