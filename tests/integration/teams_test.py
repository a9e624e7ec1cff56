"""The suites of the five teams: every scenario of every guide at a small scale against its server.

Who they are is in profiles/teams/ and docs/teams/. What the servers counted is held against the
reports. What the guides themselves run in CI is in teams_guides_test.py.
"""

import csv
import pathlib
import re
import shlex

from harness import ROOT, Case, ringblast
from teams import (PARTS, TEAMS, Target, TeamCase, block_with, guide, profiles_of)


class Profiles(Case):
    def test_each_is_valid_as_it_stands(self):
        checked = 0
        for team in sorted(path for path in TEAMS.iterdir() if path.is_dir()):
            for path in profiles_of(team.name):
                with self.subTest(profile=f"{team.name}/{path.name}"):
                    run = self.expect_run(ringblast("check", path))
                    self.assertIn("Thresholds", run.stdout)
                    checked += 1
        self.assertGreaterEqual(checked, 30)

    def test_the_plan_says_who_comes_how_fast_and_for_how_long(self):
        run = self.expect_run(ringblast("check", TEAMS / "boss" / "heavy.toml", "-u", 750, "-r",
                                        75, "-d", "30m"))
        self.assertRegex(run.stdout, r"30 min, 75 users start per second")
        self.assertRegex(run.stdout, r"BossWorkflowUser: .* 675 of 750 users")
        self.assertRegex(run.stdout, r"38\.5 %\s+list tasks")

    def test_commands_of_the_pages_are_understood(self):
        """Every `ringblast run …` of docs/teams/, read by `check` beside the team's profiles."""
        checked = 0
        for page in sorted((ROOT / "docs" / "teams").glob("*.md")):
            for command in re.findall(r"ringblast run (\w[^`…\n]*)", page.read_text()):
                words = shlex.split(re.sub(r"\$\{\{.*?\}\}", "http://127.0.0.1", command))
                words[0] = pathlib.PurePath(words[0]).name
                with self.subTest(page=page.name, command=command):
                    self.expect_run(ringblast("check", *words, cwd=TEAMS / page.stem))
                    checked += 1
        self.assertGreater(checked, 30)

    def test_a_suite_has_every_scenario_of_its_team(self):
        for team in sorted(path for path in TEAMS.iterdir() if path.is_dir()):
            with self.subTest(team=team.name):
                run = self.expect_run(ringblast("check", team / "suite.toml"))
                planned = re.findall(r"(?m)^run \d+ of \d+: .* \(\S*/([\w-]+\.toml)\)", run.stdout)
                self.assertEqual(sorted(planned), [path.name for path in profiles_of(team.name)])
                page = (ROOT / "docs" / "teams" / f"{team.name}.md").read_text()
                self.assertIn("ringblast suite suite.toml", page)

    def test_what_is_included_is_no_profile(self):
        for part in TEAMS.glob("*/*.toml"):
            if part.name in PARTS:
                self.assertNotIn("[load]", part.read_text(), str(part))


