"""The HTTP/1.1 response corpus on the real binary: each case in three deliveries.

A server plays the case on the first connection and answers everything after it with a marked 299,
so that the run's two requests can be told apart and a second request on the first connection
shows reuse. The corpus is data of other projects and not part of this one: RINGBLAST_CONFORMANCE
names its folder; where it is absent, the tests skip.
"""

import concurrent.futures
import json
import os
import pathlib
import socket
import time
import unittest

from harness import ROOT, Case, Scripted, blast

FOLDER = pathlib.Path(os.environ.get("RINGBLAST_CONFORMANCE", ROOT.parent / "shared/conformance"))
MARK = b"HTTP/1.1 299 Second\r\nContent-Length: 0\r\n\r\n"
OUTCOME_OF_CLASS = {"eof": "reset", "parse": "protocol_error", "unsupported": "protocol_error",
                    "protocol": "protocol_error", "limit": "protocol_error", "timeout": "timeout"}
# Bytes behind a response that arrive after the next request are that request's answer for every
# client. A pause between the two requests lets them arrive before.
SURPLUS = ("extra-", "head-body-sent-anyway")


def load(name):
    path = FOLDER / name
    if not path.exists():
        raise unittest.SkipTest(f"no corpus at {FOLDER}")
    return json.loads(path.read_text())


def pieces_of(case, delivery):
    """The stream as (bytes, pause after it in seconds) in this delivery."""
    chunks = [chunk.encode("latin-1") for chunk in case["response_chunks"]]
    whole = b"".join(chunks)
    if delivery == "as given":
        return [(chunk, 0.02) for chunk in chunks[:-1]] + [(chunks[-1], 0)] if chunks else []
    if delivery == "one write":
        return [(whole, 0)] if whole else []
    size = 1 if len(whole) < 50_000 else 61
    pause = 0.0002 if len(whole) < 500 else 0
    pieces = [(whole[at:at + size], pause) for at in range(0, len(whole), size)]
    if case["id"].startswith(SURPLUS):  # the surplus comes with the last byte it is behind
        last = whole.index(b"\r\n\r\n") + 3 + case["expect"]["body_len"]
        pieces[last:] = [(whole[last:], 0)]
    return pieces


def play_case(case, delivery):
    def play(connection, _head, index):
        if index > 0 or play.done:
            connection.sendall(MARK)
            return True
        play.done = True
        for data, pause in pieces_of(case, delivery):
            connection.sendall(data)
            if pause:
                time.sleep(pause)
        if case["close_after"]:
            connection.shutdown(socket.SHUT_WR)
        return True
    play.done = False
    return play


def alternatives(case):
    """What the first request may have come to: (outcome, status, body bytes, reusable)."""
    for expect in [case["expect"], *case.get("alt", [])]:
        if expect["outcome"] == "ok":
            good = 200 <= expect["status"] < 400
            yield ("ok" if good else "http_error", str(expect["status"]), expect["body_len"],
                   expect.get("reusable"))
        else:
            yield (OUTCOME_OF_CLASS[expect["error_class"]], None, None, None)


def observed(run, server):
    """What the first request came to, in the form of alternatives()."""
    result = run.json
    outcomes = {name: count for name, count in result["outcomes"].items() if count}
    statuses = dict(result["statuses"])
    if result["started"] != 2 or sum(outcomes.values()) != 2:
        return f"not two requests with one outcome each: {outcomes}"
    if statuses.pop("299", 0) != 1:
        return f"the request after the case did not get its own answer: {outcomes} {statuses}"
    outcomes["ok"] -= 1
    (outcome,) = [name for name, count in outcomes.items() if count]
    (status,) = statuses or [None]
    connections = [index for index, _ in server.heads]
    # A second request that met the close of the first connection is sent once more; the server
    # may have read it before or not.
    if not 2 <= len(connections) <= 2 + result["retries"]:
        return f"the server saw {len(connections)} requests, with {result['retries']} retries"
    return outcome, status, result["bytes"]["body"], connections[1] == connections[0]


