"""What integration tests stand on: servers as plain processes on free loopback ports, and the
ringblast binary under a time limit. Everything started here is ended here, by its process id.

The binary comes from the environment variable RINGBLAST, and RINGBLAST_ENGINE names the engine for
everything it runs, the embedded target included (default: the binary's own choice). A test that cannot run on this machine
raises unittest.SkipTest with the reason; the runner prints it.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVERS = HERE / "servers"
BINARY = os.environ.get("RINGBLAST", str(ROOT / "build" / "ringblast"))


ENGINE = os.environ.get("RINGBLAST_ENGINE")


def command_line(args, engine=ENGINE, before=()):
    """The words that run ringblast on this engine. Words come in front only, so that what is
    tested stays the end; `before` is the command to run it under."""
    words = [str(arg) for arg in args]
    if engine and words and words[0] not in ("doctor", "report", "profiles") and not {
            "--engine", "--help", "--version"} & {*words}:
        at = 1 if words[0] in ("serve", "run", "suite", "check", "limit") else 0
        words[at:at] = ["--engine", engine]
    return [*before, BINARY, *words]


def free_port():
    """A loopback TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, timeout=10.0, step=0.02):
    """Polls until condition() is true; returns whether it became so in time."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(step)
    return bool(condition())


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Process:
    """A server process with its output in a file; ended by pid, however the test ends."""

    def __init__(self, command, port, cwd=None, env=None):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._output = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=self._output,
            stderr=subprocess.STDOUT, cwd=cwd, env=env)
        self.pid = self._process.pid
        ready = wait_until(lambda: self._process.poll() is not None or accepts(port), 60)
        if not ready or self._process.poll() is not None:
            text = self.output()
            self.stop()
            raise RuntimeError(f"{command[0]} did not start on port {port}: {text}")

    def output(self):
        self._output.flush()
        # The child's writes move the shared file offset; read without touching it.
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace")

    def signal(self, number):
        self._process.send_signal(number)

    def descriptors(self):
        """Number of open descriptors of the process."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        said = self.output()
        self._output.close()
        refuse_crash(0, said, said[:4000])


class Run:
    """What one call of ringblast did."""

    def __init__(self, command, exit_code, stdout, stderr):
        self.command = " ".join(command)
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr
        self.json_text = stdout  # or what was written elsewhere

    @property
    def text(self):
        return self.stdout + self.stderr

    @property
    def json(self):
        """The result, where `--json -` was given: standard output must be nothing else."""
        return json.loads(self.json_text)

    def __str__(self):
        return (f"{self.command}\nexit {self.exit_code}\n--- stdout\n{self.stdout[:4000]}\n"
                f"--- stderr\n{self.stderr[:4000]}")


def require_binary():
    """A missing binary is a skip for someone trying things out, and an error where it was named."""
    if os.access(BINARY, os.X_OK):
        return
    if "RINGBLAST" in os.environ:
        raise RuntimeError(f"RINGBLAST names no program: {BINARY}")
    raise unittest.SkipTest(f"no ringblast binary at {BINARY}")


