"""Trees and plots as they were measured, with declared units, checked before anything is computed.

Trees that cannot count are left out and told: dead ones, and those below the least diameter that
was to be measured. What would falsify the sum unseen is refused: plots without an area, trees of
plots that nobody lists, a tree that stands twice in the table, diameters in another unit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, nearest, notice, offenders, warning
from nonetloss.forest.stock import wood_density
from nonetloss.forest.stock.columns import label, numbers, require_columns
from nonetloss.forest.stock.height import LOWEST_M

LENGTHS_CM = {"cm": 1.0, "mm": 0.1, "in": 2.54, "m": 100.0}
HEIGHTS_M = {"m": 1.0, "ft": 0.3048}
AREAS_HA = {"ha": 1.0, "m2": 1e-4, "acre": 0.40468564224}
# No tree of a tropical forest is thicker or taller.
THICKEST_CM, TALLEST_M = 300.0, 105.0
LARGEST_PLOT_HA = 1_000.0
# Basal area of all trees over that of all plots, m2 per ha: a dense forest has 50. Beyond these a
# tenth of the ground is wood, or less than one thin tree stands on a hectare of large plots.
BASAL_M2_HA = (0.01, 1_000.0)
_LARGE_AREA = 10.0
# In fewer trees, equal ones may be chance.
_ROWS_TWICE = 20
SHAPES = ("diameter", "girth")
TREE_COLUMNS = (
    "plot", "tree", "stem", "diameter", "height", "density", "family", "genus", "species",
    "status", "dead", "expansion",
)  # fmt: skip
PLOT_COLUMNS = ("plot", "area", "stratum", "stress", "covariate", "x", "y")
# What a column says of a tree: `status` in words, `dead` with yes and no. A yes or no in `status`
# is refused, since nobody knows which of the two it means.
_STATUS = {
    "alive": False, "live": False, "living": False, "a": False, "vivo": False, "viva": False,
    "dead": True, "d": True, "standing dead": True, "muerto": True, "muerta": True,
}  # fmt: skip
_DEAD = {
    "true": True, "t": True, "1": True, "yes": True, "si": True, "sí": True,
    "false": False, "f": False, "0": False, "no": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Units:
    """What the columns of the tables are in."""

    diameter: str
    height: str = "m"
    area: str = "ha"
    density: str = "g/cm3"
    shape: str = "diameter"

    def __post_init__(self) -> None:
        known: dict[str, Iterable[str]] = {
            "diameter": LENGTHS_CM, "height": HEIGHTS_M, "area": AREAS_HA,
            "density": wood_density.UNITS, "shape": SHAPES,
        }  # fmt: skip
        for name, allowed in known.items():
            value = getattr(self, name)
            if value not in allowed:
                raise InputError.because(
                    "stock.unit", name, found=value, known=", ".join(allowed),
                    nearest=nearest(str(value), allowed),
                )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trees:
    """Live trees that count, in an order that does not depend on that of the table.

    `plot` (n,) is the index of the plot. `diameter_cm`, `height_m`, `density_g_cm3` (n,), the last
    two NaN where not measured. `family`, `genus`, `species` in lower case, "" if not determined.
    `expansion` (n,): how many trees each one stands for (nested plots).
    """

    plot: np.ndarray
    diameter_cm: np.ndarray
    height_m: np.ndarray
    density_g_cm3: np.ndarray
    family: np.ndarray
    genus: np.ndarray
    species: np.ndarray
    expansion: np.ndarray

    def take(self, rows: np.ndarray) -> "Trees":
        """These rows only, in their order."""
        return Trees(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Plots:
    """Plots in the order of their names.

    `area_ha` (n,); `stratum` (n,) of str; `stress` (n,) Chave's E, `covariate` (n,) what a map says
    of the plot, `x`, `y` (n,) in the CRS of the study: NaN where not given.
    """

    name: tuple[str, ...]
    area_ha: np.ndarray
    stratum: np.ndarray
    stress: np.ndarray
    covariate: np.ndarray
    x: np.ndarray
    y: np.ndarray


def read_plots(
    table: pd.DataFrame, *, units: Units, columns: Mapping[str, str] | None = None
) -> tuple[Plots, tuple[Finding, ...]]:
    """Plots from a table.

    Parameters
    ----------
    table : DataFrame
        Columns `plot` and `area`; optional `stratum` (one stratum, `all`, if absent), `stress`,
        `covariate`, `x`, `y`.
    units : Units
    columns : mapping, optional
        Name wanted here: name in the table.

    Raises
    ------
    InputError
        `stock.column-missing`, `stock.column-unknown`, `stock.empty`, `stock.plot-repeated`,
        `stock.plot-without-area`, `stock.plot-too-large`, `stock.stratum-missing`,
        `stock.not-a-number`.
    """
    rows = _columns(table, columns, PLOT_COLUMNS, needed=("plot", "area"), subject="plots")
    names = _names(rows["plot"], "plots")
    repeated = sorted(n for n, count in Counter(names).items() if count > 1)
    if repeated:
        raise InputError.because("stock.plot-repeated", "plots", plots=offenders(repeated))
    area = numbers(rows, "area", "plots") * AREAS_HA[units.area]
    without = [n for n, a in zip(names, area, strict=True) if not a > 0]
    if without:
        raise InputError.because("stock.plot-without-area", "plots", plots=offenders(without))
    large = [f"{n}: {a:g} ha" for n, a in zip(names, area, strict=True) if a > LARGEST_PLOT_HA]
    if large:
        raise InputError.because(
            "stock.plot-too-large", "plots", plots=offenders(large), limit=LARGEST_PLOT_HA,
            unit=units.area,
        )  # fmt: skip
    stratum = ["all"] * len(names)
    if "stratum" in rows.columns:
        stratum = [label(v) for v in rows["stratum"]]
        unnamed = [n for n, s in zip(names, stratum, strict=True) if not s]
        if unnamed:
            raise InputError.because("stock.stratum-missing", "plots", plots=offenders(unnamed))
    order = np.argsort(np.array(names, dtype=object), kind="stable")
    optional = {
        c: (numbers(rows, c, "plots") if c in rows.columns else np.full(len(names), np.nan))[order]
        for c in ("stress", "covariate", "x", "y")
    }
    plots = Plots(
        tuple(names[i] for i in order), area[order], np.array(stratum, dtype=object)[order],
        **optional,
    )  # fmt: skip
    return plots, ()


def read_trees(
    table: pd.DataFrame,
    *,
    plots: Plots,
    units: Units,
    minimum_cm: float,
    columns: Mapping[str, str] | None = None,
) -> tuple[Trees, tuple[Finding, ...]]:
    """Live trees from a table.

    Parameters
    ----------
    table : DataFrame
        Columns `plot` and `diameter`; optional `tree`, `stem`, `height`, `density`, `family`,
        `genus`, `species`, `status` (alive or dead, in words), `dead` (yes or no; dead trees are
        left out) and `expansion`.
    plots : Plots
        Every tree stands in one of them.
    units : Units
    minimum_cm : float
        Least diameter at breast height that was measured everywhere.
    columns : mapping, optional
        Name wanted here: name in the table.

    Returns
    -------
    (Trees, findings)
        Findings: `stock.dead-trees`, `stock.below-minimum`, `stock.plot-without-trees`,
        `stock.diameter-gap`, `stock.rows-twice`.

    Raises
    ------
    InputError
        `stock.column-missing`, `stock.column-unknown`, `stock.empty`, `stock.tree-plot-unknown`,
        `stock.tree-repeated`, `stock.status-unknown`, `stock.diameter-missing`,
        `stock.diameter-impossible`, `stock.diameter-unit`, `stock.height-impossible`,
        `stock.density-impossible`, `stock.expansion`, `stock.not-a-number`, `stock.area-unit`.
    """
    rows = _columns(table, columns, TREE_COLUMNS, needed=("plot", "diameter"), subject="trees")
    rows, told = _alive(rows)
    names = _names(rows["plot"], "trees")
    index = {n: i for i, n in enumerate(plots.name)}
    strange = sorted({n for n in names if n not in index})
    if strange:
        raise InputError.because(
            "stock.tree-plot-unknown", "trees", plots=offenders(strange),
            known=offenders(plots.name), nearest=nearest(strange[0], plots.name),
        )  # fmt: skip
    _require_once(rows, names)
    told += _twice(rows, names)
    trees = _trees(rows, names, index, units)
    _require_unit(trees.diameter_cm, units, minimum_cm)
    _require_area(trees, plots, units)
    small = trees.diameter_cm < minimum_cm
    found = [*told]
    if small.any():
        found.append(
            notice("stock.below-minimum", "trees", trees=int(small.sum()), minimum=minimum_cm)
        )
        trees = trees.take(np.flatnonzero(~small))
    counted = np.bincount(trees.plot, minlength=len(plots.name))
    bare = [n for n, count in zip(plots.name, counted, strict=True) if not count]
    if bare:
        found.append(warning("stock.plot-without-trees", "plots", plots=offenders(bare)))
    least = float(trees.diameter_cm.min()) if trees.plot.size else minimum_cm
    if trees.plot.size >= 50 and least > 2 * minimum_cm:
        found.append(
            warning("stock.diameter-gap", "trees", least=round(least, 1), minimum=minimum_cm)
        )
    order = np.lexsort(
        (trees.species, trees.genus, trees.family, _filled(trees.density_g_cm3),
         _filled(trees.height_m), trees.expansion, trees.diameter_cm, trees.plot)
    )  # fmt: skip
    return trees.take(order), tuple(found)


def _trees(rows: pd.DataFrame, names: list[str], index: Mapping[str, int], units: Units) -> Trees:
    empty = [""] * len(names)
    diameter = numbers(rows, "diameter", "trees") * LENGTHS_CM[units.diameter]
    if units.shape == "girth":
        diameter = diameter / np.pi
    height = _optional(rows, "height") * HEIGHTS_M[units.height]
    density = _optional(rows, "density") * wood_density.density_factor(units.density)
    labels = _tree_labels(rows, names)
    require_measures(diameter, height, labels, units)
    wood_density.require_possible(density, names=labels, subject="trees", unit=units.density)
    genus, species = wood_density.genus_and_species(
        rows["genus"] if "genus" in rows.columns else empty,
        rows["species"] if "species" in rows.columns else empty,
    )
    family = [label(v).lower() for v in rows["family"]] if "family" in rows.columns else empty
    expansion = np.ones(len(names))
    if "expansion" in rows.columns:
        expansion = numbers(rows, "expansion", "trees")
        bad = [labels[i] for i in np.flatnonzero(~(expansion > 0))]
        if bad:
            raise InputError.because("stock.expansion", "trees", trees=offenders(bad))
    return Trees(
        np.array([index[n] for n in names], dtype=np.int64), diameter, height, density,
        np.array(family, dtype=str), np.array(genus, dtype=str), np.array(species, dtype=str),
        expansion,
    )  # fmt: skip


def require_measures(
    diameter: np.ndarray, height: np.ndarray, labels: Sequence[str], units: Units, *,
    subject: str = "trees", lowest_m: float = LOWEST_M,
) -> None:  # fmt: skip
    """Raise for trees without a diameter (cm), and for diameters and heights (m) no tree has.

    Raises
    ------
    InputError
        `stock.diameter-missing`, `stock.diameter-impossible`, `stock.height-impossible`.
    """
    missing = [labels[i] for i in np.flatnonzero(~np.isfinite(diameter)).tolist()]
    if missing:
        raise InputError.because(
            "stock.diameter-missing", subject, trees=offenders(missing), count=len(missing)
        )
    bad = np.flatnonzero((diameter <= 0) | (diameter > THICKEST_CM))
    if bad.size:
        smaller = [u for u in ("mm", "in", "cm") if LENGTHS_CM[u] < LENGTHS_CM[units.diameter]]
        fits = [
            u for u in smaller
            if diameter.max() * LENGTHS_CM[u] / LENGTHS_CM[units.diameter] <= THICKEST_CM
        ]  # fmt: skip
        raise InputError.because(
            "stock.diameter-impossible", subject, limit=THICKEST_CM, unit=units.diameter,
            found=offenders([f"{labels[i]}: {diameter[i]:g} cm" for i in bad.tolist()]),
            nearest=fits[-1] if fits and diameter.min() > 0 else "",
        )  # fmt: skip
    tall = np.flatnonzero((height < lowest_m) | (height > TALLEST_M))
    if tall.size:
        raise InputError.because(
            "stock.height-impossible", subject, low=lowest_m, high=TALLEST_M,
            unit=units.height,
            found=offenders([f"{labels[i]}: {height[i]:g} m" for i in tall.tolist()]),
        )  # fmt: skip


def _alive(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Rows of live trees; what is left empty counts as alive."""
    dead = np.zeros(len(rows), dtype=bool)
    for column, words in (("status", _STATUS), ("dead", _DEAD)):
        if column in rows.columns:
            said = [label(v).lower() for v in rows[column]]
            strange = sorted({s for s in said if s and s not in words})
            if strange:
                raise InputError.because(
                    "stock.status-unknown", "trees", column=column, found=offenders(strange),
                    known=", ".join(words),
                )  # fmt: skip
            dead |= np.array([words.get(s, False) for s in said], dtype=bool)
    if not dead.any():
        return rows, []
    return rows[~dead], [notice("stock.dead-trees", "trees", trees=int(dead.sum()))]


