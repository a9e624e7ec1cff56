"""Profiles on real servers: users, flows, selection, thresholds, and every built-in profile."""

import json
import re
import signal
import urllib.request

from harness import (HERE, Case, Serve, Uvicorn, finish, ringblast, run_profile, start_ringblast,
                     wait_until)

SHOP = HERE / "profiles" / "shop.toml"
ACCOUNTS = {"ann@x.org", "bob@x.org", "cy@x.org"}


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def rows(run, part="requests"):
    return {row["name"]: row for row in run.json[part]}


class Flows(Case):
    def setUp(self):
        self.server = Uvicorn("shop_app")
        self.addCleanup(self.server.stop)

    def shop(self, *args, **options):
        return run_profile(SHOP, "--host", self.server.url, *args, **options)

    def log(self):
        return fetch(self.server.url + "/log")

    def test_users_carry_tokens_cookies_and_ids(self):
        """Every answer is checked by the profile itself: what the server saw is checked here."""
        run = self.expect_run(self.shop())
        result = run.json
        log = self.log()
        self.assertEqual([entry for entry in log if entry[2] == "nobody"], [], str(run))
        self.assertEqual(log[0], ["POST", "/setup", ""])
        self.assertEqual(log[-1], ["POST", "/teardown/c 7", "c 7"])
        self.assertEqual({entry[2] for entry in log[-4:-1] if entry[1] == "/logout"}, ACCOUNTS)
        logins = [entry[2] for entry in log if entry[1] == "/login"]
        self.assertEqual(sorted(logins), sorted([*ACCOUNTS, *["refused"] * 3]))

        outcomes = {name: count for name, count in result["outcomes"].items() if count}
        self.assertEqual(outcomes.pop("http_error"), 3)  # the refused logins
        outcomes.pop("cancelled", None)
        self.assertEqual(list(outcomes), ["ok"], str(run))
        by_name = rows(run)
        self.assertNotIn("start a campaign", by_name)
        self.assertEqual(by_name["login"]["count"], 6)
        polls, asked = by_name["poll"], by_name["ask"]
        self.assertEqual(asked["statuses"], {"202": asked["count"]})
        # Three each, but for those that the end of the load met.
        self.assertLessEqual(polls["count"], 3 * asked["count"], str(run))
        self.assertGreaterEqual(polls["count"], 3 * (asked["count"] - len(ACCOUNTS)), str(run))
        seen = sum(1 for _, path, _ in log if re.fullmatch(r"/items/\d+-\d", path))
        self.assertEqual(seen, by_name["item"]["count"])
        self.assertEqual(result["classes"][0]["count"], result["total_requests"])

    def test_tags_choose_tasks(self):
        run = self.expect_run(self.shop("--tags", "read", "--exclude-tags", "redirect"))
        counted = {name: row["after"] for name, row in rows(run).items() if row["count"]}
        self.assertEqual(counted, {"login": False, "list": False, "item": False, "logout": True})
        self.assertEqual(sum(row["count"] for row in run.json["requests"] if not row["after"]),
                         run.json["total_requests"])
        self.assertEqual({row["name"] for row in run.json["tags"]}, {"read"})
        self.assertTrue(any(path == "/logout" for _, path, _ in self.log()))  # on_stop stays

    def test_a_signal_still_runs_on_stop_and_the_tear_down(self):
        process = start_ringblast("run", SHOP, "--host", self.server.url, "-d", "60s",
                                  "--no-progress")
        self.assertTrue(wait_until(lambda: any(path.startswith("/items/")
                                               for _, path, _ in self.log())))
        process.send_signal(signal.SIGINT)
        run = self.expect_run(finish(process), 130)
        self.assertIn("interrupted", run.stdout)
        log = self.log()
        self.assertEqual(log[-1], ["POST", "/teardown/c 7", "c 7"])
        self.assertEqual({entry[2] for entry in log if entry[1] == "/logout"}, ACCOUNTS)

    def test_a_failed_set_up_ends_the_run(self):
        folder = self.folder()
        (folder / "broken.toml").write_text(
            '[target]\nbase_url = "x"\n[load]\nusers = 1\nduration = "30s"\n'
            '[[setup.request]]\nname = "prepare"\npath = "/items/absent"\n'
            '[[user]]\nname = "A"\n[[user.task]]\npath = "/log"\n')
        run = self.expect_run(run_profile(folder / "broken.toml", "--host", self.server.url), 3)
        self.assertIn("prepare: status 401", run.json["not_made"])

    def test_clean_up_that_fails_is_told_and_in_no_figure(self):
        folder = self.folder()
        (folder / "stop.toml").write_text(
            '[target]\nbase_url = "x"\n[load]\nusers = 3\nrequests = 30\n'
            '[[user]]\nname = "A"\n[[user.on_stop]]\nname = "bye"\npath = "/items/absent"\n'
            '[[user.task]]\npath = "/log"\n')
        run = self.expect_run(run_profile(folder / "stop.toml", "--host", self.server.url))
        self.assertIn('on_stop: 3 of 3 "bye" failed', run.json["notes"], str(run))
        self.assertEqual(run.json["service_ms"]["count"], 30)
        self.assertEqual(run.json["total_requests"], 30)
        self.assertEqual(run.json["errors"], [])

    def test_once_shows_what_was_sent_and_masks_secrets(self):
        folder = self.folder()
        for run in (self.shop_once(1), self.shop_once(0)):  # the first login is refused
            self.assertNotIn("Bearer", run.stdout)
        self.assertIn('> {"email":"ann@x.org"}', run.stdout)
        self.assertIn("> Cookie: ***", run.stdout)
        self.assertIn('< {"status":"completed"}', run.stdout)
        self.assertEqual(len(re.findall(r"^✓ list ", run.stdout, re.M)), 1)
        shown = self.shop_once(0, "--show-secrets")
        self.assertIn("Authorization: Bearer t", shown.stdout)
        self.assertEqual(list(folder.iterdir()), [])

    def shop_once(self, exit_code, *args):
        run = ringblast("run", SHOP, "--host", self.server.url, "--once", *args)
        return self.expect_run(run, exit_code)