def start_ringblast(*args, env=None, preexec=None, cwd=None, **command):
    """Starts ringblast; the caller waits for it. Environment variables given are added."""
    require_binary()
    return subprocess.Popen(command_line(args, **command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env={**os.environ, **(env or {})},
                            preexec_fn=preexec, cwd=cwd)


def refuse_crash(exit_code, said, what):
    """No test may take a crash or a sanitizer's report for an ordinary failure of a run."""
    if exit_code < 0 or "Sanitizer" in said or "runtime error:" in said or \
            "internal error" in said:
        raise AssertionError(f"crashed: {what}")


def finish(process, timeout=30):
    """Waits for a process from start_ringblast; a run beyond the limit is a failure, killed."""
    try:
        stdout, stderr = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        raise AssertionError(f"not over after {timeout} s: {' '.join(process.args)}\n"
                             f"{stderr.decode(errors='replace')[:4000]}") from None
    run = Run(process.args, process.returncode, stdout.decode(errors="replace"),
              stderr.decode(errors="replace"))
    refuse_crash(run.exit_code, run.stderr, run)
    return run


def ringblast(*args, timeout=30, **options):
    return finish(start_ringblast(*args, **options), timeout)


def blast(url, *args, timeout=30, **options):
    """A run with its result as JSON on standard output and nothing else there."""
    return ringblast(url, *args, "--json", "-", "--quiet", "--no-progress", timeout=timeout,
                     **options)


def run_profile(profile, *args, timeout=30, **options):
    """The same for a profile."""
    return ringblast("run", profile, *args, "--json", "-", "--quiet", "--no-progress",
                     timeout=timeout, **options)


def python_with(*packages):
    """A Python that has the packages: this one or the distribution's."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(candidate) and subprocess.run(
                [candidate, "-c", "import " + ", ".join(packages)], check=False,
                stderr=subprocess.DEVNULL).returncode == 0:
            return candidate
    raise unittest.SkipTest("no Python with " + " and ".join(packages))


# For what takes minutes or needs a quiet machine: its own figures decide there.
slow = unittest.skipUnless(os.environ.get("RINGBLAST_SLOW"),
                           "set RINGBLAST_SLOW=1 on a quiet machine")


class Case(unittest.TestCase):
    """Adds servers that end with the test class and checks that show the whole run."""

    maxDiff = 4000

    @classmethod
    def keep(cls, server):
        cls.addClassCleanup(server.stop)
        return server

    def expect_run(self, run, exit_code=0):
        self.assertEqual(run.exit_code, exit_code, str(run))
        return run

    def expect_outcomes(self, run, **wanted):
        """Exactly these outcomes, and as many started: nothing lost, nothing twice."""
        result = run.json
        seen = {name: count for name, count in result["outcomes"].items() if count}
        self.assertEqual(seen, {name: count for name, count in wanted.items() if count}, str(run))
        self.assertEqual(result["started"], sum(wanted.values()), str(run))
        return result

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)


# --- servers -----------------------------------------------------------------------------------


def require(program):
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if not path:
        raise unittest.SkipTest(f"{program} is not installed")
    return path


class Nginx(Process):
    """nginx as one plain process with its own configuration and access log in a temporary folder.

    Bodies of `sizes` bytes lie under /files/SIZE; /chunked/SIZE comes through sub_filter, which
    drops the length, and therefore chunked.
    """

    def __init__(self, sizes=(10, 1000, 100_000, 5_000_000)):
        program = require("nginx")
        self._folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self._folder.name)
        (folder / "www" / "files").mkdir(parents=True)
        for size in sizes:
            (folder / "www" / "files" / str(size)).write_bytes(b"x" * size)
        os.chmod(folder, 0o755)
        self.log = folder / "access.log"
        port = free_port()
        template = (SERVERS / "nginx.conf").read_text()
        configuration = template.replace("@FOLDER@", str(folder)).replace("@PORT@", str(port))
        if os.geteuid() == 0:
            configuration = "user root;\n" + configuration
        (folder / "nginx.conf").write_text(configuration)
        try:
            super().__init__([program, "-p", folder, "-e", folder / "error.log", "-c",
                              folder / "nginx.conf"], port)
        except RuntimeError:
            self._folder.cleanup()
            raise

    def requests_logged(self):
        return self.log.read_text().count("\n") if self.log.exists() else 0

    def stop(self):
        super().stop()
        self._folder.cleanup()


class Node(Process):
    """Node's http server; prints its request count at /count."""

    def __init__(self):
        port = free_port()
        super().__init__([require("node"), SERVERS / "node_server.js", port], port)


class PythonServer(Process):
    """Python's http.server with a thread per connection; logs a line per request."""

    def __init__(self):
        port = free_port()
        super().__init__([sys.executable, SERVERS / "python_server.py", port], port)

    def requests_logged(self):
        return self.output().count('"GET ')


class Uvicorn(Process):
    """uvicorn with a FastAPI app; its access log has a line per request."""

    def __init__(self, app="fastapi_app"):
        port = free_port()
        super().__init__([python_with("fastapi", "uvicorn"), "-m", "uvicorn", "--app-dir", SERVERS,
                          f"{app}:app", "--host", "127.0.0.1", "--port", port,
                          "--no-use-colors"], port)

    def requests_logged(self):
        return self.output().count('"GET ')


class Serve(Process):
    """The embedded target, `ringblast serve`."""

    def __init__(self, *args, port=None, **command):
        require_binary()
        port = port or free_port()
        super().__init__(command_line(["serve", "--port", port, *args], **command), port)


class Scripted:
    """A TCP server in threads of this process: play(connection, head, index) answers a request.

    `index` counts connections from 0. play returns False to stop reading on that connection,
    which leaves it open until the peer closes it or the server stops.
    """

    def __init__(self, play, address="127.0.0.1"):
        """address: an IPv4 or IPv6 address, or the path of a Unix socket."""
        self._play = play
        if address.startswith("/"):
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(address)
            self._listener.listen(128)
            self.port = None
        else:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            self._listener = socket.create_server((address, 0), family=family, backlog=128)
            self.port = self._listener.getsockname()[1]
            self.url = f"http://{address}:{self.port}"
        self.heads = []  # (connection index, request head) in order of arrival
        self._open = set()
        self._lock = threading.Lock()
        self._connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.port:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                index = self._connections
                self._connections += 1
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection, index), daemon=True).start()

    def _serve(self, connection, index):
        with contextlib.suppress(OSError):
            pending = b""
            while True:
                while b"\r\n\r\n" not in pending:
                    received = connection.recv(65536)
                    if not received:
                        break
                    pending += received
                else:
                    head, pending = pending.split(b"\r\n\r\n", 1)
                    with self._lock:
                        self.heads.append((index, head.decode("latin-1")))
                    if self._play(connection, head, index) is not False:
                        continue
                    while connection.recv(65536):
                        pass
                break
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def stop(self):
        # shutdown wakes the accepting thread; close alone would leave it in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def reset(connection):
    """Closes with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
