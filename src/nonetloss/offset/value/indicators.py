"""Indicators and condition forms: from what is measured in a plot to a score between 0 and 1."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.language import Text, as_written
from nonetloss.core.units import range_text

SCORES, BANDS, CLASSES, BENCHMARK = "scores", "bands", "classes", "benchmark"
FORMS = (SCORES, BANDS, CLASSES, BENCHMARK)
_KEYS = {*FORMS, "zero_at", "most", "low", "high", "title", "unit", "source"}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One attribute of a form and how its measure becomes a score in [0, 1].

    `form` says how: `scores`, straight lines between the points `at` → `score`, constant beyond
    the ends; `bands`, the score of the highest bound in `at` that the measure reaches; `classes`,
    the score of a named class; `benchmark`, a straight line from 0 at `zero_at` to 1 at the
    benchmark of the ecosystem, and no more than that. `most` is the number of points that a full
    score brings in a form of points, NaN where weights come from elsewhere. What lies outside
    `low` … `high` is an error of measurement.
    """

    name: str
    title: Text
    form: str
    at: tuple[float, ...] = ()
    score: tuple[float, ...] = ()
    classes: Mapping[str, float] | None = None
    benchmark: Mapping[str, float] | None = None
    zero_at: float = 0.0
    most: float = float("nan")
    low: float = 0.0
    high: float = float("inf")
    unit: str = ""
    source: Text | None = None


# The key of a benchmark that holds in every ecosystem.
EVERYWHERE = ""


