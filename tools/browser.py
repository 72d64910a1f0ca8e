"""Which browser the browser tests drive: Debian's or Chrome from the PATH, else one that Playwright installed.

Run as a program it prints the path, or fails with the line that installs one.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HELP = """no browser for the browser tests. Install one, then run `make test` again:
    sudo apt-get install --no-install-recommends chromium fonts-noto-cjk      (Debian, Ubuntu)
    .venv/bin/playwright install chromium                                     (elsewhere)"""


def find_browser() -> str | None:
    """The path of a Chromium, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    found = find_browser()
    print(found or HELP)
    sys.exit(0 if found else 1)