class Governance(TeamCase):
    team = "governance"
    TASKS = {"list policies": 4, "get policy": 3, "health": 2, "decide": 1}
    QUICK = ("--set", "PACE=50ms")

    def test_normal(self):
        before = self.server.seen()
        run = self.run_small("normal", "--vus", 4, "-n", 200, "-d", "60s", *self.QUICK)
        self.assertEqual(run.json["total_requests"], 200, str(run))
        self.expect_outcomes(run, ok=200)
        self.expect_shares(run, self.TASKS)
        self.expect_server_saw("normal", run, before, 0)

    def test_a_minute_of_ten_clients_is_about_six_hundred_requests(self):
        """As it stands, but for a tenth of the time: 100 turns, each tenth of two requests."""
        run = self.run_small("normal", "-d", "6s")
        self.assertLess(abs(run.json["total_requests"] - 66), 20, str(run))

    def test_metrics_of_the_server_are_read_beside_the_load(self):
        run = self.run_small("normal", "--vus", 4, "-d", "4s", "--set", "PACE=50ms")
        probes = {probe["name"]: probe for probe in run.json["probes"]}
        self.assertEqual(set(probes), {"requests", "server_error_rate", "server_latency_p95",
                                       "rate_limit_hits", "logger_queue"})
        self.assertGreater(probes["requests"]["max"], 0, str(run))
        self.assertEqual(probes["logger_queue"]["min"], 0)
        self.assertEqual(self.verdicts(run)["probe(logger_queue).max"], "pass", str(run))

    def test_a_burst_is_refused_in_part_and_nothing_breaks(self):
        server = self.keep(Target(self.team, "--limit", 10))
        run = self.run_small("burst", "-R", 80, "-d", "3s", server=server)
        result = run.json
        self.assertEqual(result["arrivals"], 240)
        self.assertEqual(result["error_rate"], 0, str(run))
        self.assertGreater(result["rate_limited"], 0)
        refused = sum(count for key, count in server.seen().items() if key.endswith(" 429"))
        self.assertEqual(result["rate_limited"], refused, str(run))
        self.assertEqual(result["statuses"]["429"], refused)
        self.assertEqual(result["rate_limited_rate"], refused / result["total_requests"])
        self.assertIn(f"rate_limit_hits_total {refused}\n", server.fetch("/metrics"))

    def test_a_limiter_that_never_limits_is_found(self):
        server = self.keep(Target(self.team, "--limit", 10, "--broken", "unlimited"))
        run = self.run_small("burst", "-R", 80, "-d", "3s", server=server, exit_code=1)
        self.assertEqual(run.json["rate_limited"], 0)
        self.expect_missed(run, "rate_limited_rate")

    def test_stress_has_a_budget_for_each_step(self):
        run = self.run_small("stress", "-u", 20, "-d", "6s", "--set", "PACE=100ms")
        stages = run.json["stages"]
        self.assertEqual([stage["goal"]["users"] for stage in stages], [2, 4, 8, 20])
        self.assertEqual([stage["verdict"] for stage in stages], ["pass"] * 4, str(run))
        budgets = {entry["scope"]: entry["target"] for entry in run.json["thresholds"]
                   if entry["metric"] == "error_rate"}
        self.assertEqual(budgets, {"stage(1)": 0.01, "stage(2)": 0.02, "stage(3)": 0.05,
                                   "stage(4)": 0.1})

    def test_errors_beyond_the_budget_fail_the_steps_they_are_in(self):
        server = self.keep(Target(self.team, "--broken", "errors"))
        run = self.run_small("stress", "-u", 20, "-d", "6s", "--set", "PACE=50ms", server=server,
                             exit_code=1)
        for stage in run.json["stages"]:
            limit = (0.01, 0.02, 0.05, 0.1)[stage["index"] - 1]
            self.assertEqual(stage["verdict"], "pass" if stage["error_rate"] < limit else "fail")
        self.assertTrue(all(name.endswith(": error_rate") for name, verdict
                            in self.verdicts(run).items() if verdict == "fail"), str(run))

    def test_soak(self):
        run = self.run_small("soak", "--vus", 5, "-d", "4s", "-r", 50, *self.QUICK)
        self.assertEqual(run.json["error_rate"], 0, str(run))

    def test_a_wrong_key_has_a_hint(self):
        run = self.expect_run(ringblast(
            "run", TEAMS / self.team / "normal.toml", "--host", self.server.url, "--api-key", "no",
            "--json", "-", "--quiet", "--no-progress", "-n", 40, "--vus", 4, *self.QUICK), 1)
        errors = {error["message"]: error for error in run.json["errors"]}
        self.assertIn("status 401", errors)
        self.assertRegex(errors["status 401"]["hint"], "(?i)key|token|credential")

    def test_a_key_on_the_command_line_goes_before_the_profile(self):
        key = self.server.needs[0].removeprefix("API_KEY=")
        run = self.expect_run(ringblast(
            "run", self.small_profiles() / "normal.toml", "--host", self.server.url, "--api-key",
            key, "-d", "3s", "--vus", 2, "--no-progress", "--verbose", "--set", "PACE=100ms"))
        self.assertGreaterEqual(len(re.findall(r"(?m)^.* 20[01] ", run.stderr)), 10, str(run))
        self.assertNotIn(key, run.text)

    def test_nobody_there(self):
        run = self.expect_run(ringblast("run", TEAMS / self.team / "normal.toml", "--host",
                                        "http://127.0.0.1:1", "--no-progress"), 3)
        self.assertIn("refused", run.text)


