"""Probes beside a load: figures of every source, thresholds on them, what fails, a target that dies."""

import os
import signal
import sys

from harness import (Case, Process, SERVERS, Serve, finish, free_port, ringblast, start_ringblast,
                     wait_until)


class MetricsServer(Process):
    def __init__(self, workers=0):
        port = free_port()
        super().__init__([sys.executable, str(SERVERS / "metrics_server.py"), str(port),
                          str(workers)], port)


def profile(server, probes, load='users = 2\nduration = "3s"', path="/work", thresholds=()):
    """The text of a profile; a user asks every 20 ms."""
    listed = ", ".join(f"'{threshold}'" for threshold in thresholds)
    return (f'threshold = [{listed}]\n[target]\nbase_url = "http://127.0.0.1:{server.port}"\n'
            f'headers = {{ X-Key = "k" }}\n[load]\n{load}\n'
            f'[[user]]\nname = "u"\nwait = {{ constant = "20ms" }}\ntask = [{{ path = "{path}" }}]\n'
            + probes)


QUEUE = """
[[probe]]
name = "queue"
prometheus = "/metrics"
metric = "app_queue"
labels = { name = "~jo.s" }
unit = "jobs"
every = "200ms"
"""
OTHERS = """
[[probe]]
name = "errors"
prometheus = "/metrics"
metric = 'app_requests_total{code="~5.."}'
as = "rate"
over = "app_requests_total"
unit = "fraction"
every = "200ms"
[[probe]]
name = "median"
prometheus = "/metrics"
metric = "app_seconds"
as = "quantile"
quantile = 0.75
unit = "s"
every = "200ms"
[[probe]]
name = "hits"
json = "/stats"
pointer = "/cache/hit_rate"
unit = "percent"
every = "200ms"
[[probe]]
name = "server"
process = "listening"
every = "200ms"
[[probe]]
name = "word"
command = ["sh", "-c", "echo depth: 7"]
regex = "depth: ([0-9]+)"
every = "200ms"
"""


