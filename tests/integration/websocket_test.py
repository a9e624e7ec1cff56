"""Blasts of WebSockets: what we say is right for strict servers, and their counts agree with ours."""

import os
import re
import unittest

from harness import (SERVERS, Case, Process, Serve, blast, free_port, python_with, require,
                     ringblast, wait_until)
from tls_servers import certificates


class PythonWebSockets(Process):
    """Python's websockets."""

    def __init__(self, *certificate):
        port = free_port()
        super().__init__([python_with("websockets"), SERVERS / "websockets_server.py", port,
                          *certificate], port)


class NodeWebSockets(Process):
    """Node's ws."""

    def __init__(self):
        if not os.path.exists("/usr/share/nodejs/ws"):
            raise unittest.SkipTest("node-ws is not installed")
        port = free_port()
        super().__init__([require("node"), SERVERS / "ws_server.js", port], port)


class WebSocketCase(Case):
    trust = ()

    def url(self, path):
        return f"ws://127.0.0.1:{self.server.port}{path}"

    def echoes(self, path, count, *args, users=8):
        """Exactly that many round trips, all good, on warm connections that end in good order."""
        run = self.expect_run(blast(self.url(path), "-n", count, "-u", users, *self.trust,
                                    *args))
        result = self.expect_outcomes(run, ok=count)
        self.assertEqual(result["ws"]["connections"], users, str(run))
        self.assertEqual(result["ws"]["messages_sent"], count, str(run))
        self.assertEqual(result["ws"]["dropped"], 0, str(run))
        self.assertEqual(result["ws"]["close_codes"], {"1000": users}, str(run))
        self.assertEqual(result["ws"]["connect_ms"]["count"], users, str(run))
        return result

    def closes_heard(self, count):
        """(code, messages) of each connection as the server counted them."""
        pattern = re.compile(r"closed (\d+) after (\d+)")
        wait_until(lambda: len(pattern.findall(self.server.output())) >= count, 5)
        return [(int(code), int(n)) for code, n in pattern.findall(self.server.output())]


class OnServe(WebSocketCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Serve())

    def test_echo(self):
        result = self.echoes("/ws/echo", 20000, users=64)
        self.assertEqual(result["ws"]["messages_received"], 20000)
        self.assertEqual(result["bytes"]["body"], 20000 * 16)
        self.assertEqual([row["name"] for row in result["requests"]], ["/ws/echo"])

    def test_messages_of_all_sizes(self):
        for size in (0, 1, 125, 126, 16_383, 65_535, 65_536, 1_000_000):
            with self.subTest(size=size):
                self.echoes("/ws/echo", 40, "--message-size", size, users=4)

    def test_a_message_of_ones_own(self):
        self.echoes("/ws/echo", 100, "--message", "grüße, 世界")

    def test_two_threads(self):
        self.echoes("/ws/echo", 1000, "-t", 2)

    def test_an_open_load(self):
        run = self.expect_run(blast(self.url("/ws/echo"), "-R", 500, "-d", "2s", "-u", 50))
        result = run.json
        self.assertEqual(result["arrivals"], 1000, str(run))
        # A machine that stands still for a second has more to do than the backlog takes.
        self.assertEqual(result["requests"][-1]["ok"] + result["dropped"], 1000, str(run))
        self.assertGreater(result["requests"][-1]["ok"], 0, str(run))
        self.assertEqual(result["failed"], 0, str(run))

    def test_a_new_connection_per_message(self):
        run = self.expect_run(blast(self.url("/ws/echo"), "-n", 200, "-u", 4, "--no-keepalive"))
        result = run.json
        self.assertEqual(result["requests"][-1]["ok"], 200, str(run))
        self.assertEqual(result["failed"], 0, str(run))
        self.assertEqual(result["ws"]["close_codes"], {"1000": result["ws"]["connections"]}, str(run))

    def test_ramps(self):
        run = self.expect_run(blast(self.url("/ws/echo"), "--stages", ">20:500ms,>0:500ms"))
        self.assertEqual(run.json["failed"], 0, str(run))
        self.assertEqual(list(run.json["ws"]["close_codes"]), ["1000"], str(run))

    def test_no_websocket_there(self):
        run = self.expect_run(blast(self.url("/nope"), "-d", "300ms", "-u", 2), 1)
        self.assertEqual(run.json["requests"][0]["statuses"].keys(), {"404"}, str(run))
        self.assertEqual(run.json["ws"]["connections"], 0, str(run))
        self.assertEqual(run.json["requests"][1]["count"], 0, str(run))

    def test_thresholds(self):
        run = self.expect_run(blast(self.url("/ws/echo"), "-n", 100, "-u", 2,
                                    "--threshold", "ws.connect.p95 < 10s",
                                    "--threshold", "ws.dropped == 0",
                                    "--threshold", "ws.sent.rps > 1",
                                    "--threshold", "ws.received.rps > 1"))
        self.assertEqual({row["verdict"] for row in run.json["thresholds"]}, {"pass"}, str(run))