class Pggit(TeamCase):
    team = "pggit"
    TASKS = {"webhooks_list": 6, "webhook_detail": 4, "webhook_create": 2, "alerts_list": 5,
             "alert_acknowledge": 2, "dashboard_metrics": 4, "cache_stats": 3,
             "cache_invalidate": 1, "health_check": 3, "health_deep": 1}
    LIMITED = ("webhooks_list", "webhook_detail", "alerts_list", "cache_stats", "health_check")

    def test_every_scenario(self):
        for name in ("normal", "peak", "spike", "sustained", "ramp-up", "stress"):
            with self.subTest(scenario=name):
                before = self.server.seen()
                users = ("-u", 120, "-d", "30s") if name == "ramp-up" else (
                    "-u", 6, "-r", 100, "-d", "60s")
                run = self.run_small(name, *users, "-n", 350)
                self.expect_outcomes(run, ok=350)
                self.expect_shares(run, self.TASKS)
                self.expect_server_saw(name, run, before, 0)
                self.assertEqual(run.json["skipped_tasks"], 0)
                for endpoint in self.LIMITED:
                    for metric in ("p50", "p95", "p99", "error_rate"):
                        self.assertEqual(self.verdicts(run)[f"{endpoint}: {metric}"], "pass",
                                         str(run))

    def test_smoke(self):
        run = self.run_small("smoke", "-n", 120, "-d", "60s")
        self.expect_outcomes(run, ok=120)
        self.assertLessEqual(set(self.LIMITED), set(self.rows(run)), str(run))

    def streams(self, server, *args, **options):
        """A run of mostly listeners; what the server and the report say of their connections."""
        before = server.seen()
        run = self.run_small("websocket-heavy", "-r", 100, "-d", "60s", *args, server=server,
                             **options)
        counted = server.seen() - before
        connects = self.rows(run)["websocket connect"]
        self.assertEqual(counted["websocket opened"], connects["ok"], str(run))
        self.assertEqual(run.json["ws"]["connections"], connects["ok"])
        return run, counted["websocket message"]

    def test_streams(self):
        run, messages = self.streams(self.server, "-u", 10, "-n", 2000)
        self.assertEqual(run.json["ws"]["messages_sent"], messages)
        self.assertGreater(self.rows(run)["websocket"]["count"], 0)
        self.assertEqual(run.json["ws"]["dropped"], 0)
        self.assertEqual(set(run.json["ws"]["close_codes"]), {"1000"})
        self.assertEqual(run.json["outcomes"]["check_failed"], 0, str(run))
        for metric in ("p50", "p95", "p99", "error_rate"):
            self.assertEqual(self.verdicts(run)[f"websocket connect: {metric}"], "pass", str(run))

    def test_a_stream_that_is_cut_is_a_dropped_connection(self):
        server = self.keep(Target(self.team, "--broken", "drops"))
        run, messages = self.streams(server, "-u", 5, "-n", 100, "--tags", "websocket",
                                     exit_code=1)
        # What was sent into the close is not seen any more.
        self.assertGreaterEqual(run.json["ws"]["messages_sent"], messages)
        self.assertIn("1011", run.json["ws"]["close_codes"])
        self.expect_missed(run, "ws.dropped")

    def test_cache_invalidation_is_a_choice_of_tags(self):
        run = self.run_small("cache-invalidation", "-u", 4, "-r", 100, "-n", 120, "-d", "60s")
        self.assertEqual(set(self.rows(run)), {
            "webhooks_list", "webhook_detail", "webhook_create", "webhook_update",
            "webhook_delete", "dashboard_metrics", "cache_stats", "cache_invalidate"})

    def test_tags(self):
        tagged = {
            ("webhooks",): {"webhooks_list", "webhook_detail", "webhook_create", "webhook_update",
                            "webhook_delete"},
            ("webhooks,alerts",): {"webhooks_list", "webhook_detail", "webhook_create",
                                   "webhook_update", "webhook_delete", "alerts_list",
                                   "alert_acknowledge"},
            ("health",): {"health_check", "health_deep"},
            ("admin",): {"cache_stats", "cache_invalidate"},
            ("rest_endpoints", "--exclude-tags", "write,webhooks,alerts"):
                {"dashboard_metrics", "cache_stats", "health_check", "health_deep"},
        }
        for words, names in tagged.items():
            with self.subTest(tags=words):
                run = self.run_small("normal", "-u", 8, "-r", 100, "-n", 60, "-d", "60s", "--tags",
                                     *words)
                self.assertLessEqual(set(self.rows(run)), names, str(run))
                self.assertGreaterEqual(len(self.rows(run)), 2)
                verdicts = self.verdicts(run)  # nobody is left who listens
                self.assertEqual({verdicts["ws.dropped"], verdicts["websocket connect: p95"]},
                                 {"skipped"}, str(run))

    def test_without_a_token_the_set_up_fails(self):
        run = self.expect_run(ringblast("run", TEAMS / self.team / "smoke.toml", "--host",
                                        self.server.url, "--no-progress"), 3)
        self.assertRegex(run.text, "set-up failed.*401")

    def test_a_slow_endpoint_misses_its_own_limits_only(self):
        server = self.keep(Target(self.team, "--broken", "slow", "--slow", 0.6))
        run = self.run_small("normal", "-u", 8, "-r", 100, "-n", 120, "-d", "60s", server=server,
                             keep=("webhooks_list", "webhook_detail"), exit_code=1)
        self.expect_missed(run, *(f"{name}: {metric}" for name in ("webhooks_list",
                                                                   "webhook_detail")
                                  for metric in ("p50", "p95", "p99")))

    def test_the_files_and_the_reading_of_the_guide(self):
        reading = block_with(guide(self.team), "import pandas", "python")
        folder = self.small_profiles()
        self.run_small("peak", "-u", 6, "-r", 100, "-n", 150, "-d", "60s",
                       f"--csv={folder}/results/load_test", folder=folder)
        for name in ("stats", "stats_history", "failures"):
            self.assertTrue((folder / "results" / f"load_test_{name}.csv").is_file(), name)
        with (folder / "results" / "load_test_stats.csv").open(newline="") as file:
            table = list(csv.DictReader(file))
        self.assertLessEqual({"Name", "Average Response Time", "P95", "P99", "Failure Rate"},
                             set(table[0]))
        self.assertEqual(table[-1]["Name"], "Aggregated")
        self.assertEqual(int(table[-1]["Request Count"]), 150)

        if self.script("import pandas", folder, ["/usr/bin/python3"]).returncode:
            self.skipTest("python3-pandas is not installed")
        read = self.script(reading, folder, ["/usr/bin/python3"])
        self.assertEqual(read.returncode, 0, read.stderr)
        self.assertIn("webhooks_list", read.stdout)
        self.assertIn("Slowest endpoints", read.stdout)
        self.assertIn("Empty DataFrame", read.stdout.split("Failed endpoints:")[1])