class Figures(Case):
    def run_text(self, text, *args, timeout=60):
        path = os.path.join(self.folder(), "p.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return ringblast("run", path, "--json", "-", "--quiet", "--no-progress", *args,
                         timeout=timeout)

    @staticmethod
    def probes(run):
        return {probe["name"]: probe for probe in run.json["probes"]}

    def test_every_source(self):
        server = self.keep_here(MetricsServer(workers=2))
        run = self.expect_run(self.run_text(profile(server, QUEUE + OTHERS)))
        probes = self.probes(run)
        self.assertEqual(list(probes), ["queue", "errors", "median", "hits", "server.cpu",
                                        "server.rss", "server.threads", "server.fds", "word"])
        for name, probe in probes.items():
            with self.subTest(name):
                self.assertEqual(probe["failures"], 0, probe["last_failure"])
                self.assertGreater(probe["count"], 0)
        self.assertLessEqual(probes["queue"]["last"], run.json["total_requests"])
        self.assertGreater(probes["queue"]["max"], 0)
        self.assertAlmostEqual(probes["errors"]["avg"], 1 / 11)
        self.assertAlmostEqual(probes["median"]["avg"], 0.2)
        self.assertEqual(probes["hits"]["last"], 94.5)
        self.assertEqual(probes["word"]["last"], 7)
        self.assertGreater(probes["server.rss"]["max"], probes["server.rss"]["min"])
        self.assertGreaterEqual(probes["server.threads"]["min"], 3)  # with both workers
        times = [point["t_s"] for point in probes["queue"]["series"]]
        self.assertEqual(times, sorted(times))
        self.assertGreaterEqual(times[0], 0)

    def keep_here(self, server):
        self.addCleanup(server.stop)
        return server

    def test_the_embedded_target_and_headers_of_ones_own(self):
        server = self.keep_here(Serve())
        run = self.expect_run(self.run_text(profile(server, """
[[probe]]
name = "requests"
prometheus = "/metrics"
metric = "ringblast_target_requests_total"
as = "rate"
every = "200ms"
headers = { X-Other = "1" }
""", path="/health")))
        self.assertGreater(self.probes(run)["requests"]["max"], 1)

    def test_the_warm_up_is_in_the_series_only(self):
        server = self.keep_here(MetricsServer())
        run = self.expect_run(self.run_text(profile(
            server, QUEUE, load='users = 1\nduration = "3s"\nwarm_up = "2s"')))
        probe = self.probes(run)["queue"]
        measured = [point for point in probe["series"] if point["measured"]]
        self.assertEqual(len(measured), probe["count"])
        self.assertLess(len(measured), len(probe["series"]))
        self.assertTrue(all(point["t_s"] > 2 for point in measured))

    def test_thresholds(self):
        server = self.keep_here(MetricsServer())
        thresholds = ["probe(queue).last >= 0", "probe(hits).avg > 90%", "probe(server.rss).max < 4GiB",
                      "probe(queue).slope > 1/min", "probe(queue).max < 1"]
        run = self.run_text(profile(server, QUEUE + OTHERS, load='users = 2\nduration = "5s"',
                                    thresholds=thresholds))
        self.expect_run(run, 1)
        verdicts = {one["metric"]: one["verdict"] for one in run.json["thresholds"]}
        self.assertEqual(verdicts["probe(queue).last"], "pass")
        self.assertEqual(verdicts["probe(hits).avg"], "pass")
        self.assertEqual(verdicts["probe(server.rss).max"], "pass")
        self.assertEqual(verdicts["probe(queue).slope"], "pass")
        self.assertEqual(verdicts["probe(queue).max"], "fail")

    def test_a_probe_may_end_the_run(self):
        server = self.keep_here(MetricsServer())
        text = profile(server, QUEUE, load='users = 2\nduration = "60s"') + (
            '[[threshold]]\ntarget = "probe(queue).max < 5"\nwindow = "2s"\nabort = true\n')
        run = self.run_text(text.replace("threshold = []\n", ""))
        self.expect_run(run, 1)
        self.assertIn("probe(queue).max < 5 was broken", run.json["aborted"])
        self.assertLess(run.json["duration_s"], 59)

    def test_what_fails_disturbs_nothing_and_is_told(self):
        server = self.keep_here(MetricsServer())
        broken = QUEUE + f"""
[[probe]]
name = "refused"
json = "http://127.0.0.1:{free_port()}/"
pointer = "/a"
[[probe]]
name = "metric"
prometheus = "/metrics"
metric = "nothing"
[[probe]]
name = "pointer"
json = "/stats"
pointer = "/nothing"
[[probe]]
name = "locked"
json = "/stats"
pointer = "/cache/hit_rate"
headers = {{ X-Key = "wrong" }}
[[probe]]
name = "hanging"
command = ["sleep", "1000"]
timeout = "100ms"
[[probe]]
name = "failing"
command = ["sh", "-c", "echo broken >&2; exit 3"]
[[probe]]
name = "gone"
process = "no such process"
"""
        run = self.run_text(profile(server, broken, thresholds=["probe(metric).last > 0",
                                                                "probe(queue).last >= 0"]))
        self.expect_run(run, 1)
        self.expect_outcomes(run, ok=run.json["total_requests"])
        probes = self.probes(run)
        told = {"refused": "connection refused", "metric": "no such metric: nothing",
                "pointer": 'nothing at "/nothing"', "locked": "status 401",
                "hanging": "not done within its time-out", "failing": "exit status 3: broken",
                "gone.rss": 'no process "no such process"'}
        for name, message in told.items():
            with self.subTest(name):
                self.assertGreater(probes[name]["failures"], 0)
                self.assertEqual(probes[name]["count"], 0)
                self.assertIsNone(probes[name]["last"])
                self.assertEqual(probes[name]["last_failure"], message)
        self.assertEqual(probes["queue"]["failures"], 0)
        self.assertEqual([one["verdict"] for one in run.json["thresholds"]], ["fail", "pass"])

    def test_a_target_that_dies(self):
        server = self.keep_here(MetricsServer())
        path = os.path.join(self.folder(), "p.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(profile(server, QUEUE + OTHERS, load='users = 2\nduration = "6s"'))
        process = start_ringblast("run", path, "--json", "-", "--quiet", "--no-progress")
        self.assertTrue(wait_until(lambda: server.descriptors() > 6))  # the load has begun
        server.signal(signal.SIGKILL)
        run = finish(process, timeout=60)
        self.assertIn(run.exit_code, (0, 1, 3))
        if run.exit_code != 3:
            probes = self.probes(run)
            self.assertGreater(probes["queue"]["failures"], 0)
            self.assertGreater(probes["server.rss"]["failures"], 0)
            self.assertEqual(probes["word"]["failures"], 0)

    def test_reports_from_the_saved_result(self):
        server = self.keep_here(MetricsServer())
        folder = self.folder()
        saved = os.path.join(folder, "saved.json")
        run = self.expect_run(self.run_text(profile(server, QUEUE + OTHERS)))
        with open(saved, "w", encoding="utf-8") as file:
            file.write(run.stdout)
        again = self.expect_run(ringblast("report", saved, "--markdown", "-"))
        self.assertIn("### Probes", again.stdout)
        self.assertIn("| queue |", again.stdout)
        html = os.path.join(folder, "page.html")
        self.expect_run(ringblast("report", saved, "--html", html))
        with open(html, encoding="utf-8") as file:
            page = file.read()
        self.assertIn('id="chart-probe-0"', page)
        self.assertIn('"name":"queue"', page)

    def test_names_and_units_are_checked_before_the_load(self):
        server = self.keep_here(MetricsServer())
        run = self.run_text(profile(server, QUEUE, thresholds=["probe(quee).last < 5",
                                                               "probe(queue).last < 5MiB"]))
        self.expect_run(run, 2)
        self.assertIn("no such probe quee", run.stderr)
        self.assertIn("nothing in the unit of the probe", run.stderr)


class Check(Case):
    """`ringblast check` says what each probe reads, and finds what cannot be, without a target."""

    def check(self, probes):
        path = os.path.join(self.folder(), "p.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write('[target]\nbase_url = "http://localhost:1/base"\n'
                       '[load]\nusers = 1\nduration = "1s"\n'
                       '[[user]]\nname = "u"\ntask = [{ path = "/" }]\n' + probes)
        return ringblast("check", path)

    def test_every_probe_is_listed(self):
        run = self.expect_run(self.check(QUEUE + OTHERS + """
[[probe]]
name = "elsewhere"
json = "http://user:word@no-such-host.invalid:9/stats"
pointer = "/a"
[[probe]]
name = "database"
process = "postgres"
every = "10s"
"""))
        table = run.stdout[run.stdout.index("Probes beside the load"):]
        for name, reads in (
                ("queue", r'app_queue\{name=~"jo\.s"\}\s+/metrics\s+jobs\s+200 ms'),
                ("errors", r'rate of app_requests_total\{code=~"5\.\."\} over '
                           r'app_requests_total\s+/metrics\s+fraction'),
                ("median", r"p75 of app_seconds\s+/metrics\s+s\s"),
                ("hits", r"JSON /cache/hit_rate\s+/stats\s+percent"),
                ("server", r"cpu, rss, threads, fds\s+who listens on the target's port"),
                ("word", r"regex depth: \(\[0-9\]\+\)\s+command sh -c echo depth: 7"),
                ("elsewhere", r"JSON /a\s+http://\*\*\*@no-such-host\.invalid:9/stats\s+1 s"),
                ("database", r'cpu, rss, threads, fds\s+processes named "postgres"\s+10 s')):
            with self.subTest(name):
                self.assertRegex(table, rf"(?m)^  {name}\s+{reads}")

    def test_what_cannot_be_is_named_with_its_place(self):
        for probe, said in (
                ('json = "/stats"\npointer = "a"', "pointer"),
                ('json = "ftp://host/x"\npointer = "/a"', "a path or a URL"),
                ('prometheus = "/metrics"\nmetric = "a b"', "a metric"),
                ('prometheus = "/metrics"\nmetric = "a"\nlabels = { b = "~(" }', "regular"),
                ('prometheus = "/metrics"\nmetric = "a"\nas = "quantile"\nquantile = 95', "quantile"),
                ('command = ["true"]\nregex = "("', "regular"),
                ('command = []', "a command"),
                ('process = "listening"\nunit = "ms"', "have their own"),
                ('json = "/stats"\npointer = "/a"\nheaders = { X = "{{nobody}}" }', "nobody")):
            with self.subTest(probe):
                run = self.expect_run(self.check(f'[[probe]]\nname = "p"\n{probe}\n'), 2)
                self.assertIn(said, run.stderr)


class SeveralThreads(Case):
    """Short runs for the thread sanitizer."""

    def test_probes_beside_two_threads(self):
        server = self.keep(MetricsServer())
        path = os.path.join(self.folder(), "p.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(profile(server, QUEUE + OTHERS))
        run = self.expect_run(ringblast("run", path, "-t", 2, "--json", "-", "--quiet",
                                        "--no-progress", timeout=120))
        self.assertGreater(len(run.json["probes"]), 5)
