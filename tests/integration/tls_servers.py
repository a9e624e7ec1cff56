"""Certificates, and servers that speak TLS: nginx, `openssl s_server`, and a scripted one. All
certificates are made at the first use, by the openssl program, in a temporary folder.
"""

import atexit
import contextlib
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

from harness import SERVERS, Process, free_port, require, reset

NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Certificates:
    """A CA, and certificates for localhost: good, expired, for another host, self-signed, one of
    an intermediate CA (alone and with its chain), one with an RSA key, and a client's."""

    def __init__(self):
        self._openssl = require("openssl")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ringblast_tls_"))
        atexit.register(shutil.rmtree, self.folder, True)
        (self.folder / "names").write_text(NAMES)
        (self.folder / "other").write_text("subjectAltName=DNS:elsewhere.example\n")
        (self.folder / "issuer").write_text(
            "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
        self._run("req", "-x509", *P256, "-keyout", "ca.key", "-out", "ca.pem", "-days", "9",
                  "-subj", "/CN=Test CA")
        self._signed("good", "names")
        self._signed("expired", "names", days="-1")
        self._signed("other", "other")
        self._signed("between", "issuer", subject="/CN=Intermediate")
        self._signed("alone", "names", issuer="between")
        self._signed("rsa", "names", key=["-newkey", "rsa:2048", "-nodes"])
        self._signed("client", "names", subject="/CN=load test")
        chain = (self.folder / "alone.pem").read_text() + (self.folder / "between.pem").read_text()
        (self.folder / "chain.pem").write_text(chain)
        shutil.copy(self.folder / "alone.key", self.folder / "chain.key")
        self._run("req", "-x509", *P256, "-keyout", "self.key", "-out", "self.pem", "-days", "9",
                  "-subj", "/CN=localhost", "-addext", NAMES.strip())

    def _run(self, *words):
        subprocess.run([self._openssl, *words], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _signed(self, name, extensions, *, issuer="ca", days="9", subject="/CN=localhost",
                key=()):
        self._run("req", *(key or P256), "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                  subject)
        self._run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey",
                  f"{issuer}.key", "-CAcreateserial", "-days", days, "-extfile", extensions,
                  "-out", f"{name}.pem")

    def pem(self, name):
        return str(self.folder / f"{name}.pem")

    def key(self, name):
        return str(self.folder / f"{name}.key")

    def trust(self):
        """The options that make the CA known."""
        return ["--cacert", self.pem("ca")]

    def context(self, name="good", version=None):
        """For Python's ssl: the server's side."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem(name), self.key(name))
        if version:
            context.minimum_version = context.maximum_version = version
        return context


_made = []


def certificates():
    if not _made:
        _made.append(Certificates())
    return _made[0]


class TlsNginx(Process):
    """nginx on two ports: `url`, and `asking_url`, where a client certificate must be shown."""

    def __init__(self):
        program = require("nginx")
        folder = certificates().folder
        (folder / "www" / "files").mkdir(parents=True, exist_ok=True)
        for size in (10, 100_000, 5_000_000):
            (folder / "www" / "files" / str(size)).write_bytes(os.urandom(size))
        port, asking = free_port(), free_port()
        text = (SERVERS / "nginx_tls.conf").read_text()
        for name, value in (("@FOLDER@", folder), ("@PORT@", port), ("@PORT2@", asking)):
            text = text.replace(name, str(value))
        if os.geteuid() == 0:
            os.chmod(folder, 0o755)
            text = "user root;\n" + text
        (folder / "nginx.conf").write_text(text)
        super().__init__([program, "-p", folder, "-e", folder / "error.log", "-c",
                          folder / "nginx.conf"], port)
        self.url = f"https://localhost:{port}"
        self.asking_url = f"https://localhost:{asking}"


class OpensslServer(Process):
    """`openssl s_server -www`: a page for each request and then the end. One client at a time."""

    def __init__(self, *options, certificate="good"):
        port = free_port()
        given = certificates()
        super().__init__([require("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-www",
                          "-quiet", "-cert", given.pem(certificate), "-key",
                          given.key(certificate), *options], port)
        self.url = f"https://localhost:{port}"


class TalkingOpenssl:
    """`openssl s_server` that sends what it is told, or does what a letter means (K: key update)."""

    def __init__(self, *options):
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        given = certificates()
        self._process = subprocess.Popen(
            [require("openssl"), "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert",
             given.pem("good"), "-key", given.key("good"), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._said = b""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while chunk := os.read(self._process.stdout.fileno(), 65536):
            self._said += chunk

    def said(self, text):
        """How often it has said that."""
        return self._said.count(text)

    def say(self, data):
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def stop(self):
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                stream.close()


class Listener:
    """A server in threads of this process: serve(socket, index) has a connection, counted from 0."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        index = 0
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._run, args=(connection, index), daemon=True).start()
                index += 1

    def _run(self, connection, index):
        with contextlib.suppress(OSError, ValueError):
            self._serve(connection, index)

    def stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def scripted(answer, context=None, count=None):
    """A TLS server: answer(stream) for each request head that came, `count` of them at most."""
    context = context or certificates().context()

    def serve(connection, _index):
        with contextlib.suppress(ssl.SSLError):
            stream = context.wrap_socket(connection, server_side=True,
                                         suppress_ragged_eofs=True)
            with stream:
                pending, answered = b"", 0
                while count is None or answered < count:
                    while b"\r\n\r\n" not in pending:
                        received = stream.recv(65536)
                        if not received:
                            return
                        pending += received
                    pending = pending.split(b"\r\n\r\n", 1)[1]
                    if answer(stream) is False:
                        return
                    answered += 1

    return Listener(serve)


class CuttingProxy(Listener):
    """In front of a TLS server: lets `limit(index)` bytes pass in one direction, then cuts.

    direction: "down" counts what the server sends, "up" what the client does. cut: "fin", "reset",
    or "silence", which goes on listening and lets nothing more through.
    """

    def __init__(self, port, limit, direction="down", cut="fin"):
        self._port, self._limit, self._direction, self._cut = port, limit, direction, cut
        super().__init__(self._relay)

    def _relay(self, client, index):
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            limit = self._limit(index)
            up, down = (limit, None) if self._direction == "up" else (None, limit)
            over = threading.Event()
            pumps = [threading.Thread(target=self._pump, args=(*way, over), daemon=True)
                     for way in ((client, server, up), (server, client, down))]
            for pump in pumps:
                pump.start()
            over.wait(20)
            if self._cut == "reset":
                client.shutdown(socket.SHUT_RD)  # a thread in recv would hold the socket open
                pumps[0].join(5)
                reset(client)
            elif self._cut == "fin":
                client.shutdown(socket.SHUT_WR)
            for pump in pumps:
                pump.join(20)
            client.close()

    def _pump(self, source, sink, left, over):
        with contextlib.suppress(OSError):
            while received := source.recv(65536):
                if left is not None and len(received) > left:
                    sink.sendall(received[:left])
                    over.set()
                    if self._cut == "silence":
                        while source.recv(65536):
                            pass
                    return
                left = None if left is None else left - len(received)
                sink.sendall(received)
        over.set()
