#!/usr/bin/env python3
"""Reads HdrHistogram V2 payloads without any of our code, to check what we write.

decode(base64_text) -> Histogram with .counts {lowest value of slot: count}, .total, .max and
.percentile(p). As a program it prints totals: `hdr_decode.py PAYLOAD` or `hdr_decode.py LOG.hlog`.
"""
import base64
import math
import struct
import sys
import zlib


class Histogram:
    def __init__(self, counts, widths):
        self.counts, self.widths = counts, widths
        self.total = sum(counts.values())
        self.max = max((value + widths[value] - 1 for value in counts), default=0)

    def percentile(self, percentile):
        rank = max(1, math.ceil(math.nextafter(percentile, -1) / 100 * self.total))
        seen = 0
        for value in sorted(self.counts):
            seen += self.counts[value]
            if seen >= rank:
                return value + self.widths[value] - 1
        return 0


def read_counts(payload):
    """The ZigZag LEB128 numbers of a payload."""
    at = 0
    while at < len(payload):
        number, shift = 0, 0
        for i in range(9):
            byte = payload[at]
            at += 1
            number |= (byte if i == 8 else byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        yield number >> 1 ^ -(number & 1)


def decode(text):
    raw = base64.b64decode(text, validate=True)
    cookie, size = struct.unpack(">II", raw[:8])
    assert cookie == 0x1C849314 and size == len(raw) - 8, "compressed V2"
    plain = zlib.decompress(raw[8:])
    cookie, size, offset, digits, lowest, _, _ = struct.unpack(">IiiiQQd", plain[:40])
    assert cookie == 0x1C849313 and offset == 0 and size == len(plain) - 40, "plain V2"
    unit = lowest.bit_length() - 1
    half_bits = math.ceil(math.log2(2 * 10**digits)) - 1
    counts, widths, index = {}, {}, 0
    for number in read_counts(plain[40:]):
        if number > 0:
            bucket = max(0, (index >> half_bits) - 1)
            value = index - (bucket << half_bits) << bucket + unit
            counts[value], widths[value] = number, 1 << bucket + unit
        index += max(1, -number)
    return Histogram(counts, widths)


def main():
    lines = [sys.argv[1]]
    if sys.argv[1].endswith(".hlog"):
        with open(sys.argv[1], encoding="ascii") as log:
            lines = [line.strip() for line in log if not line.startswith(("#", '"'))]
    histograms = [decode(line.split(",")[-1]) for line in lines]
    print("histograms", len(histograms), "total", sum(h.total for h in histograms),
          "max", max(h.max for h in histograms))
    if len(histograms) == 1:
        print(*(f"p{p} {histograms[0].percentile(p)}" for p in (50, 90, 99, 99.9)))


if __name__ == "__main__":
    main()
