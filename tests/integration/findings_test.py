"""What a run says beside its figures: the stage that breaks, bursts, causes, intervals. Structure
only: how fast this machine is must not decide a test."""

import unittest

from harness import Case, Serve, blast, ringblast

FINDINGS = ("trends", "latency_interval_ms", "error_clustering", "steady_state", "breaking_stage",
            "bursts", "causes")


class Findings(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def run_saved(self, path, *args, exit_code=0):
        """Runs with every format; the text report, the result and the folder of the files."""
        folder = self.folder()
        run = self.expect_run(ringblast(
            self.server.url + path, *args, "--json", folder / "r.json", "--html", folder / "r.html",
            "--markdown", folder / "r.md", "--no-progress"), exit_code)
        return run, self.expect_run(ringblast("report", folder / "r.json", "--json",
                                              "-")).json, folder

    def test_the_breaking_stage_is_named_everywhere(self):
        run, result, folder = self.run_saved(
            "/flaky?rate=0.3", "--stages", "4:1500ms,8:1500ms,16:1500ms",
            "--threshold", "stage(1): error_rate < 99%", "--threshold", "stage(2): error_rate < 1%",
            "--threshold", "stage(3): error_rate < 2%", exit_code=1)
        breaking = result["breaking_stage"]
        self.assertEqual((breaking["stage"], breaking["held"]), (2, 1))
        self.assertEqual(breaking["broken"], ["stage(2): error_rate < 1%"])
        self.assertEqual([stage["verdict"] for stage in result["stages"]], ["pass", "fail", "fail"])
        sentence = "stage 2 (8 users) broke first: error_rate < 1% (it was "
        self.assertIn(sentence, run.stdout)
        self.assertIn("stage 1 (4 users) still held", breaking["words"])
        self.assertIn("stage 2 (8 users) broke first", (folder / "r.md").read_text())
        self.assertIn("stage 2 (8 users) broke first", (folder / "r.html").read_text())
        again = self.expect_run(ringblast("report", folder / "r.json"))
        self.assertEqual(again.stdout, run.stdout)

    def users_with_pauses(self, path):
        """Few users, then five times as many."""
        profile = self.folder() / "pauses.toml"
        profile.write_text(
            f'[target]\nbase_url = "{self.server.url}"\n'
            '[load]\nstages = [{ users = 8, duration = "3s" }, { users = 40, duration = "8s" }]\n'
            '[[user]]\nname = "Member"\nwait = { constant = "300ms" }\n'
            f'[[user.task]]\nname = "ask"\npath = "{path}"\n')
        return self.expect_run(ringblast("run", profile, "--json", "-", "--quiet",
                                         "--no-progress")).json

    def test_a_target_that_holds_its_users_back_is_the_limit(self):
        """The queue serves 50/s; 40 users with these pauses ask for 125."""
        validity = self.users_with_pauses("/queue?workers=1&service_ms=20")["validity"]
        self.assertEqual(validity["limit"], "target", validity)
        reason = next(text for text in validity["reasons"] if "held the users back" in text)
        self.assertRegex(reason, r"with all 40 users on, .* waited .* with up to 8 users, .* fewer")

    def test_a_target_that_is_as_slow_with_few_users_is_not(self):
        validity = self.users_with_pauses("/delay/200")["validity"]
        self.assertEqual(validity["limit"], "none", validity)

    def test_errors_are_a_cause_with_their_figures(self):
        run, result, folder = self.run_saved("/flaky?rate=0.3", "-u", 4, "-d", "4s")
        cause = next(cause for cause in result["causes"] if cause["kind"] == "http_error")
        self.assertIn("status 500", cause["what"])
        self.assertRegex(cause["evidence"][0], r"^[\d,]+ of [\d,]+ failed requests, from ")
        self.assertIn("look first at", run.stdout)
        self.assertIn("status 500", run.stdout.split("look first at")[1])
        self.assertIn("<h2>Look first at</h2>", (folder / "r.html").read_text())
        self.assertIn("### Look first at", (folder / "r.md").read_text())
        self.assertGreater(result["error_clustering"]["dispersion"], 0)

    def test_a_burst_against_a_limiter(self):
        _, result, _ = self.run_saved("/ratelimit?rps=200", "--stages", "50/s:2s,1000/s:2s,50/s:4s",
                                      "--threshold", "ok.p95 < 5s")
        self.assertEqual(len(result["bursts"]), 1)
        burst = result["bursts"][0]
        stage = result["stages"][1]
        self.assertEqual((burst["stage"], burst["from_s"], burst["to_s"]), (2, 2, 4))
        for key in ("ok", "rate_limited"):
            self.assertEqual(burst[key], stage[key])
        self.assertEqual(burst["completed"], stage["count"])
        self.assertEqual(burst["limit_ms"], 5000)
        self.assertEqual(burst["accepted_p95_ms"], stage["ok_latency_ms"]["p95"])
        self.assertEqual(burst["graceful"], burst["refused"] + burst["reset"] +
                         burst["timed_out"] == 0 and burst["accepted_p95_ms"] < 5000)
        self.assertTrue(burst["recovery_seen"])
        self.assertIn("rate limited", burst["words"])
        limiter = next(cause for cause in result["causes"] if cause["kind"] == "rate_limited")
        self.assertRegex(limiter["evidence"][0], r"answers were 429")

    def test_a_queue_that_grows(self):
        result = self.expect_run(blast(self.server.url + "/queue?workers=1&service_ms=10", "-R",
                                       300, "-d", "6s", "--graceful-stop", "1s")).json
        if result["validity"]["state"] == "valid":
            self.assertIn("queue_growing", [cause["kind"] for cause in result["causes"]])

    def test_what_a_short_run_cannot_tell(self):
        run, result, _ = self.run_saved("/", "-u", 2, "-d", "1500ms",
                                        "--threshold", "latency_trend < 10%",
                                        "--threshold", "error_clustering < 3")
        self.assertEqual({threshold["verdict"] for threshold in result["thresholds"]}, {"skipped"})
        self.assertIn("[SKIPPED] latency_trend: not known without 3 min", run.stdout)
        self.assertEqual((result["trends"], result["steady_state"], result["breaking_stage"],
                          result["bursts"]), ([], None, None, []))
        self.assertLessEqual(set(FINDINGS), set(result))

    def test_percentiles_have_intervals_and_rows_the_memory(self):
        run, result, _ = self.run_saved("/", "-u", 2, "-d", "2s")
        by_percentile = {row["percentile"]: row for row in result["latency_interval_ms"]}
        for percentile, key in ((50, "p50"), (95, "p95")):
            if percentile in by_percentile:
                row = by_percentile[percentile]
                self.assertLessEqual(row["low"], result["latency_ms"][key])
                self.assertGreaterEqual(row["high"], result["latency_ms"][key])
        if by_percentile:
            self.assertIn("95 % sure", run.stdout)
        for row in result["timeline"]:
            self.assertGreater(row["generator_rss_bytes"], 1_000_000)

    def test_a_leak_of_the_target_is_named_with_its_slope(self):
        """Each of 1,200 requests leaves 64 KiB behind; this process must not grow with them."""
        server = Serve()
        self.addCleanup(server.stop)
        path = self.folder() / "soak.toml"
        path.write_text(f"""
            [target]
            base_url = "{server.url}"
            [load]
            rate = 60
            duration = "20s"
            [[user]]
            name = "U"
            task = [ {{ path = "/leak?kib=64" }} ]
            [[probe]]
            name = "server"
            process = "listening"
            every = "250ms"
            [[probe]]
            name = "leaked"
            prometheus = "/metrics"
            metric = "ringblast_target_leaked_bytes"
            unit = "bytes"
            every = "250ms"
            """)
        run = self.expect_run(ringblast("run", path, "--json", "-", "--no-progress", timeout=90))
        result = run.json
        probes = {probe["name"]: probe for probe in result["probes"]}
        # Exact, however slow the machine is: what was answered is what was kept.
        self.assertLessEqual(probes["leaked"]["last"], result["successful"] * 65536)
        grown = probes["server.rss"]["max"] - probes["server.rss"]["min"]
        self.assertGreater(grown, 0.5 * (probes["leaked"]["max"] - probes["leaked"]["min"]))
        own = [row["generator_rss_bytes"] for row in result["timeline"]]
        self.assertLess(own[-1] - own[len(own) // 3], 4 << 20)
        self.assertNotIn("generator_memory", [cause["kind"] for cause in result["causes"]])
        if result["successful"] < 1000 or probes["server.rss"]["count"] < 40:
            self.skipTest("the machine stood still for a part of the load")
        cause = next((cause for cause in result["causes"] if cause["kind"] == "memory_growing"),
                     None)
        self.assertIsNotNone(cause, str([result["causes"], probes["server.rss"]]))
        self.assertIn("server.rss grows", cause["what"])
        self.assertRegex(cause["evidence"][0], r"by [\d.,]+ .?i?B a minute \(95 %: ")
        slope = probes["server.rss"]["slope"]
        self.assertGreater(slope, 60 * 65536 / 2)
        self.assertLess(slope, 60 * 65536 * 2)

    def test_words_that_cannot_be(self):
        for threshold, says in (("latency_trend < 0.1", "write a percentage"),
                                ("stage(1): latency_trend < 10%", "whole run only"),
                                ("error_clustering < 5%", "plain number")):
            with self.subTest(threshold):
                run = self.expect_run(ringblast(self.server.url, "--threshold", threshold), 2)
                self.assertIn(says, run.stderr)


if __name__ == "__main__":
    unittest.main()