def _require_once(rows: pd.DataFrame, names: list[str]) -> None:
    """A tree stands once in the table, each of its stems too; trees without a name are not told."""
    if "tree" not in rows.columns:
        return
    labels = _tree_labels(rows, names)
    named = [v for v, tree in zip(labels, rows["tree"], strict=True) if label(tree)]
    repeated = sorted(n for n, count in Counter(named).items() if count > 1)
    if repeated:
        raise InputError.because(
            "stock.tree-repeated", "trees", trees=offenders(repeated), count=len(repeated)
        )


def _twice(rows: pd.DataFrame, names: list[str]) -> list[Finding]:
    """Plots of trees without names in which every row stands at least twice: pasted twice?"""
    if "tree" in rows.columns:
        return []
    again = rows.assign(plot=names).duplicated(keep=False).to_numpy()
    by_plot = pd.Series(again).groupby(np.array(names, dtype=object))
    doubled = [str(n) for n, g in by_plot if len(g) >= _ROWS_TWICE and g.all()]
    return [warning("stock.rows-twice", "trees", plots=offenders(doubled))] if doubled else []


def _require_unit(diameter_cm: np.ndarray, units: Units, minimum_cm: float) -> None:
    """Raise where most trees are thinner than the least that was measured: another unit."""
    if not diameter_cm.size or (diameter_cm < minimum_cm).mean() <= 0.5:
        return
    least = float(np.quantile(diameter_cm, 0.01))
    fits = [
        u
        for u, factor in LENGTHS_CM.items()
        if 0.9 <= least * factor / LENGTHS_CM[units.diameter] / minimum_cm <= 1.5
    ]
    raise InputError.because(
        "stock.diameter-unit",
        "trees",
        unit=units.diameter,
        minimum=f"{minimum_cm:g}",
        share=f"{(diameter_cm < minimum_cm).mean():.0%}",
        least=f"{least:.3g}",
        nearest=fits[0] if fits else "",
    )


