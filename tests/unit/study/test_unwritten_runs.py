"""Runs that cannot be written or are cut short: what was there before stays as it was."""

import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nonetloss.core.errors import OutputError
from nonetloss.core.findings import Finding
from nonetloss.study.runner import run_study


def only(found: list[Finding], code: str) -> Finding:
    """The one finding of a code; both of its texts can be read."""
    matching = [f for f in found if f.code == code]
    assert len(matching) == 1, [f.code for f in found]
    for language in ("es", "en"):
        assert matching[0].render(language)
    return matching[0]


def files(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def test_unwritable_output(small_study, tmp_path):
    blocking = tmp_path / "file"
    blocking.write_text("x", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        run_study(small_study.folder, blocking / "run", languages=())
    only(list(caught.value.findings), "io.cannot-write")


def test_a_folder_that_is_no_run_is_never_replaced(small_study, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        run_study(small_study.folder, tmp_path / "documents", languages=())
    only(list(caught.value.findings), "io.not-a-run")
    assert (tmp_path / "documents" / "thesis.txt").read_text(encoding="utf-8") == "x"


def test_disk_full_leaves_the_former_run(small_study, tmp_path):
    """The operating system refuses files of more than 20 kB, as a full disk would."""
    out = run_study(small_study.folder, tmp_path / "run", languages=())
    before = files(out)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OutputError) as caught:
            run_study(small_study.folder, out, languages=())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    only(list(caught.value.findings), "io.cannot-write")
    assert files(out) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


_KILLED = """
import sys, time
from pathlib import Path
from nonetloss.study import runner
def wait(*_):
    print("writing", flush=True)
    time.sleep(60)
runner._write_nouns = wait
runner.run_study(Path(sys.argv[1]), Path(sys.argv[2]), languages=())
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_run_leaves_the_former_one_and_the_next_starts_clean(
    small_study, tmp_path, how
):
    out = run_study(small_study.folder, tmp_path / "run", languages=())
    before = files(out)
    command = [sys.executable, "-c", textwrap.dedent(_KILLED), str(small_study.folder), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    # While it lives, nobody else writes there.
    with pytest.raises(OutputError) as caught:
        run_study(small_study.folder, out, languages=())
    only(list(caught.value.findings), "io.busy")
    process.send_signal(how)
    process.wait(timeout=30)
    process.stdout.close()
    assert files(out) == before
    left = [p.name for p in tmp_path.iterdir() if p.name.startswith(".")]
    assert left == ([] if how == signal.SIGINT else [".run.partial"])
    assert files(run_study(small_study.folder, out, languages=())) == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
