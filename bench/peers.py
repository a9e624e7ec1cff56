"""The load generators that bench/compare runs: how each is told a workload, and how its figures are
read. A peer whose command cannot express a workload says None and is left out of that table."""

import csv
import json
import os
import re
import shutil
from dataclasses import dataclass


PROFILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "profiles")


@dataclass
class Workload:
    name: str
    title: str
    connections: int = 64
    pipeline: int = 1
    churn: bool = False  # a new connection per request
    body: int = 13  # bytes of a response body
    seconds_min: int = 0  # opening many connections takes a part of the run


@dataclass
class Figures:
    """What one run said of itself; None where the tool does not say it."""

    requests: int
    rps: float
    latency_ms: float | None
    errors: int = 0


WORKLOADS = [
    Workload("c64", "64 connections"),
    Workload("c256", "256 connections", connections=256),
    Workload("c1", "1 connection", connections=1),
    Workload("pipeline16", "64 connections, pipeline 16", pipeline=16),
    Workload("c10000", "10 000 connections", connections=10000, seconds_min=3),
    Workload("body100k", "64 connections, 100 KB bodies", body=102400),
    Workload("churn", "new connection per request, 64 at a time", churn=True),
]


class Peer:
    """One program. `folder` is for the files a run needs or leaves."""

    name = ""

    def __init__(self, path: str, folder: str):
        self.path = path
        self.folder = folder

    def command(self, workload: Workload, url: str, seconds: int, cpu: int) -> list[str] | None:
        raise NotImplementedError

    def read(self, output: str) -> Figures:
        raise NotImplementedError

    def file(self, name: str) -> str:
        return os.path.join(self.folder, self.name + "-" + name)


def find(pattern: str, output: str) -> str:
    match = re.search(pattern, output)
    if match is None:
        raise ValueError(f"{pattern!r} is not in:\n{output}")
    return match.group(1)


def found_count(pattern: str, output: str) -> int:
    match = re.search(pattern, output)
    return sum(int(group) for group in match.groups()) if match else 0


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s|m)", text.strip()).groups()
    return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}[unit]


class Ringblast(Peer):
    name = "ringblast"
    tls_words: list[str] = []

    def command(self, workload, url, seconds, cpu):
        words = [self.path, url, "-c", str(workload.connections), "-d", f"{seconds}s"]
        words += ["--threads", "1", "--cpus", str(cpu), "--json", self.file("result.json")]
        words += ["--quiet", "--no-progress"]
        if url.startswith("https:"):
            words += ["--insecure", *self.tls_words]
        if workload.pipeline > 1:
            words += ["--pipeline", str(workload.pipeline)]
        return words + (["--no-keepalive"] if workload.churn else [])

    def read(self, output):
        with open(self.file("result.json"), encoding="utf-8") as file:
            result = json.load(file)
        return Figures(result["total_requests"], result["rps"], result["latency_ms"]["avg"],
                       result["failed"])


class RingblastEpoll(Ringblast):
    """The same on its other engine."""

    name = "ringblast-epoll"

    def command(self, workload, url, seconds, cpu):
        return super().command(workload, url, seconds, cpu) + ["--engine", "epoll"]


class RingblastFull(Ringblast):
    """Every handshake a full one, as the others' are."""

    name = "ringblast-full"
    tls_words = ["--tls-resume", "off"]

    def command(self, workload, url, seconds, cpu):
        return super().command(workload, url, seconds, cpu) if url.startswith("https:") else None


class RingblastStatic(Ringblast):
    """The same request from a profile (bench/profiles)."""

    name = "ringblast-static"
    profile = "static.toml"

    def command(self, workload, url, seconds, cpu):
        if workload.pipeline > 1:
            return None  # a user waits for its response
        host, path = re.fullmatch(r"(https?://[^/]+)(/.*)", url).groups()
        words = super().command(workload, url, seconds, cpu)
        words[1:2] = ["run", os.path.join(PROFILES, self.profile), "--host", host, "--set",
                      f"REQUEST_PATH={path}"]
        return words


class RingblastDynamic(RingblastStatic):
    """Three variables, a JSON body, an extraction: needs the embedded target (--target ringblast)."""

    name = "ringblast-dynamic"
    profile = "dynamic.toml"


class RingblastIdle(RingblastStatic):
    """Connections that said something once and are idle since, for bench/memory."""

    name = "ringblast-idle"
    profile = "idle.toml"

    def command(self, workload, url, seconds, cpu):
        return None if workload.churn else super().command(workload, url, seconds, cpu)


class RingblastIdleWs(RingblastIdle):
    """The same on WebSockets: needs the embedded target."""

    name = "ringblast-idle-ws"
    profile = "idle-ws.toml"


class RingblastWs(Ringblast):
    """Round trips of 16 bytes on WebSockets: needs the embedded target."""

    name = "ringblast-ws"

    def command(self, workload, url, seconds, cpu):
        if workload.pipeline > 1 or workload.body > 64:
            return None
        words = super().command(workload, url, seconds, cpu)
        words[1] = re.sub(r"^http(s?://[^/]+)/.*", r"ws\1/ws/echo", url)
        return words


class Floor(Peer):
    """The bare loop. It has no clock per request and stops at the first error."""

    name = "floor"
    churn_way = "direct"

    def command(self, workload, url, seconds, cpu):
        if url.startswith("https:"):
            return None
        host, port, path = re.fullmatch(r"http://([^:/]+):([0-9]+)(/.*)", url).groups()
        words = [self.path, host, port, path, "--connections", str(workload.connections)]
        words += ["--pipeline", str(workload.pipeline), "--seconds", f"{seconds}"]
        words += ["--cpu", str(cpu)]
        if workload.churn:
            words += ["--churn", self.churn_way]
        return words + (["--discard"] if workload.body > 65536 else [])

    def read(self, output):
        result = json.loads(output)
        return Figures(result["requests"], result["rps"], None)


