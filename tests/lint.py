"""Checks the house rules that a compiler cannot: layers, sizes, names, test twins.

Usage: lint.py [root]. Prints one line a finding and exits with 1 if there is any.
"""

import os
import re
import shutil
import subprocess
import sys

LAYERS = ["runtime", "ir", "passes", "backends", "frontend"]
USERS_OF_ALL = ["tests", "examples", "benchmarks"]
TOP_LEVEL = {"CMakeLists.txt", "README.md", "CMakePresets.json", "LICENSE", "cmake", "docs",
             "dev", *LAYERS, *USERS_OF_ALL}
WITH_README = LAYERS + USERS_OF_ALL
# Third-party headers, and the only folders that may include them.
CONFINED = {
    "llvm": ("backends/llvm/", "backends/cpu/", "tests/backends/llvm/"),
    "boost": ("frontend/cli/",),
    "cblas.h": ("backends/blas/",),
}
PUBLIC_HEADERS = ("frontend/cpp/include/", "runtime/include/")
KEPT_OUT_OF_PUBLIC_HEADERS = ("llvm", "fmt", "boost")
MOST_LINES = 600
MOST_COLUMNS = 100
MOST_FUNCTION_LINES = 60
CODE = (".cpp", ".h", ".def", ".py", ".sh", ".cmake")
# Spelled in two halves, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"]) + r")\b")
MACHINE_PATHS = re.compile(r"/wo" r"rk/|/fa" r"rm/|\.\./sha" r"red\b|/tmp/[a-z]+/h\d")
VAGUE_NAMES = re.compile(r"\b(utils?|common|helpers?|managers?)\.(h|cpp|py)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def files_of(root):
    """Every file of the project: tracked, or new and not ignored."""
    command = ["git", "-C", root, "-c", "core.quotepath=off", "ls-files", "-co",
               "--exclude-standard"]
    paths = []
    if os.path.exists(os.path.join(root, ".git")) and shutil.which("git"):
        paths = subprocess.run(command, capture_output=True, text=True, check=False)
        paths = paths.stdout.splitlines()
    if not paths:  # no checkout, or one that git does not trust
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in (".venv", "__pycache__", ".git")
                          and not (folder == root and f.startswith("build"))]
            paths += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(p for p in set(paths) if os.path.isfile(os.path.join(root, p)))


def read_text(root, path):
    """The file's text, or None for a file that is not text."""
    with open(os.path.join(root, path), "rb") as file:
        data = file.read()
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def blank_literals(text):
    """C++ text with comments, strings and characters blanked; lines stay where they are."""
    pattern = re.compile(
        r'R"([^()\\\s]{0,16})\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*'", re.S)
    return pattern.sub(lambda match: " " + "\n" * match[0].count("\n"), text)


def functions(text):
    """(first line, number of lines) of each function at namespace or class level."""
    code = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: "\n" * m[0].count("\n"),
                  blank_literals(text), flags=re.M)
    scopes = []  # for each open brace: (is a namespace or a class, line where its header begins)
    header_start = 0
    line = 1
    header_line = 1
    found = []
    for at, c in enumerate(code):
        if c == "\n":
            line += 1
        if c == "{":
            header = code[header_start:at].strip()
            outer = all(is_scope for is_scope, _ in scopes)
            is_scope = bool(re.search(r"\b(namespace|class|struct|union|enum|extern)\b", header)) \
                and not re.search(r"\)\s*(const|noexcept|override|final|->.*|\s)*$", header)
            scopes.append((is_scope or (outer and "(" not in header),
                           header_line if outer else 0))
        elif c == "}" and scopes:
            is_scope, start = scopes.pop()
            if not is_scope and start:
                found.append((start, line - start + 1))
        if c in "{};":
            header_start = at + 1
            header_line = 0
        elif not header_line and not c.isspace():
            header_line = line
    return found


RUNTIME_HEADERS = ("arrayc/abi.h", "arrayc/float16.h")


def include_target(path):
    """The layer folder that an included path belongs to, or None for a foreign header."""
    top = path.split("/")[0]
    if top == "arrayc":
        return "runtime" if path in RUNTIME_HEADERS else "frontend"
    return top if top in LAYERS + USERS_OF_ALL else None


