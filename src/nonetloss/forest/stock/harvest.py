"""Allometric equations checked against, and fitted to, trees that were felled and weighed.

Mathematical formulation
    Fit: ``ln AGB = a + b ln(ρ D² H) + e`` by least squares, ``e ~ N(0, s²)``, and expected biomass
    ``exp(a + s²/2) (ρ D² H)^b``. Check of an equation: ratio of the sums of predicted and measured
    biomass; mean of ``(predicted - measured)/measured`` over trees; the same ratio of sums at each
    site, and how those scatter.

In words
    An equation may be right on average over the tropics and wrong at a site. How much sites scatter
    is the error that more trees of the same site do not cure.

Papers: Chave et al. 2014, doi 10.1111/gcb.12629.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, nearest, notice, offenders, warning
from nonetloss.core.language import Text, text
from nonetloss.forest.stock import allometry
from nonetloss.forest.stock.allometry import Equation, power_law
from nonetloss.forest.stock.columns import label, numbers, require_columns
from nonetloss.forest.stock.expression import read_expression
from nonetloss.forest.stock.measurements import (
    HEIGHTS_M,
    LENGTHS_CM,
    Units,
    require_measures,
)
from nonetloss.forest.stock.wood_density import density_factor, require_possible

FEWEST_TREES = 10
FEWEST_AT_SITE = 5
# Felled shrubs of dry woodlands have no breast height.
LOWEST_FELLED_M = 0.1
_COLUMNS = ("site", "diameter", "height", "density", "biomass")


@dataclass(frozen=True, slots=True)
class AllometryFit:
    """A fitted equation, and an equation in use checked on the same trees.

    `checked` names the equation that `checks` and `sites` speak of. Tables: `coefficients` (term,
    estimate, standard_error, checked), `measures` (measure, title_es, title_en,
    equation, value),
    `sites` (site, trees, measured_kg, predicted_kg, bias, fitted_bias) and `trees_check`
    (site, diameter_cm, height_m, density_g_cm3, measured_kg, predicted_kg, fitted_kg).
    `site_sd`: standard deviation between sites of ln(predicted/measured), over sites with at least
    five trees, the part that chance among their trees explains taken off; NaN with one site.
    """

    equation: Equation
    checked: str
    trees: int
    site_sd: float
    coefficients: pd.DataFrame
    measures: pd.DataFrame
    sites: pd.DataFrame
    trees_check: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def check_allometry(
    harvest: pd.DataFrame,
    *,
    diameter_unit: str,
    height_unit: str = "m",
    density_unit: str = "g/cm3",
    minimum_diameter_cm: float = 5.0,
    equation: str = "chave-2014-4",
    expression: str | None = None,
) -> AllometryFit:
    """Fit ``ln AGB`` on ``ln(ρ D² H)`` and check an equation on the same trees.

    Parameters
    ----------
    harvest : DataFrame
        One row a felled tree: `site`, `diameter`, `height`, `density`, `biomass` (dry kg), optional
        `stress` (Chave's E). Rows that lack one of them are left out and told.
    diameter_unit, height_unit, density_unit : as of `forest.stock`
    minimum_diameter_cm : float
        Thinner trees are left out.
    equation : name of `allometry.EQUATIONS`, or "own" with `expression`
        The one that is checked; the fit does not depend on it.
    expression : str, optional

    Returns
    -------
    AllometryFit

    Raises
    ------
    InputError
        `stock.column-missing`, `stock.unit`, `stock.not-a-number`, `stock.diameter-impossible`,
        `stock.height-impossible`, `stock.density-impossible`, `stock.harvest-few` with fewer than
        ten trees, `stock.harvest-alike`, `stock.stress-missing`, `stock.equation`.
    """
    checked = find_equation(equation, expression=expression)
    columns = (*_COLUMNS, "stress") if "E" in checked.needs else _COLUMNS
    rows, found = _read(
        harvest, columns, Units(diameter_unit, height_unit, density=density_unit),
        minimum_diameter_cm,
    )  # fmt: skip
    compound = rows["density"] * rows["diameter"] ** 2 * rows["height"]
    x, y = np.log(compound.to_numpy()), np.log(rows["biomass"].to_numpy())
    fitted, measures = _fit(x, y, rows["diameter"].to_numpy())
    given = {
        "diameter_cm": rows["diameter"], "height_m": rows["height"],
        "density_g_cm3": rows["density"], "stress": rows.get("stress", np.nan),
    }  # fmt: skip
    predicted = allometry.biomass_kg(checked, **given)
    trees = pd.DataFrame(
        {
            "site": rows["site"],
            "diameter_cm": rows["diameter"],
            "height_m": rows["height"],
            "density_g_cm3": rows["density"],
            "measured_kg": rows["biomass"],
            "predicted_kg": predicted,
            "fitted_kg": allometry.biomass_kg(fitted, **given),
        }
    )
    sites = _sites(trees)
    spread = site_spread(trees)
    measures += [*_check(trees, sites, checked.name), ("site-sd", "", spread)]
    return AllometryFit(
        equation=fitted,
        checked=checked.name,
        trees=len(trees),
        site_sd=spread,
        coefficients=_coefficients(fitted, checked),
        measures=_titled(measures),
        sites=sites,
        trees_check=trees,
        findings=found,
    )


def find_equation(name: str, *, expression: str | None = None, error: float = 0.0) -> Equation:
    """An equation by name; "own" reads the expression.

    Raises
    ------
    InputError
        `stock.equation`, `stock.expression-missing`, and those of `read_expression`.
    """
    if name == "own":
        if expression is None:
            raise InputError.because("stock.expression-missing", "expression")
        return allometry.own_equation(read_expression(expression), sigma=error)
    if name not in allometry.EQUATIONS:
        known = (*allometry.EQUATIONS, "own")
        raise InputError.because(
            "stock.equation", name, known=offenders(known, 20), nearest=nearest(name, known)
        )
    return allometry.EQUATIONS[name]


def _read(
    table: pd.DataFrame, columns: tuple[str, ...], units: Units, minimum_cm: float
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Complete rows in cm, m, g/cm3 and kg, ordered by their values and not as they came."""
    rows = require_columns(table, columns, subject="harvest")
    factors = {
        "diameter": LENGTHS_CM[units.diameter], "height": HEIGHTS_M[units.height],
        "density": density_factor(units.density), "biomass": 1.0, "stress": 1.0,
    }  # fmt: skip
    read = pd.DataFrame({"site": [label(v) for v in rows["site"]]})
    for name in columns[1:]:
        read[name] = numbers(rows, name, "harvest") * factors[name]
    labels = [f"{s} #{i}" for s, i in zip(read["site"], rows.index, strict=True)]
    known = read["diameter"].notna()
    require_measures(
        read["diameter"][known].to_numpy(), read["height"][known].to_numpy(),
        [v for v, k in zip(labels, known, strict=True) if k], units, subject="harvest",
        lowest_m=LOWEST_FELLED_M,
    )  # fmt: skip
    require_possible(
        read["density"].to_numpy(), names=labels, subject="harvest", unit=units.density
    )
    bad = [v for v, b in zip(labels, read["biomass"], strict=True) if b <= 0]
    if bad:
        raise InputError.because("stock.harvest-biomass", "harvest", trees=offenders(bad))
    whole = read.notna().all(axis=1) & (read["site"] != "")
    thick = read["diameter"] >= minimum_cm
    found = []
    if (~whole).any():
        found.append(warning("stock.harvest-incomplete", "harvest", trees=int((~whole).sum())))
    if (whole & ~thick).any():
        found.append(
            notice(
                "stock.harvest-thin",
                "harvest",
                trees=int((whole & ~thick).sum()),
                minimum=minimum_cm,
            )
        )
    kept = read[whole & thick]
    if len(kept) < FEWEST_TREES:
        raise InputError.because(
            "stock.harvest-few", "harvest", found=len(kept), least=FEWEST_TREES
        )
    return kept.sort_values(list(columns), ignore_index=True, kind="stable"), tuple(found)


def _fit(
    x: np.ndarray, y: np.ndarray, diameter: np.ndarray
) -> tuple[Equation, list[tuple[str, str, float]]]:
    n = x.size
    design = np.stack([np.ones(n), x], axis=1)
    if np.ptp(x) < 1e-9:
        raise InputError.because("stock.harvest-alike", "harvest")
    (a, b), *_ = np.linalg.lstsq(design, y, rcond=None)
    squares = float(((y - design @ (a, b)) ** 2).sum())
    variance = squares / (n - 2)
    covariance = variance * np.linalg.inv(design.T @ design)
    title = Text(es="Ajuste a los árboles talados", en="Fit to the felled trees")
    equation = power_law(
        "fitted", title, "forest.allometry", intercept=float(a + variance / 2), slope=float(b),
        sigma=float(np.sqrt(variance)), estimate=(float(a), float(b)),
        covariance=tuple(tuple(map(float, r)) for r in covariance), degrees=float(n - 2),
        range_cm=(float(diameter.min()), float(diameter.max())),
    )  # fmt: skip
    # Three parameters: the residual variance counts too, as R and the paper have it.
    aic = n * np.log(2 * np.pi * squares / n) + n + 2 * 3
    explained = 1 - squares / float(((y - y.mean()) ** 2).sum())
    return equation, [
        ("trees", "", float(n)),
        ("sigma", "", float(np.sqrt(variance))),
        ("aic", "", float(aic)),
        ("r2", "", float(explained)),
    ]


def _sites(trees: pd.DataFrame) -> pd.DataFrame:
    """Sums of measured and predicted biomass by site, and the bias of each equation there."""
    groups = trees.groupby("site", sort=True)
    sums = groups[["measured_kg", "predicted_kg", "fitted_kg"]].sum()
    return pd.DataFrame(
        {
            "site": sums.index.to_numpy(),
            "trees": groups.size().to_numpy(),
            "measured_kg": sums["measured_kg"].to_numpy(),
            "predicted_kg": sums["predicted_kg"].to_numpy(),
            "bias": (sums["predicted_kg"] / sums["measured_kg"] - 1).to_numpy(),
            "fitted_bias": (sums["fitted_kg"] / sums["measured_kg"] - 1).to_numpy(),
        }
    )


def site_spread(trees: pd.DataFrame) -> float:
    """Standard deviation between sites of ln(predicted/measured), by analysis of variance.

    ``√max(0, (MS_between - MS_within)/n0)`` with ``n0 = (N - Σn²/N)/(k - 1)``, over the k sites
    with at least five trees; NaN with fewer than two.
    """
    ratio = np.log((trees["predicted_kg"] / trees["measured_kg"]).to_numpy())
    by_site = pd.Series(ratio).groupby(trees["site"].to_numpy())
    groups = [g.to_numpy() for _, g in by_site if len(g) >= FEWEST_AT_SITE]
    k, n = len(groups), sum(len(g) for g in groups)
    if k < 2:
        return float("nan")
    grand = np.concatenate(groups).mean()
    between = sum(g.size * (g.mean() - grand) ** 2 for g in groups) / (k - 1)
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (n - k)
    size = (n - sum(g.size**2 for g in groups) / n) / (k - 1)
    return float(np.sqrt(max(0.0, (between - within) / size)))


def _check(trees: pd.DataFrame, sites: pd.DataFrame, name: str) -> list[tuple[str, str, float]]:
    relative = trees["predicted_kg"] / trees["measured_kg"] - 1
    bias = sites["bias"]
    return [
        ("total-ratio", name, float(trees["predicted_kg"].sum() / trees["measured_kg"].sum())),
        ("mean-relative-bias", name, float(relative.mean())),
        ("sites", name, float(len(sites))),
        ("site-bias-mean", name, float(bias.mean())),
        ("site-bias-sd", name, float(bias.std(ddof=1)) if len(bias) > 1 else float("nan")),
    ]


def _titled(measures: list[tuple[str, str, float]]) -> pd.DataFrame:
    rows = [
        (m, text(f"stock.measure-{m}", "es"), text(f"stock.measure-{m}", "en"), equation, value)
        for m, equation, value in measures
    ]
    return pd.DataFrame(rows, columns=["measure", "title_es", "title_en", "equation", "value"])


def _coefficients(fitted: Equation, checked: Equation) -> pd.DataFrame:
    """The fit beside the checked equation, where that has the same form."""
    same = checked.expression is None and checked.basis == fitted.basis
    factor = float(np.exp(fitted.coefficients[0]))
    in_use = (
        (float(np.exp(checked.coefficients[0])), checked.coefficients[1], checked.sigma)
        if same
        else (float("nan"),) * 3
    )
    error = np.sqrt(np.diag(np.array(fitted.covariance)))
    nan = float("nan")
    return pd.DataFrame(
        [
            ("intercept", fitted.estimate[0], float(error[0]), nan),
            ("slope", fitted.estimate[1], float(error[1]), in_use[1]),
            ("sigma", fitted.sigma, nan, in_use[2]),
            ("factor", factor, nan, in_use[0]),
        ],
        columns=["term", "estimate", "standard_error", "checked"],
    )
