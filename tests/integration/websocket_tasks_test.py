"""Tasks on WebSockets in profiles: what a server hears of them and what the result tells."""

import re
import unittest

from harness import Case, Serve, free_port, ringblast, run_profile, wait_until
from tls_servers import certificates
from websocket_test import PythonWebSockets

HEAD = """name = "talk"
[target]
base_url = "{url}"
{target}
[load]
users = {users}
duration = "60s"
requests = {requests}
[[user]]
name = "Talker"
"""


class TasksCase(Case):
    def profile(self, body, url, users=2, requests=20, target=""):
        path = self.folder() / "p.toml"
        path.write_text(HEAD.format(url=url, users=users, requests=requests, target=target) + body)
        return path

    def rows(self, run):
        return {row["name"]: row for row in run.json["requests"]}


class OnServe(TasksCase):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.certificate = str(certificates().folder / "made-for-tasks.pem")
        cls.server = cls.keep(Serve("--tls", "--tls-port", cls.port, "--cert-out",
                                    cls.certificate))
        cls.url = f"http://127.0.0.1:{cls.server.port}"

    TALK = """
[[user.task]]
name = "talk"
ws = "/ws/echo?room={{room}}"
step = [
  { send = "hello {{room}}", expect = "hello {{room}}" },
  { repeat = 5, send = "n {{n}}", match = "^n [0-9]+$", name = "number" },
  { send = "nobody waits for this" },
  { send_binary = "AAECAw==", expect = "\\u0001\\u0002" },
  { ping = "" },
  { hold = "5ms" },
]
[variables]
room = { string = 6 }
n = { int = [1, 9], per = "request" }
"""

    def test_steps(self):
        run = self.expect_run(run_profile(self.profile(self.TALK, self.url, requests=80)))
        rows = self.rows(run)
        self.assertEqual(run.json["failed"], 0, str(run))
        self.assertEqual(set(rows), {"talk connect", "talk", "number"}, str(run))
        self.assertEqual(rows["number"]["method"], "WS")
        self.assertEqual(rows["talk connect"]["statuses"].keys(), {"101"})
        self.assertEqual(run.json["total_requests"], 80, str(run))
        ws = run.json["ws"]
        self.assertEqual(ws["dropped"], 0, str(run))
        self.assertEqual(ws["connections"], rows["talk connect"]["count"], str(run))
        self.assertEqual(set(ws["close_codes"]), {"1000"}, str(run))
        # Nobody speaks HTTP: no connection for it.
        self.assertEqual(run.json["connections_opened"], ws["connections"], str(run))

    def test_over_tls_beside_requests(self):
        body = self.TALK.replace("[variables]", '[[user.task]]\nname = "page"\npath = "/json"\n'
                                 "[variables]")
        path = self.profile(body, f"https://localhost:{self.port}", requests=200,
                            target=f'[target.tls]\nca = "{self.certificate}"')
        run = self.expect_run(run_profile(path))
        rows = self.rows(run)
        self.assertEqual(run.json["failed"], 0, str(run))
        self.assertGreater(rows["page"]["ok"], 0, str(run))
        self.assertGreater(rows["talk"]["ok"], 0, str(run))
        self.assertEqual(run.json["tls"]["version"], "TLSv1.3", str(run))

    def test_an_open_load_on_two_threads(self):
        path = self.profile(self.TALK, self.url)
        text = path.read_text().replace("users = 2\n", "rate = 50\n").replace(
            'duration = "60s"\nrequests = 20', 'duration = "2s"')
        path.write_text(text)
        run = self.expect_run(run_profile(path, "-t", "2"))
        rows = self.rows(run)
        self.assertEqual(run.json["arrivals"], 100, str(run))
        self.assertEqual(rows["talk connect"]["ok"] + run.json["dropped"], 100, str(run))
        self.assertEqual(run.json["failed"], 0, str(run))

    def test_a_message_that_does_not_come(self):
        body = """
[[user.task]]
name = "talk"
ws = "/ws/echo"
step = [{ send = "a", expect = "b", within = "100ms" }]
"""
        run = self.expect_run(run_profile(self.profile(body, self.url, requests=12)), 1)
        rows = self.rows(run)
        self.assertEqual(rows["talk"]["outcomes"]["check_failed"], rows["talk"]["count"], str(run))
        self.assertIn('no message with "b" within 100 ms', run.json["errors"][0]["message"])
        self.assertEqual(run.json["ws"]["dropped"], 0, str(run))

    def test_nobody_there(self):
        path = self.profile(self.TALK, f"http://127.0.0.1:{free_port()}")
        run = self.expect_run(run_profile(path, "-d", "300ms"), 3)
        self.assertIn("was never reached: connection refused", run.text)

    def test_no_websocket_there(self):
        body = '[[user.task]]\nname = "talk"\nws = "/nope"\nstep = [{ send = "a", expect = "a" }]\n'
        run = self.expect_run(run_profile(self.profile(body, self.url, requests=6)), 1)
        self.assertEqual(self.rows(run)["talk connect"]["statuses"].keys(), {"404"}, str(run))

    def test_check_and_once(self):
        path = self.profile(self.TALK, self.url)
        plan = self.expect_run(ringblast("check", path)).stdout
        self.assertIn("talk connect", plan)
        shown = self.expect_run(ringblast("run", path, "--once")).stdout
        self.assertIn("talk connect", shown)
        self.assertIn("HTTP/1.1 101", shown)
        self.assertRegex(shown, r"> hello \w{6}\n")
        self.assertRegex(shown, r"< hello \w{6}\n")

    def test_each(self):
        shown = self.expect_run(ringblast("run", self.profile(self.TALK, self.url), "--each",
                                          "-d", "200ms", "--no-progress")).stdout
        self.assertRegex(shown, r"✓.*talk")

    def test_thresholds(self):
        run = self.expect_run(run_profile(
            self.profile(self.TALK, self.url, requests=40),
            "--threshold", "ws.connect.p95 < 10s", "--threshold", "ws.dropped == 0",
            "--threshold", "number: error_rate < 1%", "--threshold", "ws.sent.rps > 1"))
        self.assertEqual({row["verdict"] for row in run.json["thresholds"]}, {"pass"}, str(run))

    def test_users_that_only_hold_are_a_run(self):
        body = '[[user.task]]\nname = "idle"\nws = "/ws/echo"\nstep = [{ hold = "1h" }]\n'
        path = self.profile(body, self.url, users=300)
        path.write_text(path.read_text().replace('"60s"\nrequests = 20', '"1s"'))
        run = self.expect_run(run_profile(path))
        self.assertEqual(run.json["ws"]["close_codes"], {"1000": 300}, str(run))

    def test_reports_for_people(self):
        folder = self.folder()
        run = self.expect_run(ringblast("run", self.profile(self.TALK, self.url), "--html",
                                        folder / "r.html", "--markdown", folder / "r.md"))
        self.assertRegex(run.stdout, r"websocket +\d+ connections? made")
        self.assertIn("WebSocket: ", (folder / "r.md").read_text())
        self.assertIn("WebSockets", (folder / "r.html").read_text())


