"""What goes over the wire and where to: addresses, request line, headers, body."""

import socket

from harness import Case, Scripted, Serve, blast

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def answer(connection, _head, _index):
    connection.sendall(EMPTY)


class Addresses(Case):
    """Ways to reach the target."""

    def test_ipv6(self):
        try:
            with socket.create_server(("::1", 0), family=socket.AF_INET6):
                pass
        except OSError:
            self.skipTest("no IPv6 loopback")
        server = Scripted(answer, address="::1")
        self.addCleanup(server.stop)
        run = self.expect_run(blast(f"http://[::1]:{server.port}/", "-n", 20, "-u", 2))
        self.expect_outcomes(run, ok=20)
        self.assertIn(f"Host: [::1]:{server.port}", server.heads[0][1])

    def test_connect_to(self):
        server = self.keep(Serve())
        run = self.expect_run(blast("http://example.invalid/", "-n", 20, "--connect-to",
                                    f"127.0.0.1:{server.port}"))
        self.expect_outcomes(run, ok=20)

    def test_resolve(self):
        server = self.keep(Serve())
        run = self.expect_run(blast(f"http://example.invalid:{server.port}/", "-n", 20,
                                    "--resolve", f"example.invalid:{server.port}:127.0.0.1"))
        self.expect_outcomes(run, ok=20)

    def test_source_addresses_in_turn(self):
        seen = set()

        def play(connection, _head, _index):
            seen.add(connection.getpeername()[0])
            connection.sendall(EMPTY)
        server = Scripted(play)
        self.addCleanup(server.stop)
        run = self.expect_run(blast(server.url, "-n", 40, "-u", 4, "--local-ips",
                                    "127.0.0.2,127.0.0.3"))
        self.expect_outcomes(run, ok=40)
        self.assertEqual(seen, {"127.0.0.2", "127.0.0.3"})

    def test_unix_socket(self):
        path = str(self.folder() / "socket")
        server = Scripted(answer, address=path)
        self.addCleanup(server.stop)
        run = self.expect_run(blast("http://localhost/x", "-n", 20, "-u", 2, "--unix-socket",
                                    path))
        self.expect_outcomes(run, ok=20)
        self.assertTrue(server.heads[0][1].startswith("GET /x HTTP/1.1\r\n"))


class Request(Case):
    """The bytes of one request."""

    def sent(self, *args, path="/"):
        bodies = []

        def play(connection, head, _index):
            size = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")]
            bodies.append(size[0] if size else 0)
            connection.sendall(EMPTY)
        server = Scripted(play)
        self.addCleanup(server.stop)
        self.expect_run(blast(server.url + path, "-n", 1, "-u", 1, *args))
        head = server.heads[0][1].split("\r\n")
        names = [line.split(":")[0].lower() for line in head[1:]]
        self.assertEqual(len(names), len(set(names)), f"a header twice: {head}")
        self.assertIn(f"Host: 127.0.0.1:{server.port}", head)
        return head, bodies[0]

    def test_get(self):
        head, _ = self.sent(path="/a/b?c=d%20e&f=%2F")
        self.assertEqual(head[0], "GET /a/b?c=d%20e&f=%2F HTTP/1.1")

    def test_a_url_without_path(self):
        self.assertEqual(self.sent(path="")[0][0], "GET / HTTP/1.1")

    def test_a_fragment_is_not_sent(self):
        self.assertEqual(self.sent(path="/a#b")[0][0], "GET /a HTTP/1.1")

    def test_method_and_headers(self):
        head, _ = self.sent("-X", "DELETE", "-H", "X-One: 1", "-H", "Accept: text/x")
        self.assertEqual(head[0], "DELETE / HTTP/1.1")
        self.assertIn("X-One: 1", head)
        self.assertIn("Accept: text/x", head)

    def test_a_header_given_replaces_ours(self):
        server = Scripted(answer)
        self.addCleanup(server.stop)
        self.expect_run(blast(server.url, "-n", 1, "-u", 1, "-H", "Host: other.example", "-H",
                              "User-Agent: mine"))
        head = server.heads[0][1].split("\r\n")
        self.assertIn("Host: other.example", head)
        self.assertEqual(sum(line.lower().startswith("host:") for line in head), 1)
        self.assertIn("User-Agent: mine", head)

    def test_body_makes_it_a_post(self):
        head, size = self.sent("--body", "hello")
        self.assertEqual(head[0], "POST / HTTP/1.1")
        self.assertEqual(size, 5)

    def test_json_body_has_its_type(self):
        head, size = self.sent("--json-body", '{"a": 1}')
        self.assertEqual(head[0], "POST / HTTP/1.1")
        self.assertIn("content-type: application/json", [line.lower() for line in head])
        self.assertGreater(size, 0)

    def test_body_file(self):
        path = self.folder() / "body"
        path.write_bytes(b"x" * 40_000)
        self.assertEqual(self.sent("--body-file", path, "-X", "PUT")[1], 40_000)

    def test_api_key_and_bearer(self):
        head, _ = self.sent("--api-key", "k1", "--bearer", "t1")
        self.assertIn("X-API-Key: k1", head)
        self.assertIn("Authorization: Bearer t1", head)

    def test_no_keep_alive_says_so(self):
        head, _ = self.sent("--no-keepalive")
        self.assertIn("connection: close", [line.lower() for line in head])
