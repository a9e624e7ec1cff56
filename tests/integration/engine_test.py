"""The engine that a run gets: chosen, or found where the kernel refuses io_uring.

The helper program in the environment variable WITHOUT_CALLS refuses system calls by a seccomp
filter, as the default profiles of Docker and containerd do.
"""

import errno
import os
import unittest

from harness import Case, Serve, blast, finish, free_port, ringblast, start_ringblast

IO_URING = (425, 426, 427)  # setup, enter, register; the same on all architectures
EPOLL_PWAIT2 = 441


def without(error, *calls):
    """The words before a command that make these calls fail."""
    helper = os.environ.get("WITHOUT_CALLS", "")
    if not os.access(helper, os.X_OK):
        raise unittest.SkipTest("WITHOUT_CALLS does not name the helper program")
    return [helper, str(error), *[str(call) for call in calls], "--"]


def run_without(before, *args):
    run = finish(start_ringblast(*args, before=before, engine=None))
    if run.exit_code == 77:
        raise unittest.SkipTest(run.stderr)
    return run


class Refused(Case):
    @classmethod
    def setUpClass(cls):
        cls.before = without(errno.EPERM, *IO_URING)
        cls.server = cls.keep(Serve())

    def fell_back(self, run, count):
        self.expect_run(run)
        result = self.expect_outcomes(run, ok=count)
        self.assertEqual(result["generator"]["engine"], "epoll", str(run))
        self.assertIn("io_uring", result["generator"]["engine_reason"], str(run))
        lines = [line for line in run.stderr.splitlines() if "epoll" in line]
        self.assertEqual(len(lines), 1, str(run))

    def test_auto_falls_back_and_says_so(self):
        for args in (["-u", 8], ["-u", 8, "-t", 2], ["-R", "500/s"], ["-u", 4, "--no-keepalive"],
                     ["-u", 4, "--engine", "auto"]):
            with self.subTest(args=args):
                run = run_without(self.before, self.server.url, "-n", 400, *args, "--json", "-",
                                  "--quiet", "--no-progress")
                self.fell_back(run, 400)

    def test_so_it_does_on_a_kernel_without_io_uring(self):
        for error in (errno.ENOSYS, errno.EACCES, errno.EINVAL):
            with self.subTest(errno.errorcode[error]):
                run = run_without(without(error, *IO_URING), self.server.url, "-n", 100, "--json",
                                  "-", "--quiet", "--no-progress")
                self.fell_back(run, 100)

    def test_waits_are_fine_without_epoll_pwait2(self):
        """Linux before 5.11: half a millisecond must not become a whole one."""
        for error in (errno.ENOSYS, errno.EPERM):
            before = without(error, *IO_URING, EPOLL_PWAIT2)
            # Whole milliseconds would show in every run, a busy machine in some.
            for _ in range(3):
                run = run_without(before, self.server.url, "-R", "2000/s", "-d", "1s", "--json",
                                  "-", "--quiet", "--no-progress")
                self.fell_back(run, 2000)
                if run.json["generator"]["lateness_us"]["p50"] < 400:
                    break
            else:
                self.fail(str(run))

    def test_the_text_report_says_why(self):
        run = run_without(self.before, self.server.url, "-n", 10, "--no-progress")
        self.assertRegex(run.stdout.replace("\n            ", " "), r"epoll \(.*EPERM.*\)")

    def test_the_target_falls_back_too(self):
        run = run_without(self.before, "--demo", "-n", 300, "--json", "-", "--quiet",
                          "--no-progress")
        self.fell_back(run, 300)
        server = self.keep(Serve(before=self.before, engine=None))
        self.expect_outcomes(blast(server.url, "-n", 300), ok=300)
        self.assertIn("epoll", server.output())

    def test_io_uring_by_name_is_not_made(self):
        for args in ([self.server.url, "-n", 10], ["--demo", "-n", 10],
                     ["serve", "--port", free_port()]):
            with self.subTest(args=args):
                run = run_without(self.before, *args, "--engine", "io_uring")
                self.assertEqual(run.exit_code, 3, str(run))
                self.assertIn("seccomp", run.text, str(run))

    def test_the_doctor_tells_and_lets_it_run(self):
        run = self.expect_run(run_without(self.before, "doctor"))
        self.assertRegex(run.stdout, r"warn +io_uring")
        self.assertRegex(run.stdout, r"engine +auto takes epoll")
        self.assertIn("seccomp", run.stdout)


class Chosen(Case):
    def test_by_name(self):
        server = self.keep(Serve())
        for engine in ("io_uring", "epoll"):
            with self.subTest(engine):
                run = blast(server.url, "-n", 100, "--engine", engine, engine=None)
                result = self.expect_outcomes(self.expect_run(run), ok=100)
                self.assertEqual(result["generator"]["engine"], engine)
                self.assertIsNone(result["generator"]["engine_reason"])
                self.assertEqual(run.stderr, "")

    def test_the_doctor_measures(self):
        run = ringblast("doctor", "--measure", timeout=60)
        self.assertIn(run.exit_code, (0, 3), str(run))
        self.assertRegex(run.stdout, r"epoll +[\d,]+ requests/s")
