"""Blasts against real servers: what they send is understood, and what they count agrees with us."""

import urllib.request

from harness import Case, Node, Nginx, PythonServer, Uvicorn, blast, wait_until


class RealServer(Case):
    """Checks shared by the servers: exact counts, all ok, and the server's own count agrees."""

    def all_ok(self, url, count, *args, users=8):
        run = self.expect_run(blast(url, "-n", count, "-u", users, *args))
        result = self.expect_outcomes(run, ok=count)
        self.assertEqual(result["total_requests"], count, str(run))
        self.assertEqual(result["successful"], count, str(run))
        self.assertEqual(result["error_rate"], 0, str(run))
        return result

    def logged_alike(self, server, send):
        """send() must add exactly as many requests to the server's log as it returns."""
        before = server.requests_logged()
        sent = send()
        wait_until(lambda: server.requests_logged() - before >= sent, 5)
        self.assertEqual(server.requests_logged() - before, sent)


class OnNginx(RealServer):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Nginx())

    def test_keep_alive(self):
        result = self.all_ok(self.server.url, 5000)
        self.assertEqual(result["statuses"], {"200": 5000})
        self.assertEqual(result["bytes"]["body"], 5000 * 6)

    def test_a_new_connection_per_request(self):
        self.all_ok(self.server.url, 1000, "--no-keepalive")

    def test_requests_per_connection(self):
        self.all_ok(self.server.url, 1000, "--requests-per-connection", 7)

    def test_the_server_ends_connections(self):
        result = self.all_ok(self.server.url + "/few", 999)
        self.assertEqual(result["bytes"]["body"], 999 * 4)

    def test_chunked(self):
        result = self.all_ok(self.server.url + "/chunked/100000", 200)
        self.assertEqual(result["bytes"]["body"], 200 * 100_000)

    def test_large_bodies(self):
        for size, count in ((1000, 500), (100_000, 300), (5_000_000, 30)):
            with self.subTest(size=size):
                result = self.all_ok(f"{self.server.url}/files/{size}", count)
                self.assertEqual(result["bytes"]["body"], count * size)

    def test_large_bodies_each_on_its_own_connection(self):
        result = self.all_ok(self.server.url + "/files/100000", 100, "--no-keepalive")
        self.assertEqual(result["bytes"]["body"], 100 * 100_000)

    def test_pipelining(self):
        for depth in (2, 16):
            with self.subTest(depth=depth):
                result = self.all_ok(self.server.url, 4801, "--pipeline", depth)
                self.assertEqual(result["bytes"]["body"], 4801 * 6)

    def test_pipelined_large_bodies(self):
        result = self.all_ok(self.server.url + "/files/100000", 160, "--pipeline", 8, users=2)
        self.assertEqual(result["bytes"]["body"], 160 * 100_000)

    def test_head(self):
        result = self.all_ok(self.server.url + "/files/100000", 500, "-X", "HEAD")
        self.assertEqual(result["bytes"]["body"], 0)

    def test_no_content(self):
        result = self.all_ok(self.server.url + "/empty", 500)
        self.assertEqual(result["statuses"], {"204": 500})

    def test_not_found(self):
        run = self.expect_run(blast(self.server.url + "/absent", "-n", 300, "-u", 4), 1)
        result = self.expect_outcomes(run, http_error=300)
        self.assertEqual(result["statuses"], {"404": 300})

    def test_access_log_agrees_after_an_exact_number(self):
        self.logged_alike(self.server, lambda: self.all_ok(
            self.server.url, 3001, users=13)["total_requests"])

    def test_access_log_agrees_after_a_time(self):
        def send():
            run = self.expect_run(blast(self.server.url, "-d", "1s", "-u", 8))
            result = run.json
            self.assertEqual(result["cancelled"], 0, str(run))
            return result["total_requests"]
        self.logged_alike(self.server, send)

    def test_access_log_agrees_for_pipelined_requests(self):
        self.logged_alike(self.server, lambda: self.all_ok(
            self.server.url, 2000, "--pipeline", 16)["total_requests"])

    def test_access_log_agrees_for_an_open_load(self):
        def send():
            return self.expect_run(blast(self.server.url, "-R", 500, "-d", "1s")).json[
                "total_requests"]
        self.logged_alike(self.server, send)

    def test_several_threads(self):
        self.all_ok(self.server.url, 5001, "-t", 2, users=9)


class OnNode(RealServer):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Node())

    def count(self):
        with urllib.request.urlopen(self.server.url + "/count") as response:
            return int(response.read())

    def test_keep_alive(self):
        self.all_ok(self.server.url, 2000)

    def test_a_new_connection_per_request(self):
        self.all_ok(self.server.url, 500, "--no-keepalive")

    def test_chunked(self):
        result = self.all_ok(self.server.url + "/chunked/10500", 200)
        self.assertEqual(result["bytes"]["body"], 200 * 10_500)

    def test_large_body(self):
        result = self.all_ok(self.server.url + "/bytes/1000000", 40)
        self.assertEqual(result["bytes"]["body"], 40 * 1_000_000)

    def test_pipelining(self):
        self.all_ok(self.server.url, 1601, "--pipeline", 8, users=4)

    def test_the_server_counts_alike(self):
        before = self.count()
        self.all_ok(self.server.url, 1234, "--pipeline", 4)
        self.assertEqual(self.count() - before, 1234)


class OnPythonHttpServer(RealServer):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(PythonServer())

    def test_keep_alive(self):
        self.all_ok(self.server.url, 500, users=4)

    def test_bodies_that_end_with_the_connection(self):
        result = self.all_ok(self.server.url + "/close/1500", 200, users=4)
        self.assertEqual(result["bytes"]["body"], 200 * 1500)

    def test_a_new_connection_per_request(self):
        self.all_ok(self.server.url, 200, "--no-keepalive", users=4)

    def test_log_agrees(self):
        self.logged_alike(self.server, lambda: self.all_ok(
            self.server.url, 301, users=4)["total_requests"])


class OnUvicorn(RealServer):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.keep(Uvicorn())

    def test_keep_alive(self):
        self.all_ok(self.server.url, 500)

    def test_a_new_connection_per_request(self):
        self.all_ok(self.server.url, 200, "--no-keepalive")

    def test_chunked_stream(self):
        result = self.all_ok(self.server.url + "/chunked/10500", 100)
        self.assertEqual(result["bytes"]["body"], 100 * 10_500)

    def test_large_body(self):
        result = self.all_ok(self.server.url + "/bytes/300000", 50)
        self.assertEqual(result["bytes"]["body"], 50 * 300_000)

    def test_forbidden_has_a_hint(self):
        run = self.expect_run(blast(self.server.url + "/refused", "-n", 50, "-u", 2), 1)
        result = self.expect_outcomes(run, http_error=50)
        self.assertEqual(result["statuses"], {"403": 50})
        self.assertTrue(result["errors"][0]["hint"], str(run))

    def test_log_agrees(self):
        self.logged_alike(self.server, lambda: self.all_ok(
            self.server.url, 401)["total_requests"])
