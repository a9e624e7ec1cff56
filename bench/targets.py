"""The servers that the bench scripts load: started on a core and a free port, stopped by their own
process id, and asked what they cost."""

import os
import signal
import socket
import subprocess
import time

NGINX_CONFIG = """
daemon off; master_process off; worker_processes 1;
pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off; keepalive_requests 1000000000; default_type text/plain;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port} {ssl} backlog=4096; root {folder};
    {tls}
    location = / {{ return 200 "thirteen byte"; }}
  }}
}}
"""


KINDS = ("floor", "floor-spin", "ringblast", "ringblast-tls", "nginx", "nginx-tls", "nginx-tls-aes")


def tls_lines(kind: str, folder: str) -> str:
    """Of nginx's configuration, with a certificate on P-256. `nginx-tls-aes` has one cipher for
    every client: TLS 1.3 with AES-128-GCM."""
    if "-tls" not in kind:
        return ""
    if not os.path.exists(f"{folder}/own.pem"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=localhost",
                        "-keyout", f"{folder}/own.key", "-out", f"{folder}/own.pem"],
                       check=True, stderr=subprocess.DEVNULL)
    lines = f"ssl_certificate {folder}/own.pem; ssl_certificate_key {folder}/own.key;"
    if kind == "nginx-tls-aes":
        lines += " ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"
    else:
        lines += " ssl_protocols TLSv1.2 TLSv1.3;"
    return lines


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid: int) -> float:
    """CPU time of a process's threads, exact where /proc/PID/stat counts ticks."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


class Target:
    """A running server; use it in a `with`. `body` is the size of the response at `url`."""

    def __init__(self, kind: str, programs: dict[str, str], folder: str, cpu: int, body: int):
        self.port = free_port()
        self.body = body
        self.path = "/"
        self.scheme = "https" if "-tls" in kind else "http"
        self.process = subprocess.Popen(
            ["taskset", "-c", str(cpu)] + self.command(kind, programs, folder),
            stdout=subprocess.DEVNULL)
        self.wait_until_open()

    def command(self, kind: str, programs: dict[str, str], folder: str) -> list[str]:
        if kind in ("floor", "floor-spin"):
            words = [programs["floor"], "--server", "--port", str(self.port)]
            words += ["--body", str(self.body), "--seconds", "3600"]
            return words + (["--spin"] if kind == "floor-spin" else [])
        if kind in ("ringblast", "ringblast-tls"):
            self.path = "/" if self.body < 64 else f"/bytes/{self.body}"
            words = [programs["ringblast"], "serve", "--threads", "1"]
            if kind == "ringblast-tls":
                return words + ["--port", "0", "--tls", "--tls-port", str(self.port)]
            return words + ["--port", str(self.port)]
        self.path = "/" if self.body < 64 else "/body"
        with open(f"{folder}/body", "wb") as file:
            file.write(b"x" * self.body)
        with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(NGINX_CONFIG.format(folder=folder, port=self.port,
                                           ssl="ssl" if self.scheme == "https" else "",
                                           tls=tls_lines(kind, folder)))
        return [programs["nginx"], "-c", f"{folder}/nginx.conf", "-e", f"{folder}/nginx-error.log"]

    def wait_until_open(self) -> None:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except ConnectionRefusedError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        self.stop()
        raise SystemExit("the target did not start")

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{self.path}"

    def cpu_s(self) -> float:
        return cpu_seconds(self.process.pid)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
