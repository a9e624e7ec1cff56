"""`ringblast suite`: order, reports, overview and exit codes, against the embedded target."""

import json
import re
import signal
import xml.etree.ElementTree as xml

from harness import (ROOT, Case, Serve, finish, free_port, ringblast, start_ringblast, wait_until)

try:
    import jsonschema
except ImportError:
    jsonschema = None

SHOP = """
[target]
base_url = "URL"
[load]
users = 2
duration = "300ms"
[[user]]
name = "Visitor"
wait = { constant = "10ms" }
  [[user.task]]
  name = "front page"
  tags = ["read"]
  path = "/"
  [[user.task]]
  name = "data"
  path = "/json"
"""
REPORTS = {".html", "_stats.csv", "_stats_history.csv", "_failures.csv", "_metrics.json",
           "_junit.xml", "_summary.md", ".hlog", ".txt"}
OVERVIEW = {"suite.html", "suite.json", "suite_junit.xml", "suite_summary.md", "suite.txt"}


def run_of(name, *lines, profile="shop.toml"):
    return "\n".join(["[[run]]", f'name = "{name}"', f'profile = "{profile}"', *lines, ""])


class SuiteCase(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def write(self, *runs, top=""):
        """A folder with shop.toml and suite.toml."""
        folder = self.folder()
        (folder / "shop.toml").write_text(SHOP.replace("URL", self.server.url))
        (folder / "suite.toml").write_text(top + "\n" + "".join(runs))
        return folder

    def suite(self, folder, *args, exit_code=0, **options):
        return self.expect_run(ringblast("suite", folder / "suite.toml", *args, **options),
                               exit_code)

    def overview(self, run):
        result = run if isinstance(run, dict) else run.json
        if jsonschema is not None:
            schema = json.loads((ROOT / "docs" / "suite.schema.json").read_text())
            jsonschema.validate(result, schema)
        return result

    def states(self, overview):
        return {row["name"]: row["state"] for row in overview["runs"]}


class Runs(SuiteCase):
    def test_all_pass(self):
        folder = self.write(run_of("one"), run_of("two", "users = 1", 'tags = ["read"]'))
        run = self.suite(folder, "--json", "-")
        overview = self.overview(run)
        self.assertEqual(self.states(overview), {"one": "pass", "two": "pass"}, str(run))
        self.assertEqual((overview["verdict"], overview["exit_code"]), ("pass", 0))
        first, second = (row["result"] for row in overview["runs"])
        self.assertEqual((first["users_peak"], second["users_peak"]), (2, 1))
        self.assertGreater(first["successful"], 0)
        self.assertLess(first["started_at"], second["started_at"])
        self.assertLess(run.stderr.index("1/2 one"), run.stderr.index("2/2 two"))
        self.assertIn("✓ two", run.stderr)  # standard output is taken by the JSON

    def test_a_missed_threshold_fails_the_suite_and_stops_nothing(self):
        folder = self.write(run_of("one", 'threshold = "max < 1us"'), run_of("two"))
        overview = self.overview(self.suite(folder, "--json", "-", exit_code=1))
        self.assertEqual(self.states(overview), {"one": "fail", "two": "pass"})
        missed = overview["runs"][0]["result"]["thresholds"]
        self.assertEqual([entry["verdict"] for entry in missed], ["fail"])

    def test_on_failure_stop_leaves_out_the_rest(self):
        runs = (run_of("one", 'threshold = "max < 1us"', 'on_failure = "stop"'), run_of("two"))
        folder = self.write(*runs)
        run = self.suite(folder, exit_code=1)
        self.assertRegex(run.stdout, r"(?m)^– two$")
        self.assertIn("not run: one failed", run.stdout)
        self.suite(folder, "--on-failure", "continue", "--json", folder / "all.json", exit_code=1)
        overview = self.overview(json.loads((folder / "all.json").read_text()))
        self.assertEqual(self.states(overview), {"one": "fail", "two": "pass"})

    def test_a_target_that_is_not_there_is_a_row_of_its_own(self):
        folder = self.write(run_of("one"),
                            run_of("away", f'host = "http://127.0.0.1:{free_port()}"'),
                            run_of("two", 'threshold = "max < 1us"'))
        overview = self.overview(self.suite(folder, "--json", "-", exit_code=3))
        self.assertEqual(self.states(overview), {"one": "pass", "away": "not_made", "two": "fail"})
        self.assertIn("refused", overview["runs"][1]["result"]["not_made"])
        self.assertEqual([row["exit_code"] for row in overview["runs"]], [0, 3, 1])

    def test_marginal_fails_where_it_is_asked_to(self):
        folder = self.write(run_of("one"))
        with (folder / "shop.toml").open("a") as profile:
            profile.write('[[threshold]]\ntarget = "max < 1us"\ncritical = "max < 1h"\n')
        self.assertRegex(self.suite(folder).stdout, "MARGINAL: 0 of 1 run passed, 1 marginal")
        self.suite(folder, "--fail-on", "marginal", exit_code=1)

    def test_each_task_is_a_row(self):
        folder = self.write(run_of("endpoints", "each = true", 'threshold = "front page: max < 1us"'))
        run = self.suite(folder, exit_code=1)
        self.assertRegex(run.stdout, r"(?m)^✗ endpoints$")
        self.assertRegex(run.stdout, r"(?m)^  ✗ front page  +\d+ ")
        self.assertRegex(run.stdout, r"(?m)^  ✓ data  +\d+ ")
        overview = self.overview(self.suite(folder, "--json", "-", exit_code=1))
        tasks = overview["runs"][0]["tasks"]
        self.assertEqual([(task["task"], task["state"]) for task in tasks],
                         [("front page", "fail"), ("data", "pass")])
        self.assertEqual(tasks[0]["name"], "endpoints-front page")

    def test_some_of_the_runs_and_words_for_all_of_them(self):
        folder = self.write(run_of("one"), run_of("two", 'set = { X = "1" }'),
                            run_of("three", profile="smoke"))
        run = self.suite(folder, "--only", "three,two", "-d", "200ms", "--host", self.server.url,
                         "--tags", "read", "--only", "one", "--threshold", "max < 1h", "--json",
                         "-", exit_code=2)
        self.assertIn("the profile has no tag \"read\"", run.stderr)  # of the built-in
        run = self.suite(folder, "--only", "two", "-d", "200ms", "--tags", "read", "--threshold",
                         "max < 1h", "--bearer", "secret", "--json", "-")
        overview = self.overview(run)
        self.assertEqual(self.states(overview), {"two": "pass"})
        self.assertEqual([entry["expression"] for entry in
                          overview["runs"][0]["result"]["thresholds"]], ["max < 1h"])
        self.assertNotIn("secret", run.text)

    def test_the_embedded_target_serves_all_runs(self):
        folder = self.write(run_of("one"), run_of("two"))
        overview = self.overview(self.suite(folder, "--demo", "--json", "-"))
        urls = {row["result"]["url"] for row in overview["runs"]}
        self.assertEqual(len(urls), 1)
        self.assertNotIn(self.server.url + "/", urls)


class Checked(SuiteCase):
    def test_a_typo_in_the_last_profile_is_found_before_the_first_run(self):
        folder = self.write(run_of("one"), run_of("two", profile="typo.toml"), run_of("three", "users = 0"))
        (folder / "typo.toml").write_text(SHOP.replace("duration", "durations"))
        run = self.suite(folder, "--output-dir", folder / "reports", exit_code=2)
        self.assertRegex(run.stderr, r'suite\.toml:5:1: run "two": \S*typo\.toml:6:1: "durations"')
        self.assertRegex(run.stderr, r"suite\.toml:11:1: users 0: at least 1 is needed")
        self.assertNotIn("1/3", run.stderr)
        self.assertFalse((folder / "reports").exists())

    def test_a_folder_that_cannot_be_made_is_found_before_the_first_run(self):
        folder = self.write(run_of("one"))
        run = self.suite(folder, "--output-dir", folder / "shop.toml", exit_code=2)
        self.assertIn("cannot be written", run.stderr)
        self.assertNotIn("1/1", run.stderr)

    def test_check_prints_the_plan_of_each_run(self):
        folder = self.write(run_of("one"), run_of("two", "users = 30", 'pause = "5s"'))
        run = self.expect_run(ringblast("check", folder / "suite.toml"))
        self.assertIn("run 1 of 2: one", run.stdout)
        self.assertRegex(run.stdout, r"run 2 of 2: two \(.*shop\.toml\), after a pause of 5 s")
        self.assertIn("30 users", run.stdout)

    def test_suites_and_profiles_are_told_where_they_belong(self):
        folder = self.write(run_of("one"))
        run = self.expect_run(ringblast("run", folder / "suite.toml"), 2)
        self.assertIn("this is a suite, not a profile; allowed: ringblast suite", run.stderr)
        run = self.expect_run(ringblast("suite", folder / "shop.toml"), 2)
        self.assertIn("this is a profile, not a suite; allowed: ringblast run", run.stderr)


class Reports(SuiteCase):
    def test_a_folder_for_each_run_and_the_overview(self):
        folder = self.write(run_of("one"), run_of("all of it", "each = true"),
                            run_of("away", f'host = "http://127.0.0.1:{free_port()}"'),
                            top='name = "nightly"\n[output]\noutput_dir = "reports"')
        run = self.suite(folder, exit_code=3)
        reports = folder / "reports"
        self.assertEqual({path.name for path in reports.iterdir()},
                         OVERVIEW | {"one", "all-of-it", "away"})
        endings = {re.sub(r"^load_test_one_\d{8}-\d{6}", "", path.name)
                   for path in (reports / "one").iterdir()}
        self.assertEqual(endings, REPORTS)
        self.assertEqual(len(list((reports / "all-of-it").iterdir())), 2 * len(REPORTS))
        self.assertEqual((reports / "suite.txt").read_text().splitlines()[0], "nightly")
        overview = self.overview(json.loads((reports / "suite.json").read_text()))
        for row in overview["runs"]:
            for part in row["tasks"] + [row["result"]] * (row["result"] is not None):
                kinds = {report["kind"]: report["file"] for report in part["reports"]}
                result = json.loads((reports / kinds["json"]).read_text())
                self.assertEqual(result["total_requests"], part["total_requests"])
                self.assertIn(f'href="{kinds["html"]}"', (reports / "suite.html").read_text())
        suites = xml.parse(reports / "suite_junit.xml").getroot()
        self.assertEqual([suite.get("name") for suite in suites],
                         ["ringblast one", "ringblast all of it-front page",
                          "ringblast all of it-data", "ringblast away"])
        self.assertIn("| ❌ not made |", (reports / "suite_summary.md").read_text())
        self.assertNotIn("started_at", run.stdout)

    def test_the_overview_again_from_its_file(self):
        folder = self.write(run_of("one"), run_of("two", "each = true"))
        self.suite(folder, "--output-dir", folder / "reports")
        saved = folder / "reports" / "suite.json"
        text = (folder / "reports" / "suite.txt").read_text()
        (folder / "elsewhere").mkdir()
        run = self.expect_run(ringblast("report", saved, "--json", folder / "reports" / "again.json",
                                        "--html", folder / "elsewhere" / "suite.html"))
        self.assertEqual((folder / "reports" / "again.json").read_text(), saved.read_text())
        self.assertIn('href="../reports/one/', (folder / "elsewhere" / "suite.html").read_text())
        self.assertEqual(ringblast("report", saved).stdout.split(), text.split(), str(run))
        self.expect_run(ringblast("report", saved, "--csv", folder / "x"), 2)
        self.suite(folder, "--json", folder / "bare.json", "--quiet")
        run = self.expect_run(ringblast("report", folder / "bare.json"), 2)
        self.assertIn("run one has no result of its own", run.stderr)

    def test_without_a_folder_each_report_is_printed(self):
        run = self.suite(self.write(run_of("one"), run_of("two")))
        self.assertEqual(len(re.findall(r"(?m)^validity ", run.stdout)), 2, str(run))
        self.assertTrue(run.stdout.rstrip().endswith("exit code 0"))

    def test_quiet_says_nothing(self):
        run = self.suite(self.write(run_of("one")), "--quiet")
        self.assertEqual(run.stdout, "")


class Ends(SuiteCase):
    def started(self, folder, *args):
        return start_ringblast("suite", folder / "suite.toml", "--output-dir", folder / "reports",
                               *args)

    def states_in(self, folder):
        return self.states(self.overview(
            json.loads((folder / "reports" / "suite.json").read_text())))

    def test_ctrl_c_ends_the_run_that_is_under_way_and_the_suite(self):
        folder = self.write(run_of("long", 'duration = "20s"'), run_of("two"))
        process = self.started(folder)
        try:
            # Its first second is in the log: the load is on its way.
            wait_until(lambda: any(path.stat().st_size > 0 and path.read_text().count("\n") > 5
                                   for path in folder.glob("reports/long/*.hlog")), 15)
        finally:
            process.send_signal(signal.SIGINT)
        run = self.expect_run(finish(process), 130)
        self.assertEqual(self.states_in(folder), {"long": "interrupted", "two": "not_run"})
        self.assertIn("INTERRUPTED", run.stdout)

    def test_sigterm_in_a_pause(self):
        folder = self.write(run_of("one"), run_of("two", 'pause = "20s"'))
        process = self.started(folder)
        try:
            self.assertTrue(wait_until(lambda: (folder / "reports" / "suite.json").exists() and
                                       '"pass"' in (folder / "reports" / "suite.json").read_text(),
                                       20))
        finally:
            process.send_signal(signal.SIGTERM)
        self.expect_run(finish(process), 143)
        self.assertEqual(self.states_in(folder), {"one": "pass", "two": "not_run"})

    def test_a_suite_that_is_killed_leaves_what_was_known(self):
        folder = self.write(run_of("one"), run_of("two", 'duration = "20s"'))
        process = self.started(folder)
        try:
            self.assertTrue(wait_until(lambda: (folder / "reports" / "two").exists(), 20))
        finally:
            process.kill()
            process.communicate()
        self.assertEqual(self.states_in(folder), {"one": "pass", "two": "not_run"})
        self.assertTrue(json.loads((folder / "reports" / "suite.json").read_text())["interrupted"])
        self.assertIn("<h1>suite</h1>", (folder / "reports" / "suite.html").read_text())
