"""What an installed copy needs is in the wheel: every data file, and the bundled study."""

import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "nonetloss"
DATA = {".yaml", ".html", ".css", ".js", ".geojson", ".csv", ".tif"}
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"][
    "build"
]["targets"]["wheel"]
BUNDLED = sorted((PACKAGE / "study").glob("template_*")) + [
    ROOT / source for source in WHEEL["force-include"]
]


def package_files() -> list[Path]:
    found = [p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return sorted(p for p in found if p.suffix not in {".pyc", ".nbi", ".nbc"})


def ignored(paths: list[Path]) -> list[str]:
    """Those that git ignores, which the build would leave out; none where git is absent."""
    names = "\n".join(str(p.relative_to(ROOT)) for p in paths)
    try:
        done = subprocess.run(
            ["git", "check-ignore", "--stdin"],
            input=names,
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
    except FileNotFoundError:
        return []
    return done.stdout.splitlines()


def bundled_files() -> dict[str, Path]:
    """Path in the wheel of every file that is forced into it."""
    return {
        f"{target}/{path.relative_to(ROOT / source).as_posix()}": path
        for source, target in WHEEL["force-include"].items()
        for path in sorted((ROOT / source).rglob("*"))
        if path.is_file()
    }


def test_the_wheel_takes_the_whole_package_and_leaves_nothing_out():
    assert WHEEL["packages"] == ["src/nonetloss"]
    assert not {"exclude", "only-include", "artifacts", "sources"} & set(WHEEL)
    assert {p.suffix for p in package_files()} <= {".py", ".typed", *DATA}


def test_no_file_of_the_package_or_of_its_studies_is_ignored():
    assert ignored([*package_files(), *bundled_files().values()]) == []


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda p: p.name)
def test_a_bundled_study_is_whole(folder):
    assert {"study.yaml", "catalog.yaml"} <= {p.name for p in folder.iterdir()}


def test_what_is_forced_in_overwrites_nothing_of_the_package():
    own = {f"nonetloss/{p.relative_to(PACKAGE).as_posix()}" for p in package_files()}
    assert own.isdisjoint(bundled_files())
    # Where `io.bundled` looks for studies.
    for source, target in WHEEL["force-include"].items():
        assert target == f"nonetloss/bundled_studies/{Path(source).name}"


def test_the_built_wheel_holds_every_file(tmp_path):
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: the wheel is not built here")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {f"nonetloss/{p.relative_to(PACKAGE).as_posix()}" for p in package_files()}
    assert (wanted | set(bundled_files())) - held == set()
