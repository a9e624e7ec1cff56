"""Checks of the house that a compiler does not make: layers, sizes, what hot modules may call.

Each rule is a function that yields complaints, `path:line: what`. The table of layers is that of
ARCHITECTURE.md; the exceptions stand here, each with its reason, and nowhere else.
Run `tests/tidy/tidy.py [ROOT]`. The last line is `N passed, N failed`.
"""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/../../..").resolve()

LAYERS = [
    {"base"},
    {"stats", "protocol"},
    {"scenario"},  # renders requests, looks at responses
    {"profile", "io"},
    {"tls"},  # a door in front of another one
    {"plan"},  # compiles a profile into what an Io can open and send
    {"engine"},
    {"run"},
    {"analysis", "report", "live", "locust", "target"},
    {"facade"},  # run() of include/ringblast
    {"cli"},
]
HOT = {"stats", "protocol", "scenario", "plan", "io", "tls", "engine"}

BANNED = {
    r"\b(?:malloc|calloc|realloc)\s*\(": "allocates",
    r"(?<!\w)new\s+[\w:]": "allocates",
    r"\bstd::function\b": "std::function",
    r"\bstd::(?:recursive_|shared_)?mutex\b|\bstd::condition_variable\b": "a lock",
    r"\b(?:f|s|sn|vsn)?printf\s*\(": "formats",
    r"\bstd::(?:cout|cerr|clog|o?stringstream)\b|#include <(?:iostream|sstream|fstream)>":
        "a stream",
    r"\bthrow\b(?!\s*\()": "throws",
    r"\bvirtual\b": "a virtual call",
}
# (path, what) that are allowed, each with its reason.
ALLOWED = {
    ("src/io/epoll_io.cpp", "allocates"),  # as the next one
    ("src/tls/context.cpp", "allocates"),  # as the next one
    ("src/io/uring_io.cpp", "allocates"),  # the Io itself, made once before its thread starts
}

LINES_MAX = 600
HEADER_LINES_MAX = 250
FUNCTION_LINES_MAX = 70
JSON_FILES_MAX = 4


def files(*patterns):
    """Files of the project, build folders and hidden ones left out, in order."""
    found = set()
    for pattern in patterns:
        found.update(path for path in ROOT.glob(pattern) if path.is_file())
    return sorted(found)


def sources():
    return files("src/**/*.[ch]pp", "include/**/*.hpp")


def name(path):
    return path.relative_to(ROOT).as_posix()


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def code_lines(path):
    """(number, line) without comments and the contents of strings."""
    inside_comment = False
    for number, line in enumerate(lines(path), 1):
        if inside_comment:
            if "*/" not in line:
                continue
            line = line.split("*/", 1)[1]
            inside_comment = False
        if not line.lstrip().startswith("#include"):
            line = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
        line = re.sub(r"/\*.*?\*/", "", line)
        line = line.split("//", 1)[0]
        if "/*" in line:
            line = line.split("/*", 1)[0]
            inside_comment = True
        yield number, line


def layer_of(folder):
    return next((at for at, layer in enumerate(LAYERS) if folder in layer), None)


def included(path):
    """(line number, included path) of the project's own headers."""
    for number, line in code_lines(path):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if match:
            yield number, match.group(1)


def rule_includes_point_downwards():
    for path in files("src/*/**/*.[ch]pp"):
        own = path.relative_to(ROOT / "src").parts[0]
        if layer_of(own) is None:
            yield f"{name(path)}: src/{own} is in no layer"
            continue
        for number, target in included(path):
            other = target.split("/")[0]
            if other in (own, "ringblast"):
                continue
            if layer_of(other) is None:
                yield f"{name(path)}:{number}: \"{target}\" is no path from src/ or include/"
            elif layer_of(other) >= layer_of(own):
                yield f"{name(path)}:{number}: src/{own} includes {target}, which is not below it"


def rule_public_headers_include_public_headers_only():
    for path in files("include/**/*.hpp"):
        for number, target in included(path):
            if not target.startswith("ringblast/"):
                yield f"{name(path)}:{number}: includes {target}"


def rule_files_are_short():
    for path in sources() + files("tests/**/*.[ch]pp", "tests/**/*.py", "bench/**/*.[ch]pp",
                                  "bench/**/*.py", "tools/*"):
        limit = HEADER_LINES_MAX if path.suffix == ".hpp" else LINES_MAX
        count = len(lines(path))
        if count > limit:
            yield f"{name(path)}: {count} lines, {limit} at most"


def blocks(text, indent):
    """(first, last) of what starts at this indentation and ends with its closing brace."""
    start = None
    for at, line in enumerate(text):
        if not line.startswith(indent) or line[len(indent):len(indent) + 1] in ("", " "):
            continue
        word = line[len(indent):]
        if word in ("}", "};"):
            if start is not None:
                yield start, at
            start = None
        elif start is None and not word.startswith(("//", "#", "namespace", "}", "extern")):
            start = at
        if start is not None and line.endswith((";", "}", ":")) and "{" not in line:
            start = None


