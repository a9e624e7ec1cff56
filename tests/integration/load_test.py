"""Closed and open loads: exact numbers of requests and arrivals, stages, seeds, thresholds."""

from harness import Case, Serve, blast, ringblast


class Closed(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def test_exact_number_of_requests(self):
        for count, users, threads in ((1, 1, 1), (1, 64, 2), (7, 64, 1), (1003, 7, 2),
                                      (10_007, 64, 2)):
            with self.subTest(count=count, users=users, threads=threads):
                run = self.expect_run(blast(self.server.url, "-n", count, "-u", users, "-t",
                                            threads))
                self.expect_outcomes(run, ok=count)

    def test_exact_number_without_keep_alive(self):
        self.expect_outcomes(blast(self.server.url, "-n", 503, "-u", 8, "--no-keepalive"), ok=503)

    def test_exact_number_on_short_connections(self):
        self.expect_outcomes(blast(self.server.url, "-n", 503, "-u", 8,
                                   "--requests-per-connection", 3), ok=503)

    def test_whichever_comes_first(self):
        run = self.expect_run(blast(self.server.url, "-n", 500, "-d", "60s", "-u", 4))
        self.expect_outcomes(run, ok=500)
        run = self.expect_run(blast(self.server.url + "/delay/50", "-n", "100k", "-d", "500ms",
                                    "-u", 2))
        self.assertLess(run.json["total_requests"], 1000)

    def test_the_demo_needs_no_target(self):
        run = self.expect_run(ringblast("--demo", "-n", 300, "-u", 4, "--json", "-", "--quiet",
                                        "--no-progress"))
        self.expect_outcomes(run, ok=300)

    def test_default_is_closed_with_64_users(self):
        run = self.expect_run(blast(self.server.url, "-d", "500ms"))
        self.assertEqual(run.json["stages"][0]["users"], 64)

    def test_aliases(self):
        for users, duration in (("-c", "--run-time"), ("--vus", "-z"), ("--connections",
                                                                        "--duration")):
            with self.subTest(users=users, duration=duration):
                run = self.expect_run(blast(self.server.url, users, 3, duration, "300ms"))
                self.assertEqual(run.json["stages"][0]["users"], 3)

    def test_stages(self):
        run = self.expect_run(blast(self.server.url + "/delay/5", "--stages", "4:1s,>8:1s"))
        stages = run.json["stages"]
        self.assertEqual([stage["index"] for stage in stages], [1, 2])
        self.assertEqual([stage["users"] for stage in stages], [4, 8])
        self.assertEqual(sum(stage["count"] for stage in stages), run.json["total_requests"])

    def test_stages_in_the_other_order(self):
        run = self.expect_run(blast(self.server.url + "/delay/5", "--stages", "500ms:4"))
        self.assertEqual(run.json["stages"][0]["users"], 4)

    def test_spawn_rate(self):
        run = self.expect_run(blast(self.server.url + "/delay/20", "-u", 4, "-r", 8, "-d", "1s"))
        self.assertEqual(run.json["stages"][0]["users"], 4)

    def test_warm_up_is_in_no_total(self):
        run = self.expect_run(blast(self.server.url + "/delay/20", "-u", 2, "-d", "2s",
                                    "--warm-up", "1s"))
        result = run.json
        warm = [row for row in result["timeline"] if row["warm_up"]]
        self.assertTrue(warm, str(run))
        self.assertLess(result["total_requests"],
                        sum(row["ok"] for row in result["timeline"]), str(run))

    def test_the_tail_is_cancelled_after_the_grace(self):
        run = blast(self.server.url + "/fault/stall", "-u", 3, "-d", "300ms", "--graceful-stop",
                    "200ms", "--timeout", "30s", timeout=15)
        self.expect_outcomes(run, cancelled=3)

    def test_timeline_adds_up(self):
        result = self.expect_run(blast(self.server.url + "/delay/5", "-u", 4, "-d", "2s")).json
        self.assertEqual(sum(row["ok"] for row in result["timeline"]), result["successful"])
        self.assertEqual(sum(row["started"] for row in result["timeline"]), result["started"])


class Open(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def arrivals(self, *args, url=""):
        run = self.expect_run(blast(self.server.url + url, *args))
        result = run.json
        self.assertEqual(result["arrivals"], result["started"] + result["dropped"], str(run))
        self.assertEqual(result["started"], sum(result["outcomes"].values()), str(run))
        return result["arrivals"]

    def test_constant_rate_is_exact(self):
        self.assertEqual(self.arrivals("-R", 1000, "-d", "3s"), 3000)

    def test_constant_rate_is_exact_over_threads(self):
        self.assertEqual(self.arrivals("-R", 1001, "-d", "1s", "-t", 2), 1001)

    def test_rate_per_minute(self):
        self.assertEqual(self.arrivals("-R", "600/min", "-d", "2s"), 20)

    def test_rate_with_a_suffix(self):
        self.assertEqual(self.arrivals("-R", "1k/s", "-d", "500ms"), 500)

    def test_rate_and_number(self):
        self.assertEqual(self.arrivals("-R", 1000, "-n", 250), 250)

    def test_ramp_is_the_integral(self):
        self.assertEqual(self.arrivals("--stages", "100/s:1s,>300/s:1s"), 300)

    def test_ramp_from_nothing(self):
        self.assertEqual(self.arrivals("--stages", ">200/s:2s"), 200)

    def test_at_once(self):
        self.assertEqual(self.arrivals("--stages", "@200:2s"), 200)

    def test_at_once_between_held_stages(self):
        self.assertEqual(self.arrivals("--stages", "50/s:1s,@100:1s,50/s:1s"), 200)

    def test_poisson_with_the_same_seed_is_the_same_for_any_threads(self):
        counts = {self.arrivals("-R", 500, "-d", "1s", "--arrival", "poisson", "--seed", 7, "-t",
                                threads) for threads in (1, 2)}
        self.assertEqual(len(counts), 1, counts)
        other = self.arrivals("-R", 500, "-d", "1s", "--arrival", "poisson", "--seed", 8)
        self.assertGreater(other, 0)

    def test_no_more_users_than_allowed(self):
        run = blast(self.server.url + "/delay/300", "-R", 100, "-d", "1s", "-u", 5)
        result = run.json
        self.assertLessEqual(result["stages"][0]["users"], 5, str(run))
        self.assertEqual(result["arrivals"], 100, str(run))
        self.assertEqual(result["arrivals"], result["started"] + result["dropped"], str(run))


class Thresholds(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def test_held(self):
        run = self.expect_run(blast(self.server.url, "-n", 100, "--threshold", "error_rate < 1%",
                                    "--threshold", "p95 < 30s", "--threshold", "rps > 0.001/s"))
        self.assertEqual(run.json["verdict"], "pass")
        self.assertEqual([row["verdict"] for row in run.json["thresholds"]], ["pass"] * 3)

    def test_missed(self):
        run = self.expect_run(blast(self.server.url + "/delay/20", "-n", 20, "--threshold",
                                    "p50 < 1ms"), 1)
        result = run.json
        self.assertEqual(result["verdict"], "fail")
        self.assertGreaterEqual(result["thresholds"][0]["value"], 19)
        self.assertEqual(result["thresholds"][0]["target"], 1)

    def test_the_text_names_it(self):
        run = self.expect_run(ringblast(self.server.url + "/delay/20", "-n", 20, "--no-progress",
                                        "--threshold", "p50 < 1ms"), 1)
        self.assertRegex(run.stdout, r"\[FAIL\].*p50")

    def test_dropped_arrivals_name_the_limit(self):
        """A target too slow for the users allowed: dropped, counted, and named as the limit."""
        run = self.expect_run(blast(self.server.url + "/delay/500", "-R", 400, "-d", "1s", "-u", 2,
                                    "--threshold", "dropped < 1"), 1)
        self.assertGreater(run.json["dropped"], 0, str(run))
        # On a machine too busy to send on time, the generator is named instead.
        self.assertNotEqual(run.json["validity"]["limit"], "none", str(run))
        self.assertNotEqual(run.json["validity"]["state"], "valid", str(run))
        self.assertIn("dropped", " ".join(run.json["validity"]["reasons"]), str(run))


class SeveralThreads(Case):
    """Short runs in which threads meet: start, published goals, signals, join. Also for TSan."""

    def test_closed(self):
        run = self.expect_run(ringblast("--demo", "-t", 2, "-u", 16, "-d", "1s", "--json", "-"))
        self.assertEqual(run.json["generator"]["threads"], 2, str(run))
        self.assertGreater(run.json["successful"], 0)

    def test_exact_number(self):
        run = self.expect_run(ringblast("--demo", "-t", 2, "-u", 16, "-n", 2001, "--json", "-"))
        self.expect_outcomes(run, ok=2001)

    def test_open(self):
        run = self.expect_run(ringblast("--demo", "-t", 2, "-R", 300, "-d", "1s", "--json", "-"))
        self.assertEqual(run.json["arrivals"], 300, str(run))

    def test_stages_and_samples(self):
        self.expect_run(ringblast("--demo", "-t", 2, "--stages", "4:500ms,>16:500ms,2:500ms", "-v"))

    def test_new_connections(self):
        run = self.expect_run(ringblast("--demo", "-t", 2, "-u", 8, "-n", 500, "--no-keepalive",
                                        "--json", "-"))
        self.expect_outcomes(run, ok=500)
