"""The steps of the teams' own CI, taken from their guides and run as they stand there; only the
tool's command is another. Skipped where the guides are not beside the repository. And the commands
of docs/teams/, run as they stand there.

What a job has beside its steps comes from the environment, as in CI: where the server is and what
its users need. `-n` ends the load after so many requests.
"""

import csv
import pathlib
import re
import shlex

from harness import ROOT, ringblast, slow
from teams import GUIDES, Target, TeamCase, guide, step_script


class Steps(TeamCase):
    """A folder of a team with its profiles where its workflow looks for them."""

    def run_step(self, name, put, words, server, profiles="."):
        """Runs a step with `put` in place of the tool's own words; returns what came of it and the
        folder of the job."""
        script = step_script(guide(self.team), name)
        for theirs, ours in words.items():
            self.assertIn(theirs, script)
            script = script.replace(theirs, ours)
        job = self.folder()
        (job / profiles).parent.mkdir(parents=True, exist_ok=True)
        if not hasattr(self, "small"):
            self.small = self.small_profiles()
        (job / profiles).symlink_to(self.small)
        environment = dict(need.split("=", 1) for need in server.needs)
        done = self.script(script.replace("@PUT", put), job,
                           env={**environment, "RINGBLAST_HOST": server.url})
        return done, job

    def broken(self, kind):
        return self.keep(Target(self.team, "--broken", kind))


class Governance(Steps):
    team = "governance"

    def test_run_load_test(self):
        for server, code in ((self.server, 0), (self.broken("errors"), 1)):
            with self.subTest(code=code):
                done, job = self.run_step(
                    "Run load test", "ringblast run load/normal.toml --set PACE=100ms -n 210 --json "
                    "load_test_results.json", {"python load_test.py": "@PUT"}, server, "load")
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                checked = self.script(step_script(guide(self.team), "Check results"), job)
                self.assertEqual(checked.returncode, code, checked.stderr)
                self.assertEqual("Error rate" in checked.stderr, code == 1)


class Pggit(Steps):
    team = "pggit"

    def test_load_test_api(self):
        for server, code in ((self.server, 0), (self.broken("errors"), 1)):
            with self.subTest(code=code):
                done, job = self.run_step(
                    "Load Test API", "ringblast run tests/load/normal.toml -n 700",
                    {"locust -f tests/load/locustfile.py": "@PUT"}, server, "tests/load")
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                with (job / "results" / "load_test_stats.csv").open(newline="") as file:
                    table = list(csv.DictReader(file))
                self.assertEqual(float(table[-1]["Failure Rate"]) > 0, code == 1)


class VoiceAgent(Steps):
    team = "voice-agent"

    def test_run_load_test(self):
        for server, code in ((self.server, 0), (self.broken("errors"), 1)):
            with self.subTest(code=code):
                done, job = self.run_step(
                    "Run load test", "ringblast run load/load.toml -n 250",
                    {"./scripts/run_load_tests.sh": "@PUT", "--scenario load": "--no-progress",
                     "http://localhost:8000": server.url, "--output ": "--output-dir "}, server,
                    "load")
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                self.assertEqual(
                    sorted(path.name.split("_", 4)[-1] for path in
                           (job / "load-results").glob("load_test_load_*_*")),
                    ["failures.csv", "junit.xml", "metrics.json", "stats.csv",
                     "stats_history.csv", "summary.md"])


class Prismq(Steps):
    team = "prismq"

    def test_run_load_test(self):
        for server, code in ((self.server, 0), (self.broken("errors"), 1)):
            with self.subTest(code=code):
                done, job = self.run_step(
                    "Run Load Test", "ringblast run normal.toml -n 600",
                    {"pip install locust\n": "", "locust -f locustfile.py": "@PUT",
                     "http://localhost:8000": server.url}, server, "Client/_meta/tests/load")
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                uploaded = (job / "Client" / "_meta" / "tests" / "load").glob("results_*")
                self.assertEqual(sorted(path.name for path in uploaded),
                                 ["results_failures.csv", "results_stats.csv",
                                  "results_stats_history.csv"])


class Boss(Steps):
    team = "boss"

    def test_run_load_tests(self):
        for server, code in ((self.server, 0), (self.broken("errors"), 1)):
            with self.subTest(code=code):
                done, _ = self.run_step(
                    "Run Load Tests", "ringblast run tests/load/benchmark.toml --each --host",
                    {"pip install locust\n": "", "python tests/load/benchmark.py": "@PUT",
                     "${{ secrets.PRODUCTION_URL }}": server.url}, server, "tests/load")
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                self.assertIn(f"{9 if code == 0 else ''} of 9 tasks passed".strip(), done.stdout)


class Pages(TeamCase):
    @slow
    def test_commands_of_the_pages_run(self):
        """Every `ringblast run …` of docs/teams/ beside the team's profiles, for sixty requests."""
        for team in GUIDES:
            self.team = team
            server = self.keep(Target(team))
            folder = self.small_profiles()
            env = dict(need.split("=", 1) for need in server.needs) | {
                "RINGBLAST_HOST": server.url, "LOAD_TEST_HOST": server.url}
            page = (ROOT / "docs" / "teams" / f"{team}.md").read_text()
            for command in re.findall(r"ringblast run (\w[^`…\n]*)", page):
                words = shlex.split(re.sub(r"\$\{\{.*?\}\}|https?://\S+", server.url, command))
                words[0] = pathlib.PurePath(words[0]).name
                words = [env["API_KEY"] if word == "your-key-here" else word for word in words]
                end = [] if "--each" in words else ["-n", 60]
                if not {"-d", "--duration", "--run-time"} & {word.split("=")[0] for word in words}:
                    end += ["-d", "20s"] if end else []
                with self.subTest(team=team, command=command):
                    run = ringblast("run", *words, *end, "--no-progress", cwd=folder, env=env,
                                    timeout=90)
                    self.assertIn(run.exit_code, (0, 1), str(run))
                    self.assertRegex(run.stdout, r"requests +[1-9]\d+ in|of 9 tasks passed", str(run))
