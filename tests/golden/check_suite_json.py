#!/usr/bin/env python3
"""Reads overviews of suites back with a parser that is not ours: check_suite_json.py SUITE_SCHEMA
RESULT_SCHEMA SUITE...

Each must fit docs/suite.schema.json, what it says over its runs must follow from them, and the
schema itself must refuse a missing key, a key too many and a wrong word. What it takes from
docs/result.schema.json must be the same there; UPDATE_GOLDEN=1 takes it anew. Exit 77 (skipped)
without python3-jsonschema.
"""
import copy
import json
import os
import sys

try:
    import jsonschema
    Validator = jsonschema.Draft202012Validator
except (ImportError, AttributeError):
    print("SKIPPED: needs the package python3-jsonschema (4.0 or newer)")
    sys.exit(77)

ORDER = [2, 3, 130, 143, 4, 1]


def reject_constant(word):
    raise ValueError(f"{word} is not JSON")


def check_same_as_result(schema, result_schema):
    for key, part in schema["$defs"]["summary"]["properties"].items():
        assert part == result_schema["properties"][key], f"{key} differs from result.schema.json"
    for key, part in schema["$defs"].items():
        if key in result_schema["$defs"]:
            assert part == result_schema["$defs"][key], f"{key} differs from result.schema.json"


def names_of_refs(part):
    """Names of the $defs that a part of a schema refers to."""
    if isinstance(part, list):
        return {name for entry in part for name in names_of_refs(entry)}
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"].rsplit("/", 1)[1]} if "$ref" in part else set()
    return own | names_of_refs(list(part.values()))


def take_from_result(schema, result_schema, suite):
    """Puts what a result of `suite` has, and what that refers to, from one schema into the other."""
    summary = schema["$defs"]["summary"]
    keys = [key for key in suite["runs"][0]["result"] if key in result_schema["properties"]]
    summary["required"] = keys
    summary["properties"] = {key: result_schema["properties"][key] for key in keys}
    wanted = names_of_refs(summary)
    while more := names_of_refs([result_schema["$defs"][name] for name in wanted]) - wanted:
        wanted |= more
    own = {name: part for name, part in schema["$defs"].items()
           if name not in result_schema["$defs"]}
    schema["$defs"] = {**{name: part for name, part in result_schema["$defs"].items()
                          if name in wanted | {"amount"}}, **own}


def first_code(codes):
    for code in ORDER:
        if code in codes:
            return code
    return max(codes, default=0)


def check_run(run):
    place = run["name"]
    parts = run["tasks"] + ([run["result"]] if run["result"] else [])
    assert not (run["tasks"] and run["result"]), place
    if run["not_run"] is not None:
        assert run["state"] == "not_run" and run["verdict"] == "skipped" and not parts, place
        assert run["exit_code"] is None, place
        return
    codes = [part["exit_code"] for part in parts] + [2] * bool(run["problems"])
    assert codes and run["exit_code"] == first_code(codes), place
    for part in parts:
        assert part["started"] == sum(part["outcomes"].values()), place
        assert (part["not_made"] is not None) == (part["exit_code"] == 3), place


def check_suite(suite):
    for run in suite["runs"]:
        check_run(run)
    codes = [run["exit_code"] for run in suite["runs"] if run["exit_code"] is not None]
    assert suite["exit_code"] == first_code(codes) or suite["interrupted"]
    verdicts = {run["verdict"] for run in suite["runs"]}
    worst = next((word for word in ("fail", "marginal", "pass") if word in verdicts), "fail")
    assert suite["verdict"] == worst


def check_schema_refuses(validator, suite):
    changes = {
        "a missing key": lambda s: s.pop("exit_code"),
        "a key too many": lambda s: s.update(extra=1),
        "a key too many in a run": lambda s: s["runs"][0].update(extra=1),
        "a key too many in a result": lambda s: s["runs"][0]["result"].update(extra=1),
        "a key missing in a result": lambda s: s["runs"][0]["result"].pop("rps"),
        "a state that there is not": lambda s: s["runs"][0].update(state="lost"),
        "a report without a file": lambda s: s["runs"][0]["result"].update(
            reports=[{"kind": "html"}]),
        "no runs": lambda s: s.update(runs=[]),
        "a local time": lambda s: s.update(started_at="2026-01-02T03:04:05"),
    }
    for why, change in changes.items():
        broken = copy.deepcopy(suite)
        change(broken)
        assert not validator.is_valid(broken), f"the schema accepts {why}"


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_constant=reject_constant)


def main():
    schema = load(sys.argv[1])
    if "UPDATE_GOLDEN" in os.environ:
        take_from_result(schema, load(sys.argv[2]), load(sys.argv[3]))
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            file.write(json.dumps(schema, indent=2) + "\n")
    Validator.check_schema(schema)
    check_same_as_result(schema, load(sys.argv[2]))
    validator = Validator(schema)
    for path in sys.argv[3:]:
        suite = load(path)
        errors = sorted(validator.iter_errors(suite), key=lambda error: list(error.path))
        for error in errors:
            print(f"{path}: {'/'.join(map(str, error.path))}: {error.message[:400]}")
        if errors:
            return 1
        check_suite(suite)
        check_schema_refuses(validator, suite)
        print(f"ok: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
