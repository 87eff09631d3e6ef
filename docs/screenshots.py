"""The pictures of the README and the manual, taken of a real Waypost that really answers.

    python docs/screenshots.py [--chromium PATH]

Starts `waypost serve --demo` on a free port with a data folder of its own, types a question into the page as a person
would, waits for the answer, and writes docs/images/chat-<language>.png.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
#: What is written in each language: a greeting, which the notice of the first contact answers, and a question.
WRITTEN = {
    "pl": ("Dzień dobry", "Jak zarejestrować się u lekarza GP?"),
    "ar": ("مرحبا", "كيف أسجل عند طبيب عام؟"),
}
#: A phone, at twice its points.
WIDTH, HEIGHT, SCALE = 390, 844, 2
#: The README must stay light, in bytes.
LARGEST = 300_000
#: How long a start, and an answer, may take on a busy machine, in seconds.
PATIENCE = 180
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"]


def main() -> None:
    """Take every picture."""
    options = argparse.ArgumentParser()
    options.add_argument("--chromium", default="/usr/bin/chromium", help="path of Chromium")
    given = options.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=_FLAGS)
        for language, lines in WRITTEN.items():
            take(browser, address, language, *lines)
        browser.close()


@contextmanager
def serving() -> Iterator[str]:
    """The address of a demo Waypost on a data folder that is thrown away. Trained models are used when there are any."""
    with tempfile.TemporaryDirectory() as folder:
        models = ROOT / "var" / "models"
        if models.exists():
            (Path(folder) / "models").symlink_to(models)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("WAYPOST_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "waypost", "serve", "--demo", "--port", str(port)],
            cwd=ROOT,
            env=plain | {"WAYPOST_DATA_DIR": folder, "WAYPOST_LOG_LEVEL": "WARNING"},
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for the server. Ends the script when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                return
        except (OSError, urllib.error.HTTPError):
            time.sleep(0.1)
    raise SystemExit("Waypost did not start")


def take(browser: Browser, address: str, language: str, greeting: str, question: str) -> None:
    """Greet and ask in the page, and keep a picture of the question with its answer."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=SCALE,
        is_mobile=True,
        has_touch=True,
        reduced_motion="reduce",
        locale=language,
    )
    page = context.new_page()
    page.goto(f"{address}/?lang={language}")
    answers = page.locator(".message--bot")
    write(page, greeting)
    answers.first.wait_for(timeout=PATIENCE * 1000)
    write(page, question)
    answers.filter(has=page.locator(".sources")).wait_for(timeout=PATIENCE * 1000)
    page.evaluate("document.activeElement.blur()")
    page.locator(".message--person").last.evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(500)
    path = IMAGES / f"chat-{language}.png"
    page.screenshot(path=path)
    context.close()
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size // 1000} kB")
    if size >= LARGEST:
        raise SystemExit(f"{path} is too large")


def write(page: Page, text: str) -> None:
    """Type a message and send it."""
    page.fill("#text", text)
    page.click("#send")


if __name__ == "__main__":
    main()
