"""What people see: findings without traceback, progress, exit codes."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import typer

from nonetloss.cli.words import say
from nonetloss.core.errors import NonetlossError, NoSolutionError, OutputError
from nonetloss.core.findings import Finding, Severity
from nonetloss.core.language import Language, sentences

NO_SOLUTION, BAD_INPUT, NOT_WRITTEN, INTERRUPTED = 1, 2, 3, 130
_SIGNS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTICE: "·"}
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "blue"}


@contextmanager
def guarded(language: Language) -> Iterator[None]:
    """Turn what goes wrong into words and an exit code: 1 no solution, 2 input, 3 output."""
    try:
        yield
    except NonetlossError as problem:
        show_findings(problem.findings, language, error=True)
        if isinstance(problem, NoSolutionError):
            raise typer.Exit(NO_SOLUTION) from problem
        if isinstance(problem, OutputError):
            raise typer.Exit(NOT_WRITTEN) from problem
        raise typer.Exit(BAD_INPUT) from problem
    except KeyboardInterrupt as stop:
        typer.echo("\n" + say("interrupted", language), err=True)
        raise typer.Exit(INTERRUPTED) from stop


def show_findings(found: Iterable[Finding], language: Language, *, error: bool = False) -> None:
    """Each finding: what must hold, what was found, what to do."""
    for finding in found:
        sign = typer.style(_SIGNS[finding.severity], fg=_COLORS[finding.severity], bold=True)
        first, *rest = _lines(finding, language)
        typer.echo(f"{sign} {first}", err=error)
        for line in rest:
            typer.echo(f"  {line}", err=error)


def _lines(finding: Finding, language: Language) -> list[str]:
    said = sentences(finding.code, language, subject=finding.subject, **finding.data)
    return [said[0], said[1], f"→ {said[2]}"] if len(said) > 1 else said


def show_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table that wraps in a terminal and is tab-separated when piped."""
    listed = [list(map(str, row)) for row in rows]
    if not sys.stdout.isatty():
        for row in (list(heads), *listed):
            typer.echo("\t".join(row))
        return
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table(*heads, box=SIMPLE)
    for row in listed:
        table.add_row(*row)
    Console().print(table, markup=False)


@contextmanager
def progress(language: Language) -> Iterator[Callable[[str, float], None]]:
    """A callback that shows what is being done: bars in a terminal, one line a step elsewhere."""
    if not sys.stderr.isatty():
        said: set[str] = set()

        def tell(name: str, done: float) -> None:
            if name not in said:
                said.add(name)
                typer.echo(f"· {_step(name, language)}", err=True)

        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def move(name: str, done: float) -> None:
            for other, task in tasks.items():
                if other != name:
                    bars.update(task, completed=1.0, total=1.0)
            if name not in tasks:
                tasks[name] = bars.add_task(_step(name, language), total=None)
            if done > 0:
                bars.update(tasks[name], completed=done, total=1.0)

        yield move


def _step(name: str, language: Language) -> str:
    return say(f"stage-{name}", language) if name in ("check", "report") else name
