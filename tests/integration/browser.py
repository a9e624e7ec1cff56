"""A page in headless Chromium: its DOM after its scripts have run, and what it said on the console.

Skipped where there is no Chromium; the environment variable CHROMIUM names another one.
"""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def program():
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise unittest.SkipTest("chromium is not installed: the HTML report was not opened")
    return found


class Elements(html.parser.HTMLParser):
    """Counts elements, and keeps the attributes of the root and the rows of each table by its id."""

    def __init__(self, text):
        super().__init__()
        self.root = {}
        self.counts = {}
        self.rows = {}
        self._table = None
        self._body = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag == "html":
            self.root = attributes
        elif tag == "table":
            self._table = attributes.get("id")
            self.rows[self._table] = []
        elif tag in ("tbody", "thead", "tfoot"):
            self._body = tag == "tbody"
        elif tag == "tr" and self._body:
            self.rows[self._table].append("")

    def handle_data(self, data):
        if self._body and self._table and self.rows[self._table]:
            self.rows[self._table][-1] += data

    def handle_endtag(self, tag):
        if tag == "table":
            self._table, self._body = None, False


class Page:
    """A page opened with a script of the test added behind its own."""

    def __init__(self, path, script="", width=1200, dark=False):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "page.html"
            copy.write_text(path.read_text().replace(
                "</body>", f"<script>{script}</script>\n</body>"))
            command = [program(), "--headless", "--no-sandbox", "--disable-gpu",
                       "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
                       f"--user-data-dir={folder}/profile", f"--window-size={width},900",
                       "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom"]
            if dark:
                command.append("--blink-settings=preferredColorScheme=0")
            ran = subprocess.run([*command, copy.as_uri()], capture_output=True, timeout=100,
                                 stdin=subprocess.DEVNULL, check=False)
        self.text = ran.stdout.decode(errors="replace")
        said = ran.stderr.decode(errors="replace")
        self.console = re.findall(r"CONSOLE.*", said)
        if "<main>" not in self.text:
            raise unittest.SkipTest(f"{program()} does not run here: {said.strip()[-300:]}")
        self.elements = Elements(self.text)
        self.root = self.elements.root
