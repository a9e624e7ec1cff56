"""A target that stands still: the arithmetic of coordinated omission, from outside.

At a constant rate, a target that answers at once but stops for S in a run of T leaves the share
(S - x) / T of the requests slower than x. So the value at quantile q is S - (1 - q) T, which a
clock started at the send instead of the due time never shows. RINGBLAST_SLOW=1 runs T = 20 s and
S = 1 s (p99 = 0.80 s, p99.9 = 0.98 s) besides the short form.
"""

import os
import signal
import time

from harness import Case, Serve, finish, start_ringblast


class Stall(Case):
    def measure(self, rate, total_s, stop_s):
        """The result, and how long the target really stood still."""
        server = Serve()
        self.addCleanup(server.stop)
        process = start_ringblast(server.url, "-R", rate, "-d", f"{total_s}s", "-t", 1, "--json",
                                  "-", "--quiet", "--no-progress")
        time.sleep(total_s * 0.4)
        server.signal(signal.SIGSTOP)
        stopped = time.monotonic()
        time.sleep(stop_s)
        server.signal(signal.SIGCONT)
        stood_s = time.monotonic() - stopped
        run = self.expect_run(finish(process, total_s + 20))
        result = run.json
        self.assertEqual(result["arrivals"], rate * total_s, str(run))
        self.assertEqual(result["successful"], rate * total_s, str(run))
        return result, stood_s

    def check(self, rate, total_s, stop_s, tolerance):
        result, stood_s = self.measure(rate, total_s, stop_s)
        for name, quantile in (("p99", 0.99), ("p999", 0.999)):
            expected_ms = (stood_s - (1 - quantile) * total_s) * 1000
            seen_ms = result["latency_ms"][name]
            with self.subTest(name, expected_ms=expected_ms, seen_ms=seen_ms):
                self.assertLess(abs(seen_ms - expected_ms), tolerance * expected_ms)
        self.assertLess(result["latency_ms"]["p50"], 0.2 * stop_s * 1000)

    def test_half_a_second_in_five(self):
        self.check(rate=400, total_s=5, stop_s=0.5, tolerance=0.10)

    def test_one_second_in_twenty(self):
        if not os.environ.get("RINGBLAST_SLOW"):
            self.skipTest("set RINGBLAST_SLOW=1 for the 20 s form")
        self.check(rate=250, total_s=20, stop_s=1, tolerance=0.02)
