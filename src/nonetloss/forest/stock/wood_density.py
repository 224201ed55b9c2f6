"""Wood density of a tree from its taxon: the nearest level at which somebody knows it.

In words: the mean of its species; else of its genus, over the species of the genus; else of its
family, over the genera; else the mean of the trees of its plot whose density is known; else that of
all such trees. A density that was measured on the tree itself goes before all. The level is told
for every tree.

Papers: Chave et al. 2009, doi 10.1111/j.1461-0248.2009.01285.x (levels); Réjou-Méchain et al. 2017,
doi 10.1111/2041-210X.12753.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.forest.stock.columns import numbers

# Lightest and densest woods known, g/cm3.
LOWEST, HIGHEST = 0.08, 1.39
LEVELS = ("measured", "species", "genus", "family", "stand", "all-stands", "unknown")
UNITS = {"g/cm3": 1.0, "kg/m3": 1e-3}
_UNNAMED = ("", "na", "nan", "none", "sp", "sp.", "spp", "spp.", "unknown", "unidentified")


@dataclass(frozen=True, slots=True)
class Densities:
    """What is known of wood density, by taxon.

    Each table maps a name in lower case (a species as `genus epithet`) to (density, standard
    deviation among its members), g/cm3; NaN where the deviation is not known.
    """

    species: dict[str, tuple[float, float]]
    genus: dict[str, tuple[float, float]]
    family: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class AssignedDensity:
    """Of each tree: density and its error, g/cm3, and the index of its level in `LEVELS`."""

    density: np.ndarray
    error: np.ndarray
    level: np.ndarray

    def table(self) -> pd.DataFrame:
        """Trees and their share by level, all levels, in order."""
        counts = np.bincount(self.level, minlength=len(LEVELS))
        share = counts / counts.sum() if counts.sum() else counts * float("nan")
        return pd.DataFrame({"level": LEVELS, "trees": counts, "share": share})


def genus_and_species(
    genus: Iterable[object], species: Iterable[object]
) -> tuple[list[str], list[str]]:
    """Names in lower case, "" where not determined: genera, and species as `genus epithet`.

    A species may be written with its genus (`Cedrela odorata`, `Cedrela_odorata`) or, beside a
    genus, as its epithet alone. `Indet.`, `sp.` and empty names are not determined.
    """
    genera, binomials = [], []
    for raw_genus, raw_species in zip(genus, species, strict=True):
        own, words = _plain(raw_genus), _plain(raw_species).split()
        if not own and words:
            own = words[0] if _named(words[0]) else ""
        if len(words) > 1 and words[0] == own:
            words = words[1:]
        known = bool(own) and len(words) > 0 and words[0] != own and _named(words[0])
        genera.append(own if _named(own) else "")
        binomials.append(f"{own} {words[0]}" if known and _named(own) else "")
    return genera, binomials


def read_densities(table: pd.DataFrame, *, unit: str = "g/cm3") -> Densities:
    """Densities by taxon from measurements or from estimates.

    Parameters
    ----------
    table : DataFrame
        Columns `density`, and `genus`, `species`, `family` as far as known; `error` (standard
        deviation) where the table holds estimates. Rows without a species stand for their genus,
        rows without a genus for their family: they go before means of lower levels. Several rows
        of a taxon are averaged.
    unit : str
        Of density and error: `g/cm3` or `kg/m3`.

    Raises
    ------
    InputError
        `stock.density-unit`, `stock.column-missing`, `stock.not-a-number`,
        `stock.density-impossible` outside [0.08, 1.39] g/cm3, `stock.density-error` below zero.
    """
    factor = density_factor(unit)
    missing = [c for c in ("density",) if c not in table.columns]
    if missing or not {"genus", "species", "family"} & set(table.columns):
        wanted = "density, genus | species | family"
        raise InputError.because(
            "stock.column-missing", "densities", missing=wanted, found=offenders(table.columns, 20)
        )
    values = numbers(table, "density", "densities")
    known, density = table[np.isfinite(values)], values[np.isfinite(values)] * factor
    require_possible(density, names=[str(i) for i in known.index], subject="densities", unit=unit)
    error = np.full(density.size, np.nan)
    if "error" in known.columns:
        error = numbers(known, "error", "densities") * factor
        bad = [f"{known.index[i]}: {error[i]:g}" for i in np.flatnonzero(error < 0).tolist()]
        if bad:
            raise InputError.because("stock.density-error", "densities", found=offenders(bad))
    empty = [""] * density.size
    family = [_plain(f) for f in known["family"]] if "family" in known.columns else empty
    genus, species = genus_and_species(
        known["genus"] if "genus" in known.columns else empty,
        known["species"] if "species" in known.columns else empty,
    )
    rows = pd.DataFrame(
        {"family": family, "genus": genus, "species": species, "density": density, "error": error}
    )
    # Sums of one order, whatever that of the table.
    return _by_level(rows.sort_values(list(rows.columns), kind="stable", ignore_index=True))


def _by_level(rows: pd.DataFrame) -> Densities:
    species = _means(rows[rows["species"] != ""], "species")
    at_genus = _means(rows[(rows["species"] == "") & (rows["genus"] != "")], "genus")
    at_family = _means(
        rows[(rows["species"] == "") & (rows["genus"] == "") & (rows["family"] != "")], "family"
    )
    below = pd.DataFrame(
        {"genus": [s.split()[0] for s in species], "density": [v[0] for v in species.values()]}
    )
    genus = _spread(below, "genus") | at_genus
    # The family that most rows of a genus name, by name where two are as frequent.
    pairs = rows[(rows["genus"] != "") & (rows["family"] != "")]
    counted = pairs.groupby(["genus", "family"]).size().reset_index(name="rows")
    counted = counted.sort_values(["genus", "rows", "family"], ascending=[True, False, True])
    family_of = dict(counted.drop_duplicates("genus")[["genus", "family"]].to_numpy().tolist())
    above = pd.DataFrame(
        {"family": [family_of.get(g, "") for g in genus], "density": [v[0] for v in genus.values()]}
    )
    family = _spread(above[above["family"] != ""], "family") | at_family
    return Densities(species, genus, family)


def _means(rows: pd.DataFrame, level: str) -> dict[str, tuple[float, float]]:
    """Mean of the rows of a taxon; its error is the stated one, else the spread of the rows."""
    found: dict[str, tuple[float, float]] = {}
    for name, part in rows.groupby(level, sort=True):
        stated = part["error"].mean()
        spread = _deviation(part["density"])
        found[str(name)] = (
            float(part["density"].mean()), float(stated if np.isfinite(stated) else spread),
        )  # fmt: skip
    return found


def _spread(rows: pd.DataFrame, level: str) -> dict[str, tuple[float, float]]:
    groups = rows.groupby(level, sort=True)["density"]
    return {str(k): (float(v.mean()), _deviation(v)) for k, v in groups}


def _deviation(values: pd.Series) -> float:
    """Standard deviation; NaN of one record and of records that repeat each other."""
    return float(values.std(ddof=1)) if np.ptp(values.to_numpy()) > 0 else float("nan")


def assign(
    *, measured: np.ndarray, measured_error: float, family: Sequence[str], genus: Sequence[str],
    species: Sequence[str], plot: np.ndarray, densities: Densities | None, error_if_unknown: float,
) -> AssignedDensity:  # fmt: skip
    """The density of every tree.

    Parameters
    ----------
    measured : (n,)
        Density measured on the tree, g/cm3; NaN where it was not.
    measured_error : float
        Standard deviation of such a measurement.
    family, genus, species : (n,)
        In lower case, species as `genus epithet`, "" where not determined.
    plot : (n,) int
        Plot of each tree.
    densities : Densities or None
        None: no taxon is known.
    error_if_unknown : float
        Standard deviation where the level has none of its own (a taxon of one record, or of
        records that are all alike).

    Returns
    -------
    AssignedDensity
        NaN and level `unknown` where no tree at all has a density.
    """
    n = measured.size
    value, error = measured.astype(np.float64), np.where(np.isfinite(measured), measured_error, 0.0)
    level = np.where(np.isfinite(measured), 0, LEVELS.index("unknown"))
    if densities is not None:
        named = (
            (1, species, densities.species),
            (2, genus, densities.genus),
            (3, family, densities.family),
        )
        for i in np.flatnonzero(~np.isfinite(measured)).tolist():
            for rank, names, known in named:
                if names[i] and names[i] in known:
                    value[i], error[i] = known[names[i]]
                    level[i] = rank
                    break
    error = np.where(np.isfinite(error), error, error_if_unknown)
    known_level = level < LEVELS.index("stand")
    for p in np.unique(plot[~known_level]):
        here = plot == p
        _from_trees(value, error, level, here & known_level, here & ~known_level, "stand",
                    error_if_unknown)  # fmt: skip
    left = np.flatnonzero(level == LEVELS.index("unknown"))
    if left.size and left.size < n:
        rest = np.zeros(n, dtype=bool)
        rest[left] = True
        _from_trees(value, error, level, known_level, rest, "all-stands", error_if_unknown)
    return AssignedDensity(value, error, level)


def _from_trees(
    value: np.ndarray, error: np.ndarray, level: np.ndarray, known: np.ndarray,
    wanting: np.ndarray, name: str, error_if_unknown: float,
) -> None:  # fmt: skip
    """Give the trees `wanting` a density the mean and spread of the trees that have one."""
    if not wanting.any() or not known.any():
        return
    spread = value[known].std(ddof=1) if known.sum() > 1 else error_if_unknown
    value[wanting], error[wanting] = value[known].mean(), spread
    level[wanting] = LEVELS.index(name)


def density_factor(unit: str) -> float:
    """What a density in `unit` is multiplied by to be in g/cm3.

    Raises
    ------
    InputError
        `stock.density-unit`.
    """
    if unit not in UNITS:
        raise InputError.because("stock.density-unit", unit, known=", ".join(UNITS))
    return UNITS[unit]


def require_possible(density: np.ndarray, *, names: Sequence[str], subject: str, unit: str) -> None:
    """Raise where a known density (g/cm3) is lighter or denser than any wood.

    Raises
    ------
    InputError
        `stock.density-impossible`, with the unit that was probably meant.
    """
    bad = np.flatnonzero((density < LOWEST) | (density > HIGHEST))
    if not bad.size:
        return
    scaled = density[bad] * (1e-3 if unit == "g/cm3" else 1e3)
    meant = "kg/m3" if unit == "g/cm3" else "g/cm3"
    fits = bool(((scaled >= LOWEST) & (scaled <= HIGHEST)).mean() > 0.5)
    raise InputError.because(
        "stock.density-impossible",
        subject,
        low=LOWEST,
        high=HIGHEST,
        found=offenders([f"{names[i]}: {density[i]:g} g/cm3" for i in bad.tolist()]),
        nearest=meant if fits else "",
    )


def _plain(name: object) -> str:
    if name is None or name != name:
        return ""
    text = str(name).replace("_", " ").strip().lower()
    return "" if text in _UNNAMED else text


def _named(word: str) -> bool:
    return bool(word) and word not in _UNNAMED and not word.startswith(("indet", "sp."))