def check_includes(path, text, known, report):
    own = path.split("/")[0]
    public = path.startswith(PUBLIC_HEADERS)
    for match in INCLUDE.finditer(text):
        quote, included = match.groups()
        number = text.count("\n", 0, match.start(2)) + 1
        place = f"{path}:{number}"
        library = re.split(r"[-/]", included)[0]
        if library in CONFINED and not path.startswith(CONFINED[library]):
            report(f"{place}: <{included}> may be included only in {', '.join(CONFINED[library])}")
        if public and library in KEPT_OUT_OF_PUBLIC_HEADERS:
            report(f"{place}: a public header includes <{included}>")
        if public and quote == '"':
            report(f'{place}: a public header includes "{included}"; write <arrayc/...>')
        target = include_target(included)
        if target is None:
            if quote == '"':
                report(f'{place}: "{included}" is not a path from the top of the tree')
            continue
        if not included.startswith("arrayc/") and included not in known:
            report(f'{place}: "{included}" does not exist')
        if public and not included.startswith("arrayc/"):
            report(f'{place}: a public header includes the internal "{included}"')
        if own in LAYERS and (target not in LAYERS or LAYERS.index(target) > LAYERS.index(own)):
            report(f"{place}: {own} is below {target} and may not include {included}")
        if own == "examples" and not included.startswith(("arrayc/", "examples/")):
            report(f"{place}: examples include public headers only, not {included}")


def check_sizes(path, text, report):
    lines = text.splitlines()
    if not path.endswith(".def"):
        if len(lines) > MOST_LINES:
            report(f"{path}: {len(lines)} lines, {MOST_LINES} at most")
        for number, line in enumerate(lines, 1):
            if len(line) > MOST_COLUMNS:
                report(f"{path}:{number}: {len(line)} columns, {MOST_COLUMNS} at most")
    if path.endswith((".cpp", ".h")):
        for start, length in functions(text):
            if length > MOST_FUNCTION_LINES:
                report(f"{path}:{start}: a function of {length} lines, "
                       f"{MOST_FUNCTION_LINES} at most")


def check_words(path, text, report):
    for number, line in enumerate(text.splitlines(), 1):
        if path.endswith(CODE) and UNFINISHED.search(line):
            report(f"{path}:{number}: unfinished: {line.strip()[:60]}")
        if MACHINE_PATHS.search(line) and path != ".gitignore":
            report(f"{path}:{number}: names a path of one machine: {line.strip()[:60]}")


def check_tree(known, report):
    for top in sorted({path.split("/")[0] for path in known}):
        if top not in TOP_LEVEL and not top.startswith("."):
            report(f"{top}: not one of the known top-level entries")
    for folder in WITH_README:
        if f"{folder}/README.md" not in known:
            report(f"{folder}/README.md is missing")
    for path in sorted(known):
        if VAGUE_NAMES.search(path):
            report(f"{path}: a name that says nothing")
        match = re.fullmatch(r"passes/(?:.*/)?(\w+)\.cpp", path)
        if match and f"tests/passes/test_{match[1]}.cpp" not in known:
            report(f"{path}: has no test twin tests/passes/test_{match[1]}.cpp")
        if re.fullmatch(r"(runtime|ir|passes|backends|frontend)/.*\.h", path) \
                and not re.fullmatch(r"[a-z0-9_./]+", path):
            report(f"{path}: file names are in snake_case")


def lint(root):
    """Every finding, as lines of text."""
    findings = []
    known = set(files_of(root))
    check_tree(known, findings.append)
    for path in sorted(known):
        text = read_text(root, path)
        if text is None:
            continue
        check_words(path, text, findings.append)
        if path.endswith(CODE):
            check_sizes(path, text, findings.append)
        if path.endswith((".cpp", ".h", ".def")):
            check_includes(path, text, known, findings.append)
            if path.endswith(".h") and "#pragma once" not in text and "#ifndef" not in text:
                findings.append(f"{path}: has no include guard")
    return findings


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(
        os.path.abspath(__file__)))
    findings = lint(root)
    for finding in findings:
        print(finding)
    print(f"lint: {len(findings)} findings" if findings else "lint: nothing found")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