class VoiceAgent(TeamCase):
    team = "voice-agent"
    TASKS = {"conversation": 10, "search": 5, "history": 3, "stats": 2, "health": 2, "get me": 4,
             "update me": 2, "refresh": 2}

    def flow(self, name, users, *args, **options):
        """A run after which nobody's account is left, and no token was refused. A user whom the end
        of the load met between its deletion and its registration has nothing to clean up: a 401."""
        server = options.get("server") or self.server
        before = server.seen()
        run = self.run_small(name, "-u", users, "-r", 100, *args, **options)
        counted = server.seen() - before
        self.assertEqual(counted["registered"], counted["deleted"], str(run))
        self.assertEqual([key for key in counted if key.endswith((" 401", " 409", " 422"))
                          and key != "POST /api/auth/login/json 401"], [])
        logins = self.rows(run)["login"]["count"] + users  # and once to clean up
        self.assertEqual(counted["POST /api/auth/login/json"], logins, f"{counted}\n{run}")
        self.assertEqual(run.json["skipped_tasks"], 0)
        return run, counted

    def test_every_scenario(self):
        for name in ("smoke", "load", "stress", "spike", "endurance"):
            with self.subTest(scenario=name):
                count = 600 if name == "endurance" else 200  # its slope needs readings
                run, counted = self.flow(name, 6, "-n", count, "-d", "60s")
                self.expect_outcomes(run, ok=count)
                self.expect_shares(run, self.TASKS)
                self.assertNotIn("stats without pause", self.rows(run))
                self.assertLessEqual(set(self.verdicts(run).values()), {"pass", "skipped"},
                                     str(run))

    def test_authentication_only(self):
        run, counted = self.flow("auth-only", 4, "-n", 150, "-d", "60s")
        self.assertEqual(set(self.rows(run)), {"register", "login", "get me", "update me",
                                               "refresh", "logout"})
        self.assertEqual(counted["refreshed"], self.rows(run)["refresh"]["count"])
        self.assertEqual(counted["logged out"], self.rows(run)["logout"]["count"])

    def test_gdpr_only(self):
        run, counted = self.flow("gdpr-only", 4, "-n", 120, "-d", "60s")
        rows = self.rows(run)
        self.assertLessEqual(set(rows), {"register", "login", "ask for export", "poll export",
                                         "delete"})
        self.assertEqual(counted["POST /api/gdpr/export"], rows["ask for export"]["count"])
        self.assertEqual(counted["GET /api/gdpr/export/{number}"], rows["poll export"]["count"])
        # Polled until it was there, but for those that the end of the load met.
        self.assertGreaterEqual(rows["poll export"]["count"], rows["ask for export"]["count"] - 4)

    def test_a_stream_of_a_conversation(self):
        run, counted = self.flow("smoke", 3, "-n", 60, "-d", "60s", "--tags", "websocket")
        self.assertEqual(counted["websocket opened"], self.rows(run)["stream connect"]["ok"])
        self.assertEqual(counted["websocket message"], run.json["ws"]["messages_sent"])
        # Of each message sent come three parts and the answer, besides one greeting.
        self.assertGreater(run.json["ws"]["messages_received"], run.json["ws"]["messages_sent"])

    def test_rate_limit(self):
        server = self.keep(Target(self.team, "--limit", 1))
        run, counted = self.flow("rate-limit", 3, "-n", 130, "-d", "60s", server=server)
        refused = counted["GET /api/stats 429"]
        self.assertGreater(refused, 0)
        self.assertEqual(run.json["rate_limited"], refused)
        self.assertEqual(run.json["error_rate"], 0)
        self.assertEqual(run.json["outcomes"]["rate_limited"], refused)

    def test_a_limiter_that_never_limits_is_found(self):
        server = self.keep(Target(self.team, "--broken", "unlimited"))
        run = self.run_small("rate-limit", "-u", 3, "-r", 100, "-n", 130, "-d", "60s",
                             server=server, exit_code=1)
        self.expect_missed(run, "rate_limited_rate")

    def test_errors_one_after_the_other_are_found(self):
        server = self.keep(Target(self.team, "--broken", "errors"))
        run = self.run_small("load", "-u", 6, "-r", 100, "-n", 620, "-d", "60s", server=server,
                             exit_code=1)
        self.assertGreaterEqual(run.json["statuses"]["500"], 70, str(run))
        self.expect_missed(run, "success_rate", "error_rate", "error_clustering")

    def test_a_slow_conversation_misses_the_percentile_only(self):
        server = self.keep(Target(self.team, "--broken", "slow", "--slow", 0.8))
        run = self.run_small("smoke", "-u", 8, "-r", 100, "-n", 100, "-d", "60s", server=server,
                             keep=("p95",), exit_code=1)
        self.expect_missed(run, "p95")

    def test_a_leak_is_found(self):
        server = self.keep(Target(self.team, "--broken", "leak"))
        run = self.run_small("endurance", "-u", 4, "-r", 100, "-n", 450, "-d", "60s",
                             server=server, keep=("slope",), exit_code=1)
        self.expect_missed(run, "probe(server.rss).slope")

    def test_the_files_have_the_names_of_the_guide(self):
        promised = re.findall(r"^\| `load_test_\{scenario\}_\{timestamp\}(\S+)` \|",
                              guide(self.team), re.M)
        self.assertEqual(len(promised), 4)
        folder = self.small_profiles()
        server = self.keep(Target(self.team, "--broken", "unlimited"))
        run = self.expect_run(ringblast(
            "run", folder / "load.toml", *self.words(server, "-u", 4, "-r", 100, "-n", 40),
            "--output-dir", folder / "load-results"))
        for ending in promised:
            found = list((folder / "load-results").glob(f"load_test_load_*{ending}"))
            self.assertEqual(len(found), 1, f"{ending}\n{run}")
            self.assertRegex(found[0].name, r"^load_test_load_\d{8}-\d{6}" + re.escape(ending))
        self.assertRegex(run.stdout, r"\[PASS\]\s+p95: .* < ")
        self.assertRegex(run.stdout, r"\[PASS\]\s+success_rate: 100 % >= 99.5 %")
        self.assertRegex(run.stdout, r"\[PASS\]\s+error_rate: 0 % <= 0.5 %")

    def test_a_wrong_scenario_is_a_configuration_error(self):
        codes = dict(re.findall(r"^\| (\d) \| (.*) \|$", guide(self.team), re.M))
        self.assertEqual(set(codes), {"0", "1", "2"})
        self.expect_run(ringblast("run", TEAMS / self.team / "lod.toml"), 2)
        self.expect_run(ringblast("run", TEAMS / self.team / "load.toml", "--users", "many"), 2)