class OnPython(WebSocketCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(PythonWebSockets())

    def test_echo(self):
        for path in ("/echo", "/fragments"):
            with self.subTest(path=path):
                before = len(self.closes_heard(0))
                self.echoes(path, 400)
                closes = self.closes_heard(before + 8)[before:]
                self.assertEqual({code for code, _ in closes}, {1000})
                self.assertEqual(sum(count for _, count in closes), 400)

    def test_large_messages(self):
        self.echoes("/echo", 40, "--message-size", "300KiB", users=4)

    def test_other_messages_are_counted_and_are_no_answer(self):
        result = self.echoes("/chatty", 500)
        self.assertEqual(result["ws"]["messages_received"], 500 * 2 + 8)

    def test_the_server_closes_after_ten(self):
        run = self.expect_run(blast(self.url("/ten"), "-n", 200, "-u", 2))
        result = run.json
        self.assertEqual(result["requests"][1]["count"], 200, str(run))
        ws = result["ws"]
        # The last closes of both users may cross the end of the run.
        self.assertIn(ws["close_codes"].get("1001", 0) - ws["dropped"], (0, 1, 2), str(run))
        self.assertGreaterEqual(ws["dropped"], 18, str(run))

    def test_a_server_that_does_not_echo_is_a_time_out(self):
        run = self.expect_run(blast(self.url("/mute"), "-d", "500ms", "-u", 2,
                                    "--timeout", "200ms"), 1)
        self.assertEqual(run.json["requests"][1]["ok"], 0, str(run))
        self.assertIn("no echo", run.json["errors"][0]["message"], str(run))

    def test_a_subprotocol(self):
        self.echoes("/echo", 50, "-H", "Sec-WebSocket-Protocol: soap, chat")


class OnNode(WebSocketCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(NodeWebSockets())

    def test_echo(self):
        self.echoes("/", 400)
        closes = self.closes_heard(8)
        self.assertEqual({code for code, _ in closes}, {1000})
        self.assertEqual(sum(count for _, count in closes), 400)
        self.assertNotIn("error", self.server.output())

    def test_messages_of_all_sizes(self):
        for size in (0, 125, 126, 65_535, 65_536, 1_000_000):
            with self.subTest(size=size):
                self.echoes("/", 20, "--message-size", size, users=2)


class OverTls(WebSocketCase):
    """wss:// to the embedded target."""

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        certificate = str(certificates().folder / "made-for-ws.pem")
        cls.server = cls.keep(Serve("--tls", "--tls-port", cls.port, "--cert-out", certificate))
        cls.trust = ("--cacert", certificate)

    def url(self, path):
        return f"wss://localhost:{self.port}{path}"

    def test_echo(self):
        result = self.echoes("/ws/echo", 2000, users=16)
        self.assertEqual(result["tls"]["version"], "TLSv1.3")
        self.assertEqual(result["tls"]["handshakes_full"], 16)
        self.assertTrue(result["tls"]["verified"])

    def test_messages_of_all_sizes(self):
        for size in (0, 126, 16_383, 65_536, 1_000_000):
            with self.subTest(size=size):
                self.echoes("/ws/echo", 20, "--message-size", size, users=2)

    def test_a_new_connection_per_message(self):
        run = self.expect_run(blast(self.url("/ws/echo"), *self.trust, "-n", 60, "-u", 2,
                                    "--no-keepalive"))
        self.assertEqual(run.json["failed"], 0, str(run))
        self.assertGreater(run.json["tls"]["handshakes_resumed"], 10, str(run))

    def test_nobody_vouches_for_it(self):
        run = self.expect_run(blast(self.url("/ws/echo"), "-n", 5, "-u", 1), 3)
        self.assertIn("never reached", run.stderr, str(run))

    def test_plain_on_the_port_of_tls(self):
        url = f"ws://localhost:{self.port}/ws/echo"
        run = self.expect_run(blast(url, "-d", "300ms", "-u", 1), 1)
        self.assertEqual(run.json["ws"]["connections"], 0, str(run))


class OverTlsOnPython(WebSocketCase):
    @classmethod
    def setUpClass(cls):
        given = certificates()
        cls.server = cls.keep(PythonWebSockets(given.pem("good"), given.key("good")))
        cls.trust = tuple(given.trust())

    def url(self, path):
        return f"wss://localhost:{self.server.port}{path}"

    def test_echo(self):
        self.echoes("/echo", 500)
        closes = self.closes_heard(8)
        self.assertEqual({code for code, _ in closes}, {1000})

    def test_large_messages(self):
        self.echoes("/echo", 20, "--message-size", "300KiB", users=2)

    def test_the_server_closes_after_ten(self):
        run = self.expect_run(blast(self.url("/ten"), *self.trust, "-n", 60, "-u", 2))
        self.assertEqual(run.json["requests"][1]["count"], 60, str(run))
        # The last closes of both users may cross the end of the run.
        closed = run.json["ws"]["close_codes"].get("1001", 0)
        self.assertIn(closed - run.json["ws"]["dropped"], (0, 1, 2), str(run))


class Words(Case):
    def test_what_does_not_go_together(self):
        url = "ws://127.0.0.1:1/"
        for words, says in ((["http://127.0.0.1:1/", "--message", "x"], "--message goes with ws://"),
                            ([url, "--body", "x"], "--message"),
                            ([url, "--message", "x", "--message-size", "1"], "give one of them"),
                            ([url, "--message-size", "1GiB"], "64MiB"),
                            ([url, "--pipeline", "2"], "--pipeline"),
                            ([url, "--expect-status", "200"], "--expect-status"),
                            ([url, "-X", "POST"], "GET"),
                            ([url, "-H", "Upgrade: h2c"], "Upgrade")):
            with self.subTest(words=words):
                run = self.expect_run(ringblast(*words), 2)
                self.assertIn(says, run.stderr, str(run))


if __name__ == "__main__":
    unittest.main()
