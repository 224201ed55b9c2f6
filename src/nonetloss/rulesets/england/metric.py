"""Biodiversity units of parcels, by the formulas of the statutory biodiversity metric."""

import math
from typing import Any

import pandas as pd

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import offenders
from nonetloss.rulesets.england import tables
from nonetloss.rulesets.england.rows import Row, read_rows
from nonetloss.rulesets.england.tables import LONG, enhancement_years

METRIC = "The statutory biodiversity metric 4.1 (Natural England, Defra)"
LICENCE = "Open Government Licence v3.0"


def units(table: pd.DataFrame) -> "pd.Series[float]":
    """Biodiversity units of each parcel.

    Parameters
    ----------
    table : DataFrame
        One row per parcel. Columns:

        module
            `area`, `hedgerow` or `watercourse`. Their units never mix.
        stage
            `baseline` (surveyed, all of it), `retained`, `created` or `enhanced` (after the work).
        habitat, condition
            As the metric names them: `Grassland - Modified grassland`, or `Modified grassland`
            without the broad habitat; `Fairly Good`.
        size
            Hectares (area) or kilometers. 0 or more.
        strategic
            Strategic significance: `high`, `medium` or `low`.
        from_habitat, from_condition
            What was surveyed, for `enhanced` only. `from_size`, `from_strategic`,
            `from_encroachment` and `from_riparian` where they differ from what is after.
        advance_years, delay_years
            Whole years that the work starts before or after the loss, never both; more than 30
            stand for "30+".
        location, spatial_risk
            `on-site` (default) or `off-site`; off-site needs `inside`, `neighboring` or `outside`.
        encroachment, riparian
            Watercourses: `none`, `minor`, `major` (`culvert` for culverts); both banks as
            `major/minor`. Not given: none.
        irreplaceable
            `yes` or `no` (default): irreplaceable habitat, whose loss no unit makes good.

    Returns
    -------
    Series of float
        Units per row, with the index of `table`; `attrs` name the metric and its licence. Units of
        `created` and `enhanced` off-site rows bear the spatial risk.

    Raises
    ------
    RulesError
        Everything that is wrong with the table, at once: see `rows.read_rows`.

    Notes
    -----
    With size A, distinctiveness D, condition C, strategic significance S, years t, time m(t),
    difficulty d, encroachment e and riparian r (1 outside watercourses), spatial risk p::

        surveyed, retained   A D C S e r
        created              A D C S m(t) d e r p
        enhanced             [(A D1 C1 - A0 D0 C0) d m(t) + A0 D0 C0] S e r p

    A0 is the surveyed size, not more than A. Only a watercourse may be longer after the work than
    it was surveyed, and only a watercourse may keep type and condition: then e r must rise.
    """
    series = factors(table)["units"].copy()
    series.attrs = {"metric": METRIC, "licence": LICENCE, "unit": "biodiversity unit"}
    return series


def factors(table: pd.DataFrame) -> pd.DataFrame:
    """All factors of each parcel, so that a person can follow its units.

    Parameters
    ----------
    table : DataFrame
        As `units` takes it.

    Returns
    -------
    DataFrame
        With the index of `table`: module, stage, location, irreplaceable, habitat, from_habitat,
        size, from_size (surveyed size of an enhanced parcel), band, distinctiveness,
        condition_score, strategic_factor, years_standard and years (text, "30+"), time_factor,
        difficulty (L, M, H, V) and difficulty_factor, encroachment_factor, riparian_factor,
        spatial_factor, from_units (surveyed units of an enhanced parcel) and units. NaN or ""
        where a factor does not apply.

    Raises
    ------
    RulesError
        As `units`.
    """
    rows = read_rows(table)
    return pd.DataFrame([_of_row(row) for row in rows], index=table.index, columns=_COLUMNS)


def tree_area_ha(size_class: str, *, count: int = 1) -> float:
    """Area by which individual trees enter the area module, in hectares.

    Parameters
    ----------
    size_class : str
        `Small`, `Medium`, `Large` or `Very large`.
    count : int
        Number of trees.

    Raises
    ------
    RulesError
        `england.tree-size` for another class.
    """
    areas = tables.tree_areas_ha()
    if size_class not in areas:
        known = offenders(areas)
        raise RulesError.because("england.tree-size", size_class, known=known)
    return areas[size_class] * count


