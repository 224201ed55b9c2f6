"""How near the maps came to what happened, and whether an alternative model may be used."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.risk.assessment_cells import Alignment, Kept, cell_table, squares
from nonetloss.forest.risk.assessment_method import METHOD
from nonetloss.forest.risk.cover import START, ForestCover, Period
from nonetloss.forest.risk.measures import measures
from nonetloss.forest.risk.risk_map import RiskMap

__all__ = ["METHOD", "Assessment", "assess", "verdict_of"]

# Fit and prediction of VT0007, by the period whose loss is compared.
_PERIODS: Final[tuple[tuple[str, Period], ...]] = (
    ("fit", "calibration"),
    ("prediction", "confirmation"),
)
_EVALUATIONS: Final = {
    "fit": Text(es="el ajuste", en="fit"),
    "prediction": Text(es="la predicción", en="prediction"),
}
# Totals of two maps of one period may differ by this share.
_SAME_TOTAL: Final = 0.001
# A sign test above it shows nothing.
_RARE: Final = 0.05
# A median over fewer cells says little.
_FEW = 10


class HasMaps(Protocol):
    """A model that was fitted on the calibration period and predicted the confirmation period."""

    @property
    def calibration(self) -> RiskMap:
        """The fitted map."""

    @property
    def confirmation(self) -> RiskMap:
        """The map of the prediction."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Result of `assess`.

    `measures`: model, evaluation (fit or prediction), period, cell_ha, decisive, and the fields of
    `Measures`. `cells`, at the first size of cells: model, evaluation, row, column, x, y, area_ha,
    forest_ha, actual_ha, predicted_ha. `verdict`, one row per alternative model, size of cells and
    evaluation: model, cell_ha, decisive, evaluation, n, benchmark_medae_ha, alternative_medae_ha,
    closer and farther (cells in which the alternative came nearer, or less near, than the
    benchmark), chance (two-sided sign test of those; NaN if all are equal), better, qualifies.
    `accepted` names the models that qualify at the first size; the benchmark holds if there are
    none.
    """

    measures: pd.DataFrame
    cells: pd.DataFrame
    verdict: pd.DataFrame
    accepted: tuple[str, ...]
    findings: tuple[Finding, ...]


def assess(
    cover: ForestCover,
    *,
    benchmark: HasMaps,
    models: Sequence[HasMaps] = (),
    cells_ha: Sequence[float] = (100_000.0,),
    alignment: Alignment = "centered",
    kept: Kept = "full",
    workers: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Assessment:
    """Compare maps with what was lost, in square cells, in fit and in prediction.

    An alternative model may be used only if its median absolute error is below that of the
    benchmark in both (VT0007). The rule is applied at the first of `cells_ha`; other sizes show
    whether the answer hangs on it.

    Parameters
    ----------
    cover : ForestCover
    benchmark : Benchmark, or anything with the maps `calibration` and `confirmation`
    models : sequence of the same
        Other models; each map names its `model`. Empty: only the benchmark is assessed.
    cells_ha : sequence of float
        Sizes of cells in ha, different, the decisive one first.
    alignment, kept
        See `assessment_cells.squares` and `cell_table`.
    workers, progress : optional

    Raises
    ------
    InputError
        `assessment.cell`, `assessment.cells` if fewer than two cells are kept,
        `assessment.sizes` if a size is repeated or there is none, `assessment.models` if two
        models have one name, `assessment.period` if a map speaks of other years than the cover.
    GeometryError
        `raster.other-grid`.

    References
    ----------
    Verra VT0007 v1.0. Thiessen cells around a lattice are squares. The sign test is ours.
    """
    every = _named([benchmark, *models])
    _require_periods(every, cover)
    sizes = [float(s) for s in cells_ha]
    if not sizes or len(set(sizes)) < len(sizes):
        raise InputError.because("assessment.sizes", "cells_ha", found=offenders(sizes) or "–")
    rows: list[dict[str, Any]] = []
    kept_cells: dict[tuple[str, str, float], pd.DataFrame] = {}
    findings: list[Finding] = []
    stages = len(sizes) * len(every) * len(_PERIODS)
    for size in sizes:
        whole = squares(cover.codes.grid, cell_ha=size, alignment=alignment).cell_ha
        for name, model in every.items():
            for evaluation, period in _PERIODS:
                done = len(kept_cells)
                table = cell_table(
                    cover,
                    predicted=getattr(model, period).hectares,
                    period=period,
                    cell_ha=size,
                    alignment=alignment,
                    kept=kept,
                    workers=workers,
                    progress=_part(progress, done, stages),
                )
                kept_cells[name, evaluation, size] = table
                told = measures(
                    table["actual_ha"].to_numpy(),
                    predicted_ha=table["predicted_ha"].to_numpy(),
                    forest_ha=table["forest_ha"].to_numpy(),
                    cell_ha=whole,
                )
                head = {"model": name, "evaluation": evaluation, "period": period}
                decisive = size == sizes[0]
                rows.append({**head, "cell_ha": size, "decisive": decisive, **asdict(told)})
                if name == next(iter(every)):
                    findings += _doubts(table, evaluation, size)
    verdict = verdict_of(kept_cells, models=tuple(every), sizes=sizes)
    decided = verdict[verdict["decisive"] & verdict["qualifies"]]
    accepted = tuple(dict.fromkeys(decided["model"]))
    findings += [*_unlike(every), *_decided(verdict, accepted)]
    return Assessment(
        pd.DataFrame(rows), _long(kept_cells, sizes[0]), verdict, accepted, tuple(findings)
    )


def _named(models: Sequence[HasMaps]) -> dict[str, HasMaps]:
    names = [model.calibration.model for model in models]
    if len(set(names)) < len(names):
        raise InputError.because("assessment.models", "models", names=offenders(names))
    # The first one is what the others must beat, whatever it calls itself.
    return dict(zip(names, models, strict=True))


def _require_periods(models: Mapping[str, HasMaps], cover: ForestCover) -> None:
    for name, model in models.items():
        for _, period in _PERIODS:
            told: RiskMap = getattr(model, period)
            found = (told.start_year, told.start_year + told.years)
            start = cover.years[START[period] - 1]
            expected = (start, start + cover.length(period))
            if not np.allclose(found, expected, rtol=0.0, atol=1e-6):
                raise InputError.because(
                    "assessment.period",
                    name,
                    found="–".join(f"{y:g}" for y in found),
                    expected="–".join(f"{y:g}" for y in expected),
                )


def _unlike(models: Mapping[str, HasMaps]) -> list[Finding]:
    """A model that allocates another total than the benchmark is not compared like with like."""
    found = []
    first, *others = models.items()
    for name, model in others:
        for evaluation, period in _PERIODS:
            ours, theirs = (getattr(m, period).total_ha for m in (model, first[1]))
            if abs(ours - theirs) > _SAME_TOTAL * max(ours, theirs):
                found.append(
                    warning(
                        "assessment.totals-differ",
                        name,
                        evaluation=_EVALUATIONS[evaluation],
                        ha=round(ours, 1),
                        benchmark_ha=round(theirs, 1),
                    )
                )
    return found


def _part(
    progress: Callable[[str, float], None] | None, done: int, stages: int
) -> Callable[[float], None] | None:
    if progress is None:
        return None
    return lambda share: progress("assessment", (done + share) / stages)


def _doubts(table: pd.DataFrame, evaluation: str, size: float) -> list[Finding]:
    found = []
    said = {"evaluation": _EVALUATIONS[evaluation], "cell_ha": f"{size:g}"}
    if len(table) < _FEW:
        found.append(warning("assessment.few-cells", evaluation, n=len(table), **said))
    idle = (table["actual_ha"] == 0) & (table["predicted_ha"] == 0)
    if idle.mean() > 0.5:
        percent = round(100 * float(idle.mean()))
        found.append(warning("assessment.idle-cells", evaluation, percent=percent, **said))
    return found


_VERDICT = [
    "model", "cell_ha", "decisive", "evaluation", "n", "benchmark_medae_ha",
    "alternative_medae_ha", "closer", "farther", "chance", "better", "qualifies",
]  # fmt: skip


def verdict_of(
    cells: dict[tuple[str, str, float], pd.DataFrame],
    *,
    models: Sequence[str],
    sizes: Sequence[float],
) -> pd.DataFrame:
    """The rule of VT0007 for every model but the first: a lower median error in fit and prediction.

    Parameters
    ----------
    cells : tables of `cell_table` by model, evaluation ("fit", "prediction") and size
    models : names, the benchmark first
    sizes : ha, the decisive one first

    Returns
    -------
    The `verdict` of `Assessment`; equal medians are not better.
    """
    rows = []
    for size in sizes:
        for name in models[1:]:
            pair = [_compared(cells, models[0], name, e, size) for e, _ in _PERIODS]
            qualifies = all(row["better"] for row in pair)
            decisive = size == sizes[0]
            rows += [{**row, "decisive": decisive, "qualifies": qualifies} for row in pair]
    return pd.DataFrame(rows, columns=_VERDICT)


def _compared(
    cells: dict[tuple[str, str, float], pd.DataFrame],
    benchmark: str,
    name: str,
    evaluation: str,
    size: float,
) -> dict[str, Any]:
    errors = [
        (cells[m, evaluation, size]["actual_ha"] - cells[m, evaluation, size]["predicted_ha"])
        .abs()
        .to_numpy()
        for m in (benchmark, name)
    ]
    first, second = (float(np.median(e)) for e in errors)
    closer, farther = int((errors[1] < errors[0]).sum()), int((errors[1] > errors[0]).sum())
    chance = float("nan")
    if closer + farther:
        chance = float(binomtest(closer, closer + farther).pvalue)
    return {
        "model": name,
        "cell_ha": size,
        "evaluation": evaluation,
        "n": len(errors[0]),
        "benchmark_medae_ha": first,
        "alternative_medae_ha": second,
        "closer": closer,
        "farther": farther,
        "chance": chance,
        "better": second < first,
    }


def _decided(verdict: pd.DataFrame, accepted: Sequence[str]) -> list[Finding]:
    """One finding for each alternative: may it be used, and does that hang on the size of cells."""
    found = []
    for name in dict.fromkeys(verdict["model"]):
        rows = verdict[(verdict["model"] == name) & verdict["decisive"]].set_index("evaluation")
        data = {
            f"{who}_{evaluation}": round(float(rows.loc[evaluation, f"{who}_medae_ha"]), 3)
            for who in ("benchmark", "alternative")
            for evaluation, _ in _PERIODS
        }
        size = f"{float(rows['cell_ha'].iloc[0]):g}"
        code = "assessment.qualifies" if name in accepted else "assessment.not-qualified"
        tell = notice if name in accepted else warning
        found.append(tell(code, name, cell_ha=size, **data))
        test = rows.loc["prediction"]
        if name in accepted and not (test["closer"] > test["farther"] and test["chance"] < _RARE):
            counts = {"closer": int(test["closer"]), "farther": int(test["farther"])}
            found.append(
                warning("assessment.may-be-chance", name, **counts, p=f"{test['chance']:.2g}")
            )
        others = verdict[(verdict["model"] == name) & ~verdict["decisive"]]
        other_way = others[others["qualifies"] != (name in accepted)]
        if len(other_way):
            sizes = offenders(f"{s:g}" for s in dict.fromkeys(other_way["cell_ha"]))
            found.append(warning("assessment.hangs-on-size", name, sizes=sizes))
    return found


def _long(cells: dict[tuple[str, str, float], pd.DataFrame], size: float) -> pd.DataFrame:
    parts = [
        table.assign(model=name, evaluation=evaluation)
        for (name, evaluation, at), table in cells.items()
        if at == size
    ]
    together = pd.concat(parts, ignore_index=True)
    return together[["model", "evaluation", *parts[0].columns[:-2]]]
