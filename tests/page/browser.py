"""browser.py - a headless Chromium by WebDriver, with nothing but the standard library."""

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

DRIVER = shutil.which("chromedriver")
CHROMIUM = shutil.which("chromium")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
        "End": "\ue010", "Home": "\ue011", "PageUp": "\ue00e", "PageDown": "\ue00f", "Shift": "\ue008", "Tab": "\ue004",
        "Escape": "\ue00c", "Backspace": "\ue003"}


class Browser:
    """One session. Scripts are bodies of functions, as WebDriver has it."""

    def __init__(self, address, profile, dark):
        self.address = address
        words = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={profile}", "--window-size=1200,800"]
        if dark:
            words.append("--blink-settings=preferredColorScheme=0")
        asked = {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": words, "binary": CHROMIUM},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}}
        self.session = "/session/" + self.ask("POST", "/session", asked)["sessionId"]

    def ask(self, method, path, value=None):
        request = urllib.request.Request(self.address + path, method=method,
                                         data=None if value is None else json.dumps(value).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()[:1500]}") from None

    def do(self, method, path, value=None):
        return self.ask(method, self.session + path, value)

    def open(self, url):
        self.do("POST", "/url", {"url": url})

    def run(self, script, *values):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(values)})

    def until(self, script, *values, seconds=30):
        """What a script returns as soon as it is something."""
        pause, end = 0.01, time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.run("return (() => {" + script + "})()", *values)
            if value:
                return value
            time.sleep(pause)
            pause = min(0.25, pause * 1.5)
        raise RuntimeError(f"it did not come: {script}")

    def shown(self, what):
        self.until(f"return document.documentElement.dataset.shown === '{what}'")

    def keys(self, *keys):
        """Presses keys, each a name of KEYS or letters."""
        actions = []
        for key in keys:
            for sign in [KEYS[key]] if key in KEYS else key:
                actions += [{"type": "keyDown", "value": sign}, {"type": "keyUp", "value": sign}]
        self.do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def chord(self, held, key):
        actions = [{"type": "keyDown", "value": KEYS[held]}, {"type": "keyDown", "value": KEYS.get(key, key)},
                   {"type": "keyUp", "value": KEYS.get(key, key)}, {"type": "keyUp", "value": KEYS[held]}]
        self.do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def click(self, x, y, times=1):
        actions = [{"type": "pointerMove", "x": int(x), "y": int(y)}]
        for _ in range(times):
            actions += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.do("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]})

    def devtools(self, command, **values):
        return self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": values})

    def size(self, width, height):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.devtools("Page.captureScreenshot", format="png")["data"]))

    def errors(self):
        return [entry["message"] for entry in self.do("POST", "/se/log", {"type": "browser"}) if entry["level"] == "SEVERE"]

    def requests(self):
        """Addresses that were asked for since the last time, by the browser's own log."""
        found = []
        for entry in self.do("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def wait_for(address, driver, seconds=30):
    for _ in range(seconds * 20):
        if driver.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address + "/status", timeout=5).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"{DRIVER} does not answer at {address}")


@contextlib.contextmanager
def browser(dark=False):
    """A browser with a profile of its own; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="crux-page-", ignore_cleanup_errors=True) as folder:
        home = {**os.environ, "HOME": folder, "TMPDIR": folder, "XDG_CACHE_HOME": folder + "/cache", "XDG_CONFIG_HOME": folder + "/config"}
        with subprocess.Popen([DRIVER, f"--port={(port := free_port())}"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=home) as driver:
            try:
                address = f"http://127.0.0.1:{port}"
                wait_for(address, driver)
                session = Browser(address, folder + "/profile", dark)
                try:
                    yield session
                finally:
                    session.do("DELETE", "")
            finally:
                driver.terminate()
