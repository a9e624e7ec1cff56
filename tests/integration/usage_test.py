"""The command line as a person meets it: exit codes, messages, secrets, outputs, signals."""

import json
import os
import signal
import subprocess
import sys
import time

from harness import (ROOT, Case, Scripted, Serve, blast, finish, free_port, ringblast,
                     start_ringblast)

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
URL = "http://127.0.0.1:1/"  # for what must be refused before anything is sent


class Mistakes(Case):
    """Exit 2, and a message that names what was read and what is meant."""

    def refused(self, *args, says=()):
        run = self.expect_run(ringblast(*args), 2)
        self.assertEqual(run.stdout, "", str(run))
        for word in says:
            self.assertIn(word, run.stderr, str(run))

    def test_messages(self):
        table = (
            ("a duration where threads belong", [URL, "-t", "5m"], ["5m", "--duration"]),
            ("an address as header", [URL, "-H", "http://x/"], ["--host"]),
            ("a body as duration", [URL, "-d", '{"a":1}'], ["--body"]),
            ("an unknown option", [URL, "--no-such-option"], ["--no-such-option"]),
            ("Locust's -f", ["-f", "locustfile.py", "--headless"], ["here: run PROFILE"]),
            ("Locust's -T", ["run", "smoke", "-T", "read"], ["here: --tags a,b"]),
            ("--output", ["run", "smoke", "--output", "x"], ["here: --output-dir"]),
            ("a misspelled option", [URL, "--out-dir", "x"], ["nearest: --output-dir"]),
            ("an unknown unit", [URL, "-d", "5parsecs"], ["5parsecs"]),
            ("a negative duration", [URL, "-d", "-5s"], ["-5s"]),
            ("two numbers of users", [URL, "-u", "5", "-c", "6"], ["5", "6"]),
            ("no users", [URL, "-u", "0"], ["0"]),
            ("a number that is none", [URL, "-n", "many"], ["many"]),
            ("pipelining an open load", [URL, "--pipeline", "4", "-R", "100"], ["--pipeline"]),
            ("an unknown arrival", [URL, "-R", "10", "--arrival", "often"],
             ["often", "constant", "poisson"]),
            ("stages of both loads", [URL, "--stages", "5:1s,100/s:1s"], ["stage"]),
            ("a stage without duration", [URL, "--stages", "5"], ["5"]),
            ("a header without colon", [URL, "-H", "novalue"], ["novalue"]),
            ("a line break in a header", [URL, "-H", "A: b\r\nC: d"], []),
            ("two bodies", [URL, "--body", "a", "--json-body", "{}"], ["--json-body"]),
            ("a body file that is not there", [URL, "--body-file", "absent.bin"], ["absent.bin"]),
            ("an unknown scheme", ["ftp://127.0.0.1/"], ["ftp"]),
            ("a port out of range", ["http://127.0.0.1:99999/"], ["99999"]),
            ("a URL without host", ["http:///x"], []),
            ("a status that is none", [URL, "--expect-status", "2000"], ["2000"]),
            ("a latency without unit", [URL, "--threshold", "p(95)<500"], ["500ms", "500s"]),
            ("a fraction without percent", [URL, "--threshold", "error_rate < 5"], ["%"]),
            ("what can never hold", [URL, "--threshold", "error_rate < 0%"], ["error_rate"]),
            ("an unknown metric", [URL, "--threshold", "speed > 5"], ["speed"]),
            ("an unknown engine", [URL, "--engine", "magic"], ["magic", "io_uring", "epoll"]),
            ("CPUs that are not there", [URL, "--cpus", "5000"], ["5000"]),
            ("a local address that is none", [URL, "--local-ips", "1.2.3"], ["1.2.3"]),
            ("options without a URL", ["-d", "1s"], ["give a URL"]),
        )
        for what, args, says in table:
            with self.subTest(what):
                self.refused(*args, says=says)

    def test_no_word_at_all_is_no_success(self):
        """In a script, `ringblast $URL` with nothing in URL must not look like a passed test."""
        run = self.expect_run(ringblast(), 2)
        self.assertIn("--demo", run.text)

    def test_an_unwritable_output_is_found_before_the_load(self):
        run = ringblast(f"http://127.0.0.1:{free_port()}/", "-n", 1, "--json",
                        "/proc/no/such/place.json", "--no-progress")
        self.assertEqual(run.exit_code, 2, str(run))


