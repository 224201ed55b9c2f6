"""How well a risk map told where forest was lost: cells, measures, and which model may be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import Language, number
from nonetloss.study.report.forest import drawing, legends
from nonetloss.study.report.forest.drawing import Cloud
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import each, figure, present
from nonetloss.study.report.forest.rows import (
    Field,
    Row,
    build,
    code,
    ends,
    given,
    known,
    num,
    verdict,
    whole,
)
from nonetloss.study.report.section import Figure, Section
from nonetloss.study.report.table import Column, Table
from nonetloss.study.report.words import MISSING, amount, listed, word

METHOD = "forest.assessment"
# More pictures than this no section holds; the table has all models.
CLOUDS = 6
# Columns of the sign test.
SIGNS = ("closer", "farther", "chance")
LEAST_P = 0.001
# Rows of the table of measures, in the order people ask for them.
MEASURES: tuple[tuple[str, int], ...] = (
    *(("n", 0), ("actual_ha", 1), ("predicted_ha", 1), ("medae_ha", 3), ("medae_percent", 4)),
    *(("mae_ha", 3), ("rmse_ha", 3), ("wrmse_ha", 3), ("r_squared", 4)),
    *(("ols_slope", 4), ("ols_intercept_ha", 3)),
    *(("theil_sen_slope", 4), ("theil_sen_intercept_ha", 3)),
    *(("agreement_ha", 2), ("iou_percent", 2), ("difference_ha", 2)),
)


@dataclass(frozen=True, slots=True)
class Assessed:
    """One map in one evaluation (fit or prediction): its cells and its measures."""

    model: str
    evaluation: str
    cells: pd.DataFrame
    measures: Mapping[Any, Any]

    def name(self, language: Language) -> str:
        """`Benchmark · prediction`."""
        told = known("evaluation", self.evaluation, language)
        return f"{known('model', self.model, language)} · {told}"


def assessed(step: Taken) -> tuple[Assessed, ...]:
    """Every model in fit and prediction, at the size of cells that decides."""
    measures, cells = step.table("measures"), step.table("cells")
    if not {"model", "evaluation"} <= set(measures.columns):
        return ()
    if "decisive" in measures:
        measures = measures[measures["decisive"].astype(bool)]
    found = []
    for row in measures.to_dict("records"):
        mine = cells
        for column in ("model", "evaluation"):
            mine = mine[mine[column] == row[column]] if column in mine else mine
        found.append(Assessed(str(row["model"]), str(row["evaluation"]), mine, row))
    return tuple(found)


def assessment(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each assessment; in it, the models stand side by side."""
    return each(study, study.taken(METHOD), _assessment, language)


