"""`ringblast limit` against servers of known limits: structure, modes, loose bounds, exit codes.

Searches are short and machines may be slow or paused, so a search may end with the generator as the
limit; it must then say so and name no limit of the server. How exact an answer is, is tested on a
simulated clock (tests/unit/analysis/capacity_test.cpp).
"""

import json
import pathlib
import signal
import unittest

from harness import (Case, Serve, finish, free_port, ringblast, slow, start_ringblast,
                     wait_until)

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHORT = ("--quick", "--hold", "1s", "--max-time", "10s", "--precision", "20%")


def limit(target, *args, timeout=90):
    return ringblast("limit", target, *args, "--json", "-", "--no-progress", timeout=timeout)


class LimitCase(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def search(self, path, *args, exit_code=0):
        run = limit(self.server.url + path, *SHORT, *args)
        self.check_structure(run.json)
        self.skip_if_disturbed(run.json)
        return self.expect_run(run, exit_code).json

    def skip_if_disturbed(self, result):
        """Where this machine was too slow to tell, that must be what is said."""
        if result["mode"] == "generator_limited":
            self.assertIsNone(result["capacity"]["rps"])
            self.assertEqual(result["validity"]["limit"], "generator")
            self.skipTest("the generator was the limit: " + result["mode_evidence"][0])

    def check_structure(self, result):
        if jsonschema is not None:
            schema = json.loads((ROOT / "docs" / "limit.schema.json").read_text())
            jsonschema.validate(result, schema)
        self.assertEqual(result["schema"], "ringblast-limit/1")
        capacity = result["capacity"]
        if capacity["rps"] is not None:
            self.assertLessEqual(capacity["low"], capacity["rps"])
            self.assertLessEqual(capacity["rps"], capacity["high"])
            self.assertLessEqual(capacity["sustainable_rps"], capacity["rps"])
        offered = [point["offered"] for point in result["curve"]]
        self.assertEqual(offered, sorted(offered))
        for trial in result["trials"]:
            self.assertLessEqual(trial["start_s"], trial["end_s"])
            self.assertLessEqual(trial["load_s"], trial["duration_s"] + 1)

    def expect_mode(self, result, *modes):
        """The mode, where no trial was disturbed."""
        if result["validity"]["state"] != "valid" and result["mode"] not in modes:
            self.skipTest(f"the generator was disturbed: {result['validity']['reasons'][:1]}")
        self.assertIn(result["mode"], modes, json.dumps(result["capacity"]))
        self.assertTrue(result["mode_evidence"])


@slow
class Modes(LimitCase):
    def test_a_rate_limiter_is_named_with_its_limit(self):
        result = self.search("/ratelimit?rps=200&burst=20")
        self.expect_mode(result, "rate_limited")
        self.assertGreater(result["capacity"]["rps"], 100)
        self.assertLess(result["capacity"]["rps"], 320)
        self.assertGreater(result["limiter"]["limit_rps"], 120)
        self.assertLess(result["limiter"]["limit_rps"], 280)

    def test_a_bounded_queue_sheds_load(self):
        result = self.search("/queue?workers=2&service_ms=10&limit=8")
        self.expect_mode(result, "load_shed")
        self.assertGreater(result["capacity"]["rps"], 100)
        self.assertLess(result["capacity"]["rps"], 280)

    def test_a_queue_without_bound_only_gets_slow(self):
        result = self.search("/queue?workers=2&service_ms=10")
        self.expect_mode(result, "latency_cliff", "plateau")
        self.assertGreater(result["capacity"]["rps"], 100)
        self.assertLess(result["capacity"]["rps"], 300)
        self.assertIsNotNone(result["recovery_s"])

    def test_a_queue_that_slows_itself_down_collapses(self):
        result = self.search("/queue?workers=2&service_ms=10&slower=0.05")
        # In two seconds of overload it may only get slow.
        self.expect_mode(result, "collapse", "latency_cliff", "plateau")
        self.assertLess(result["capacity"]["rps"], 300)

    def test_a_server_that_only_fails_never_holds(self):
        result = self.search("/status/503", exit_code=1)
        self.assertEqual(result["mode"], "never_met")
        self.assertIsNone(result["capacity"]["rps"])
        self.assertIsNone(result["capacity"]["at_least"])

    def test_max_rate_is_a_lower_bound_and_never_exceeded(self):
        result = self.search("/", "--max-rate", "50")
        for trial in result["trials"]:
            self.assertLessEqual(trial["offered"] or 0, 50)
        self.expect_mode(result, "not_reached")
        self.assertAlmostEqual(result["capacity"]["at_least"], 50, delta=0.1)


class Conditions(LimitCase):
    def test_conditions_of_the_command_line(self):
        result = self.search("/queue?workers=2&service_ms=10", "--slo", "p90 < 400ms",
                             "--arrival", "poisson", "--seed", 3)
        self.assertEqual(result["capacity"]["slo"],
                         ["p90 < 400ms", "error_rate < 1%", "rate_limited_rate < 1%"])
        self.assertEqual(result["capacity"]["hold_s"], 1)
        self.assertEqual(result["generator"]["seed"], 3)

    def test_a_minimum_that_is_not_held_fails(self):
        result = self.search("/queue?workers=1&service_ms=20", "--min-rate", 1000, exit_code=1)
        self.assertEqual(result["min_rate"], 1000)

    def test_a_profile_tells_tasks_and_requests(self):
        profile = self.folder() / "two.toml"
        profile.write_text(f"""
            [target]
            base_url = "{self.server.url}"
            [load]
            users = 1
            duration = "1s"
            [[user]]
            name = "U"
            wait = {{ constant = "1s" }}
              [[user.task]]
              name = "pair"
              request = [ {{ name = "a", path = "/queue?workers=2&service_ms=10" }},
                          {{ name = "b", path = "/health" }} ]
            [[threshold]]
            target = "p95 < 300ms"
            """)
        run = limit(profile, *SHORT)
        result = run.json
        self.check_structure(result)
        self.skip_if_disturbed(result)
        self.expect_run(run)
        self.assertIn("p95 < 300ms", result["capacity"]["slo"])
        self.assertAlmostEqual(result["capacity"]["requests_per_task"], 2, delta=0.2)
        self.assertAlmostEqual(result["capacity"]["rps"], result["capacity"]["tasks_per_s"] *
                               result["capacity"]["requests_per_task"], delta=1)


class Probes(LimitCase):
    def test_the_process_of_a_local_target_is_watched_by_itself(self):
        run = limit(self.server.url + "/queue?workers=2&service_ms=10", *SHORT)
        result = run.json
        self.check_structure(result)
        names = [probe["name"] for probe in result["probes"]]
        self.assertEqual(names, ["target.cpu", "target.rss", "target.threads", "target.fds"])
        memory = result["probes"][1]
        self.assertGreater(memory["min"], 1_000_000)
        self.assertLessEqual(memory["series"][-1]["t_s"], result["duration_s"] + 1)
        for point in result["curve"]:
            self.assertEqual(len(point["probes"]), len(names))

    def test_probes_of_a_profile(self):
        folder = self.folder()
        profile, page = folder / "probed.toml", folder / "limit.html"
        profile.write_text(f"""
            [target]
            base_url = "{self.server.url}"
            [load]
            users = 1
            duration = "1s"
            [[user]]
            name = "U"
            task = [ {{ path = "/queue?workers=2&service_ms=10" }} ]
            [[probe]]
            name = "asked"
            prometheus = "/metrics"
            metric = "ringblast_target_requests_total"
            every = "200ms"
            [[probe]]
            name = "broken"
            json = "/metrics"
            pointer = "/nothing"
            """)
        run = ringblast("limit", profile, *SHORT, "--json", folder / "limit.json", "--html", page,
                        timeout=90)
        result = json.loads((folder / "limit.json").read_text())
        self.check_structure(result)
        asked, broken = result["probes"]
        self.assertGreater(asked["count"], 0)
        self.assertEqual(asked["failures"], 0, asked["last_failure"])
        self.assertEqual(broken["count"], 0)
        self.assertEqual(broken["last_failure"], "the response is not JSON")
        self.assertIn("the response is not JSON", run.stdout)
        self.assertEqual(self.expect_run(ringblast("report", folder / "limit.json")).stdout,
                         run.stdout)
        read = [point["probes"][0] for point in result["curve"] if point["probes"][0] is not None]
        if read:
            self.assertIn("asked", run.stdout)
            self.assertIn("Probes by rate", page.read_text())


class Outputs(LimitCase):
    def test_text_json_and_page_and_again_from_the_file(self):
        folder = self.folder()
        saved, page = folder / "limit.json", folder / "limit.html"
        run = ringblast("limit", self.server.url + "/ratelimit?rps=100", *SHORT, "--json", saved,
                        "--html", page, timeout=90)
        self.assertIn(run.exit_code, (0, 1), str(run)) # 1: where the generator was the limit at once
        self.assertIn("capacity: ", run.stdout)
        self.assertIn("hold 1 s", run.stdout)
        self.assertIn("coarse", run.stderr)  # a line per trial
        text = page.read_text()
        self.assertIn("chart-saturation", text)
        self.assertNotIn("<link rel=\"stylesheet\"", text)
        again = ringblast("report", saved)
        self.assertEqual(again.exit_code, 0)
        self.assertEqual(again.stdout, run.stdout)
        copies = folder / "copy.json", folder / "copy.html"
        self.assertEqual(ringblast("report", saved, "--json", copies[0], "--html",
                                   copies[1]).exit_code, 0)
        self.assertEqual(copies[1].read_text(), text)
        first, second = json.loads(saved.read_text()), json.loads(copies[0].read_text())
        self.assertEqual(first["trials"], second["trials"])
        self.assertEqual(ringblast("report", saved, "--csv", folder / "x").exit_code, 2)

    def test_a_broken_file_is_told(self):
        broken = self.folder() / "broken.json"
        broken.write_text('{"schema": "ringblast-limit/1", "name": 3}')
        run = ringblast("report", broken)
        self.assertEqual(run.exit_code, 2)
        self.assertIn("name must be a text", run.stderr)


class Ends(LimitCase):
    def test_a_signal_ends_it_with_what_is_known(self):
        saved = self.folder() / "partial.json"
        process = start_ringblast("limit", self.server.url + "/queue?workers=2&service_ms=10",
                                  "--hold", "30s", "--json", saved)
        try:
            wait_until(lambda: self.server.descriptors() > 12, 20)
        finally:
            process.send_signal(signal.SIGINT)
        run = finish(process, timeout=40)
        self.assertEqual(run.exit_code, 130, str(run))
        result = json.loads(saved.read_text())
        self.assertTrue(result["interrupted"])
        self.check_structure(result)

    def test_a_target_that_is_not_there(self):
        run = limit(f"http://127.0.0.1:{free_port()}/")
        self.assertEqual(run.exit_code, 3, str(run))
        self.assertIn("refused", run.json["not_made"])

    def test_bad_words(self):
        url = self.server.url
        for words, said in (
                ((), "no target"),
                ((url, "--hold", "soon"), "--hold"),
                ((url, "--hold", "1ms"), "1s is the least"),
                ((url, "--precision", "200%"), "--precision"),
                ((url, "--slo", "p99 < 5"), "--slo"),
                ((url, "--slo", "stage(1): p99 < 5ms"), "no stages"),
                ((url, "--slo", "nobody: p99 < 5ms"), "nobody"),
                ((url, "--max-rate", "0"), "--max-rate"),
                ((url, "--max-rate", "5", "--min-rate", "9"), "below --min-rate"),
                ((url, "--tags", "a"), "nothing to choose from"),
                ((url, "--rate", "5"), "--rate"),
                ((url, "--arrival", "daily"), "--arrival"),
                (("no-such-profile",), "no-such-profile"),
                ((url, "--json", "-", "--html", "-"), "standard output"),
        ):
            with self.subTest(words=words):
                run = ringblast("limit", *words)
                self.assertEqual(run.exit_code, 2, str(run))
                self.assertIn(said, run.stderr)


if __name__ == "__main__":
    unittest.main()
