#!/usr/bin/env python3
"""Reads our JUnit XML with a parser that is not ours: check_junit.py FILE... The counts of the
suites must be those of their cases, and every case is what CI servers expect of one."""
import sys
import xml.etree.ElementTree as xml

KINDS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def check_counts(element, cases):
    assert int(element.get("tests")) == len(cases)
    for count, kind in KINDS.items():
        assert int(element.get(count)) == sum(case.find(kind) is not None for case in cases)


def check_suite(suite):
    cases = suite.findall("testcase")
    assert cases and len({case.get("name") for case in cases}) == len(cases), "names twice"
    check_counts(suite, cases)
    for case in cases:
        assert case.get("classname") and case.get("name") and float(case.get("time")) >= 0
        assert sum(case.find(kind) is not None for kind in KINDS.values()) <= 1
        for kind in KINDS.values():
            assert case.find(kind) is None or case.find(kind).get("message"), case
    if suite.find("properties") is None:  # a run that was not run
        assert len(cases) == 1 and len(cases[0]) == 1, cases
        return cases
    names = {entry.get("name") for entry in suite.find("properties")}
    assert {"url", "verdict", "validity"} <= names, names
    assert suite.find("system-out").text.strip(), "no text report"
    return cases


def check(path):
    root = xml.parse(path).getroot()
    assert root.tag == "testsuites" and len(root) >= 1, root
    cases = [case for suite in root for case in check_suite(suite)]
    check_counts(root, cases)
    print(f"ok: {path}: {len(cases)} cases")


def main():
    for path in sys.argv[1:]:
        check(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
