#!/usr/bin/env python3
"""Reads JSON results back with parsers that are not ours: check_result_json.py SCHEMA RESULT...

Each must fit docs/result.schema.json, its totals must add up, and its histograms, decoded here from
HdrHistogram V2, must give the percentiles that stand beside them. The schema itself must refuse a
missing key, a key too many and a wrong word. Exit 77 (skipped) without python3-jsonschema.
"""
import base64
import copy
import json
import math
import struct
import sys
import zlib

try:
    import jsonschema
    Validator = jsonschema.Draft202012Validator
except (ImportError, AttributeError):
    print("SKIPPED: needs the package python3-jsonschema (4.0 or newer)")
    sys.exit(77)


def reject_constant(word):
    raise ValueError(f"{word} is not JSON")


def decode_counts(text):
    """Yields (highest value of the slot in ns, count) of a compressed V2 histogram."""
    data = base64.b64decode(text, validate=True)
    cookie, size = struct.unpack(">ii", data[:8])
    assert cookie == 0x1C849314 and size == len(data) - 8, "compressed header"
    data = zlib.decompress(data[8:])
    cookie, size, _, digits, lowest, _, _ = struct.unpack(">iiiiqqd", data[:40])
    assert cookie == 0x1C849313 and size == len(data) - 40, "payload header"
    unit = lowest.bit_length() - 1
    magnitude = math.ceil(math.log2(2 * 10**digits))
    half = 1 << (magnitude - 1)
    at, slot = 40, 0
    while at < len(data):
        word = shift = 0
        for i in range(9):
            byte = data[at]
            at += 1
            word |= (byte if i == 8 else byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        count = (word >> 1) ^ -(word & 1)
        if count < 0:
            slot += -count
            continue
        if count:
            bucket = max(0, slot // half - 1)
            width = 1 << (bucket + unit)
            yield (slot - bucket * half) * width + width - 1, count
        slot += 1


def check_latency(figures, text, place):
    if text is None:
        assert figures["count"] == 0 and figures["p50"] is None, place
        return
    counts = list(decode_counts(text))
    total = sum(count for _, count in counts)
    assert total == figures["count"], f"{place}: {total} in the histogram, {figures['count']} beside"
    for key, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)):
        rank, seen = max(1, math.ceil(math.nextafter(share, 0) * total)), 0
        for value, count in counts:
            seen += count
            if seen >= rank:
                break
        expected = min(value / 1e6, figures["max"])
        assert abs(figures[key] - expected) < 1e-6, f"{place}.{key}: {figures[key]}, decoded {expected}"


def check_result(result):
    assert result["started"] == sum(result["outcomes"].values()), "started is not the sum of outcomes"
    assert result["total_requests"] == result["started"] - result["cancelled"]
    assert result["failed"] == result["total_requests"] - result["successful"] - result["rate_limited"]
    histograms = result["histograms"]
    for figures, name in (("latency_ms", "latency"), ("ok_latency_ms", "ok_latency"),
                          ("service_ms", "service"), ("ttfb_ms", "ttfb"), ("connect_ms", "connect")):
        check_latency(result[figures], histograms[name], figures)
    for part in ("requests", "tags", "classes", "stages"):
        for row in result[part]:
            check_latency(row["latency_ms"], row["histogram"], f"{part} {row['name']}")


def refuses(validator, result, change):
    broken = copy.deepcopy(result)
    change(broken)
    return not validator.is_valid(broken)


def check_schema_refuses(validator, result):
    changes = {
        "a missing key": lambda r: r.pop("error_rate"),
        "a key too many": lambda r: r.update(extra=1),
        "a key too many in a row": lambda r: r["requests"][0].update(extra=1),
        "a key too many in a stage": lambda r: r["stages"][0].update(extra=1),
        "a stage with two goals": lambda r: r["stages"][0]["goal"].update(users=1, rate=1),
        "a wrong verdict": lambda r: r.update(verdict="maybe"),
        "a fraction in percent": lambda r: r.update(error_rate=2.5),
        "a local time": lambda r: r.update(started_at="2026-01-02T03:04:05"),
        "an unknown outcome": lambda r: r["outcomes"].update(lost=1),
    }
    for why, change in changes.items():
        assert refuses(validator, result, change), f"the schema accepts {why}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    Validator.check_schema(schema)
    validator = Validator(schema)
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            result = json.load(file, parse_constant=reject_constant)
        errors = sorted(validator.iter_errors(result), key=lambda error: list(error.path))
        for error in errors:
            print(f"{path}: {'/'.join(map(str, error.path))}: {error.message}")
        if errors:
            return 1
        check_result(result)
        if result["requests"] and result["stages"]:
            check_schema_refuses(validator, result)
        print(f"ok: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