class Profiled(Case):
    """Profiles as texts, for an embedded target of the class."""

    @classmethod
    def setUpClass(cls):
        cls.target = cls.keep(Serve())

    def profile(self, text):
        path = self.folder() / "profile.toml"
        path.write_text(f'[target]\nbase_url = "{self.target.url}"\n{text}')
        return path

    MIXED = """
[load]
users = 12
duration = "1s"
[[user]]
name = "Most"
weight = 3
wait = { constant = "10ms" }
[[user.task]]
name = "often"
weight = 9
path = "/bytes/{{size}}"
tags = ["a"]
[[user.task]]
name = "seldom"
path = "/"
repeat = 2
[[user]]
name = "Few"
weight = 1
wait = { constant = "10ms" }
[[user.task]]
name = "few"
path = "/json"
[[user]]
name = "One"
count = 1
wait = { pacing = "100ms" }
[[user.task]]
name = "one"
path = "/health"
[variables]
size = { int = [1, 9] }
"""


class Loads(Profiled):
    def test_weights_and_counts_of_classes_are_exact(self):
        path = self.profile(self.MIXED)
        run = self.expect_run(run_profile(path, "-n", 2000, "-d", "60s"))
        self.assertEqual(run.json["started"], 2000)
        by_class = rows(run, "classes")
        self.assertEqual(set(by_class), {"Most", "Few", "One"})
        self.assertLess(by_class["One"]["count"], by_class["Few"]["count"])
        self.assertGreater(by_class["Most"]["count"], by_class["Few"]["count"])
        by_name = rows(run)
        self.assertGreater(by_name["often"]["count"], by_name["seldom"]["count"])
        plan = self.expect_run(ringblast("check", path, "--seed", 3)).stdout
        self.assertIn("8 of 12 users", plan)
        self.assertIn("3 of 12 users", plan)
        self.assertIn("1 of 12 users", plan)

    def test_the_same_seed_is_the_same_run(self):
        """One user, one thread: the order of tasks and the values are those of the seed."""
        path = self.profile(self.MIXED.replace("users = 12", "users = 1").replace("count = 1", ""))

        def of(seed):
            run = self.expect_run(run_profile(path, "Most", "-n", 60, "-d", "20s", "-t", 1,
                                              "--seed", seed))
            return {name: row["count"] for name, row in rows(run).items()}, \
                run.json["bytes"]["body"]

        first = of(7)
        self.assertEqual(first, of(7))
        self.assertEqual(sum(first[0].values()), 60)
        self.assertNotEqual(first[1], of(8)[1])

    def test_arrivals_run_tasks_of_users(self):
        path = self.profile("""
[load]
stages = [ { rate = "200/s", duration = "1s" } ]
max_users = 20
[[user]]
name = "A"
weight = 3
[[user.on_start]]
name = "login"
method = "POST"
path = "/login"
extract = { token = { json = "/token" } }
[[user.task]]
name = "two"
request = [ { name = "me", path = "/me", headers = { Authorization = "Bearer {{token}}" } }, { name = "json", path = "/json" } ]
[[user]]
name = "B"
[[user.task]]
name = "b"
path = "/"
""")
        run = self.expect_run(run_profile(path))
        by_name = rows(run)
        self.assertEqual(run.json["arrivals"], 200)
        self.assertEqual(by_name["me"]["count"] + by_name["b"]["count"] + run.json["dropped"], 200)
        # The end of the load meets tasks between their requests.
        self.assertLessEqual(by_name["json"]["count"], by_name["me"]["count"])
        self.assertGreaterEqual(by_name["json"]["count"], by_name["me"]["count"] - 20)
        if run.json["dropped"] == 0:
            self.assertEqual(by_name["b"]["count"], 50)
        self.assertEqual(by_name["me"]["failed"], 0, str(run))

    def test_a_number_of_requests_is_exact_in_an_open_load(self):
        """Tasks of two requests: the last one is left after its first."""
        path = self.profile("""
[load]
rate = 500
requests = 61
[[user]]
name = "A"
[[user.task]]
name = "pair"
request = [{ path = "/" }, { path = "/json" }]
""")
        run = self.expect_run(run_profile(path))
        self.assertEqual(run.json["total_requests"], 61, str(run))
        self.assertEqual(run.json["failed"], 0, str(run))

    def test_a_slow_target_drops_arrivals_and_says_so(self):
        path = self.profile("""
[load]
stages = [ { rate = "100/s", duration = "1s" } ]
max_users = 2
max_backlog = 5
graceful_stop = "10s"
[[user]]
name = "A"
[[user.task]]
name = "slow"
path = "/delay/300"
""")
        run = self.expect_run(run_profile(path))
        result = run.json
        self.assertEqual(result["arrivals"], 100)
        self.assertEqual(rows(run)["slow"]["count"] + result["dropped"] + result["cancelled"], 100)
        self.assertGreater(result["dropped"], 70)

    def test_a_variable_that_is_not_set_passes_the_task_over(self):
        path = self.profile("""
[load]
users = 1
requests = 20
duration = "20s"
[[user]]
name = "A"
[[user.task]]
name = "reads"
path = "/bytes/{{later}}"
[[user.task]]
name = "sets"
path = "/json"
weight = 0.0001
extract = { later = { json = "/id" } }
[[user.task]]
name = "neither"
path = "/"
""")
        run = self.expect_run(run_profile(path))
        self.assertGreater(run.json["skipped_tasks"], 0)

    def test_unique_rows_end_their_users(self):
        path = self.profile("""
[load]
users = 3
duration = "500ms"
[variables]
row = { csv = "rows.csv", pick = "unique" }
[[user]]
name = "A"
wait = { constant = "5ms" }
[[user.task]]
name = "t"
path = "/bytes/{{row.size}}"
""")
        (path.parent / "rows.csv").write_text("size\n3\n4\n")
        run = self.expect_run(run_profile(path))
        self.assertIn("1 users ended because a csv", " ".join(run.json["notes"]))
        self.assertEqual(run.json["failed"], 0)


