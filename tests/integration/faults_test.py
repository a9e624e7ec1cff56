"""Faults of targets and of this machine: the right outcome, in bounded time, nothing leaked."""

import os
import resource
import shutil
import socket
import subprocess
import sys
import time

from harness import (BINARY, ENGINE, HERE, Case, Scripted, Serve, blast, finish, free_port, reset,
                     require_binary, ringblast, start_ringblast, wait_until)

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class EmbeddedTarget(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def fault(self, path, outcome, *args, count=12):
        descriptors = self.server.descriptors()
        run = self.expect_run(blast(self.server.url + path, "-n", count, "-u", 4, *args), 1)
        result = self.expect_outcomes(run, **{outcome: count})
        self.assertEqual(result["failed"], count, str(run))
        self.assertEqual(result["error_rate"], 1, str(run))
        self.assertTrue(result["errors"], str(run))
        self.assertEqual(result["errors"][0]["outcome"], outcome, str(run))
        self.assertTrue(wait_until(lambda: self.server.descriptors() <= descriptors, 10),
                        f"the target had {descriptors} descriptors, has now "
                        f"{self.server.descriptors()}")
        return result

    def test_reset(self):
        self.fault("/fault/reset", "reset")

    def test_truncate(self):
        self.fault("/fault/truncate", "reset")

    def test_garbage(self):
        self.fault("/fault/garbage", "protocol_error")

    def test_stall(self):
        self.fault("/fault/stall", "timeout", "--timeout", "300ms", count=8)

    def test_slow_drip(self):
        self.fault("/fault/slow-drip", "timeout", "--timeout", "300ms", count=8)

    def test_delay_beyond_the_time_out(self):
        self.fault("/delay/2000", "timeout", "--timeout", "200ms", count=8)

    def test_faults_on_connections_of_one_request(self):
        self.fault("/fault/reset", "reset", "--no-keepalive")
        self.fault("/fault/garbage", "protocol_error", "--no-keepalive")

    def test_faults_leak_no_descriptor_of_ours(self):
        """2 000 broken connections within 64 descriptors: one lost each time would show."""
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        for path, outcome in (("reset", "reset"), ("truncate", "reset"),
                              ("garbage", "protocol_error")):
            with self.subTest(path):
                run = blast(f"{self.server.url}/fault/{path}", "-n", 2000, "-u", 4, preexec=few)
                self.expect_outcomes(run, **{outcome: 2000})

    def test_statuses(self):
        for status in (400, 401, 404, 500, 503):
            with self.subTest(status=status):
                run = self.expect_run(
                    blast(f"{self.server.url}/status/{status}", "-n", 40, "-u", 4), 1)
                result = self.expect_outcomes(run, http_error=40)
                self.assertEqual(result["statuses"], {str(status): 40})

    def test_an_expected_status_is_ok(self):
        run = self.expect_run(blast(self.server.url + "/status/404", "-n", 40,
                                    "--expect-status", "200,404"))
        self.expect_outcomes(run, ok=40)

    def test_an_unexpected_status_is_not(self):
        run = self.expect_run(blast(self.server.url + "/", "-n", 40, "--expect-status", "201"), 1)
        self.expect_outcomes(run, http_error=40)

    def test_too_many_requests(self):
        run = self.expect_run(blast(self.server.url + "/status/429", "-n", 40, "-u", 4), 1)
        result = self.expect_outcomes(run, rate_limited=40)
        self.assertEqual(result["rate_limited"], 40)
        self.assertEqual(result["failed"], 0)
        self.assertEqual(result["rate_limited_rate"], 1)

    def test_redirects_are_not_followed(self):
        run = self.expect_run(blast(self.server.url + "/redirect/2", "-n", 40, "-u", 4))
        result = self.expect_outcomes(run, ok=40)
        self.assertEqual(sum(result["statuses"].values()), 40)
        self.assertTrue(all(status.startswith("3") for status in result["statuses"]), str(run))

    def test_flaky(self):
        result = blast(self.server.url + "/flaky?rate=0.5", "-n", 400, "-u", 4).json
        self.assertEqual(result["successful"] + result["failed"], 400)
        self.assertGreater(result["successful"], 0)
        self.assertGreater(result["failed"], 0)

    def test_rate_limit(self):
        result = blast(self.server.url + "/ratelimit?rps=50", "-R", 500, "-d", "1s").json
        self.assertEqual(result["arrivals"], 500)
        self.assertEqual(result["successful"] + result["rate_limited"], 500)
        self.assertGreater(result["rate_limited"], 0)
        self.assertGreater(result["successful"], 0)

    def test_bodies(self):
        for path, body in (("/bytes/0", 0), ("/bytes/70000", 70_000), ("/chunked/70000", 70_000)):
            with self.subTest(path):
                run = self.expect_run(blast(self.server.url + path, "-n", 100, "-u", 4))
                self.expect_outcomes(run, ok=100)
                self.assertEqual(run.json["bytes"]["body"], 100 * body)

    def test_echo(self):
        body = "x" * 3000
        run = self.expect_run(blast(self.server.url + "/echo", "-n", 50, "-u", 2, "--body", body))
        self.expect_outcomes(run, ok=50)
        self.assertEqual(run.json["requests"][0]["method"], "POST")
        self.assertEqual(run.json["bytes"]["body"], 50 * 3000)

    def test_the_target_survives_half_requests(self):
        for piece in (b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\0\xff\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.server.port)) as half:
                half.sendall(piece)
                reset(half)
        self.expect_run(blast(self.server.url + "/", "-n", 10, "-u", 1))