class Codes(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def test_pass(self):
        self.expect_run(blast(self.server.url, "-n", 10))

    def test_nothing_ok(self):
        self.expect_run(blast(self.server.url + "/status/500", "-n", 10), 1)

    def test_one_ok_is_enough_without_thresholds(self):
        def play(connection, _head, _index):
            status = b"200 OK" if not play.done else b"500 No"
            play.done = True
            connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        play.done = False
        server = Scripted(play)
        self.addCleanup(server.stop)
        run = self.expect_run(blast(server.url, "-n", 10, "-u", 1))
        self.expect_outcomes(run, ok=1, http_error=9)

    def test_help_and_version(self):
        for word in ("--help", "--version"):
            run = self.expect_run(ringblast(word))
            self.assertTrue(run.stdout)

    def test_doctor(self):
        run = ringblast("doctor")
        self.assertIn(run.exit_code, (0, 3), str(run))
        self.assertIn("io_uring", run.stdout)


class Outputs(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def test_json_on_standard_output_is_nothing_else(self):
        run = self.expect_run(ringblast(self.server.url, "-d", "1s", "-u", 2, "--json", "-"))
        self.assertEqual(json.loads(run.stdout)["schema"], "ringblast-result/1")

    def test_missing_folders_are_made(self):
        path = self.folder() / "a" / "b" / "result.json"
        self.expect_run(ringblast(self.server.url, "-n", 10, "--json", path, "--quiet",
                                  "--no-progress"))
        self.assertEqual(json.loads(path.read_text())["total_requests"], 10)

    def test_quiet_says_nothing(self):
        path = self.folder() / "result.json"
        run = self.expect_run(ringblast(self.server.url, "-n", 10, "--json", path, "--quiet",
                                        "--no-progress"))
        self.assertEqual(run.text, "")

    def test_text_has_the_essentials(self):
        run = self.expect_run(ringblast(self.server.url, "-n", 100, "--no-progress"))
        for word in ("100", "p50", "p99", "verdict"):
            self.assertIn(word, run.stdout.lower(), str(run))
        self.assertNotIn("\x1b", run.text, "colour where no terminal is")

    def test_verbose_has_a_line_per_request(self):
        run = self.expect_run(ringblast(self.server.url + "/health", "-n", 7, "-u", 1, "-v",
                                        "--no-progress"))
        self.assertGreaterEqual(run.text.count("/health"), 7, str(run))

    def test_no_number_is_nan(self):
        for path, args in (("/", ["-n", 1]), ("/status/500", ["-n", 1]),
                           ("/fault/reset", ["-n", 2])):
            with self.subTest(path):
                def refuse(word):
                    raise AssertionError(f"{word} in the JSON")
                json.loads(blast(self.server.url + path, "-u", 1, *args).stdout,
                           parse_constant=refuse)

    def test_json_keeps_its_schema(self):
        schemas = sorted((ROOT / "docs").glob("*result*schema*.json"))
        if not schemas:
            self.skipTest("no JSON Schema in docs/")
        python = next((candidate for candidate in (sys.executable, "/usr/bin/python3")
                       if os.path.exists(candidate) and subprocess.run(
                           [candidate, "-c", "import jsonschema"], check=False,
                           stderr=subprocess.DEVNULL).returncode == 0), None)
        if python is None:
            self.skipTest("python3-jsonschema is not installed")
        program = ("import json, jsonschema, sys; "
                   "jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))")
        table = (("/", ["-n", 5]), ("/status/500", ["-n", 5]), ("/fault/garbage", ["-n", 5]),
                 ("/", ["-R", 50, "-d", "1s", "--threshold", "p95 < 1s"]),
                 ("/", ["--stages", "2:1s,>4:1s", "--warm-up", "500ms"]))
        for path, args in table:
            with self.subTest(args=args, path=path):
                text = blast(self.server.url + path, "-u", 4, *args).stdout if "-R" not in args \
                    and "--stages" not in args else blast(self.server.url + path, *args).stdout
                checked = subprocess.run([python, "-c", program, schemas[0]], input=text,
                                         text=True, capture_output=True, check=False)
                self.assertEqual(checked.returncode, 0, checked.stderr[-2000:])

    def test_required_fields_without_a_run(self):
        run = blast(f"http://127.0.0.1:{free_port()}/", "-n", 3, "-u", 1)
        for field in ("schema", "url", "started", "outcomes", "latency_ms", "verdict", "validity",
                      "generator", "timeline", "thresholds", "errors"):
            self.assertIn(field, run.json, str(run))

    def test_a_closed_standard_output_is_no_crash(self):
        process = start_ringblast(self.server.url, "-n", 10, "--no-progress")
        process.stdout.close()
        process.stderr.read()
        self.assertGreaterEqual(process.wait(20), 0, "died of a signal")
        process.stderr.close()


class Secrets(Case):
    """Never in any output, always in the request."""

    SECRET = "s3cr3tw0rd"

    def everything_said(self, url, *args):
        folder = self.folder()
        run = ringblast(url, "-n", 3, "-u", 1, "-v", "--no-progress", "--output-dir", folder, *args)
        files = sorted(folder.iterdir())
        self.assertEqual(len(files), 8, str(run))
        return run.text + "".join(f"{path.name}\n{path.read_text()}" for path in files)

    def script(self):
        server = Scripted(lambda connection, head, index: connection.sendall(EMPTY))
        self.addCleanup(server.stop)
        return server

    def test_masked(self):
        table = (["--bearer", self.SECRET], ["--api-key", self.SECRET],
                 ["-H", f"Authorization: Basic {self.SECRET}"],
                 ["-H", f"authorization:{self.SECRET}"],
                 ["-H", f"Cookie: sid={self.SECRET}"], ["-H", f"x-api-key: {self.SECRET}"],
                 [f"--bearer={self.SECRET}"], [f"--header=Cookie: {self.SECRET}"])
        for args in table:
            with self.subTest(args=args):
                server = self.script()
                said = self.everything_said(server.url, *args)
                self.assertNotIn(self.SECRET, said)
                self.assertIn(self.SECRET, server.heads[0][1])

    def test_user_info_in_the_url(self):
        server = self.script()
        said = self.everything_said(f"http://person:{self.SECRET}@127.0.0.1:{server.port}/")
        self.assertNotIn(self.SECRET, said)
        self.assertIn("Authorization: Basic ", server.heads[0][1])

    def test_user_info_of_a_target_that_is_not_there(self):
        said = self.everything_said(f"http://person:{self.SECRET}@127.0.0.1:{free_port()}/")
        self.assertNotIn(self.SECRET, said)

    def test_user_info_in_an_error_message(self):
        run = self.expect_run(ringblast(f"http://person:{self.SECRET}@127.0.0.1:99999/"), 2)
        self.assertNotIn(self.SECRET, run.text)

    def test_shown_when_asked(self):
        server = self.script()
        said = self.everything_said(server.url, "--bearer", self.SECRET, "--show-secrets")
        self.assertIn(self.SECRET, said)


class Signals(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def interrupted(self, numbers, exit_code, *args, path="/delay/5"):
        process = start_ringblast(self.server.url + path, *args, "--json", "-", "--quiet",
                                  "--no-progress")
        for number in numbers:
            time.sleep(0.7)
            process.send_signal(number)
        run = self.expect_run(finish(process, 10), exit_code)
        result = run.json
        self.assertTrue(result["interrupted"], str(run))
        self.assertEqual(result["started"], sum(result["outcomes"].values()), str(run))
        return result

    def test_the_first_stops_as_at_the_end(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                result = self.interrupted([number], code, "-d", "60s", "-u", 4)
                self.assertGreater(result["successful"], 0)
                self.assertEqual(result["cancelled"], 0)

    def test_an_open_load_stops_alike(self):
        result = self.interrupted([signal.SIGINT], 130, "-R", 100, "-d", "60s")
        self.assertGreater(result["successful"], 0)
        self.assertEqual(result["arrivals"], result["started"] + result["dropped"])

    def test_the_second_ends_at_once(self):
        result = self.interrupted([signal.SIGINT, signal.SIGINT], 130, "-d", "60s", "-u", 4,
                                  "--timeout", "60s", "--graceful-stop", "60s",
                                  path="/fault/stall")
        self.assertEqual(result["cancelled"], 4)

    def test_while_waiting_for_a_target(self):
        process = start_ringblast(f"http://127.0.0.1:{free_port()}/", "--wait-for", "60s",
                                  "--no-progress")
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        run = finish(process, 10)
        self.assertIn(run.exit_code, (3, 130), str(run))
        self.assertIn("interrupted", run.text)

    def test_the_target_ends_on_a_signal(self):
        server = Serve()
        server.signal(signal.SIGTERM)
        try:
            self.assertIn(server._process.wait(5), (0, 143))
        finally:
            server.stop()
