"""The sample and the mapped areas, read from tables, with everything that is wrong in them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, candidates, error, offenders


@dataclass(frozen=True, slots=True)
class Sample:
    """Units, or groups of like units: class on the map, class in truth, stratum, how many."""

    map_class: np.ndarray
    reference: np.ndarray
    stratum: np.ndarray
    count: np.ndarray

    @property
    def strata_are_classes(self) -> bool:
        """Whether every unit was drawn in the stratum of its map class."""
        return bool((self.stratum == self.map_class).all())

    def units(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(map class, reference, stratum), one entry for each unit."""
        return (
            np.repeat(self.map_class, self.count),
            np.repeat(self.reference, self.count),
            np.repeat(self.stratum, self.count),
        )

    def matrix(self, classes: tuple[str, ...]) -> np.ndarray:
        """Units by map class (row) and reference class (column)."""
        at = {name: k for k, name in enumerate(classes)}
        counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
        rows = [at[m] for m in self.map_class]
        columns = [at[r] for r in self.reference]
        np.add.at(counts, (rows, columns), self.count)
        return counts


@dataclass(frozen=True, slots=True)
class Sizes:
    """Hectares of each stratum (map class), and how many units it holds where that is given."""

    hectares: dict[str, float]
    units: dict[str, float] | None


def read_sample(samples: pd.DataFrame) -> Sample:
    """The sample from a table of units, or of counts.

    Parameters
    ----------
    samples : DataFrame
        `map_class` and `reference_class`; may have `stratum` (where a row has none: its map class)
        and `count` (units that the row stands for; one where the column is absent).

    Raises
    ------
    InputError
        `area.columns`, `area.no-units`, `area.blank-label`, `area.counts`.
    """
    _require_columns(samples, ("map_class", "reference_class"), "samples")
    mapped, truth = _labels(samples["map_class"]), _labels(samples["reference_class"])
    stratum = mapped
    if "stratum" in samples.columns:
        given = _labels(samples["stratum"])
        stratum = np.where(given == "", mapped, given)
    found: list[Finding] = []
    blank = np.flatnonzero((mapped == "") | (truth == ""))
    if blank.size:
        rows = offenders(int(i) + 1 for i in blank)
        found.append(error("area.blank-label", "samples", rows=rows))
    count = np.ones(len(samples))
    if "count" in samples.columns:
        count = pd.to_numeric(samples["count"], errors="coerce").to_numpy(dtype=np.float64)
        with np.errstate(invalid="ignore"):
            wrong = ~(np.isfinite(count) & (count >= 0) & (count == np.floor(count)))
        if wrong.any():
            at = np.flatnonzero(wrong)
            cells = offenders(f"{mapped[i]}/{truth[i]}: {samples['count'].iloc[i]}" for i in at)
            found.append(error("area.counts", "samples", offenders=cells))
    if found:
        raise InputError(*found)
    kept = count > 0
    if not kept.any():
        raise InputError.because("area.no-units", "samples")
    return Sample(mapped[kept], truth[kept], stratum[kept], count[kept].astype(np.int64))


def read_sizes(areas: pd.DataFrame) -> Sizes:
    """Mapped areas of map classes, or of strata.

    Parameters
    ----------
    areas : DataFrame
        `class` (or `stratum`) and `area_ha`; may have `units`, how many units it holds in all.

    Raises
    ------
    InputError
        `area.columns`, `area.blank-label`, `area.class-twice`, `area.sizes`.
    """
    name = "stratum" if "stratum" in areas.columns else "class"
    _require_columns(areas, (name, "area_ha"), "areas")
    labels = _labels(areas[name])
    if (labels == "").any():
        rows = offenders(int(i) + 1 for i in np.flatnonzero(labels == ""))
        raise InputError.because("area.blank-label", "areas", rows=rows)
    values, times = np.unique(labels, return_counts=True)
    if (times > 1).any():
        raise InputError.because("area.class-twice", "areas", classes=offenders(values[times > 1]))
    hectares = pd.to_numeric(areas["area_ha"], errors="coerce").to_numpy(dtype=np.float64)
    bad = ~(np.isfinite(hectares) & (hectares >= 0))
    if bad.any():
        cells = offenders(f"{labels[i]}: {areas['area_ha'].iloc[i]}" for i in np.flatnonzero(bad))
        raise InputError.because("area.sizes", "areas", offenders=cells)
    units = None
    if "units" in areas.columns:
        numbers = pd.to_numeric(areas["units"], errors="coerce").to_numpy(dtype=np.float64)
        units = dict(zip(labels.tolist(), numbers.tolist(), strict=True))
    return Sizes(dict(zip(labels.tolist(), hectares.tolist(), strict=True)), units)


def require_known(sample: Sample, sizes: Sizes) -> None:
    """Raise `area.class-without-area` for strata of the sample that have no area.

    Names that differ in a letter are told with the one that may be meant.
    """
    strange = sorted(set(sample.stratum.tolist()) - set(sizes.hectares))
    if strange:
        raise InputError.because(
            "area.class-without-area",
            "samples",
            classes=offenders(strange),
            known=candidates(strange[0], sizes.hectares),
        )


def _labels(column: pd.Series) -> np.ndarray:
    """Texts without blanks around; a class 1 that became 1.0 beside empty cells is 1 again."""
    texts = []
    for value in column:
        if pd.isna(value):
            texts.append("")
        elif isinstance(value, float) and value.is_integer():
            texts.append(str(int(value)))
        else:
            texts.append(str(value).strip())
    return np.array(texts, dtype=object)


def _require_columns(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise InputError.because(
            "area.columns", name, missing=", ".join(missing), columns=offenders(table.columns, 20)
        )