class Unreachable(Case):
    def not_made(self, run):
        self.expect_run(run, 3)
        result = run.json
        self.assertEqual(result["successful"], 0, str(run))
        self.assertEqual(result["verdict"], "fail", str(run))
        return result

    def test_refused(self):
        run = blast(f"http://127.0.0.1:{free_port()}/", "-n", 20, "-u", 4)
        self.not_made(run)
        self.assertIn("refused", run.text)

    def test_refused_in_an_open_load(self):
        run = blast(f"http://127.0.0.1:{free_port()}/", "-R", 100, "-d", "1s")
        self.not_made(run)

    def test_refused_in_a_ramp(self):
        """Nobody connects ahead of such a load: it tells at its end."""
        url = f"http://127.0.0.1:{free_port()}/"
        self.not_made(blast(url, "--stages", ">4:500ms"))

    def test_refused_while_running(self):
        """The target goes away: what was good stays, the rest is connect_error or reset."""
        server = Serve()
        try:
            process = start_ringblast(server.url, "-R", 200, "-d", "3s", "--json", "-",
                                              "--quiet", "--no-progress")
            time.sleep(1)
        finally:
            server.stop()
        run = finish(process, 30)
        result = run.json
        self.assertGreater(result["successful"], 0, str(run))
        self.assertGreater(result["outcomes"]["connect_error"], 0, str(run))
        self.assertEqual(result["started"] + result["dropped"], 600, str(run))
        self.assertEqual(result["started"], sum(result["outcomes"].values()), str(run))

    def test_unknown_host(self):
        run = ringblast("http://no-such-host.invalid/", "-n", 2, "--no-progress")
        self.assertEqual(run.exit_code, 3, str(run))
        self.assertIn("no-such-host.invalid", run.text)

    def test_no_such_unix_socket(self):
        run = ringblast("http://localhost/", "-n", 2, "--unix-socket", self.folder() / "absent",
                        "--no-progress")
        self.assertEqual(run.exit_code, 3, str(run))

    def test_a_listener_that_never_accepts(self):
        with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
            fillers = []
            try:
                for _ in range(4):  # a full backlog drops the SYN: later connects hang
                    filler = socket.socket()
                    filler.setblocking(False)
                    filler.connect_ex(listener.getsockname())
                    fillers.append(filler)
                run = blast(f"http://127.0.0.1:{listener.getsockname()[1]}/", "-n", 4, "-u", 2,
                            "--connect-timeout", "300ms", timeout=20)
                self.not_made(run)
            finally:
                for filler in fillers:
                    filler.close()

    def test_wait_for_a_target_that_comes(self):
        port = free_port()
        process = start_ringblast(f"http://127.0.0.1:{port}/", "-n", 10, "-u", 1,
                                          "--wait-for", "20s", "--json", "-", "--quiet",
                                          "--no-progress")
        time.sleep(0.5)
        server = Serve(port=port)
        try:
            self.expect_outcomes(self.expect_run(finish(process, 30)), ok=10)
        finally:
            server.stop()

    def test_wait_for_a_target_that_does_not_come(self):
        run = ringblast(f"http://127.0.0.1:{free_port()}/", "-n", 10, "--wait-for", "500ms",
                        "--no-progress")
        self.assertEqual(run.exit_code, 3, str(run))