def read_indicators(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> tuple[Indicator, ...]:
    """The attributes of a form, in the order in which it names them.

    Parameters
    ----------
    given : mapping
        Per attribute one of ``scores: {0: 0, 70: 1}``, ``bands: {0: 0, 10: 0.5}``,
        ``classes: {good: 1, poor: 0}`` or ``benchmark: 40`` (or ``{ecosystem: 40}``) with
        ``zero_at``; then ``most`` for forms in points, ``low`` and ``high`` (by default 0 and
        no end), ``title``, ``unit``, ``source``. With ``most``, scores are written in points.
    ecosystems : names that a benchmark may speak of

    Raises
    ------
    InputError
        All that is wrong at once: `condition.form`, `condition.most`.
    """
    known = tuple(ecosystems)
    found: list[Finding] = []
    read: list[Indicator] = []
    for name, entry in given.items():
        try:
            read.append(_indicator(str(name), entry, known))
        except InputError as problem:
            found.extend(problem.findings)
    if not given:
        found.append(_wrong("indicators", "–"))
    pointed = [i.name for i in read if np.isfinite(i.most)]
    if not found and pointed and len(pointed) != len(read):
        lacking = [i.name for i in read if i.name not in pointed]
        found.append(error("condition.most", "indicators", missing=offenders(lacking)))
    if found:
        raise InputError(*found)
    return tuple(read)


def point_weights(indicators: Iterable[Indicator]) -> np.ndarray | None:
    """Weights (n,) of a form in points, each its share of all points; None for other forms."""
    most = np.array([i.most for i in indicators], dtype=np.float64)
    return None if np.isnan(most).any() else most / most.sum()


def score(
    measures: np.ndarray, indicator: Indicator, *, ecosystems: np.ndarray | str = EVERYWHERE
) -> np.ndarray:
    """Scores in [0, 1] of measures of one indicator.

    Parameters
    ----------
    measures : array of any shape
        Numbers, or names where the form is `classes`. NaN (for names: empty or None) gives NaN.
    indicator : Indicator
    ecosystems : name, or array of names in the shape of `measures`
        Whose benchmark holds. Ignored by other forms.

    Raises
    ------
    InputError
        `condition.range` for measures below `low` or above `high`, negative ones among them;
        `condition.class` for a class that the form does not have; `condition.benchmark` for an
        ecosystem without one.
    """
    if indicator.form == CLASSES:
        return _class_scores(np.asarray(measures, dtype=object), indicator)
    try:
        value = np.asarray(measures, dtype=np.float64)
    except (TypeError, ValueError) as cause:
        text = offenders(np.asarray(measures, dtype=object).ravel().tolist())
        raise InputError(_out_of_range(indicator, text)) from cause
    outside = (value < indicator.low) | (value > indicator.high) | np.isinf(value)
    if outside.any():
        listed = offenders(f"{v:g}" for v in value[outside].ravel())
        raise InputError(_out_of_range(indicator, listed))
    if indicator.form == BENCHMARK:
        return _against_benchmark(value, indicator, ecosystems)
    at, points = np.array(indicator.at), np.array(indicator.score)
    if indicator.form == BANDS:
        index = np.searchsorted(at, value, side="right") - 1
        return np.where(np.isnan(value), np.nan, points[np.maximum(index, 0)])
    return np.asarray(np.interp(value, at, points))


def score_table(
    plots: pd.DataFrame,
    *,
    indicators: Iterable[Indicator],
    complete: bool = True,
) -> np.ndarray:
    """Scores (plots, indicators) of a table with a column per indicator.

    Parameters
    ----------
    plots : table
        One row per plot; the column `ecosystem`, where it is there, chooses the benchmark, and
        `plot` names the rows in messages.
    indicators : the form
    complete : bool
        Whether a cell without a measure is refused; False leaves its score unknown (NaN).

    Raises
    ------
    InputError
        All that is wrong at once: `condition.attribute` (a column is missing),
        `condition.missing` (a plot without a measure), and as `score`.
    """
    listed = tuple(indicators)
    places = (
        plots["ecosystem"].to_numpy(dtype=object)
        if "ecosystem" in plots.columns
        else np.full(len(plots), EVERYWHERE, dtype=object)
    )
    names = plots["plot"].astype(str).tolist() if "plot" in plots.columns else None
    result = np.full((len(plots), len(listed)), np.nan)
    found: list[Finding] = []
    for k, indicator in enumerate(listed):
        if indicator.name not in plots.columns:
            near = nearest(indicator.name, [str(c) for c in plots.columns])
            columns = offenders(plots.columns, 20)
            found.append(
                error("condition.attribute", indicator.name, nearest=near, columns=columns)
            )
            continue
        try:
            result[:, k] = score(plots[indicator.name].to_numpy(), indicator, ecosystems=places)
        except InputError as problem:
            found.extend(problem.findings)
            continue
        empty = np.flatnonzero(np.isnan(result[:, k]))
        if complete and empty.size:
            which = offenders(names[i] if names else str(i + 1) for i in empty)
            found.append(
                error("condition.missing", indicator.name, plots=which, count=int(empty.size))
            )
    if found:
        raise InputError(*found)
    return result


def _indicator(name: str, entry: Any, ecosystems: tuple[str, ...]) -> Indicator:
    if not isinstance(entry, Mapping):
        raise InputError(_wrong(name, as_written(entry)))
    forms = [key for key in FORMS if key in entry]
    strange = [str(key) for key in entry if key not in _KEYS]
    if len(forms) != 1 or strange or ("zero_at" in entry and forms != [BENCHMARK]):
        raise InputError(_wrong(name, as_written(entry)))
    form = forms[0]
    try:
        most = float(entry.get("most", "nan"))
        full = 1.0 if np.isnan(most) else most
        indicator = Indicator(
            name=name,
            title=Text.of(entry.get("title", name)),
            form=form,
            most=most,
            low=float(entry.get("low", 0.0)),
            high=float(entry.get("high", "inf")),
            unit=str(entry.get("unit", "")),
            source=Text.of(entry["source"]) if "source" in entry else None,
            **_shape(form, entry, full),
        )
    except (TypeError, ValueError, KeyError, AttributeError, ZeroDivisionError) as cause:
        raise InputError(_wrong(name, as_written(entry))) from cause
    if not _sound(indicator, ecosystems):
        raise InputError(_wrong(name, as_written(entry)))
    return indicator


def _shape(form: str, entry: Mapping[str, Any], full: float) -> dict[str, Any]:
    given = entry[form]
    if form == CLASSES:
        return {"classes": {str(k): float(v) / full for k, v in given.items()}}
    if form == BENCHMARK:
        listed = given if isinstance(given, Mapping) else {EVERYWHERE: given}
        return {
            "benchmark": {str(k): float(v) for k, v in listed.items()},
            "zero_at": float(entry.get("zero_at", 0.0)),
        }
    pairs = sorted((float(x), float(s) / full) for x, s in given.items())
    return {"at": tuple(x for x, _ in pairs), "score": tuple(s for _, s in pairs)}


def _sound(indicator: Indicator, ecosystems: tuple[str, ...]) -> bool:
    """Whether a form gives every measure in its range one score between 0 and 1."""
    scores = [*indicator.score, *(indicator.classes or {}).values()]
    marks = indicator.benchmark or {}
    # The lowest band may begin anywhere; all other points stand somewhere.
    points = indicator.at[1:] if indicator.form == BANDS else indicator.at
    return (
        all(0 <= s <= 1 + 1e-12 for s in scores)
        and bool(np.isfinite([*points, indicator.zero_at]).all())
        and not np.isnan(indicator.at).any()
        and not indicator.most <= 0
        and indicator.most != np.inf
        and indicator.low < indicator.high
        and len(set(indicator.at)) == len(indicator.at)
        and (indicator.form != SCORES or len(indicator.at) > 1)
        and (
            indicator.form != BANDS or (len(indicator.at) > 0 and indicator.at[0] <= indicator.low)
        )
        and (indicator.form != CLASSES or bool(scores))
        and (indicator.form != BENCHMARK or bool(marks))
        and all(np.isfinite(b) and b != indicator.zero_at for b in marks.values())
        and (not ecosystems or {*marks} <= {EVERYWHERE, *ecosystems})
    )


def _class_scores(names: np.ndarray, indicator: Indicator) -> np.ndarray:
    classes = indicator.classes or {}
    flat = names.ravel()
    empty = np.array([pd.isna(n) or n == "" for n in flat], dtype=bool)
    # A column of whole numbers with a gap in it is read as 1.0, 2.0.
    told = [f"{n:g}" if isinstance(n, float) else str(n) for n in flat]
    strange = [n for n in dict.fromkeys(np.array(told, dtype=object)[~empty]) if n not in classes]
    if strange:
        raise InputError.because(
            "condition.class",
            indicator.name,
            value=offenders(strange),
            nearest=nearest(strange[0], classes),
            known=offenders(classes, 20),
        )
    found = [np.nan if e else classes[n] for n, e in zip(told, empty, strict=True)]
    return np.array(found, dtype=np.float64).reshape(names.shape)


def _against_benchmark(
    value: np.ndarray, indicator: Indicator, ecosystems: np.ndarray | str
) -> np.ndarray:
    marks = indicator.benchmark or {}
    places = np.broadcast_to(np.asarray(ecosystems, dtype=object), value.shape)
    full = np.full(value.shape, marks.get(EVERYWHERE, np.nan))
    for name, mark in marks.items():
        if name != EVERYWHERE:
            full[places == name] = mark
    lacking = np.isnan(full)
    if lacking.any():
        which = offenders(dict.fromkeys(str(p) for p in places[lacking].ravel()))
        raise InputError.because(
            "condition.benchmark", indicator.name, ecosystems=which, known=offenders(marks, 20)
        )
    share = (value - indicator.zero_at) / (full - indicator.zero_at)
    return np.asarray(np.clip(share, 0.0, 1.0))


def _wrong(name: str, entry: str) -> Finding:
    return error("condition.form", name, entry=entry, forms=", ".join(FORMS))


def _out_of_range(indicator: Indicator, values: str) -> Finding:
    return error(
        "condition.range",
        indicator.name,
        value=values,
        range=range_text(indicator.low, indicator.high, indicator.unit),
    )