def _assessment(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    found = assessed(step)
    if not found:
        return None
    tops = _tops(found)
    drawn = [
        _cloud(one, top, language, f"{i}{suffix}")
        for i, (one, top) in enumerate(zip(found[:CLOUDS], tops, strict=False))
        if len(one.cells)
    ]
    notes = [
        *said(step, language),
        *own_period(study, step, language),
        *medians(step, language),
        *_luck(step, language),
        word("forest.assessment-note", language),
    ]
    return Section(
        "forest-assessment",
        word("forest.assessment", language),
        word("forest.assessment-lead", language, size=_size(found, language)),
        drawn,
        present(_verdict(step, language), _measures(found, language), _sizes(step, language)),
        notes,
    )


def _size(found: Sequence[Assessed], language: Language) -> str:
    return number(float(found[0].measures.get("cell_ha", np.nan)), language, 0)


def _cloud(one: Assessed, top: float, language: Language, suffix: str) -> Figure:
    cloud = Cloud(
        one.cells["actual_ha"].to_numpy(dtype=float),
        one.cells["predicted_ha"].to_numpy(dtype=float),
        _line(one, "ols"),
        _line(one, "theil_sen"),
    )
    labels = (word("forest.axis-actual", language), word("forest.axis-predicted", language))
    return figure(
        f"assessment-{suffix}",
        language,
        partial(_draw, cloud, labels, language, top),
        title=one.name(language),
        alt=word("forest.assessment-alt", language, name=one.name(language)),
        items=[legends.fitted(language)] if suffix.startswith("0") else (),
        half=True,
    )


def _line(one: Assessed, name: str) -> tuple[float, float]:
    """Slope and intercept."""
    return ends(one.measures, f"{name}_slope", f"{name}_intercept_ha")


def _draw(
    cloud: Cloud, labels: tuple[str, str], language: Language, top: float, width: float
) -> Any:
    return drawing.scatter(cloud, labels, language, width, top)


def _tops(found: Sequence[Assessed]) -> list[float]:
    """Ends of the axes: the same for all models of one evaluation, so that they compare."""
    ends: dict[str, float] = {}
    for one in found:
        if len(one.cells):
            values = one.cells[["actual_ha", "predicted_ha"]].to_numpy(dtype=float)
            top = 1.05 * max(float(np.nanmax(values)), 1e-9)
            ends[one.evaluation] = max(ends.get(one.evaluation, 0.0), top)
    return [ends.get(one.evaluation, 1.0) for one in found]


def _measures(found: Sequence[Assessed], language: Language) -> Table:
    rows = []
    for name, digits in MEASURES:
        values = [one.measures.get(name) for one in found]
        if all(v is None for v in values):
            continue
        shown = (amount(_float(v), language, digits) for v in values)
        rows.append((word(f"forest.measure-{name}", language), *shown))
    unit = word("forest.in-row", language)
    heads = (
        Column(word("forest.col-measure", language)),
        *(Column(f"{one.name(language)} {unit}", numeric=True) for one in found),
    )
    return Table("forest-measures", word("forest.measures-caption", language), heads, rows)


def _float(found: Any) -> float:
    return np.nan if found is None else float(found)


def _verdict(step: Taken, language: Language) -> Table | None:
    """Median error of the benchmark and of each alternative, in fit and prediction."""
    table = step.table("verdict")
    if "decisive" in table:
        table = table[table["decisive"].astype(bool)]
    return build(
        table,
        _verdict_fields(),
        "forest-verdict",
        word("forest.verdict-caption", language),
        language,
    )


def _verdict_fields() -> tuple[Field, ...]:
    return (
        code("col-model", "model", "model"),
        code("col-evaluation", "evaluation", "evaluation"),
        whole("col-cells", "n"),
        num("col-medae-benchmark", "benchmark_medae_ha", digits=3),
        num("col-medae-alternative", "alternative_medae_ha", digits=3),
        verdict("col-better", "better"),
        whole("col-closer", "closer"),
        whole("col-farther", "farther"),
        Field("col-chance", _chance, ("chance",), numeric=True),
    )


def _sizes(step: Taken, language: Language) -> Table | None:
    """The same at other sizes of cells: whether the answer hangs on them."""
    table = step.table("verdict")
    if "decisive" not in table or table["decisive"].astype(bool).all():
        return None
    return build(
        table[~table["decisive"].astype(bool)],
        (num("col-cell-ha", "cell_ha", digits=0), *_verdict_fields()[:6]),
        "forest-sizes",
        word("forest.sizes-caption", language),
        language,
    )


def alternatives(step: Taken) -> list[str]:
    """Models that were held against the benchmark."""
    table = step.table("verdict")
    return list(dict.fromkeys(table["model"].astype(str))) if "model" in table else []


def accepted(step: Taken) -> list[str]:
    """Models that may be used in its place."""
    found = step.fact("accepted") or ()
    return [found] if isinstance(found, str) else [str(name) for name in found]


def said(step: Taken, language: Language) -> list[str]:
    """Which model may be used, in one sentence."""
    others, good = alternatives(step), accepted(step)
    if not others:
        return [word("forest.verdict-alone", language)]
    key = "qualified" if good else "not-qualified"
    names = listed([known("model", n, language) for n in (good or others)], language)
    return [word(f"forest.verdict-{key}", language, names=names)]


def own_period(study: ForestStudy, step: Taken, language: Language) -> list[str]:
    """That a model which looks at recent loss sees, in its fit, the loss that it is asked for."""
    used = [s for s in study.steps if s.step in step.inputs.get("models", ())]
    return [word("forest.verdict-own-period", language)] if any(map(_recent, used)) else []


def _recent(model: Taken) -> bool:
    """Whether a model took loss around each place as a driver."""
    if model.method == "forest.moving-window":
        return True
    tried = model.table("validation")
    if not {"chosen", "drivers"} <= set(tried.columns):
        return False
    chosen = tried.loc[tried["chosen"].astype(bool), "drivers"].astype(str)
    return bool(chosen.str.contains("loss-within-", regex=False).any())


def medians(step: Taken, language: Language) -> list[str]:
    """Median errors by evaluation, and the sign test where the run has it."""
    table = step.table("verdict")
    rows = table[table["decisive"].astype(bool)] if "decisive" in table else table
    told = []
    for row in rows.to_dict("records"):
        facts = {
            "model": known("model", row["model"], language),
            "evaluation": known("evaluation", row["evaluation"], language).lower(),
            "alternative": amount(row["alternative_medae_ha"], language, 3),
            "benchmark": amount(row["benchmark_medae_ha"], language, 3),
        }
        if not all(given(row.get(name)) for name in SIGNS):
            told.append(word("forest.verdict-median", language, **facts))
            continue
        facts |= {name: amount(row[name], language, 0) for name in ("closer", "farther")}
        facts["chance"] = chance(float(row["chance"]), language)
        told.append(word("forest.verdict-median-signs", language, **facts))
    return told


def chance(p: float, language: Language) -> str:
    """`p = 0.14`, or `p < 0.001`."""
    shown = _probability(p, language)
    return f"p {shown}" if p < LEAST_P else f"p = {shown}"


def _probability(p: float, language: Language) -> str:
    """`0.14`, or `< 0.001`: a small one is never written as zero."""
    if p < LEAST_P:
        return f"< {number(LEAST_P, language, 3)}"
    return number(p, language, 3 if p < 0.1 else 2)


def _chance(row: Row, language: Language) -> str:
    return _probability(float(row["chance"]), language) if given(row["chance"]) else MISSING


def _luck(step: Taken, language: Language) -> list[str]:
    """What p is."""
    return [word("forest.verdict-luck", language)] if "chance" in step.table("verdict") else []
