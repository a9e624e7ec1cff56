"""Runs inside a fresh network namespace: brings loopback up, leaves ten ephemeral ports, and
blasts an embedded target with 50 users:
`few_ports.py RINGBLAST ENGINE`. Prints what ringblast prints and exits as it did."""

import fcntl
import pathlib
import socket
import struct
import subprocess
import sys
import time

IFF_UP, SIOCSIFFLAGS = 1, 0x8914
PORT = 8080

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40009")

binary, engine = sys.argv[1:]
server = subprocess.Popen([binary, "serve", "--port", str(PORT), "--engine", engine], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL)
try:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", PORT)).close()
            break
        except OSError:
            time.sleep(0.05)
    sys.exit(subprocess.run([binary, f"http://127.0.0.1:{PORT}/", "-u", "50", "-d", "1s",
                             "--no-progress", "--engine", engine], check=False, timeout=30).returncode)
finally:
    server.terminate()
    server.wait()
