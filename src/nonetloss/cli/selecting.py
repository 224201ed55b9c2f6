"""The command select: the cheapest units of a Marxan folder, without a study."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import typer

from nonetloss.cli.console import guarded, show_findings, show_table
from nonetloss.cli.words import say
from nonetloss.core.errors import OutputError
from nonetloss.core.language import Language

if TYPE_CHECKING:
    from nonetloss.io.marxan import MarxanProblem
    from nonetloss.offset.selection import UnitSelection

# An edge that touches no other unit counts in full, as in Marxan.
_EXPOSED = 1.0


def select(
    folder: Path,
    *,
    gap: float,
    blm: float | None,
    time_limit: float | None,
    reachable: bool,
    out: Path | None,
    compare: Path | None,
    language: Language,
) -> None:
    """Choose, say what is proven, write the solution if asked, measure another one beside it."""
    with guarded(language):
        from nonetloss.io.marxan import read_marxan, read_solution, write_solution
        from nonetloss.offset.selection import aim
        from nonetloss.offset.selection import select as choose
        from nonetloss.offset.selection.wanted import within_reach

        if out is not None and not out.absolute().parent.is_dir():
            raise OutputError.because("cli.no-folder", str(out), folder=out.parent)
        problem = read_marxan(folder)
        other = None if compare is None else read_solution(compare, problem.case.ids)
        show_findings(problem.findings, language)
        targets = problem.targets
        if reachable:
            targets, lowered = within_reach(problem.case, targets)
            show_findings(lowered, language)
        penalty = problem.boundary_penalty if blm is None else blm
        best = choose(
            problem.case,
            aim("minimum-set", targets),
            boundary_penalty=penalty,
            exposed_edge_factor=_EXPOSED,
            gap=gap,
            time_limit_s=time_limit,
            explained=0,
        )
        show_findings(best.findings, language)
        # Against the targets of the folder, also where they were lowered to what there is.
        columns = [_measures(problem, best.chosen, penalty)]
        heads = [say("measure", language), say("select-here", language)]
        if compare is not None and other is not None:
            columns.append(_measures(problem, other, penalty))
            heads.append(compare.name)
        names = ("score", "cost", "units-chosen", "boundary", "missed", "shortfall")
        rows = [
            [say(f"select-{name}", language), *(f"{column[name]:.10g}" for column in columns)]
            for name in names
        ]
        show_table(heads, rows)
        _say_proof(best, columns, language)
        _say_missed(problem, best.chosen, language)
        if out is not None:
            write_solution(out, problem.case.ids, best.chosen)
            typer.echo(say("select-written", language, out=out))


def _measures(problem: "MarxanProblem", chosen: np.ndarray, penalty: float) -> dict[str, float]:
    """What Marxan's summary says of a solution, without the penalties per feature."""
    from nonetloss.offset.selection.choice import outline_length, target_table

    cost = float(np.nan_to_num(problem.case.cost)[chosen].sum())
    length = outline_length(problem.case, chosen, exposed_edge_factor=_EXPOSED)
    told = target_table(problem.case, problem.targets, chosen)
    return {
        "score": cost + (penalty * length if penalty > 0 else 0.0),
        "cost": cost,
        "units-chosen": float(chosen.sum()),
        "boundary": length,
        "missed": float((~told["met"]).sum()),
        "shortfall": float((told["shortfall"] * told["target"]).sum()),
    }


def _say_proof(best: "UnitSelection", columns: list[dict[str, float]], language: Language) -> None:
    said = {"bound": f"{best.bound:.10g}", "gap": f"{100 * best.gap:.3g}"}
    typer.echo(say("select-optimal" if best.gap <= 1e-9 else "select-proven", language, **said))
    for other in columns[1:]:
        if other["missed"] > columns[0]["missed"]:
            typer.echo(say("select-other-misses", language, count=int(other["missed"])))
        elif columns[0]["score"] > 0:
            percent = 100 * (other["score"] / columns[0]["score"] - 1)
            typer.echo(say("select-other-dearer", language, percent=f"{percent:+.3g}"))


def _say_missed(problem: "MarxanProblem", chosen: np.ndarray, language: Language) -> None:
    from nonetloss.offset.selection.choice import target_table

    told = target_table(problem.case, problem.targets, chosen)
    missed = told[~told["met"]]
    if missed.empty:
        typer.echo(say("select-all-met", language, count=int(told["target"].notna().sum())))
        return
    heads = [say(f"select-{key}", language) for key in ("feature", "target", "held")]
    show_table(
        heads,
        [
            (str(row.feature), f"{row.target:.10g}", f"{row.held:.10g}")
            for row in missed.itertuples(index=False)
        ],
    )
