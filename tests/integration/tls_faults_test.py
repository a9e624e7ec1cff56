"""TLS that fails: each way has its class and says what a person can do; nothing hangs."""

import socket
import ssl

from harness import Case, Serve, blast, free_port, ringblast
from tls_servers import (CuttingProxy, Listener, OpensslServer, TlsNginx, certificates, scripted)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PART = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part"


class Untrusted(Case):
    """The certificate is not good: exit 3, since no connection was made, and the reason."""

    @classmethod
    def setUpClass(cls):
        cls.given = certificates()

    def refused(self, server, *args, says):
        self.addCleanup(server.stop)
        for version in ("1.2", "1.3"):
            run = blast(server.url, "-n", 3, "-u", 1, "--tls-max", version, *args)
            self.expect_run(run, 3)
            result = run.json
            for word in says:
                self.assertIn(word, result["not_made"], str(run))
            self.assertGreaterEqual(result["tls"]["handshakes_failed"], 1)
            self.assertEqual(result["total_requests"], 0, str(run))

    def test_expired(self):
        self.refused(OpensslServer(certificate="expired"), *self.given.trust(),
                     says=["expired on", "/CN=localhost"])

    def test_another_host(self):
        self.refused(OpensslServer(certificate="other"), *self.given.trust(),
                     says=["for elsewhere.example, not for localhost"])

    def test_another_address(self):
        server = OpensslServer(certificate="other")
        server.url = server.url.replace("localhost", "127.0.0.1")
        self.refused(server, *self.given.trust(), says=["not for 127.0.0.1"])

    def test_self_signed(self):
        self.refused(OpensslServer(certificate="self"), *self.given.trust(),
                     says=["self-signed", "--cacert"])
        server = OpensslServer(certificate="self")
        self.addCleanup(server.stop)
        for trust in (["--cacert", self.given.pem("self")], ["--insecure"]):
            self.expect_run(blast(server.url, "-n", 3, "-u", 1, *trust))

    def test_an_incomplete_chain(self):
        self.refused(OpensslServer(certificate="alone"), *self.given.trust(),
                     says=["issued by /CN=Intermediate", "incomplete chain"])

    def test_a_ca_that_the_system_does_not_know(self):
        self.refused(OpensslServer(), says=["issued by /CN=Test CA", "--cacert"])

    def test_failures_of_a_load_have_the_certificate_too(self):
        server = OpensslServer(certificate="expired")
        self.addCleanup(server.stop)
        run = blast(server.url, *self.given.trust(), "--stages", "0:100ms,1:300ms")
        self.expect_run(run, 3)
        error = run.json["errors"][0]
        self.assertEqual(error["outcome"], "tls_error", str(run))
        self.assertIn("expired on", error["message"], str(run))
        self.assertTrue(error["hint"], str(run))


class NoAgreement(Case):
    @classmethod
    def setUpClass(cls):
        cls.given = certificates()

    def never_reached(self, server, *args):
        self.addCleanup(server.stop)
        run = blast(server.url, "-k", "-n", 3, "-u", 1, "--connect-timeout", "1s", *args)
        self.expect_run(run, 3)
        return run.json["not_made"]

    def test_versions(self):
        for server, word in (("-tls1_2", "1.3"), ("-tls1_3", "1.2")):
            said = self.never_reached(OpensslServer(server), "--tls-min", word, "--tls-max", word)
            self.assertIn("version", said)

    def test_ciphers(self):
        server = OpensslServer("-tls1_2", "-cipher", "AES256-SHA256", certificate="rsa")
        self.assertIn("alert 40", self.never_reached(server))

    def test_a_client_certificate_that_is_missing(self):
        for version in ("1.2", "1.3"):
            server = OpensslServer("-Verify", "1", "-verify_return_error", "-CAfile",
                                   self.given.pem("ca"))
            self.addCleanup(server.stop)
            run = blast(server.url, "-k", "-n", 3, "-u", 1, "--tls-max", version)
            result = run.json
            said = result["not_made"] or result["errors"][0]["message"]
            self.assertNotEqual(run.exit_code, 0, str(run))
            self.assertIn("alert", said, str(run))
            if not result["not_made"]:  # 1.3: the client is done before the server has looked
                self.assertEqual(result["outcomes"]["tls_error"], 3, str(run))
                self.assertIn("--cert", said)
            good = ["--cert", self.given.pem("client"), "--key", self.given.key("client")]
            run = blast(server.url, "-k", "-n", 3, "-u", 1, "--tls-max", version, *good)
            self.expect_outcomes(self.expect_run(run), ok=3)

    def test_our_own_target_asks_for_a_client_certificate(self):
        port = free_port()
        server = Serve("--tls", "--tls-port", port, "--client-ca", self.given.pem("ca"))
        self.addCleanup(server.stop)
        url = f"https://localhost:{port}"
        good = ["--cert", self.given.pem("client"), "--key", self.given.key("client")]
        self.expect_outcomes(self.expect_run(blast(url, "-k", "-n", 9, "-u", 3, *good)), ok=9)
        run = blast(url, "-k", "-n", 9, "-u", 3)
        self.assertNotEqual(run.exit_code, 0, str(run))
        self.assertEqual(run.json["outcomes"]["ok"], 0, str(run))


