"""Every output of a run, and the same again from its saved result."""

import json
import re
import subprocess
import sys
import unittest

from browser import Page
from harness import ROOT, Case, Serve, ringblast

GOLDEN = ROOT / "tests" / "golden"
SUFFIXES = (".html", "_stats.csv", "_stats_history.csv", "_failures.csv", "_metrics.json",
            "_junit.xml", "_summary.md", ".hlog")
QUIET = ("--quiet", "--no-progress")


def check(script, *args):
    """Runs a reader of tests/golden on files of a run."""
    ran = subprocess.run([sys.executable, GOLDEN / script, *args], capture_output=True, text=True,
                         check=False)
    if ran.returncode != 0:
        raise AssertionError(ran.stdout + ran.stderr)


class OfARun(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def test_all_that_was_asked_for_is_written(self):
        folder = self.folder()
        run = self.expect_run(ringblast(
            self.server.url + "/flaky?rate=0.3", "--stages", "50/s:1s,100/s:1s", "--warm-up", "200ms",
            "--threshold", "p95 < 5s", "--json", folder / "a" / "r.json", "--html",
            folder / "b" / "r.html", "--csv", folder / "c" / "r", "--junit", folder / "r.xml",
            "--markdown", folder / "r.md", "--hdr-log", folder / "r.hlog", "--no-progress"))
        self.assertIn("verdict", run.stdout)
        check("check_junit.py", folder / "r.xml")
        self.assertIn("| p95 |", (folder / "r.md").read_text().replace("✅ pass ", ""))
        self.assertIn("<h2>Errors</h2>", (folder / "b" / "r.html").read_text())
        (folder / "c" / "r_metrics.json").write_bytes((folder / "a" / "r.json").read_bytes())
        check("check_csv.py", folder / "c" / "r")
        self.assertIn("Interval_Compressed_Histogram", (folder / "r.hlog").read_text())

    def test_a_directory_gets_every_report(self):
        folder = self.folder()
        run = self.expect_run(ringblast(self.server.url, "-n", 20, "--output-dir", folder / "new",
                                        "--no-progress"))
        names = sorted(path.name for path in (folder / "new").iterdir())
        stems = {re.sub("|".join(map(re.escape, sorted(SUFFIXES, key=len, reverse=True))) + "$",
                        "", name) for name in names}
        self.assertEqual(len(stems), 1, names)
        stem = stems.pop()
        self.assertRegex(stem, r"^load_test_127\.0\.0\.1-\d+_\d{8}-\d{6}$")
        self.assertEqual(names, sorted(stem + suffix for suffix in SUFFIXES))
        self.assertIn(stem, run.stdout)
        check("check_csv.py", folder / "new" / stem)

    def test_a_name_that_is_taken_gets_a_number(self):
        folder = self.folder()
        self.expect_run(ringblast(self.server.url, "-n", 20, "--json", folder / "r.json", *QUIET))
        for _ in range(3):
            self.expect_run(ringblast("report", folder / "r.json", "--output-dir", folder / "d"))
        names = {path.name for path in (folder / "d").glob("*_metrics.json")}
        first = min(names, key=len).removesuffix("_metrics.json")
        self.assertEqual(names, {f"{first}{end}_metrics.json" for end in ("", "-2", "-3")})
        self.assertEqual(len(list((folder / "d").iterdir())), 3 * len(SUFFIXES))

    def test_placeholders_in_a_path(self):
        folder = self.folder()
        self.expect_run(ringblast(self.server.url, "-n", 20, "-u", 7, "--csv",
                                  folder / "{profile}_{users}users_{time}", *QUIET))
        names = [path.name for path in folder.glob("*_stats.csv")]
        self.assertRegex(names[0], r"^127\.0\.0\.1-\d+_7users_\d{8}-\d{6}_stats\.csv$")

    def test_each_report_fits_standard_output(self):
        for option, start in (("--junit", "<?xml"), ("--markdown", "## "), ("--hdr-log", "#["),
                              ("--html", "<!DOCTYPE html>")):
            with self.subTest(option):
                run = self.expect_run(ringblast(self.server.url, "-n", 20, option, "-",
                                                "--no-progress"))
                self.assertTrue(run.stdout.startswith(start), str(run))
                self.assertNotIn("verdict     ", run.stdout.split("<system-out>")[0])
                self.assertIn("verdict", run.stderr)

    def test_what_cannot_be(self):
        folder = self.folder()
        table = (
            ("two on standard output", ["--json", "-", "--html", "-"], "only one report"),
            ("three files on standard output", ["--csv", "-"], "--csv -"),
            ("two in one file", ["--json", folder / "x", "--html", folder / "x"], "another report"),
            ("a folder that cannot be made", ["--output-dir", "/proc/no/such"], "/proc/no/such"),
        )
        for what, args, says in table:
            with self.subTest(what):
                run = self.expect_run(ringblast(self.server.url, "-n", 20, *args), 2)
                self.assertIn(says, run.stderr, str(run))

    def test_a_run_that_could_not_be_made_has_its_reports(self):
        folder = self.folder()
        self.expect_run(ringblast("http://127.0.0.1:1/", "-d", "1s", "--output-dir", folder, *QUIET),
                        3)
        names = {path.name.split("-1_")[-1][15:]: path for path in folder.iterdir()}
        self.assertEqual(set(names), set(SUFFIXES))
        check("check_junit.py", names["_junit.xml"])
        self.assertIn("could not be made", names[".html"].read_text())


class Again(Case):
    """`ringblast report`: byte for byte what the run wrote."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def test_the_same_files(self):
        folder = self.folder()
        (folder / "first").mkdir()

        def outputs(where):
            return ["--json", where / "r.json", "--html", where / "r.html", "--csv", where / "r",
                    "--junit", where / "r.xml", "--markdown", where / "r.md", "--hdr-log",
                    where / "r.hlog"]
        run = self.expect_run(ringblast(
            self.server.url + "/flaky?rate=0.3", "-R", 300, "-d", "2300ms", "--warm-up", "500ms",
            "--threshold", "p95 < 5s", "--no-progress", *outputs(folder / "first")))
        again = self.expect_run(ringblast("report", folder / "first" / "r.json",
                                          *outputs(folder / "again")))
        self.assertEqual(again.stdout, "")
        for path in sorted((folder / "first").iterdir()):
            with self.subTest(path.name):
                self.assertEqual((folder / "again" / path.name).read_bytes(), path.read_bytes())
        text = self.expect_run(ringblast("report", folder / "first" / "r.json"))
        self.assertEqual(text.stdout, run.stdout)

    def test_a_pipe_as_output(self):
        run = self.expect_run(ringblast("report", GOLDEN / "everything.json", "--csv",
                                        self.folder() / "x", "--json", "-"))
        self.assertEqual(run.stdout, (GOLDEN / "everything.json").read_text())

    def test_what_is_no_result(self):
        folder = self.folder()
        (folder / "empty").write_text("")
        (folder / "text").write_text("verdict PASS")
        (folder / "other.json").write_text('{"schema": "ringblast-other/1"}')
        golden = json.loads((GOLDEN / "everything.json").read_text())
        golden["requests"][2]["outcomes"].pop("ok")
        (folder / "hole.json").write_text(json.dumps(golden))
        table = (("absent", "No such file"), ("empty", "empty"), ("text", "not JSON: line 1"),
                 ("other.json", "ringblast-other/1"),
                 ("hole.json", "requests[2].outcomes.ok is missing"))
        for name, says in table:
            with self.subTest(name):
                run = self.expect_run(ringblast("report", folder / name, "--html",
                                                folder / "never.html"), 2)
                self.assertIn(says, run.stderr, str(run))
                self.assertIn(str(folder / name), run.stderr)
        self.assertFalse((folder / "never.html").exists())
        self.expect_run(ringblast("report"), 2)


class InTheBrowser(Case):
    """The HTML report opened in headless Chromium."""

    SORT = """
      const state = document.documentElement.dataset;
      const order = () => [...document.querySelectorAll("#requests tbody tr")]
        .map((row) => row.cells[0].textContent).join("|");
      const button = (column) => document.querySelectorAll("#requests th button")[column];
      if (button(1)) {
        button(1).click(); state.falling = order();
        button(1).click(); state.rising = order();
      }
      const blank = (canvas) => {
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return data.every((value, i) => value === data[i % 4]);
      };
      state.blank = [...document.querySelectorAll("canvas")].filter(blank).length;
      const wide = document.documentElement;
      state.overflow = wide.scrollWidth - wide.clientWidth;
    """

    def page_of(self, name):
        path = self.folder() / "page.html"
        self.expect_run(ringblast("report", GOLDEN / name, "--html", path))
        return path

    def opened(self, name, charts, **options):
        page = Page(self.page_of(name), self.SORT if charts else "", **options)
        self.assertEqual(page.console, [])
        self.assertEqual(page.root["data-charts"], str(charts))
        self.assertEqual(page.elements.counts.get("canvas", 0), charts)
        if charts:
            self.assertEqual(page.root["data-blank"], "0", "an empty canvas")
            self.assertEqual(page.root["data-overflow"], "0", "the page is wider than its window")
        return page

    def test_everything_is_drawn_and_listed(self):
        result = json.loads((GOLDEN / "everything.json").read_text())
        page = self.opened("everything.json", 6)
        for table in ("requests", "stages", "errors", "thresholds", "tags", "classes"):
            self.assertEqual(len(page.elements.rows[table]), len(result[table]), table)
        counts = [row["count"] for row in result["requests"]]
        names = page.root["data-falling"].split("|")
        self.assertIn("/api/runs", names[counts.index(max(counts))])
        self.assertEqual(page.root["data-rising"].split("|")[0], "POSTexport")

    def test_other_results(self):
        for name, charts in (("blast.json", 4), ("stages.json", 7), ("not_made.json", 0)):
            with self.subTest(name):
                self.opened(name, charts)

    def test_on_a_phone_and_in_the_dark(self):
        # Chromium's window is 500 pixels wide at least; that is below the page's limit for phones.
        self.opened("everything.json", 6, width=500, dark=True)


if __name__ == "__main__":
    unittest.main()