class Wrk(Peer):
    name = "wrk"

    def command(self, workload, url, seconds, cpu):
        words = [self.path, "-t1", f"-c{workload.connections}", f"-d{seconds}s"]
        if workload.churn:
            words += ["-H", "Connection: close"]
        if workload.pipeline > 1:
            with open(self.file("pipeline.lua"), "w", encoding="utf-8") as file:
                file.write("local batch\n"
                           "init = function(args)\n"
                           "  local one = wrk.format()\n"
                           f"  batch = string.rep(one, {workload.pipeline})\n"
                           "end\n"
                           "request = function() return batch end\n")
            words += ["-s", self.file("pipeline.lua")]
        return words + [url]

    def read(self, output):
        errors = found_count(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
        errors += found_count(r"Non-2xx or 3xx responses: (\d+)", output)
        return Figures(int(find(r"(\d+) requests in", output)),
                       float(find(r"Requests/sec: +([0-9.]+)", output)),
                       milliseconds(find(r"Latency +([0-9.]+[a-z]+)", output)), errors)


class H2load(Peer):
    name = "h2load"

    def command(self, workload, url, seconds, cpu):
        if workload.churn:
            return None
        words = [self.path, "--h1", "-t1", f"-c{workload.connections}", "-D", f"{seconds}"]
        return words + ["-m", str(workload.pipeline), url]

    def read(self, output):
        row = r"time for request: +\S+ +\S+ +([0-9.]+[a-z]+)"
        return Figures(int(find(r"(\d+) succeeded", output)),
                       float(find(r"finished in .*?, ([0-9.]+) req/s", output)),
                       milliseconds(find(row, output)),
                       found_count(r"(\d+) failed, (\d+) errored, (\d+) timeout", output))


class Ab(Peer):
    """Speaks HTTP/1.0. Its own mean is rounded to milliseconds, so the mean of its percentiles is
    taken."""

    name = "ab"

    def command(self, workload, url, seconds, cpu):
        if workload.pipeline > 1:
            return None
        words = [self.path, "-q", "-c", str(workload.connections), "-t", str(seconds)]
        words += ["-n", "4000000", "-e", self.file("percentiles.csv")]
        return words + ([] if workload.churn else ["-k"]) + [url]

    def read(self, output):
        with open(self.file("percentiles.csv"), encoding="utf-8") as file:
            rows = [float(row[1]) for row in list(csv.reader(file))[1:]]
        return Figures(int(find(r"Complete requests: +(\d+)", output)),
                       float(find(r"Requests per second: +([0-9.]+)", output)),
                       sum(rows) / len(rows), found_count(r"Failed requests: +(\d+)", output))


class Hey(Peer):
    name = "hey"

    def command(self, workload, url, seconds, cpu):
        if workload.pipeline > 1:
            return None
        words = [self.path, "-z", f"{seconds}s", "-c", str(workload.connections), "-cpus", "1"]
        return words + (["-disable-keepalive"] if workload.churn else []) + [url]

    def read(self, output):
        good = sum(int(count) for count in re.findall(r"\[200\]\t(\d+) responses", output))
        failed = re.findall(r"^  \[(\d+)\]\t(?!.*responses)", output, re.M)
        bad = sum(int(count) for count in failed)
        return Figures(good, float(find(r"Requests/sec:\s+([0-9.]+)", output)),
                       float(find(r"Average:\s+([0-9.]+) secs", output)) * 1e3, bad)


class Gcannon(Peer):
    """Built by hand from its repository. Asked to use a connection once it closes first and runs
    out of ports within a second, so it sends a raw request that lets the server close."""

    name = "gcannon"

    def command(self, workload, url, seconds, cpu):
        if url.startswith("https:"):
            return None
        words = [self.path, url, "-c", str(workload.connections), "-t", "1"]
        words += ["-d", f"{seconds}s", "-p", str(workload.pipeline), "--json"]
        if workload.churn:
            path = "/" + url.split("/", 3)[3]
            with open(self.file("close.raw"), "w", encoding="utf-8", newline="") as file:
                file.write(f"GET {path} HTTP/1.1\r\nHost: target\r\nConnection: close\r\n\r\n")
            words += ["-r", "1", "--raw", self.file("close.raw")]
        return words

    def read(self, output):
        result = json.loads(output)
        errors = sum(result["errors"].values()) + result["responses"] - result["status"]["2xx"]
        return Figures(result["responses"], result["rps"], result["latency_us"]["avg"] / 1e3,
                       errors)


KINDS = (Ringblast, RingblastEpoll, RingblastFull, RingblastStatic, RingblastDynamic, RingblastIdle,
         RingblastIdleWs, RingblastWs, Floor, Wrk, H2load, Ab, Hey, Gcannon)
PEERS = {peer.name: peer for peer in KINDS}


def paths(ringblast: str, floor: str, gcannon: str | None) -> dict[str, str | None]:
    """Where the programs are that nobody installs."""
    own = [kind.name for kind in KINDS if issubclass(kind, Ringblast)]
    return {**dict.fromkeys(own, ringblast), "floor": floor, "gcannon": gcannon}


def installed(paths: dict[str, str | None], folder: str) -> dict[str, Peer]:
    """The peers that are there, by name. `paths` names programs that are not on the PATH."""
    peers = {}
    for name, kind in PEERS.items():
        path = paths.get(name) or shutil.which(name)
        if path and os.access(path, os.X_OK):
            peers[name] = kind(path, folder)
    return peers
