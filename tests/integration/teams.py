"""What the tests of the teams' suites stand on: their servers, their profiles at a small scale,
their guides where those are at hand.

A small scale means: pauses a fiftieth of the profile's or suite's, probes five times a second, and limits of
latency and throughput that a slow or paused machine still holds. What a test wants to see missed
keeps its limit (`keep`). Loads end after so many requests (`-n`), not seconds: how fast server and
machine are is no matter. Where a threshold asks for a probe they take two seconds and more.
"""

import collections
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import tomllib
import unittest
import urllib.request

from harness import ROOT, Case, Process, command_line, free_port, python_with, ringblast

TEAMS = ROOT / "profiles" / "teams"
# Included by profiles, none themselves.
PARTS = ("common.toml", "targets.toml", "watch.toml", "websocket.toml")
GUIDES = {"governance": "000", "pggit": "001", "voice-agent": "002", "prismq": "003",
          "boss": "004"}
WAITS_DIVIDED_BY = 50
LIMITS_TIMES = 100
UNITS_MS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


class Target(Process):
    """The server of a team; `needs` has what its users need (NAME=VALUE)."""

    def __init__(self, team, *args):
        python = python_with("fastapi", "uvicorn", "websockets")
        port = free_port()
        super().__init__([python, ROOT / "tests" / "targets" / "serve", team, "--port", port,
                          *args], port)
        self.fetch("/_seen")  # from here on all lines are printed
        self.needs = [line for line in self.output().splitlines() if "=" in line.split(" ")[0]]

    def fetch(self, path, headers=None):
        request = urllib.request.Request(self.url + path, headers=headers or {})
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
            return json.loads(text) if text.startswith(("{", "[")) else text

    def seen(self):
        """What it counted so far, in one Counter: routes, routes with status, events."""
        counted = collections.Counter()
        for part in self.fetch("/_seen").values():
            counted.update(part)
        return counted


def profiles_of(team):
    return sorted(path for path in (TEAMS / team).glob("*.toml")
                  if path.name not in (*PARTS, "suite.toml"))


def divided_wait(match):
    milliseconds = float(match[1]) * UNITS_MS[match[2]] / WAITS_DIVIDED_BY
    return f'"{milliseconds:g}ms"'


def looser(line):
    """A line with thresholds, its limits a hundredfold and its rates a hundredth."""
    line = re.sub(r"\b((?:avg|p\d+) <=? )(\d+)(ms|s)\b",
                  lambda match: f"{match[1]}{int(match[2]) * LIMITS_TIMES}{match[3]}", line)
    line = re.sub(r"(slope < )(\d+)(MiB)",
                  lambda match: f"{match[1]}{int(match[2]) * LIMITS_TIMES}{match[3]}", line)
    return re.sub(r"\b(rps >=? )(\d+)",
                  lambda match: f"{match[1]}{int(match[2]) / LIMITS_TIMES:g}", line)


def small(text, keep):
    """The text of a profile for a small run; lines with a word of `keep` keep their limits."""
    lines = []
    task = ""
    for line in text.splitlines():
        if line.strip().startswith("name ="):
            task = line.split('"')[1]
        if line.startswith(("wait =", "pause =")) or "{ hold =" in line:
            line = re.sub(r'"(\d+)(us|ms|s|m)"', divided_wait, line)
        elif "at_once" in line:
            line = line.replace('duration = "1s"', 'duration = "100ms"')
        elif line.strip().startswith(("target =", "critical =", "threshold =")) and not any(
                word in line or word == task for word in keep):
            line = looser(line)
        lines.append(line)
        if line == "[[probe]]":
            lines.append('every = "200ms"')
    return "\n".join(lines) + "\n"


def guide(team):
    """The text of a team's guide, which stands outside of the repository; else a skip."""
    folder = pathlib.Path(os.environ.get("RINGBLAST_USE_CASES",
                                         ROOT.parent / "shared" / "use-cases"))
    found = sorted(folder.glob(GUIDES[team] + "_*.txt"))
    if not found:
        raise unittest.SkipTest(f"the guide of {team} is not beside the repository")
    return found[0].read_text(encoding="utf-8")


def block_with(text, words, kind=""):
    """The fenced block of a guide that contains these words."""
    for block in re.findall(rf"^```{kind}\w*\n(.*?)^```", text, re.M | re.S):
        if words in block:
            return block
    raise AssertionError(f"no block with {words!r}")


def step_script(text, name):
    """The shell script of a step in a guide's workflow."""
    step = re.search(rf"^( *)- name: {re.escape(name)}\n((?:\1 +.*\n|\s*\n)*)", text, re.M)[2]
    line = re.search(r"^ *run: (?!\|)(.+)$", step, re.M)
    return line[1] if line else textwrap.dedent(step.split("run: |\n")[1]).strip()


def routes_of(profile):
    """Row → "METHOD /path/*" of every request of a profile; those of set-up and on_stop, which
    are in no row."""
    def route(request):
        method = request.get("method", "GET")
        path = re.sub(r"\{\{.*?\}\}", "*", request["path"])
        return f"{method} {path}"

    rows, once, after = {}, [], []
    for request in profile.get("setup", {}).get("request", []):
        once.append(route(request))
    for user in profile["user"]:
        for task in [*user.get("on_start", []), *user.get("task", [])]:
            for request in task.get("request", [task]):
                name = request.get("name", task.get("name"))
                if "path" in request:
                    rows[name] = route(request)
                else:  # a WebSocket, whose messages are no requests to the server's counters
                    rows[name] = rows[f"{name} connect"] = None
        after += [route(request) for request in user.get("on_stop", [])]
    return rows, once, after