def _require_area(trees: Trees, plots: Plots, units: Units) -> None:
    """Raise where trees and plots together can only mean that areas are in another unit.

    Square meters taken for hectares make a forest ten thousand times too thin, and the reverse.
    """
    if not trees.plot.size:
        return
    basal = float((np.pi / 4e4 * trees.diameter_cm**2 * trees.expansion).sum())
    per_ha = basal / float(plots.area_ha.sum())
    low, high = BASAL_M2_HA
    declared = float(np.median(plots.area_ha)) / AREAS_HA[units.area]
    thin = per_ha < low and declared >= _LARGE_AREA and units.area != "m2"
    if not (thin or per_ha > high):
        return
    meant = "m2" if thin else "ha"
    fits = units.area != meant and low <= per_ha * AREAS_HA[units.area] / AREAS_HA[meant] <= high
    raise InputError.because(
        "stock.area-unit", "plots", unit=units.area, basal=f"{per_ha:.3g}",
        area=f"{declared:g}", nearest=meant if fits else "",
    )  # fmt: skip


def _tree_labels(rows: pd.DataFrame, names: list[str]) -> list[str]:
    """What messages call each tree: plot, tree and stem where given, else the row."""
    if "tree" not in rows.columns:
        return [f"{n} #{i}" for n, i in zip(names, rows.index, strict=True)]
    stems = rows["stem"] if "stem" in rows.columns else [""] * len(names)
    parts = zip(names, rows["tree"], stems, rows.index, strict=True)
    return ["/".join(filter(None, (n, label(t) or f"#{i}", label(s)))) for n, t, s, i in parts]


