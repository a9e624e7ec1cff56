"""https as it should be: versions, names, files, resumption, and what the result tells of it."""

import json
import resource
import shutil
import ssl

from harness import (Case, Serve, blast, finish, free_port, ringblast, run_profile,
                     start_ringblast, wait_until)
from tls_servers import OpensslServer, TalkingOpenssl, TlsNginx, certificates, scripted

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
VERSIONS = (("1.2", "TLSv1.2"), ("1.3", "TLSv1.3"))


class AgainstNginx(Case):
    @classmethod
    def setUpClass(cls):
        cls.given = certificates()
        cls.server = cls.keep(TlsNginx())

    def run_for(self, path, count, *args):
        run = self.expect_run(blast(self.server.url + path, *self.given.trust(), "-n", count,
                                    *args))
        return self.expect_outcomes(run, ok=count)

    def test_versions(self):
        for word, name in VERSIONS:
            with self.subTest(word):
                result = self.run_for("/", 500, "-u", 8, "--tls-min", word, "--tls-max", word)
                tls = result["tls"]
                self.assertEqual(tls["version"], name)
                self.assertIn("wolfSSL", tls["library"])
                self.assertEqual(tls["key_exchange"], "X25519")
                self.assertEqual(tls["handshakes_full"], 8)
                self.assertEqual(tls["handshakes_resumed"], 0)
                self.assertEqual(tls["handshakes_failed"], 0)
                self.assertTrue(tls["verified"])
                self.assertEqual(result["tls_ms"]["count"], 8)
                self.assertGreater(tls["memory_bytes_per_connection"], 10_000)

    def test_large_bodies(self):
        for size in (100_000, 5_000_000):
            result = self.run_for(f"/files/{size}", 12, "-u", 3)
            self.assertEqual(result["bytes"]["body"], 12 * size)

    def test_reopened_connections_resume(self):
        for word, _ in VERSIONS:
            for reopening in (["--no-keepalive"], ["--requests-per-connection", 3]):
                with self.subTest(word, how=reopening):
                    result = self.run_for("/", 90, "-u", 3, "--tls-max", word, *reopening)
                    tls = result["tls"]
                    opened = result["connections_opened"]
                    self.assertGreaterEqual(opened, 30)
                    self.assertEqual(tls["handshakes_full"], 3, tls)
                    self.assertEqual(tls["handshakes_full"] + tls["handshakes_resumed"], opened)

    def test_without_resumption(self):
        result = self.run_for("/", 30, "-u", 3, "--no-keepalive", "--tls-resume", "off")
        self.assertEqual(result["tls"]["handshakes_resumed"], 0)
        self.assertEqual(result["tls"]["handshakes_full"], result["connections_opened"])

    def test_connections_that_nginx_closes(self):
        result = self.run_for("/few", 60, "-u", 2)
        self.assertGreaterEqual(result["connections_opened"], 20)

    def test_name_and_protocol_that_are_asked_for(self):
        for path, args, said in (("/name", [], "localhost"), ("/alpn", [], "http/1.1"),
                                 ("/name", ["--sni", "elsewhere.example", "-k"],
                                  "elsewhere.example")):
            trust = [] if "-k" in args else self.given.trust()
            run = self.expect_run(blast(self.server.url + path, "-n", 1, "-u", 1, *trust, *args))
            self.assertEqual(run.json["bytes"]["body"], len(said), str(run))

    def test_an_address_in_the_url(self):
        url = self.server.url.replace("localhost", "127.0.0.1")
        result = self.expect_outcomes(self.expect_run(
            blast(url + "/name", *self.given.trust(), "-n", 3, "-u", 1)), ok=3)
        self.assertEqual(result["bytes"]["body"], 0)  # an address is no server name

    def test_insecure_says_so(self):
        run = self.expect_run(blast(self.server.url, "-n", 2, "-u", 1, "--insecure"))
        self.assertFalse(run.json["tls"]["verified"], str(run))
        text = self.expect_run(ringblast(self.server.url, "-n", 2, "-u", 1, "-k",
                                         "--no-progress")).stdout
        self.assertIn("certificates were not checked", text)

    def test_a_client_certificate(self):
        client = ["--cert", self.given.pem("client"), "--key", self.given.key("client")]
        run = blast(self.server.asking_url, *self.given.trust(), "-n", 10, "-u", 2, *client)
        self.expect_outcomes(self.expect_run(run), ok=10)
        run = blast(self.server.asking_url, *self.given.trust(), "-n", 10, "-u", 2)
        self.expect_outcomes(self.expect_run(run, 1), http_error=10)  # nginx: 400

    def test_an_open_load_that_opens_connections(self):
        run = blast(self.server.url, *self.given.trust(), "-R", 300, "-d", "1s", "--no-keepalive")
        result = self.expect_outcomes(self.expect_run(run), ok=300)
        self.assertEqual(result["arrivals"], 300)

    def test_few_descriptors(self):
        """The library takes none of its own, however many connections there are."""
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
        run = finish(start_ringblast(self.server.url, *self.given.trust(), "-n", 400, "-u", 60,
                                     "--no-keepalive", "--json", "-", "--quiet", preexec=few))
        self.expect_outcomes(self.expect_run(run), ok=400)


