"""What a study writes about carbon: estimates with units, shares of leakage, observed losses."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import nearest, offenders
from nonetloss.core.language import Text, as_written
from nonetloss.core.units import quantity
from nonetloss.numerics.stats import pert

PER_HA = "tCO2e/ha"
LEAKAGE_PARTS = ("belt", "outside", "market")
_ENDS = ("low", "likely", "high")
_OBSERVED = ("zone", "year", "hectares")


def read_estimate(
    raw: Any,
    *,
    unit: str,
    name: str,
    lowest: float = -np.inf,
    highest: float = np.inf,
) -> Estimate:
    """A number with its spread, in `unit`: one amount or ``{low, likely, high, source}``.

    Raises
    ------
    InputError
        `credits.estimate` if a part is missing, out of order, without unit or out of bounds.
    """
    parts = raw if isinstance(raw, Mapping) else dict.fromkeys(_ENDS, raw)
    try:
        low, likely, high = (quantity(parts[end], unit, name=name) for end in _ENDS)
        estimate = Estimate(low, likely, high, _source(parts.get("source", "")))
    except (NonetlossError, KeyError, TypeError) as cause:
        raise _refused(name, raw, unit, lowest, highest) from cause
    if set(parts) - {*_ENDS, "source"} or estimate.low < lowest or estimate.high > highest:
        raise _refused(name, raw, unit, lowest, highest)
    return estimate


def read_share(raw: Any, *, name: str) -> Estimate:
    """A share with its spread, in [0, 1]; see `read_estimate`."""
    return read_estimate(raw, unit="", name=name, lowest=0.0, highest=1.0)


def read_after(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> dict[str, Estimate]:
    """Carbon that stands after clearing, tCO2e per ha, by stratum; under "" for all strata.

    ``{low: 20 tC/ha, likely: 30 tC/ha, high: 45 tC/ha, source: …}``, or one of these per stratum.

    Raises
    ------
    InputError
        `credits.estimate`.
    """
    return read_by_name(given, name="after")


def read_other_pools(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> dict[str, Estimate]:
    """What else a cleared hectare emits (dead wood, soil; wood products with a minus), by name.

    Raises
    ------
    InputError
        `credits.estimate`.
    """
    return {
        str(pool): read_estimate(raw, unit=PER_HA, name=f"other_pools.{pool}")
        for pool, raw in given.items()
    }


def read_by_name(given: Mapping[str, Any], *, name: str) -> dict[str, Estimate]:
    """One estimate for all, or one per name; tCO2e per ha and not negative."""
    if set(given) & set(_ENDS):
        return {"": read_estimate(given, unit=PER_HA, name=name, lowest=0.0)}
    return {
        str(key): read_estimate(raw, unit=PER_HA, name=f"{name}.{key}", lowest=0.0)
        for key, raw in given.items()
    }


def read_effectiveness(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> Estimate:
    """Share of the baseline loss inside the project that the project averts.

    Raises
    ------
    InputError
        `credits.estimate`, `credits.source-needed`.
    """
    return _sourced(read_share(given, name="effectiveness"), given, name="effectiveness")


def read_leakage(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> dict[str, Estimate]:
    """Shares of what is averted that are emitted elsewhere: ``{belt, outside, market}``.

    Raises
    ------
    InputError
        `credits.leakage-part`, `credits.estimate`, `credits.source-needed`.
    """
    for part in given:
        if part not in LEAKAGE_PARTS:
            raise InputError.because(
                "credits.leakage-part",
                "leakage",
                found=part,
                known=offenders(LEAKAGE_PARTS),
                nearest=nearest(str(part), LEAKAGE_PARTS),
            )
    return {
        str(part): _sourced(read_share(raw, name=f"leakage.{part}"), raw, name=f"leakage.{part}")
        for part, raw in given.items()
    }


def read_other_emissions(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> Estimate:
    """Emissions with the project that are no change of stock (fire, fuel), tCO2e per year.

    Raises
    ------
    InputError
        `credits.estimate`.
    """
    return read_estimate(given, unit="tCO2e/year", name="other_emissions", lowest=0.0)


def read_observed(
    table: pd.DataFrame, *, zones: Iterable[str], strata: Iterable[str], years: Iterable[int]
) -> pd.DataFrame:
    """Observed losses: zone, year, hectares; where given, stratum, hectares_low, hectares_high.

    Returns a table with the columns zone, stratum ("" where the losses are not told apart), year,
    low, likely, high; one row per zone, stratum and year.

    Raises
    ------
    InputError
        `credits.observed-columns`, `credits.observed-name`, `credits.observed-year`,
        `credits.observed-value`, `credits.observed-twice`, `credits.observed-mixed`.
    """
    missing = [c for c in _OBSERVED if c not in table.columns]
    if missing:
        raise InputError.because("credits.observed-columns", "observed", missing=offenders(missing))
    stratum = table["stratum"].fillna("") if "stratum" in table.columns else ""
    likely = pd.to_numeric(table["hectares"], errors="coerce")
    rows = pd.DataFrame(
        {
            "zone": table["zone"].astype(str),
            "stratum": stratum,
            "year": pd.to_numeric(table["year"], errors="coerce"),
            "low": pd.to_numeric(table.get("hectares_low", likely), errors="coerce"),
            "likely": likely,
            "high": pd.to_numeric(table.get("hectares_high", likely), errors="coerce"),
        }
    )
    for column, known in (("zone", [*zones]), ("stratum", ["", *strata])):
        strange = sorted(set(rows[column]) - set(known))
        if strange:
            raise InputError.because(
                "credits.observed-name",
                column,
                found=offenders(strange),
                known=offenders([k for k in known if k]),
            )
    known_years = list(years)
    late = rows.loc[~rows["year"].isin(known_years), "year"]
    if len(late):
        raise InputError.because(
            "credits.observed-year",
            "observed",
            found=offenders(late),
            known=f"{known_years[0]}–{known_years[-1]}",
        )
    ends = rows[["low", "likely", "high"]].to_numpy(float)
    bad = ~((ends[:, 0] >= 0) & (ends[:, 0] <= ends[:, 1]) & (ends[:, 1] <= ends[:, 2]))
    if bad.any():
        raise InputError.because(
            "credits.observed-value", "observed", rows=offenders(np.flatnonzero(bad))
        )
    key = ["zone", "stratum", "year"]
    twice = rows[rows.duplicated(key)]
    if len(twice):
        which = offenders(f"{z} {y:g}" for z, y in zip(twice["zone"], twice["year"], strict=True))
        raise InputError.because("credits.observed-twice", "observed", which=which)
    named = rows.groupby(["zone", "year"])["stratum"].agg(
        lambda s: len(set(s)) > 1 and "" in set(s)
    )
    if named.any():
        mixed = offenders(f"{zone} {year:g}" for zone, year in named.index[named])
        raise InputError.because("credits.observed-mixed", "observed", which=mixed)
    # The order of the rows must not change the draws.
    return rows.astype({"year": int}).sort_values(key, ignore_index=True)


def drawn(estimate: Estimate, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws (draws,) of a three-point estimate as a PERT distribution (conventions §5)."""
    return pert(estimate.low, estimate.likely, estimate.high, size=draws, rng=rng)


def _sourced(estimate: Estimate, raw: Any, *, name: str) -> Estimate:
    """The estimate, if it says where it comes from."""
    source = estimate.source
    if not (source if isinstance(source, str) else source.es or source.en).strip():
        raise InputError.because("credits.source-needed", name, value=as_written(raw))
    return estimate


def _source(written: Any) -> Text | str:
    return Text.of(written) if isinstance(written, Mapping) else str(written)


def _refused(name: str, raw: Any, unit: str, lowest: float, highest: float) -> InputError:
    bounds = "" if lowest == -np.inf else f"≥ {lowest:g}"
    if highest != np.inf:
        bounds = f"{lowest:g} … {highest:g}"
    return InputError.because(
        "credits.estimate", name, value=as_written(raw), unit=unit or "1", bounds=bounds or "–"
    )