class TeamCase(Case):
    """Runs a team's profiles at a small scale against its server."""

    team = ""

    @classmethod
    def setUpClass(cls):
        if cls.team:
            cls.server = cls.keep(Target(cls.team))

    def small_profiles(self, keep=(), loose=True):
        """A folder with the team's profiles at a small scale."""
        folder = self.folder() / self.team
        shutil.copytree(TEAMS / self.team, folder,
                        ignore=shutil.ignore_patterns("reports", "load-results"))
        if loose:
            for path in folder.glob("*.toml"):
                path.write_text(small(path.read_text(), keep))
        return folder

    def words(self, server, *args):
        """The words every run has: where, and what its users need."""
        needs = [word for need in server.needs for word in ("--set", need)]
        return ["--host", server.url, *needs, "--no-progress", *args]

    def run_small(self, name, *args, server=None, keep=(), exit_code=0, folder=None, timeout=120):
        """Runs a scenario; the result as JSON is in `.json` of what is returned, and the text report
        says what happened where something is not as expected."""
        server = server or self.server
        folder = folder or self.small_profiles(keep)
        result = self.folder() / "result.json"
        run = ringblast("run", folder / f"{name}.toml", *self.words(server, *args), "--json",
                        result, timeout=timeout)
        run.json_text = result.read_text() if result.exists() else ""
        return self.expect_run(run, exit_code)

    def rows(self, run, part="requests"):
        """Rows by name, without those that counted nothing and those after the load."""
        return {row["name"]: row for row in run.json[part] if row["count"] and not row["after"]}

    def expect_shares(self, run, weights, part="requests"):
        """Rows in proportion to their weights, as wide as chance is (five standard deviations)."""
        rows = self.rows(run, part)
        total = sum(rows[name]["count"] for name in weights if name in rows)
        for name, weight in weights.items():
            share = weight / sum(weights.values())
            count = rows[name]["count"] if name in rows else 0
            width = 5 * (total * share * (1 - share)) ** 0.5 + 2
            self.assertLess(abs(count - total * share), width,
                            f"{name}: {count} of {total}, weight {weight}\n{run}")

    def expect_server_saw(self, name, run, before, users):
        """The server counted what the report counts, route by route, and no request more but those
        of probes."""
        rows, once, after = {}, [], []
        for part in ("common.toml", "websocket.toml"):
            if (TEAMS / self.team / part).exists():
                found = routes_of(tomllib.loads((TEAMS / self.team / part).read_text()))
                rows.update(found[0])
                once += found[1]
                after += found[2]
        wanted = collections.Counter(once)
        wanted.update({route: after.count(route) * users for route in after})
        for row in run.json["requests"]:
            if not row["after"] and rows[row["name"]]:
                wanted[rows[row["name"]]] += row["count"]
        saw = collections.Counter()
        for key, count in (self.server.seen() - before).items():
            if key.count(" ") == 1 and "/" in key:
                saw[re.sub(r"\{.*?\}", "*", key)] += count
        for probe in self.watched():
            route = f"GET {probe.get('json')}"
            self.assertGreaterEqual(saw[route], wanted[route], f"{name}\n{run}")
            del saw[route], wanted[route]
        self.assertEqual(+saw, +wanted, f"{name}\n{run}")

    def watched(self):
        """The probes of the team."""
        path = TEAMS / self.team / "watch.toml"
        return tomllib.loads(path.read_text())["probe"] if path.exists() else []

    def verdicts(self, run):
        """"[SCOPE: ]METRIC" → verdict of each threshold."""
        return {(f"{entry['scope']}: " if entry["scope"] else "") + entry["metric"]:
                entry["verdict"] for entry in run.json["thresholds"]}

    def expect_missed(self, run, *missed):
        """Exactly these thresholds were missed, all others held (or were not in this run)."""
        verdicts = self.verdicts(run)
        self.assertEqual({name for name, verdict in verdicts.items() if verdict == "fail"},
                         set(missed), str(run))
        self.assertLessEqual(set(verdicts.values()), {"pass", "fail", "skipped"}, str(run))

    def result_in(self, path):
        return json.loads(path.read_text())

    def script(self, code, cwd, program=("bash", "-e"), env=None):
        """Runs a script of a guide in a folder; `python` and `ringblast` are on its path."""
        tools = self.folder()
        (tools / "python").symlink_to("/usr/bin/python3" if os.path.exists("/usr/bin/python3")
                                      else sys.executable)
        words = shlex.join(command_line(["run"]))
        (tools / "ringblast").write_text(f'#!/bin/sh\nshift\nexec {words} "$@"\n')
        (tools / "ringblast").chmod(0o755)
        return subprocess.run([*program, "-c", code], cwd=cwd, capture_output=True, text=True,
                              check=False, timeout=120,
                              env={**os.environ, **(env or {}),
                                   "PATH": f"{tools}:{os.environ['PATH']}"})