class OnPython(TasksCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(PythonWebSockets())
        cls.url = f"http://127.0.0.1:{cls.server.port}"

    def test_a_talk_as_the_server_hears_it(self):
        body = """
headers = { X-Who = "{{who}}" }
[[user.task]]
name = "room"
ws = "/room/{{who}}"
query = { n = "{{n}}" }
subprotocol = ["chat"]
step = [
  { expect = "welcome /room/{{who}}?n={{n}}" },
  { send = "grüße {{who}}", expect = "letters: grüße {{who}}" },
  { send_binary = "YWJj", expect = "cba" },
  { send = "quit" },
  { hold = "30s" },
]
[variables]
who = { string = 5, per = "user" }
n = { seq = 1 }
"""
        run = self.expect_run(run_profile(self.profile(body, self.url, users=1, requests=16)))
        self.assertEqual(run.json["failed"], 0, str(run))
        talks = self.rows(run)["room connect"]["ok"]
        pattern = re.compile(r"/room/(\w{5})\?n=(\d+) closed (\d+) protocol (\w+) .* who (\w+)")
        self.assertTrue(wait_until(lambda: len(pattern.findall(self.server.output())) >= 3))
        for who, number, code, protocol, header in pattern.findall(self.server.output())[:3]:
            self.assertEqual((code, protocol, header), ("4100", "chat", who))
            self.assertLessEqual(int(number), talks)
        self.assertEqual(run.json["ws"]["close_codes"].get("4100"), run.json["ws"]["dropped"],
                         str(run))

    def test_the_server_closes_under_a_request(self):
        body = """
[[user.task]]
name = "room"
ws = "/room/x"
step = [{ send = "quit", expect = "never" }]
"""
        run = self.expect_run(run_profile(self.profile(body, self.url, users=1, requests=8)), 1)
        row = self.rows(run)["room"]
        self.assertEqual(row["outcomes"]["reset"], row["count"], str(run))
        self.assertEqual(run.json["ws"]["dropped"], row["count"], str(run))
        self.assertIn("4100", run.json["errors"][0]["message"], str(run))


if __name__ == "__main__":
    unittest.main()