class SeveralThreads(Profiled):
    """Runs of two threads; also those that TSan watches."""

    def test_totals_are_exact(self):
        path = self.profile(self.MIXED)
        run = self.expect_run(run_profile(path, "-n", 1500, "-d", "60s", "-t", 2, "--no-pin"))
        self.assertEqual(run.json["started"], 1500)
        self.assertEqual(sum(row["count"] for row in run.json["classes"]),
                         run.json["total_requests"])

    def test_sequences_are_unique_over_threads(self):
        path = self.profile("""
[load]
stages = [ { rate = "300/s", duration = "1s" } ]
[variables]
number = { seq = 1 }
[[user]]
name = "A"
[[user.task]]
name = "t"
method = "POST"
path = "/echo"
body = "{{number}}"
extract = { echoed = { regex = "([0-9]+)" } }
""")
        run = self.expect_run(run_profile(path, "-t", 2, "--no-pin"))
        self.assertEqual(run.json["arrivals"], 300)
        sent = sum(len(str(number)) for number in range(1, 301))
        if run.json["dropped"] == 0:
            self.assertEqual(run.json["bytes"]["body"], sent)


class Thresholds(Case):
    @classmethod
    def setUpClass(cls):
        cls.target = cls.keep(Serve())

    def decided(self, thresholds, *args, requests=90, exit_code=0):
        path = self.folder() / "t.toml"
        path.write_text(f"""
[target]
base_url = "{self.target.url}"
[load]
users = 2
duration = "60s"
requests = {requests}
[[user]]
name = "A"
wait = {{ constant = "5ms" }}
[[user.task]]
name = "slow"
path = "/delay/20"
tags = ["s"]
[[user.task]]
name = "fast"
path = "/"
tags = ["f"]
[[user.task]]
name = "bad"
path = "/status/503"
tags = ["b"]
{thresholds}""")
        run = self.expect_run(run_profile(path, *args), exit_code)
        return {row["expression"]: row["verdict"] for row in run.json["thresholds"]}, run.json

    def test_scopes(self):
        verdicts, result = self.decided("""
[[threshold]]
target = "slow: min > 15ms"
[[threshold]]
target = "tag(b): error_rate >= 100%"
[[threshold]]
target = "class(A): rps > 1/s"
[[threshold]]
target = "stage(1): error_rate < 90%"
[[threshold]]
target = "method(GET): error_rate < 90%"
[[threshold]]
target = "max < 1ms"
critical = "max < 60s"
""")
        self.assertEqual(set(verdicts.values()), {"pass", "marginal"})
        self.assertEqual(result["verdict"], "marginal")

    def test_what_a_filter_removed_is_skipped(self):
        verdicts, _ = self.decided('[[threshold]]\ntarget = "slow: p95 < 1ms"\n'
                                   '[[threshold]]\ntarget = "error_rate < 1%"\n', "--tags", "f")
        self.assertEqual(verdicts, {"slow: p95 < 1ms": "skipped", "error_rate < 1%": "pass"})

    def test_exit_codes(self):
        missed = '[[threshold]]\ntarget = "bad: error_rate < 1%"\n'
        self.decided(missed, exit_code=1)
        marginal = ('[[threshold]]\ntarget = "error_rate < 1%"\n'
                    'critical = "error_rate < 99%"\n')
        self.decided(marginal)
        self.decided(marginal, "--fail-on", "marginal", exit_code=1)

    def test_an_abort_ends_the_run(self):
        _, result = self.decided('[[threshold]]\ntarget = "bad: error_rate < 1%"\n'
                                 'window = "2s"\nabort = true\n', "-d", "120s",
                                 requests=100_000, exit_code=1)
        self.assertIn("bad: error_rate < 1% was broken in the 2 s before", result["aborted"])
        self.assertLess(result["duration_s"], 60)
        self.assertEqual(result["thresholds"][0]["window_s"], 2)

    def test_an_unknown_name_is_refused(self):
        path = self.folder() / "x.toml"
        path.write_text('[target]\nbase_url = "http://127.0.0.1:1"\n[load]\nusers = 1\n'
                        'duration = "1s"\n[[user]]\nname = "A"\n[[user.task]]\npath = "/"\n'
                        '[[threshold]]\ntarget = "tag(x): p95 < 1s"\n')
        run = self.expect_run(ringblast("run", path), 2)
        self.assertIn("tag(x)", run.stderr)