def functions(text):
    """(first, last) line of each function, by the indentation that clang-format gives."""
    for first, last in blocks(text, ""):
        head = " ".join(text[first:last]).split("{")[0]
        if re.search(r"\b(?:struct|class|union)\b", head) and "(" not in head:
            for inner_first, inner_last in blocks(text[first + 1:last], "    "):
                yield first + 1 + inner_first, first + 1 + inner_last
        elif "(" in head and "=" not in head:
            yield first, last


def rule_functions_fit_a_screen():
    for path in sources():
        for first, last in functions(lines(path)):
            count = last - first + 1
            if count > FUNCTION_LINES_MAX:
                yield f"{name(path)}:{first + 1}: a function of {count} lines"


def rule_hot_modules_stay_hot():
    for path in sources():
        parts = path.relative_to(ROOT).parts
        if parts[0] != "src" or parts[1] not in HOT:
            continue
        for number, line in code_lines(path):
            for pattern, what in BANNED.items():
                if re.search(pattern, line) and (name(path), what) not in ALLOWED:
                    yield f"{name(path)}:{number}: {what}: {line.strip()}"


def including(header):
    return [name(path) for path in sources() + files("src/*.cpp")
            if any(re.search(header, line) for line in lines(path)
                   if line.lstrip().startswith("#include"))]


def rule_one_file_includes_cli11():
    found = sorted(set(including(r"<CLI/")))
    if len(found) > 1:
        yield f"included by {', '.join(found)}"


def rule_few_files_include_nlohmann():
    found = sorted(set(including(r"<nlohmann/")))
    if len(found) > JSON_FILES_MAX:
        yield f"included by {len(found)} files, {JSON_FILES_MAX} at most: {', '.join(found)}"


def rule_io_uring_stays_behind_its_door():
    for path in sources():
        if path.relative_to(ROOT).parts[1] in ("io",) or path.stem == "doctor":
            continue
        for number, line in code_lines(path):
            if re.search(r"#include <liburing", line):
                yield f"{name(path)}:{number}: only src/io and the doctor speak to io_uring"


def rule_every_source_is_built():
    listed = "".join(path.read_text() for path in [ROOT / "meson.build",
                                                   *files("src/**/meson.build")])
    for path in files("src/**/*.cpp"):
        inner = path.relative_to(ROOT / "src").as_posix()
        if f"'{inner}'" not in listed and f"'src/{inner}'" not in listed:
            yield f"{name(path)}: in no meson.build"


def rule_every_unit_test_is_built():
    listed = "".join(path.read_text() for path in files("tests/**/meson.build"))
    for path in files("tests/unit/**/*_test.cpp"):
        if f"'{path.relative_to(ROOT / 'tests').as_posix()}'" not in listed:
            yield f"{name(path)}: in no meson.build"


def rule_every_file_says_what_it_is_for():
    for path in sources():
        text = lines(path)
        start = text[0] if text else ""
        own_header = re.match(r'#include "', start) and path.suffix == ".cpp"
        if not start.startswith("//") and not own_header:
            yield f"{name(path)}:1: opens without a comment"
    for path in files("include/**/*.hpp", "src/**/*.hpp"):
        if "#pragma once" not in path.read_text():
            yield f"{name(path)}: no #pragma once"


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [ROOT / path for path in listed.stdout.decode().split("\0")
                if path and (ROOT / path).is_file()]
    return files("[!.b]*", "src/**/*", "include/**/*", "tests/**/*", "tools/**/*", "docs/**/*",
                 "bench/**/*", "profiles/**/*")


def rule_no_path_of_a_machine():
    places = "|".join("/" + place for place in ("work/", "root/", "farm/", r"home/\w", "tmp/wt"))
    for path in tracked():
        try:
            text = lines(path)
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text, 1):
            if re.search(rf"(?<![\w.}}]){'(?:' + places + ')'}", line):
                yield f"{name(path)}:{number}: {line.strip()[:100]}"


def rule_no_unfinished_work():
    words = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X"))
    for path in sources() + files("tools/*", "bench/**/*.cpp", "tests/**/*.cpp"):
        for number, line in enumerate(lines(path), 1):
            if re.search(rf"\b(?:{words})\b", line):
                yield f"{name(path)}:{number}: {line.strip()[:100]}"


def rule_shell_scripts_are_sound():
    scripts = [path for path in files("tools/*", ".ci/*", "bench/*", "tests/**/*.sh", "tests/*/run")
               if path.read_bytes().startswith((b"#!/usr/bin/env bash", b"#!/bin/bash",
                                                b"#!/bin/sh"))]
    for path in scripts:
        checked = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False)
        if checked.returncode != 0:
            yield f"{name(path)}: {checked.stderr.strip()}"
    if shutil.which("shellcheck") and scripts:
        checked = subprocess.run(["shellcheck", "-S", "error", "-f", "gcc", *scripts],
                                 capture_output=True, text=True, check=False)
        yield from checked.stdout.splitlines()


def main():
    rules = [value for key, value in globals().items() if key.startswith("rule_")]
    failed = 0
    for rule in rules:
        complaints = list(rule())
        failed += bool(complaints)
        print(f"{'FAIL' if complaints else 'ok':4} {rule.__name__[5:].replace('_', ' ')}")
        for complaint in complaints:
            print(f"     {complaint}")
    print(f"{len(rules) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