class Sequences(Case):
    """What a server may do between two responses (RFC 9112 § 9.3.1 on idle connections)."""

    def script(self, play):
        server = Scripted(play)
        self.addCleanup(server.stop)
        return server

    def test_a_connection_closed_while_idle_is_reopened_unseen(self):
        def play(connection, _head, _index):
            connection.sendall(PLAIN)
            connection.shutdown(socket.SHUT_RDWR)
            return False
        server = self.script(play)
        run = self.expect_run(blast(server.url, "-n", 5, "-u", 1, "-R", 20))
        result = self.expect_outcomes(run, ok=5)
        # A request that meets the close is sent again; a slow server has not read the first.
        self.assertIn(len(server.heads), range(5, 6 + result["retries"]))
        self.assertGreaterEqual(result["reconnects"] + result["retries"], 4)

    def test_a_get_that_meets_the_close_is_sent_once_more(self):
        def play(connection, _head, index):
            play.count += 1
            if index == 0 and play.count == 2:
                reset(connection)
                raise OSError
            connection.sendall(PLAIN)
            return True
        play.count = 0
        server = self.script(play)
        run = self.expect_run(blast(server.url, "-n", 3, "-u", 1))
        result = self.expect_outcomes(run, ok=3)
        self.assertEqual(result["retries"], 1, str(run))
        self.assertEqual(len(server.heads), 4)

    def test_a_post_that_meets_the_close_is_not(self):
        def play(connection, _head, index):
            play.count += 1
            if index == 0 and play.count == 2:
                reset(connection)
                raise OSError
            connection.sendall(PLAIN)
            return True
        play.count = 0
        server = self.script(play)
        run = blast(server.url, "-n", 3, "-u", 1, "-X", "POST")
        result = self.expect_outcomes(run, ok=2, reset=1)
        self.assertEqual(result["retries"], 0, str(run))
        self.assertEqual(len(server.heads), 3)

    def test_a_request_is_sent_at_most_twice(self):
        def play(connection, _head, _index):
            play.count += 1
            if play.count > 1:
                reset(connection)
                raise OSError
            connection.sendall(PLAIN)
            return True
        play.count = 0
        server = self.script(play)
        run = blast(server.url, "-n", 2, "-u", 1)
        result = self.expect_outcomes(run, ok=1, reset=1)
        self.assertEqual(len(server.heads), 3, str(run))
        self.assertEqual(result["retries"], 1, str(run))

    def test_reset_after_the_head(self):
        def play(connection, _head, _index):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            reset(connection)
            return False
        run = blast(self.script(play).url, "-n", 4, "-u", 2)
        self.expect_outcomes(run, reset=4)

    def test_one_and_a_half_pipelined_responses(self):
        def play(connection, _head, index):
            if index == 0:
                connection.sendall(PLAIN + PLAIN[:20])
                connection.shutdown(socket.SHUT_RDWR)
                return False
            connection.sendall(PLAIN)
            return True
        result = blast(self.script(play).url, "-n", 8, "-u", 1, "--pipeline", 4).json
        self.assertEqual(result["started"], 8)
        self.assertEqual(sum(result["outcomes"].values()), 8)
        self.assertGreaterEqual(result["outcomes"]["ok"], 5)
        self.assertGreaterEqual(result["outcomes"]["reset"], 1)

    def test_connection_close_while_pipelining(self):
        def play(connection, _head, _index):
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            connection.shutdown(socket.SHUT_WR)
            return False
        run = blast(self.script(play).url, "-n", 12, "-u", 1, "--pipeline", 4)
        result = run.json
        self.assertEqual(result["started"], 12, str(run))
        self.assertEqual(sum(result["outcomes"].values()), 12, str(run))

    def test_a_server_that_never_reads(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            run = blast(f"http://127.0.0.1:{listener.getsockname()[1]}/", "-n", 2, "-u", 1,
                        "--timeout", "500ms", "--body-file", self.big_file(), timeout=20)
            self.expect_outcomes(run, timeout=2)

    def big_file(self):
        path = self.folder() / "body"
        path.write_bytes(b"x" * 20_000_000)
        return path

    def test_an_answer_before_the_body_was_sent(self):
        def play(connection, _head, _index):
            connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n"
                               b"Connection: close\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            return False  # reads on, so that the answer is not lost to a reset
        run = blast(self.script(play).url, "-n", 2, "-u", 1, "--timeout", "5s", "--body-file",
                    self.big_file(), timeout=30)
        result = run.json
        self.assertEqual(sum(result["outcomes"].values()), 2, str(run))
        self.assertEqual(result["outcomes"]["ok"], 0, str(run))
        self.assertEqual(result["outcomes"]["timeout"], 0, str(run))


class ThisMachine(Case):
    """Limits of the generator's own machine: named as such, with what to change."""

    def test_no_file_descriptors_left(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))
        server = Serve()
        self.addCleanup(server.stop)
        run = ringblast(server.url, "-u", 200, "-d", "1s", "--no-progress", preexec=few)
        self.assertIn(run.exit_code, (1, 3), str(run))
        self.assertRegex(run.text.lower(), "descriptor|open files|ulimit", str(run))

    def test_no_ports_left(self):
        """In a network of its own with ten ports, so that nothing else here is touched."""
        if not shutil.which("unshare"):
            self.skipTest("unshare is not installed")
        command = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
        if subprocess.run([*command, "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("no permission for a network namespace of its own")
        require_binary()
        script = [sys.executable, HERE / "servers" / "few_ports.py", BINARY, ENGINE or "auto"]
        run = subprocess.run([*command, *script], check=False, capture_output=True, text=True,
                             timeout=60)
        self.assertIn(run.returncode, (0, 1, 3), run.stdout + run.stderr)
        self.assertRegex((run.stdout + run.stderr).lower(), r"\bports?\b", "no word on ports")
