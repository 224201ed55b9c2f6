"""The command frontier: portfolios of a dam-tree file, without a study."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from nonetloss.cli.cluster import workers
from nonetloss.cli.console import INTERRUPTED, guarded, progress, show_findings, show_table
from nonetloss.cli.words import counted, say
from nonetloss.core.errors import InputError, OutputError
from nonetloss.core.language import Language

if TYPE_CHECKING:
    from nonetloss.hydropower.results import Frontier


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
        from nonetloss.hydropower.criterion import resolved
        from nonetloss.study.front_files import read_river, require_form, write_front

        if not tree.is_file():
            raise InputError.because("cli.no-tree", str(tree))
        if out is not None:
            require_form(out)
            if not out.absolute().parent.is_dir():
                raise OutputError.because("cli.no-folder", str(out), folder=out.parent)
        names = [name.strip() for name in criteria.split(",") if name.strip()]
        network = read_river(tree)
        units = {each.name: each.unit for each in resolved(network, names)}
        bounds = _bounds(at_least, at_most, units)
        if len(names) == 1:
            typer.echo("· " + say("one-criterion", language, name=names[0]), err=True)
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
        _show_ranges(front, language)
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


def _show_ranges(front: "Frontier", language: Language) -> None:
    """Each criterion: what is better, its least and largest value, its unit."""
    heads = [say(key, language) for key in ("criterion", "better", "lowest", "highest", "unit")]
    rows = [
        (
            label.title[language],
            say("more" if label.sense == "max" else "less", language),
            f"{column.min():.10g}",
            f"{column.max():.10g}",
            label.unit or say("no-unit", language),
        )
        for label in front.criteria
        if len(column := front.values[label.name])
    ]
    show_table(heads, rows)


def _bounds(
    at_least: Sequence[str], at_most: Sequence[str], units: Mapping[str, str]
) -> dict[str, tuple[float | None, float | None]]:
    """Bounds by criterion from `energy=5000` or `energy=5 GW`, told in the unit of the criterion.

    `units` are those of the criteria of the search.
    """
    bounds: dict[str, tuple[float | None, float | None]] = {}
    for end, written in ((0, at_least), (1, at_most)):
        for text in written:
            name, sign, number = (part.strip() for part in text.partition("="))
            if not (sign and name and number):
                raise InputError.because("cli.bound", text)
            value = _number(text, number, units.get(name, ""), name=name)
            low, high = bounds.get(name, (None, None))
            bounds[name] = (value, high) if end == 0 else (low, value)
    return bounds


def _number(text: str, number: str, unit: str, *, name: str) -> float:
    """A bare number, in the unit of its criterion, or a quantity with its own."""
    from nonetloss.core.units import quantity

    if "," in number:
        raise InputError.because("cli.bound-comma", text)
    try:
        value = float(number)
    except ValueError:
        if not number[0].isdigit() and number[0] not in "+-.":
            raise InputError.because("cli.bound", text) from None
        return quantity(number, unit, name=name)
    if math.isnan(value):
        raise InputError.because("cli.bound", text)
    return value