def verdict(case, delivery):
    """None, or what was wrong."""
    server = Scripted(play_case(case, delivery))
    try:
        paced = ["-R", "10"] if case["id"].startswith(SURPLUS) else []
        # A server that writes byte by byte is slow where the machine is; a time-out that is
        # expected comes soon all the same.
        patience = "1s" if any(row[0] == "timeout" for row in alternatives(case)) else "8s"
        run = blast(server.url, "-n", 2, "-u", 1, "-t", 1, "--timeout", patience, "-X",
                    case["request_method"], *paced, timeout=40)
        if run.exit_code not in (0, 1):
            return str(run)
        seen = observed(run, server)
    except (AssertionError, ValueError, KeyError) as problem:
        return repr(problem)
    finally:
        server.stop()
    if isinstance(seen, str):
        return seen
    for outcome, status, body, reusable in alternatives(case):
        if seen[0] != outcome:
            continue
        if status is None or (seen[1] == status and seen[2] == body and
                              reusable in (None, seen[3])):
            return None
    return f"{seen} is none of {list(alternatives(case))}"


class Corpus(Case):
    def check_all(self, cases, delivery):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            verdicts = pool.map(lambda case: verdict(case, delivery), cases)
            for case, problem in zip(cases, verdicts):
                with self.subTest(case["id"], delivery=delivery):
                    self.assertIsNone(problem, case["note"])

    def test_as_given(self):
        self.check_all(load("http1_cases.json"), "as given")

    def test_one_write(self):
        self.check_all(load("http1_cases.json"), "one write")

    def test_a_byte_per_write(self):
        self.check_all(load("http1_cases.json"), "a byte per write")


class Large(Case):
    """Big generated streams; those of gigabytes only as their first megabytes are not enough."""

    LIMIT = 3_000_000

    def generated(self):
        for case in load("http1_cases_large.json"):
            sizes = [part[1] for part in case["gen"] if part[0] == "rep"]
            if max(sizes) * 2 > self.LIMIT * 10:
                continue
            text = "".join(part[1] if part[0] == "lit" else part[2] * part[1]
                           for part in case["gen"])
            yield {**case, "response_chunks": [text]}

    def test_one_write(self):
        for case in self.generated():
            with self.subTest(case["id"]):
                self.assertIsNone(verdict(case, "one write"), case["note"])

    def test_small_writes(self):
        for case in self.generated():
            with self.subTest(case["id"]):
                self.assertIsNone(verdict(case, "a byte per write"), case["note"])

    def test_beyond_32_bits(self):
        """Lengths that do not fit 32 bits: the streams of 2 and 4 GiB, if asked for."""
        if not os.environ.get("RINGBLAST_SLOW"):
            self.skipTest("set RINGBLAST_SLOW=1 to send 6 GiB over loopback")
        for case in load("http1_cases_large.json"):
            (size,) = [part[1] for part in case["gen"] if part[0] == "rep"]
            if size <= self.LIMIT * 5:
                continue
            with self.subTest(case["id"]):
                self.assertIsNone(self.verdict_streamed(case), case["note"])

    def verdict_streamed(self, case):
        def play(connection, _head, index):
            if index or play.done:
                connection.sendall(MARK)
                return True
            play.done = True
            block = b"x" * 1_000_000
            for part in case["gen"]:
                left = part[1] if part[0] == "rep" else 0
                if not left:
                    connection.sendall(part[1].encode())
                while left > 0:
                    connection.sendall(block[:left])
                    left -= len(block)
            return True
        play.done = False
        server = Scripted(play)
        try:
            run = blast(server.url, "-n", 2, "-u", 1, "--timeout", "60s", timeout=120)
            seen = observed(run, server)
        finally:
            server.stop()
        return None if seen in list(alternatives(case)) else f"{seen}: {run}"