def _columns(
    table: pd.DataFrame, columns: Mapping[str, str] | None, known: tuple[str, ...], *,
    needed: tuple[str, ...], subject: str,
) -> pd.DataFrame:  # fmt: skip
    """The table with the names wanted here."""
    for wanted, there in (columns or {}).items():
        if wanted not in known or there not in table.columns:
            name, names = (wanted, known) if wanted not in known else (there, tuple(table.columns))
            raise InputError.because(
                "stock.column-unknown", subject, found=name, known=offenders(names, 20),
                nearest=nearest(name, names),
            )  # fmt: skip
    if columns:
        picked = {there: wanted for wanted, there in columns.items()}
        kept = [c for c in table.columns if c in picked or (c in known and c not in columns)]
        table = table[kept].rename(columns=picked)
    return require_columns(table, needed, subject=subject)


def _names(values: pd.Series, subject: str) -> list[str]:
    """Names of plots: a number read as 3.0 is the plot 3."""
    names = [label(v) for v in values]
    if not all(names):
        raise InputError.because("stock.plot-unnamed", subject, count=names.count(""))
    return names


def _optional(rows: pd.DataFrame, column: str) -> np.ndarray:
    if column not in rows.columns:
        return np.full(len(rows), np.nan)
    return numbers(rows, column, "trees")


def _filled(values: np.ndarray) -> np.ndarray:
    """Unknown values in front of all known ones, so that sorting is one order."""
    return np.where(np.isnan(values), -1.0, values)