class Prismq(TeamCase):
    team = "prismq"
    TASKS = {"WebClientUser": {"get modules": 5, "get runs": 4, "get module config": 3,
                               "health check": 2, "system stats": 2, "launch module": 1,
                               "save config": 1, "get run details": 1, "get logs": 1},
             "HighLoadUser": {"poll runs": 10, "poll system stats": 5, "poll health": 3}}

    def test_all_classes(self):
        for name in ("normal", "heavy"):
            with self.subTest(scenario=name):
                before = self.server.seen()
                run = self.run_small(name, "-u", 9, "-r", 100, "-n", 300, "-d", "60s")
                self.expect_outcomes(run, ok=300)
                self.assertEqual(set(self.rows(run, "classes")),
                                 {"WebClientUser", "HighLoadUser", "BurstUser"})
                for tasks in self.TASKS.values():
                    self.expect_shares(run, tasks)
                self.expect_server_saw(name, run, before, 0)

    def test_one_class_by_profile_and_by_word(self):
        for name, users in (("web-client", "WebClientUser"), ("high-load", "HighLoadUser")):
            for words in ((name,), ("normal", users)):
                with self.subTest(words=words):
                    run = self.run_small(*words, "-u", 4, "-r", 100, "-n", 150, "-d", "60s")
                    self.assertEqual(set(self.rows(run, "classes")), {users})
                    self.expect_shares(run, self.TASKS[users])

    def test_a_burst_is_four_requests_at_a_time(self):
        run = self.run_small("burst", "-u", 3, "-r", 100, "-n", 60, "-d", "60s")
        counts = {name: row["count"] for name, row in self.rows(run).items()}
        self.assertEqual(sum(counts.values()), 60)
        self.assertEqual(set(counts), {"burst modules", "burst runs", "burst stats",
                                       "burst health"})
        self.assertLessEqual(max(counts.values()) - min(counts.values()), 3)

    def test_throughput_asks_for_what_it_wants_to_see(self):
        run = self.run_small("throughput", "-R", 60, "-d", "2s")
        self.assertEqual(run.json["arrivals"], 120)
        self.assertEqual(run.json["dropped"], 0)
        self.assertIn("rps", self.verdicts(run))

    def test_good_marginal_poor(self):
        """One server, three limits: what it holds, what it misses, what it misses altogether."""
        folder = self.small_profiles()
        text = (folder / "common.toml").read_text()
        for limits, verdict, code in ((("99s", "100s"), "pass", 0),
                                      (("1us", "100s"), "marginal", 0),
                                      (("1us", "2us"), "fail", 1)):
            with self.subTest(verdict=verdict):
                (folder / "common.toml").write_text(re.sub(
                    r'target = "p95 < \d+m?s"\ncritical = "p95 < \d+m?s"',
                    f'target = "p95 < {limits[0]}"\ncritical = "p95 < {limits[1]}"', text))
                run = self.run_small("web-client", "-u", 4, "-r", 100, "-n", 160, "-d", "60s",
                                     folder=folder, exit_code=code)
                self.assertEqual(run.json["verdict"], verdict)
                self.assertEqual(self.verdicts(run)["p95"], verdict)

    def test_a_slow_endpoint_is_poor_performance(self):
        server = self.keep(Target(self.team, "--broken", "slow", "--slow", 2.5))
        run = self.run_small("high-load", "-u", 12, "-r", 100, "-n", 60, "-d", "60s",
                             server=server, keep=("method(GET)", "p95", "p99"), exit_code=1)
        self.expect_missed(run, "method(GET): avg", "p95", "p99")

    def test_the_files_of_the_guide(self):
        commands = block_with(guide(self.team), "--csv=results --html=report.html", "bash")
        words = re.findall(r"--(?:csv|html)=\S+", commands)
        folder = self.small_profiles()
        self.expect_run(ringblast("run", folder / "normal.toml", "--headless",
                                  *self.words(self.server, "-u", 6, "-r", 100, "-n", 300, *words),
                                  cwd=folder))
        self.assertEqual(sorted(path.name for path in folder.glob("results_*")),
                         ["results_failures.csv", "results_stats.csv", "results_stats_history.csv"])
        self.assertIn("<html", (folder / "report.html").read_text())


