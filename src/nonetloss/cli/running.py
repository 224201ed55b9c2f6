"""Commands that run things: demo, run, check, report, new."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from nonetloss.cli.console import BAD_INPUT, guarded, progress, show_findings
from nonetloss.cli.words import counted, say
from nonetloss.core.errors import InputError
from nonetloss.core.language import LANGUAGES, Language

DEMO = "pucallpa-road"


def data_roots(environment: Mapping[str, str]) -> dict[str, Path]:
    """Data roots for catalogs: every NONETLOSS_… variable that is set."""
    return {
        name: Path(value).expanduser()
        for name, value in environment.items()
        if name.startswith("NONETLOSS_") and value
    }


def study_folder(study: str) -> Path:
    """The folder that a person means: a path, a study.yaml, or the name of a bundled study."""
    path = Path(study).expanduser()
    if path.name == "study.yaml" and path.is_file():
        return path.parent
    if path.is_dir():
        return path
    from nonetloss.io import bundled

    return bundled.study_folder(study)


def run(
    studies: Sequence[str],
    *,
    out: Path | None,
    language: Language,
    roots: Mapping[str, Path],
    cluster: str | None = None,
) -> None:
    """Run studies one after another, or each as a task on a cluster that exists already.

    A single study with rasters that are read by window runs here and gives the cluster its windows.
    """
    with guarded(language):
        folders = [study_folder(study) for study in studies]
        targets = _targets(folders, out)
        if cluster is not None and not _shares_windows(folders):
            from nonetloss.cli.cluster import run_on_cluster

            done = run_on_cluster(cluster, folders, targets, roots)
            for target in done:
                show_run(target, language)
            return
        from nonetloss.cli.cluster import workers
        from nonetloss.study.runner import run_study

        with workers(cluster=cluster, threads=1) as pool:
            for folder, target in zip(folders, targets, strict=True):
                with progress(language) as tell:
                    run_study(folder, target, progress=tell, data_roots=roots, workers=pool)
                show_run(target, language)


def _shares_windows(folders: Sequence[Path]) -> bool:
    from nonetloss.study.runner import works_by_window

    return len(folders) == 1 and works_by_window(folders[0])


def _targets(folders: Sequence[Path], out: Path | None) -> list[Path]:
    if out is not None and len(folders) == 1:
        return [out]
    base = Path("runs") if out is None else out
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        raise InputError.because("study.names-collide", ", ".join(sorted(names)))
    return [base / name for name in names]


def show_run(target: Path, language: Language) -> None:
    """Say where the results are, and what a person must know before trusting them."""
    from nonetloss.core.findings import Finding, Severity
    from nonetloss.core.language import Text
    from nonetloss.io.run_folder import read_record

    content = read_record(target / "run.json")
    count = sum(entry["severity"] == Severity.WARNING for entry in content["findings"])
    warnings = counted("warnings", count, language)
    typer.echo(say("run-done", language, out=target, warnings=warnings))
    for other in sorted(LANGUAGES, key=lambda each: each != language):
        report = target / f"report.{other}.html"
        if report.is_file():
            typer.echo(f"  {report}")
    named = ("hierarchy.net-loss", "hierarchy.joint-uncertain", "frontier.unfinished")
    shown = [
        Finding(
            entry["code"],
            Severity(entry["severity"]),
            entry["subject"],
            {
                key: Text.of(value) if isinstance(value, Mapping) else value
                for key, value in entry["data"].items()
            },
        )
        for entry in content["findings"]
        if entry["code"] in named
    ]
    show_findings(shown, language)


def check(study: str, *, language: Language, roots: Mapping[str, Path]) -> None:
    """Print all findings about a study; exit code 2 if one is an error."""
    from nonetloss.core.findings import Severity
    from nonetloss.study.check import check as check_study

    with guarded(language):
        found = check_study(study_folder(study), data_roots=roots)
        show_findings(found, language)
        errors = sum(f.severity is Severity.ERROR for f in found)
        warnings = sum(f.severity is Severity.WARNING for f in found)
        told = counted("errors", errors, language), counted("warnings", warnings, language)
        typer.echo(say("check-done", language, errors=told[0], warnings=told[1]))
        if errors:
            raise typer.Exit(BAD_INPUT)


def report(run_folder: Path, *, language: Language) -> None:
    """Write the reports of a run again."""
    with guarded(language):
        if not run_folder.exists():
            raise InputError.because("study.run-absent", str(run_folder))
        if not (run_folder / "run.json").is_file():
            raise InputError.because("study.no-run", str(run_folder))
        from nonetloss.study.report import write_reports

        for path in write_reports(run_folder, LANGUAGES):
            typer.echo(str(path))


def new(name: str, *, kind: str, language: Language) -> None:
    """Copy a study template, of a road, of dams or of forest carbon, under a new name."""
    from nonetloss.study.template import new_study

    with guarded(language):
        folder = new_study(Path(name).expanduser(), kind=kind)
        typer.echo(say("new-done", language, folder=folder, program=program()))


def program() -> str:
    """How to call this program again: by its name if the shell finds it so, else as it was called.

    A program of an environment that is not activated is called by its path (`.venv/bin/…`).
    """
    called = Path(sys.argv[0])
    if called.stem != "nonetloss":
        return "nonetloss"
    found = shutil.which("nonetloss")
    at_hand = found is not None and Path(found).resolve() == called.resolve()
    return "nonetloss" if at_hand else sys.argv[0]