class Mistaken(Case):
    """One side speaks TLS and the other does not."""

    def test_https_to_a_plain_port(self):
        plain = Serve()
        self.addCleanup(plain.stop)
        run = blast(f"https://127.0.0.1:{plain.port}", "-k", "-n", 3, "-u", 1)
        self.expect_run(run, 3)
        self.assertIn("use http://", run.json["not_made"], str(run))

    def test_http_to_a_tls_port(self):
        nginx = TlsNginx()
        self.addCleanup(nginx.stop)
        run = blast(f"http://127.0.0.1:{nginx.port}", "-n", 3, "-u", 1)
        self.expect_outcomes(self.expect_run(run, 1), http_error=3)  # it answers in plain HTTP
        server = OpensslServer()
        self.addCleanup(server.stop)
        run = self.expect_run(blast(f"http://127.0.0.1:{server.port}", "-n", 3, "-u", 1), 1)
        self.assertEqual(run.json["outcomes"]["ok"], 0)
        port = free_port()
        ours = Serve("--tls", "--tls-port", port)
        self.addCleanup(ours.stop)
        run = self.expect_run(blast(f"http://127.0.0.1:{port}", "-n", 3, "-u", 1), 1)
        self.assertEqual(run.json["outcomes"]["ok"], 0)

    def test_a_target_that_speaks_something_else(self):
        def talk(connection, _index):
            connection.sendall(b"220 mail ready\r\n")
            connection.recv(1)
        server = Listener(talk)
        self.addCleanup(server.stop)
        run = self.expect_run(blast(server.url, "-k", "-n", 3, "-u", 1), 3)
        self.assertIn("does not speak TLS", run.json["not_made"])

    def test_words_that_do_not_fit(self):
        for args, says in (
                (["http://127.0.0.1:1/", "--cacert", "x.pem"], "--cacert"),
                (["--demo", "-k"], "--insecure"),
                (["https://127.0.0.1:1/", "--cacert", "absent.pem"], "absent.pem"),
                (["https://127.0.0.1:1/", "--tls-min", "1.1"], "1.1"),
                (["https://127.0.0.1:1/", "--tls-min", "1.3", "--tls-max", "1.2"], "--tls-min"),
                (["https://127.0.0.1:1/", "--tls-resume", "perhaps"], "perhaps"),
                (["https://127.0.0.1:1/", "-k", "--key", "x.key"], "--cert")):
            run = self.expect_run(ringblast(*args, "-n", 1), 2)
            self.assertIn(says, run.stderr, str(run))


class Truncated(Case):
    """An end without close_notify may be somebody else's; one with it is the target's word."""

    @classmethod
    def setUpClass(cls):
        cls.given = certificates()

    def run_with(self, answer, *args):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            server = scripted(answer, self.given.context(version=version))
            self.addCleanup(server.stop)
            yield blast(server.url, *self.given.trust(), "-n", 4, "-u", 1, *args)

    @staticmethod
    def end_of_tcp(stream):
        stream.shutdown(socket.SHUT_WR)  # of the socket under it: no close_notify
        return False

    def test_in_the_middle_of_a_body(self):
        def answer(stream):
            stream.sendall(PART)
            return self.end_of_tcp(stream)
        for run in self.run_with(answer):
            result = self.expect_outcomes(self.expect_run(run, 1), tls_error=4)
            self.assertIn("close_notify", result["errors"][0]["message"], str(run))
            self.assertGreaterEqual(result["tls"]["truncations"], 4)

    def test_of_a_body_that_ends_with_the_connection(self):
        def answer(stream):
            stream.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it?")
            return self.end_of_tcp(stream)
        for run in self.run_with(answer):
            self.expect_outcomes(self.expect_run(run, 1), tls_error=4)

    def test_with_close_notify_it_is_a_reset(self):
        def answer(stream):
            stream.sendall(PART)
            stream.unwrap()
            return False
        for run in self.run_with(answer):
            self.expect_outcomes(self.expect_run(run, 1), reset=4)

    def test_a_whole_response_is_whole(self):
        def answer(stream):
            stream.sendall(OK)
            return self.end_of_tcp(stream)
        for run in self.run_with(answer):
            self.expect_outcomes(self.expect_run(run), ok=4)


class Cut(Case):
    """The connection ends after every so many bytes of the handshake."""

    @classmethod
    def setUpClass(cls):
        cls.given = certificates()
        cls.port = free_port()
        cls.target = cls.keep(Serve("--tls", "--tls-port", cls.port, "--cert",
                                    cls.given.pem("good"), "--key", cls.given.key("good")))

    def cut(self, direction, cut, size, version, step=9):
        """One good connection ahead of the load, which is cut at the first request; then one for
        each place to cut. The last one is whole."""
        count = size // step
        patience = "400ms" if cut == "silence" else "5s"
        proxy = CuttingProxy(self.port, lambda index: 1 << 30 if index > count
                             else max(index, 1) * step if index else 4096, direction, cut)
        self.addCleanup(proxy.stop)
        run = blast(proxy.url, *self.given.trust(), "-n", count + 2, "-u", 1, "--no-keepalive",
                    "--tls-resume", "off", "--tls-max", version, "--connect-timeout", patience,
                    "--timeout", "2s", timeout=120)
        result = run.json
        self.assertIsNone(result["not_made"], str(run))
        self.assertEqual(result["started"], count + 2, str(run))
        self.assertGreaterEqual(result["outcomes"]["tls_error"], count * 2 // 3, str(run))
        self.assertEqual(result["started"], sum(result["outcomes"].values()))
        return {error["message"] for error in result["errors"]}

    def test_ends(self):
        for direction, size in (("down", 900), ("up", 270)):
            for version in ("1.2", "1.3"):
                said = self.cut(direction, "fin", size, version)
                self.assertIn("connection closed during the TLS handshake", said)

    def test_resets(self):
        said = self.cut("down", "reset", 900, "1.3")
        self.assertTrue(any("during the TLS handshake" in one for one in said), said)

    def test_silence(self):
        said = self.cut("down", "silence", 650, "1.3", step=150)
        self.assertIn("the TLS handshake timed out", said)