class AgainstOpenssl(Case):
    @classmethod
    def setUpClass(cls):
        cls.given = certificates()

    def blast_at(self, server, *args, exit_code=0):
        return self.expect_run(blast(server.url, *self.given.trust(), "-u", 1, *args), exit_code)

    def test_page(self):
        for word, name in VERSIONS:
            server = OpensslServer()
            self.addCleanup(server.stop)
            run = self.blast_at(server, "-n", 20, "--tls-max", word)
            result = self.expect_outcomes(run, ok=20)
            self.assertEqual(result["tls"]["version"], name)
            self.assertEqual(result["tls"]["handshakes_full"], 1, str(run))

    def test_hello_retry_request(self):
        for group in ("P-256", "P-384"):
            server = OpensslServer("-groups", group, "-tls1_3")
            self.addCleanup(server.stop)
            result = self.expect_outcomes(self.blast_at(server, "-n", 4), ok=4)
            self.assertIn("256" if group == "P-256" else "384", result["tls"]["key_exchange"])

    def test_other_keys_and_chains(self):
        for name in ("rsa", "chain"):
            options = ["-cert_chain", self.given.pem("between")] if name == "chain" else []
            server = OpensslServer(*options, certificate=name)
            self.addCleanup(server.stop)
            for word, _ in VERSIONS:
                self.expect_outcomes(self.blast_at(server, "-n", 2, "--tls-max", word), ok=2)

    def test_no_tickets(self):
        server = OpensslServer("-num_tickets", "0", "-no_ticket")
        self.addCleanup(server.stop)
        self.expect_outcomes(self.blast_at(server, "-n", 5), ok=5)

    def test_key_updates(self):
        """Asked for in the middle of a connection, with and without an answer wanted."""
        server = TalkingOpenssl("-tls1_3")
        self.addCleanup(server.stop)
        self.assertTrue(wait_until(lambda: server.said(b"ACCEPT")))
        process = start_ringblast(server.url, *self.given.trust(), "-n", 3, "-u", 1, "--json", "-",
                                  "--quiet", "--timeout", "20s")
        for index, letter in enumerate((b"K\n", b"k\n", b"K\n")):
            self.assertTrue(wait_until(lambda: server.said(b"GET / HTTP/1.1") > index))
            server.say(letter)
            wait_until(lambda: False, 0.2)  # a letter must come alone
            server.say(OK)
        self.expect_outcomes(self.expect_run(finish(process)), ok=3)