class Boss(TeamCase):
    team = "boss"
    TASKS = {"list tasks": 10, "tasks by status": 5, "get task": 4, "create task": 3,
             "update status": 2, "statistics": 1, "health": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warmed(cls.server)

    @staticmethod
    def warmed(server):
        """The server with its cache asked for often: one reading of its hit rate says enough."""
        for path in 40 * ("/api/tasks", "/api/statistics"):
            server.fetch(path)
        return server

    def test_every_scenario(self):
        for name in ("light", "medium", "heavy", "spike"):
            with self.subTest(scenario=name):
                before = self.server.seen()
                run = self.run_small(name, "-u", 10, "-r", 100, "-n", 500, "-d", "60s")
                self.expect_outcomes(run, ok=500)
                self.expect_shares(run, self.TASKS)
                self.expect_shares(run, {"BossWorkflowUser": 9, "AdminUser": 1}, "classes")
                self.expect_server_saw(name, run, before, 0)
                self.assertEqual(set(self.verdicts(run).values()), {"pass"}, str(run))

    def test_benchmark_of_each_endpoint(self):
        server = self.keep(Target(self.team))  # fifty at once find nothing in the cache
        run = self.expect_run(ringblast("run", self.small_profiles() / "benchmark.toml", "--each",
                                        *self.words(server), timeout=90))
        rows = re.findall(r"^(\S) (\w[\w ]*?)\s{2,}(\d+)\s", run.stdout, re.M)
        self.assertEqual(rows, [("✓", name, "50") for name in
                                (*self.TASKS, "pool status", "cache stats")], str(run))
        for column in ("avg", "p95", "p99", "failed"):
            self.assertIn(column, run.stdout.splitlines()[0])
        self.assertIn("9 of 9 tasks passed", run.stdout)

    def test_the_whole_suite_is_one_command(self):
        """Half a second of each scenario: what came of it is not the point here."""
        folder = self.small_profiles()
        run = ringblast("suite", folder / "suite.toml", *self.words(
            self.server, "-d", "500ms", "--on-failure", "continue", "--json", "-"), timeout=120)
        self.assertIn(run.exit_code, (0, 1), str(run))
        runs = {row["name"]: row for row in run.json["runs"]}
        self.assertEqual(list(runs), ["benchmark", "light", "medium", "heavy", "spike"])
        self.assertEqual({task["total_requests"] for task in runs["benchmark"]["tasks"]}, {50})
        self.assertEqual([task["task"] for task in runs["benchmark"]["tasks"]],
                         [*self.TASKS, "pool status", "cache stats"])
        for name, users in (("light", 100), ("medium", 500), ("heavy", 1000), ("spike", 2000)):
            self.assertGreater(runs[name]["result"]["successful"], 0, str(run))
            self.assertTrue((folder / "reports" / f"report_{users}users.html").exists())

    def test_an_endpoint_that_misses_its_target_has_a_cross(self):
        server = self.keep(Target(self.team, "--broken", "pool"))
        run = ringblast("run", self.small_profiles() / "benchmark.toml", "--each",
                        *self.words(server), timeout=90)
        self.expect_run(run, 1)
        # What asks the database for fifty rows at once finds five connections.
        self.assertRegex(run.stdout, r"(?m)^✗ get task .*error_rate")
        self.assertRegex(run.stdout, r"(?m)^✓ health ")
        self.assertGreater(server.fetch("/api/admin/pool-status")["overflow_total"], 0)

    def test_a_pool_without_room_misses_its_own_limit_and_the_error_rate(self):
        server = self.warmed(self.keep(Target(self.team, "--broken", "pool")))
        run = self.run_small("light", "-u", 30, "-r", 100, "-n", 600, "-d", "60s", server=server,
                             exit_code=1)
        self.assertIn("503", run.json["statuses"])
        self.expect_missed(run, "error_rate", "probe(pool_overflow).max")

    def test_a_cache_that_keeps_nothing_is_found(self):
        server = self.warmed(self.keep(Target(self.team, "--broken", "stale")))
        run = self.run_small("light", "-u", 10, "-r", 100, "-n", 500, "-d", "60s", server=server,
                             exit_code=1)
        self.expect_missed(run, "probe(cache_hit_rate).last")

    def test_reports_have_the_names_of_the_guide(self):
        promised = re.findall(r"^- `(\w+)_100users(\S*)` - ", guide(self.team), re.M)
        self.assertEqual(len(promised), 4, promised)
        folder = self.small_profiles()
        self.expect_run(ringblast("run", folder / "light.toml", *self.words(
            self.server, "-u", 7, "-r", 100, "-n", 400)))
        self.assertEqual(sorted(path.name for path in (folder / "reports").iterdir()),
                         sorted({f"{name}_7users{ending}" for name, ending in promised}))

    def test_the_host_comes_from_the_environment(self):
        folder = self.small_profiles()
        run = self.expect_run(ringblast("run", folder / "light.toml", "--no-progress", "-u", 10,
                                        "-r", 100, "-n", 500,
                                        env={"LOAD_TEST_HOST": self.server.url}))
        self.assertIn(self.server.url, run.stdout)
