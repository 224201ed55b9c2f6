"""Imports go down only, and what is banned below the roof is not there."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "nonetloss"
MODULES = sorted(SRC.rglob("*.py"))
BELOW_IO = ("core", "numerics", "ledger", "rules", "landscape", "avoid", "minimize", "offset")

CLOCK = {
    "time.time", "time.time_ns", "time.perf_counter", "time.monotonic", "datetime.now",
    "datetime.datetime.now", "datetime.utcnow", "datetime.datetime.utcnow", "datetime.today",
    "datetime.datetime.today", "date.today", "datetime.date.today", "dt.date.today",
    "dt.datetime.now",
}  # fmt: skip
CHANCE = {
    "np.random.default_rng", "np.random.seed", "np.random.rand", "np.random.randn",
    "np.random.random", "np.random.PCG64", "np.random.SeedSequence", "np.random.Generator",
    "numpy.random.default_rng", "random.random", "random.Random", "random.seed", "uuid.uuid4",
}  # fmt: skip
ENVIRONMENT = {"os.environ", "os.getenv", "environ", "getenv"}
FILES = {"open", "io.open", "os.open"}
FILE_METHODS = {
    "read_text", "read_bytes", "write_text", "write_bytes", "to_file", "to_parquet", "to_csv",
    "read_file", "read_csv", "read_parquet", "tofile", "fromfile", "urlopen", "mkdir", "unlink",
}  # fmt: skip


def floor(path: Path) -> str:
    parts = path.relative_to(SRC).parts
    return parts[0].removesuffix(".py")


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def uses(path: Path, *, calls_only: bool = True) -> list[tuple[str, int]]:
    """Dotted names that a module calls (or merely names), with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if calls_only:
        return [(dotted(n.func), n.lineno) for n in ast.walk(tree) if isinstance(n, ast.Call)]
    return [
        (dotted(n), n.lineno) for n in ast.walk(tree) if isinstance(n, ast.Attribute | ast.Name)
    ]


def offenders(paths: list[Path], banned: set[str], *, calls_only: bool = True) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in paths
        for name, line in uses(path, calls_only=calls_only)
        if name in banned
    ]


def test_imports_go_down_only():
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nobody_looks_at_the_clock():
    assert offenders(MODULES, CLOCK) == []


def test_only_study_makes_generators():
    paths = [p for p in MODULES if floor(p) != "study"]
    # Annotations name the class; only calls make one.
    assert offenders(paths, CHANCE) == []


def test_only_the_roof_reads_the_environment():
    paths = [p for p in MODULES if floor(p) != "cli"]
    assert offenders(paths, ENVIRONMENT, calls_only=False) == []


def test_only_io_and_package_data_open_files():
    found = []
    for path in MODULES:
        if floor(path) not in BELOW_IO or path.name == "package_data.py":
            continue
        for name, line in uses(path):
            first, _, last = name.rpartition(".")
            by_package = first.endswith("package_data")
            if name in FILES or (last in FILE_METHODS and first and not by_package):
                found.append(f"{path.relative_to(ROOT)}:{line} {name}")
    assert found == []


def test_importing_the_package_costs_nothing():
    code = "import sys, nonetloss; print(sorted(m for m in sys.modules if m.startswith('n')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "numpy" not in done.stdout
    assert "nonetloss.core" not in done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SRC)))
def test_a_module_is_no_longer_than_800_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 800


def test_functions_are_short():
    """The 95th percentile of lines of code, docstring apart, is at most 60."""
    lengths = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                documented = ast.get_docstring(node) is not None
                docstring = (first.end_lineno - first.lineno + 1) if documented else 0
                lengths.append(node.end_lineno - node.lineno + 1 - docstring)
    lengths.sort()
    assert lengths[int(0.95 * len(lengths))] <= 60


HEADINGS = ("Question on the ground", "Public names", "Papers", "What it does not do")


@pytest.mark.parametrize("path", sorted(SRC.glob("*/__init__.py")), ids=lambda p: p.parent.name)
def test_a_package_says_what_it_answers(path):
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert [h for h in HEADINGS if f"\n{h}\n" not in said] == []


def test_no_module_has_a_name_that_says_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools"}
    assert [p for p in MODULES if p.stem in vague] == []


def test_no_silent_exemptions():
    """Every exemption from a check names the rule and says why; nothing is left for later."""
    found = []
    for path in [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]:
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for mark in ("# noqa", "# type: ignore"):
                if mark in line:
                    rest = line.partition(mark)[2]
                    rule = rest.startswith((": ", "["))
                    reason = " - " in rest or "  # " in rest
                    if not (rule and reason):
                        found.append(f"{path.relative_to(ROOT)}:{number}")
            if any(word in line for word in ("TODO", "FIXME", "XXX")):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []
