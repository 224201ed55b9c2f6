"""The command frontier: portfolios of a dam-tree file, without a study."""

from collections.abc import Sequence
from pathlib import Path

import typer

from nonetloss.cli.cluster import workers
from nonetloss.cli.console import INTERRUPTED, guarded, progress, show_findings, show_table
from nonetloss.cli.words import counted, say
from nonetloss.core.errors import InputError
from nonetloss.core.language import Language


def frontier(
    tree: Path,
    *,
    criteria: str,
    epsilon: float,
    out: Path | None,
    at_least: Sequence[str],
    at_most: Sequence[str],
    memory_gib: float,
    threads: int,
    cluster: str | None,
    language: Language,
) -> None:
    """Compute the front, write it if asked, say what is proven; exit code 130 if interrupted."""
    with guarded(language):
        from nonetloss.hydropower import pareto_frontier
        from nonetloss.study.front_files import read_river, require_form, write_front

        if out is not None:
            require_form(out)
        names = [name.strip() for name in criteria.split(",") if name.strip()]
        bounds = _bounds(at_least, at_most)
        network = read_river(tree)
        with workers(cluster=cluster, threads=threads) as pool, progress(language) as tell:
            front = pareto_frontier(
                network,
                criteria=names,
                epsilon=epsilon,
                bounds=bounds,
                memory_gib=memory_gib,
                executor=pool,
                progress=lambda _, done: tell(say("stage-frontier", language), done),
            )
        heads = [say(key, language) for key in ("criterion", "lowest", "highest", "unit")]
        rows = [
            (label.title[language], f"{column.min():.10g}", f"{column.max():.10g}", label.unit)
            for label in front.criteria
            if len(column := front.values[label.name])
        ]
        show_table(heads, rows)
        show_findings(front.findings, language)
        count = counted("portfolios", len(front), language)
        key = "front-exact" if front.epsilon == 0 and front.finished else "front-within"
        typer.echo(say(key, language, count=count, epsilon=f"{front.epsilon:.6g}"))
        if out is not None:
            write_front(out, front, network=network, data_file=tree.name)
            typer.echo(say("front-written", language, out=out))
        if not front.finished:
            typer.echo(say("front-interrupted", language), err=True)
            raise typer.Exit(INTERRUPTED)


def _bounds(
    at_least: Sequence[str], at_most: Sequence[str]
) -> dict[str, tuple[float | None, float | None]]:
    """Bounds by criterion from `energy=5000`, in the unit of the criterion."""
    bounds: dict[str, tuple[float | None, float | None]] = {}
    for end, written in ((0, at_least), (1, at_most)):
        for text in written:
            name, sign, number = text.partition("=")
            try:
                value = float(number)
            except ValueError:
                sign = ""
            if not sign or value != value:
                raise InputError.because("cli.bound", text)
            low, high = bounds.get(name.strip(), (None, None))
            bounds[name.strip()] = (value, high) if end == 0 else (low, value)
    return bounds
