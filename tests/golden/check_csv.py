#!/usr/bin/env python3
"""Reads our CSV files as a script written for Locust does: check_csv.py PREFIX...

Python's csv module and Locust's column names, its headers byte for byte, its order of rows; the
numbers must agree with PREFIX.json (PREFIX_metrics.json) where that is there.
"""
import csv
import io
import json
import pathlib
import sys

PERCENTILES = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
STATS = ("Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
         "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,"
         f"{PERCENTILES},P50,P95,P99,Failure Rate")
HISTORY = (f"Timestamp,User Count,Type,Name,Requests/s,Failures/s,{PERCENTILES},"
           "Total Request Count,Total Failure Count,Total Median Response Time,"
           "Total Average Response Time,Total Min Response Time,Total Max Response Time,"
           "Total Average Content Size")
FAILURES = "Method,Name,Error,Occurrences"


def rows_of(path, header):
    data = path.read_bytes()
    assert data.startswith(header.encode() + b"\r\n"), f"{path}: another header"
    assert data.endswith(b"\r\n"), f"{path}: the last row has no end"
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    for row in rows:
        assert None not in row and None not in row.values(), f"{path}: a row of another length"
    return rows


def check_stats(rows):
    *requests, total = rows
    assert (total["Type"], total["Name"]) == ("", "Aggregated"), total
    names = [(row["Name"].encode(), row["Type"].encode()) for row in requests]
    assert names == sorted(names), names
    for column in ("Request Count", "Failure Count"):
        assert sum(int(row[column]) for row in requests) == int(total[column]), column
    for row in rows:
        for column in ("Average Response Time", "Min Response Time", "Max Response Time",
                       "Requests/s", "Failures/s", "Failure Rate"):
            assert float(row[column]) >= 0, (row, column)
        assert float(row["Average Content Size"] or 0) >= 0
        if int(row["Request Count"]) == 0:
            assert {row[column] for column in PERCENTILES.split(",")} == {"N/A"}, row
            continue
        values = [int(row[column]) for column in PERCENTILES.split(",")]
        assert values == sorted(values), row
        assert int(row["Median Response Time"]) == values[0] == round(float(row["P50"]) + 1e-9)
        assert values[-1] == round(float(row["Max Response Time"]))
        assert float(row["P50"]) <= float(row["P95"]) <= float(row["P99"])
        assert abs(float(row["Failure Rate"]) * int(row["Request Count"])
                   - int(row["Failure Count"])) < 1e-6


def check_history(rows, total):
    last = 0
    for row in rows:
        assert (row["Type"], row["Name"]) == ("", "Aggregated"), row
        assert int(row["Timestamp"]) >= last and int(row["User Count"]) >= 0
        last = int(row["Timestamp"])
        assert len(row["Requests/s"].split(".")[1]) == 6, row
        for column in PERCENTILES.split(","):
            assert (row[column] == "N/A") == (row["Total Request Count"] == "0"), row
        assert int(row["Total Request Count"]) >= int(row["Total Failure Count"])
    counts = [int(row["Total Request Count"]) for row in rows]
    assert counts == sorted(counts), "a total that falls"
    return total


def check_json(path, stats, failures):
    result = json.loads(path.read_text())
    total = stats[-1]
    assert int(total["Request Count"]) == result["total_requests"]
    assert int(total["Failure Count"]) == result["failed"]
    assert float(total["Requests/s"]) == result["rps"]
    assert float(total["P95"]) == result["latency_ms"]["p95"]
    assert float(total["Average Response Time"]) == result["latency_ms"]["avg"]
    assert sum(int(row["Occurrences"]) for row in failures) == sum(
        error["count"] for error in result["errors"] if error["outcome"] != "rate_limited")


def main():
    for prefix in sys.argv[1:]:
        stats = rows_of(pathlib.Path(prefix + "_stats.csv"), STATS)
        check_stats(stats)
        history = rows_of(pathlib.Path(prefix + "_stats_history.csv"), HISTORY)
        check_history(history, stats[-1])
        failures = rows_of(pathlib.Path(prefix + "_failures.csv"), FAILURES)
        for row in failures:
            assert row["Error"] and int(row["Occurrences"]) > 0, row
        for path in (pathlib.Path(prefix + ".json"), pathlib.Path(prefix + "_metrics.json")):
            if path.exists():
                check_json(path, stats, failures)
        print(f"ok: {prefix}: {len(stats)} rows, {len(history)} seconds, {len(failures)} failures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