def remaining_years(standard: int, *, advance: int, delay: int) -> int:
    """Years from the loss to the target condition; `LONG` for "30+".

    "30+" without an advance stays so; with an advance it counts down from 30.
    """
    if standard == LONG:
        if advance == 0:
            return LONG
        return 0 if advance > 30 else 30 - advance
    years = max(0, standard - advance + delay)
    return LONG if years > 30 else years


_COLUMNS = [
    "module",
    "stage",
    "location",
    "irreplaceable",
    "habitat",
    "from_habitat",
    "size",
    "from_size",
    "band",
    "distinctiveness",
    "condition_score",
    "strategic_factor",
    "years_standard",
    "years",
    "time_factor",
    "difficulty",
    "difficulty_factor",
    "encroachment_factor",
    "riparian_factor",
    "spatial_factor",
    "from_units",
    "units",
]


def _of_row(row: Row) -> dict[str, Any]:
    known = tables.factors()
    distinctiveness, condition = row.habitat.distinctiveness, known.condition[row.condition]
    strategic = known.strategic[row.strategic]
    encroachment, riparian = 1.0, 1.0
    if row.module == "watercourse":
        encroachment = known.encroachment[row.encroachment]
        riparian = known.riparian[row.riparian]
    spatial = known.spatial_risk[row.spatial_risk]
    shown: dict[str, Any] = {
        "module": row.module,
        "stage": row.stage,
        "location": row.location,
        "irreplaceable": row.irreplaceable,
        "habitat": row.habitat.name,
        "from_habitat": row.start.name if row.start else "",
        "size": row.size,
        "from_size": row.from_size,
        "band": row.habitat.band,
        "distinctiveness": distinctiveness,
        "condition_score": condition,
        "strategic_factor": strategic,
        "years_standard": "",
        "years": "",
        "time_factor": math.nan,
        "difficulty": "",
        "difficulty_factor": math.nan,
        "encroachment_factor": encroachment,
        "riparian_factor": riparian,
        "spatial_factor": spatial,
        "from_units": math.nan,
    }
    banks = encroachment * riparian
    if row.stage in ("baseline", "retained"):
        return shown | {"units": row.size * distinctiveness * condition * strategic * banks}
    standard, difficulty = _work(row)
    years = remaining_years(standard, advance=row.advance, delay=row.delay)
    risk = known.difficulty[difficulty] * known.time[years]
    shown |= {
        "years_standard": _as_text(standard),
        "years": _as_text(years),
        "time_factor": known.time[years],
        "difficulty": difficulty,
        "difficulty_factor": known.difficulty[difficulty],
    }
    value = row.size * distinctiveness * condition
    if row.start is None:
        return shown | {"units": value * strategic * risk * banks * spatial}
    before = row.start.distinctiveness * known.condition[row.from_condition]
    surveyed = min(row.from_size, row.size) * before
    from_banks = 1.0
    if row.module == "watercourse":
        from_banks = known.encroachment[row.from_encroachment] * known.riparian[row.from_riparian]
    from_units = row.from_size * before * known.strategic[row.from_strategic] * from_banks
    enhanced = ((value - surveyed) * risk + surveyed) * strategic * banks * spatial
    return shown | {"from_units": from_units, "units": enhanced}


def _work(row: Row) -> tuple[int, str]:
    """Standard years to the target condition, and the difficulty that applies."""
    habitat = row.habitat
    if row.start is not None:
        standard = enhancement_years(row.start, habitat, row.from_condition, row.condition)
        reached = _covered(standard, row.advance) and row.delay == 0
        return standard, "L" if reached else habitat.enhance_difficulty
    standard = habitat.create[row.condition]
    if _covered(standard, row.advance) and row.delay == 0:
        return standard, "L"
    poor = habitat.create.get("Poor")
    started = row.advance > 0 and poor is not None and _covered(poor, row.advance)
    if started and not habitat.keeps_creation_difficulty:
        return standard, habitat.enhance_difficulty
    return standard, habitat.create_difficulty


def _covered(standard: int, advance: int) -> bool:
    """Whether the target is reached before the loss; "30+" only by an advance of "30+"."""
    return advance > 30 if standard == LONG else standard <= advance


def _as_text(years: int) -> str:
    return "30+" if years == LONG else str(years)