class AgainstPython(Case):
    @classmethod
    def setUpClass(cls):
        cls.given = certificates()

    def run_with(self, answer, *args, count=None, context=None):
        server = scripted(answer, context, count)
        self.addCleanup(server.stop)
        return blast(server.url, *self.given.trust(), *args)

    def test_records_of_one_byte(self):
        def answer(stream):
            for byte in OK:
                stream.send(bytes([byte]))
        run = self.run_with(answer, "-n", 10, "-u", 2)
        self.expect_outcomes(self.expect_run(run), ok=10)

    def test_records_of_16_kib(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
        run = self.run_with(lambda stream: stream.sendall(head + b"x" * 1_000_000) and None,
                            "-n", 6, "-u", 2)
        result = self.expect_outcomes(self.expect_run(run), ok=6)
        self.assertEqual(result["bytes"]["body"], 6_000_000)

    def test_a_body_that_ends_with_the_connection(self):
        def answer(stream):
            stream.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it")
            stream.unwrap()
            return False
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            run = self.run_with(answer, "-n", 5, "-u", 1, context=self.given.context(
                version=version))
            result = self.expect_outcomes(self.expect_run(run), ok=5)
            self.assertEqual(result["bytes"]["body"], 45)


class Served(Case):
    """Client and target of our own, made for each other."""

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.certificate = str(certificates().folder / "made.pem")
        cls.server = cls.keep(Serve("--tls", "--tls-port", cls.port, "--cert-out",
                                    cls.certificate))
        cls.url = f"https://localhost:{cls.port}"


class Serving(Served):
    def test_routes(self):
        for path in ("/", "/bytes/300000", "/chunked/70000", "/json", "/echo", "/delay/5"):
            for word, _ in VERSIONS:
                run = blast(self.url + path, "--cacert", self.certificate, "-n", 20, "-u", 4,
                            "--tls-max", word)
                self.expect_outcomes(self.expect_run(run), ok=20)

    def test_large_requests(self):
        body = self.folder() / "body"
        body.write_bytes(b"b" * 1_000_000)
        run = blast(self.url + "/echo", "--cacert", self.certificate, "-n", 8, "-u", 2,
                    "--body-file", body)
        result = self.expect_outcomes(self.expect_run(run), ok=8)
        self.assertEqual(result["bytes"]["body"], 8_000_000)

    def test_pipelining(self):
        run = blast(self.url, "--cacert", self.certificate, "-n", 400, "-u", 2, "--pipeline", 8)
        self.expect_outcomes(self.expect_run(run), ok=400)

    def test_faults(self):
        for path, outcome in (("/fault/truncate", "reset"), ("/fault/reset", "reset"),
                              ("/fault/garbage", "protocol_error"), ("/fault/stall", "timeout")):
            run = blast(self.url + path, "-k", "-n", 6, "-u", 2, "--timeout", "300ms")
            self.expect_outcomes(self.expect_run(run, 1), **{outcome: 6})

    def test_resumption(self):
        run = blast(self.url, "-k", "-n", 60, "-u", 2, "--no-keepalive")
        tls = self.expect_outcomes(self.expect_run(run), ok=60)["tls"]
        self.assertEqual(tls["handshakes_full"], 2, tls)
        self.assertGreaterEqual(tls["handshakes_resumed"], 58, tls)

    def test_a_threshold(self):
        run = blast(self.url, "-k", "-n", 20, "-u", 2, "--threshold", "tls.p95 < 5s")
        self.assertEqual(self.expect_run(run).json["thresholds"][0]["verdict"], "pass")
        run = blast(self.url, "-k", "-n", 20, "-u", 2, "--threshold", "tls.max < 1us")
        self.assertEqual(self.expect_run(run, 1).json["thresholds"][0]["verdict"], "fail")


class Profiles(Served):
    """https with users and tasks: from the command line, and as a profile says it."""

    USERS = """
[load]
users = 6
duration = "60s"
requests = 90
[[setup.request]]
name = "log in"
method = "POST"
path = "/echo"
body = "{\\"token\\": \\"t1\\"}"
extract = { token = { json = "/token" } }
[[user]]
name = "A"
[[user.task]]
name = "mine"
path = "/bytes/{{size}}?of={{token}}"
[[user.task]]
name = "all"
path = "/json"
[variables]
size = { int = [1, 20000] }
"""

    def profile(self, target):
        """In a folder with the target's certificate beside it."""
        folder = self.folder()
        shutil.copy(self.certificate, folder / "made.pem")
        (folder / "p.toml").write_text(f"name = 'p'\n[target]\n{target}\n{self.USERS}")
        return folder / "p.toml"

    def test_host_and_options_of_the_command_line(self):
        path = self.profile("base_url = 'http://127.0.0.1:1'")
        run = self.expect_run(run_profile(path, "--host", self.url, "--cacert", self.certificate))
        result = self.expect_outcomes(run, ok=90)
        self.assertEqual(result["tls"]["version"], "TLSv1.3")
        self.assertEqual(result["tls"]["handshakes_full"], result["connections_opened"])
        self.assertGreater({row["name"]: row["count"] for row in result["requests"]}["mine"], 0)

    def test_the_table_of_the_profile(self):
        path = self.profile(f"base_url = '{self.url}'\n[target.tls]\nca = 'made.pem'\n"
                            "max = '1.2'")
        result = self.expect_outcomes(self.expect_run(run_profile(path)), ok=90)
        self.assertEqual((result["tls"]["version"], result["tls"]["verified"]), ("TLSv1.2", True))
        # The command line goes before the profile.
        run = run_profile(path, "--tls-max", "1.3", "--insecure")
        result = self.expect_outcomes(self.expect_run(run), ok=90)
        self.assertEqual((result["tls"]["version"], result["tls"]["verified"]), ("TLSv1.3", False))

    def test_connections_of_users_that_reopen(self):
        path = self.profile(f"base_url = '{self.url}'\nkeepalive = false\n[target.tls]\n"
                            "ca = 'made.pem'")
        tls = self.expect_outcomes(self.expect_run(run_profile(path)), ok=90)["tls"]
        self.assertEqual(tls["handshakes_full"], 6, tls)
        self.assertGreaterEqual(tls["handshakes_resumed"], 84, tls)

    def test_once(self):
        path = self.profile(f"base_url = '{self.url}'")
        run = self.expect_run(ringblast("run", path, "--once", "--cacert", self.certificate))
        for said in ("✓ log in", "✓ mine", "✓ all", "> GET /json HTTP/1.1", "< HTTP/1.1 200 OK"):
            self.assertIn(said, run.stdout)

    def test_once_says_why_the_certificate_is_refused(self):
        path = self.profile(f"base_url = '{self.url}'")
        run = self.expect_run(ringblast("run", path, "--once"), 3)
        self.assertIn("self-signed", run.stderr)

    def test_each(self):
        path = self.profile(f"base_url = '{self.url}'")
        folder = self.folder()
        run = self.expect_run(ringblast("run", path, "--each", "--cacert", self.certificate,
                                        "--json", folder / "{profile}.json", "--no-progress"))
        self.assertIn("2 of 2 tasks passed", run.stdout)
        for name in ("mine", "all"):
            result = json.loads((folder / f"p-{name}.json").read_text())
            self.assertEqual(result["outcomes"]["ok"], 90)
            self.assertEqual(result["tls"]["handshakes_failed"], 0)

    def test_a_set_up_that_does_not_trust(self):
        run = self.expect_run(run_profile(self.profile(f"base_url = '{self.url}'")), 3)
        self.assertIn("the set-up failed: log in: ", run.json["not_made"])
        self.assertIn("self-signed", run.json["not_made"])

    def test_the_demo_stays_http(self):
        path = self.profile(f"base_url = '{self.url}'\n[target.tls]\nca = 'made.pem'")
        run = self.expect_run(run_profile(path, "--demo"))
        self.assertIsNone(self.expect_outcomes(run, ok=90)["tls"])

    def test_check_refuses_what_run_refuses(self):
        path = self.profile(f"base_url = '{self.url}'\n[target.tls]\nca = 'absent.pem'")
        plain = self.profile("base_url = 'http://127.0.0.1:1'")
        for command in ("run", "check"):
            for args, says in (([path], "absent.pem"), ([path, "--cacert", "lost.pem"], "lost.pem"),
                               ([plain, "-k"], "--insecure"), ([path, "--demo", "-k"], "--insecure"),
                               ([path, "--tls-min", "1.1"], "1.1")):
                run = self.expect_run(ringblast(command, *args), 2)
                self.assertIn(says, run.stderr, str(run))

    def test_a_saved_result_has_it_all(self):
        folder = self.folder()
        path = self.profile(f"base_url = '{self.url}'\n[target.tls]\nverify = false")
        self.expect_run(ringblast("run", path, "--json", folder / "r.json", "--html",
                                  folder / "r.html", "--markdown", folder / "r.md", "--quiet"))
        self.expect_run(ringblast("report", folder / "r.json", "--html", folder / "again.html",
                                  "--markdown", folder / "again.md"))
        for name in ("html", "md"):
            page = (folder / f"r.{name}").read_text()
            self.assertEqual(page, (folder / f"again.{name}").read_text())
            self.assertIn("certificates were not checked", page)
        self.assertIn("TLSv1.3", self.expect_run(ringblast("report", folder / "r.json")).stdout)


class SeveralThreads(Served):
    """Runs of two threads; also those that TSan watches."""

    def test_totals_are_exact(self):
        for reopening in ([], ["--requests-per-connection", 5]):
            run = blast(self.url, "--cacert", self.certificate, "-n", 600, "-u", 8, "-t", 2,
                        "--no-pin", *reopening)
            result = self.expect_outcomes(self.expect_run(run), ok=600)
            tls = result["tls"]
            self.assertEqual(tls["handshakes_full"] + tls["handshakes_resumed"],
                             result["connections_opened"], tls)
            self.assertEqual(tls["handshakes_full"], 8, tls)

    def test_failures_of_both_threads(self):
        run = blast(self.url, "-n", 20, "-u", 4, "-t", 2, "--no-pin")
        self.assertIn("self-signed", self.expect_run(run, 3).json["not_made"])