class Commands(Case):
    def test_every_built_in_runs_scaled_down(self):
        names = re.findall(r"^  ([a-z-]+) ", self.expect_run(ringblast("profiles")).stdout, re.M)
        self.assertGreaterEqual(len(names), 12)
        for name in names:
            with self.subTest(name):
                text = self.expect_run(ringblast("profiles", name)).stdout
                scale = ["-R", 60] if "rate = " in text else ["-u", 4]
                run = run_profile(name, "--demo", "-d", "1s", "--warm-up", 0, *scale)
                # The target of --demo limits nobody; a stage of milliseconds may have no sample,
                # and how long a request takes is the machine's affair.
                missed = [row["expression"] for row in run.json["thresholds"]
                          if row["verdict"] != "pass" and row["value"] is not None
                          and not re.search(r"\d *m?s$", row["expression"])]
                self.assertEqual(missed, ["stage(2): rate_limited_rate > 0%"]
                                 if name == "rate-limit" else [], str(run))
                self.assertIn(run.exit_code, (0, 1), str(run))
                self.assertGreater(run.json["successful"], 0, str(run))
                planned = sum(stage["duration_s"] for stage in run.json["plan"]["stages"])
                self.assertAlmostEqual(planned, 1)

    def test_a_mode_for_a_url(self):
        run = ringblast("--demo", "--mode", "spike", "-u", 5, "-d", "1s", "--json", "-", "--quiet")
        self.assertGreater(len(self.expect_run(run).json["stages"]), 2)

    def test_check_tells_all_problems_with_their_places(self):
        path = self.folder() / "wrong.toml"
        path.write_text('[target]\nbase_url = "http://127.0.0.1:1"\n[load]\nuser = 5\n'
                        'duration = "5 parsecs"\n[[user]]\nname = "A"\nwait = { betwen = 3 }\n'
                        '[[user.task]]\nname = "t"\npath = "/{{nothing}}"\n')
        run = self.expect_run(ringblast("check", path), 2)
        self.assertEqual(run.stdout, "")
        for said in ("wrong.toml:4:1: ", "users", "wrong.toml:5:", "5 parsecs", "wrong.toml:8:",
                     "between", "wrong.toml:11:", "nothing"):
            self.assertIn(said, run.stderr)

    def test_each_runs_every_task_alone(self):
        folder = self.folder()
        (folder / "p.toml").write_text("""
name = "p"
[target]
base_url = "http://127.0.0.1:1"
[load]
users = 5
duration = "10s"
requests = 50
[[user]]
name = "A"
[[user.task]]
name = "good"
path = "/"
[[user.task]]
name = "bad"
path = "/status/500"
threshold = "error_rate < 1%"
""")
        run = self.expect_run(ringblast("run", folder / "p.toml", "--demo", "--each", "--json",
                                        folder / "{profile}.json", "--no-progress"), 1)
        self.assertRegex(run.stdout, r"(?m)^✓ good +50 ")
        self.assertRegex(run.stdout, r"(?m)^✗ bad +50 .*\[FAIL\] bad: error_rate: 100 % < 1 %")
        for name, failed in (("good", 0), ("bad", 50)):
            result = json.loads((folder / f"p-{name}.json").read_text())
            self.assertEqual((result["total_requests"], result["failed"]), (50, failed))
        refused = self.expect_run(ringblast("run", folder / "p.toml", "--demo", "--each", "--json",
                                            folder / "x.json"), 2)
        self.assertIn("{profile}", refused.stderr)

    def test_outputs_of_the_profile_and_of_the_command_line(self):
        folder = self.folder()
        (folder / "p.toml").write_text("""
name = "my shop"
[target]
base_url = "${NOWHERE:-http://127.0.0.1:1}"
[load]
users = 2
duration = "${LENGTH}"
[output]
json = "{profile}-{users}.json"
html = "page.html"
[[user]]
name = "A"
wait = { constant = "5ms" }
[[user.task]]
name = "t"
path = "/"
""")
        self.expect_run(ringblast("run", folder / "p.toml", "--set", "LENGTH=300ms", "--demo",
                                  "--html", folder / "other.html", "--quiet"))
        self.assertEqual({path.name for path in folder.iterdir()},
                         {"p.toml", "my-shop-2.json", "other.html"})
        unset = self.expect_run(ringblast("run", folder / "p.toml", "--demo"), 2)
        self.assertIn("LENGTH", unset.stderr)
