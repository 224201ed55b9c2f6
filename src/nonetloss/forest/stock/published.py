"""A published stock checked as arithmetic: what its own figures say, and on other areas.

In words: total divided by area must give the amount per hectare that is published beside them; what
follows from it in carbon and in biomass is told; and so is what the same total means on any other
area that somebody states for the same land. Nothing here says whether the figure is true.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, nearest, offenders, warning
from nonetloss.core.language import LANGUAGES, Text, text
from nonetloss.core.units import quantity
from nonetloss.forest.stock.result import CO2_PER_CARBON

_KEYS = {"total": "tCO2e", "area": "ha", "per_ha": "tCO2e/ha"}
COLUMNS = (
    "figure", "title_es", "title_en", "published", "computed", "unit", "note_es", "note_en",
)  # fmt: skip
# Published figures are rounded; beyond this they do not follow from each other.
TOLERANCE = 0.005
CARBON_FRACTIONS = (0.47, 0.50)


def read_published(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> dict[str, Any]:
    """Published figures of one stock, in tCO2e, hectares and tCO2e per hectare.

    ``{total: 79.4 MtCO2e, area: 360000 acre, per_ha: 545 tCO2e/ha, pool: above_ground,
    areas: {approved: {area: 135832 ha, title: {es: …, en: …}}}, source: {es: …, en: …}}``;
    `total` and `area` are needed. `pool`: `above_ground` (the default) or `all`.

    Raises
    ------
    InputError
        `stock.published-key`, `stock.published-missing`, `stock.published-positive`.
    UnitError
        For a figure without its unit.
    """
    known = (*_KEYS, "pool", "areas", "source")
    for name in given:
        if name not in known:
            raise InputError.because(
                "stock.published-key", str(name), known=offenders(known, 20),
                nearest=nearest(str(name), known),
            )  # fmt: skip
    missing = [k for k in ("total", "area") if k not in given]
    if missing:
        raise InputError.because("stock.published-missing", "published", missing=offenders(missing))
    figures: dict[str, Any] = {
        k: _positive(given[k], unit, f"published.{k}") for k, unit in _KEYS.items() if k in given
    }
    pool = given.get("pool", "above_ground")
    if pool not in ("above_ground", "all"):
        raise InputError.because(
            "stock.published-key", str(pool), known="above_ground, all", nearest=""
        )
    areas = given.get("areas", {})
    if not isinstance(areas, Mapping):
        raise InputError.because("stock.published-key", "areas", known="{…: ha}", nearest="")
    figures["areas"] = {
        str(name): _area(value, f"published.areas.{name}", str(name))
        for name, value in areas.items()
    }
    return figures | {"pool": pool, "source": Text.of(given.get("source", ""))}


def _area(value: Any, name: str, key: str) -> tuple[float, Text]:
    if isinstance(value, Mapping):
        title = Text.of(value.get("title", key))
        return _positive(value.get("area"), "ha", name), title
    return _positive(value, "ha", name), Text.of(key)


def _positive(value: Any, unit: str, name: str) -> float:
    number = quantity(value, unit, name=name)
    if number <= 0:
        raise InputError.because("stock.published-positive", name, found=number)
    return number


def published_table(
    figures: Mapping[str, Any],
    *,
    own_total: float = float("nan"),
    own_per_ha: float = float("nan"),
    own_area_ha: float = float("nan"),
    carbon_fraction: float = 0.47,
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """What the published figures say of each other and beside the plots.

    Parameters
    ----------
    figures : mapping
        As `read_published` gives them; empty: an empty table.
    own_total, own_per_ha, own_area_ha : float
        Of the same pool from the plots (tCO2e, tCO2e/ha, ha); NaN where not known.
    carbon_fraction : float
        Told beside 0.47 and 0.50.

    Returns
    -------
    (table of `COLUMNS`, findings)
        `published` NaN: nobody published it. Finding `stock.published-disagrees` where the amount
        per hectare does not follow from total and area within 0.5 %.
    """
    if not figures:
        return pd.DataFrame(columns=list(COLUMNS)), ()
    total, area = figures["total"], figures["area"]
    per_ha = total / area
    stated = figures.get("per_ha", np.nan)
    carbon = per_ha / CO2_PER_CARBON
    pool = _pool(figures["pool"])
    rows = [
        _row("area", area, own_area_ha, "ha", "strata"),
        _row("total", total, own_total, "tCO2e", "plots", pool=pool),
        _row("per-ha", stated, per_ha, "tCO2e/ha", "total-over-area", pool=pool),
        _row("per-ha-plots", stated, own_per_ha, "tCO2e/ha", "plots", pool=pool),
        _row("carbon-per-ha", np.nan, carbon, "tC/ha", "carbon"),
    ]
    rows += [
        _row("biomass-per-ha", np.nan, carbon / f, "Mg/ha", "fraction", fraction=f"{f:g}")
        for f in sorted({*CARBON_FRACTIONS, carbon_fraction})
    ]
    rows += [
        _row("per-ha-other-area", np.nan, total / ha, "tCO2e/ha", "other-area", pool=pool,
             title=title, ha=ha)
        for ha, title in figures["areas"].values()
    ]  # fmt: skip
    found: tuple[Finding, ...] = ()
    if np.isfinite(stated) and abs(per_ha / stated - 1) > TOLERANCE:
        found = (
            warning(
                "stock.published-disagrees", "published", stated=f"{stated:g}",
                computed=f"{per_ha:.1f}",
            ),
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)), found


def _pool(name: str) -> Text:
    """What the published total holds: stem and crown, or roots too."""
    return Text(**{k: text(f"stock.published-{name.replace('_', '-')}", k) for k in LANGUAGES})


def _row(
    figure: str, published: float, computed: float, unit: str, note: str, **data: Any
) -> tuple[Any, ...]:
    titles = (text(f"stock.figure-{figure}", language, **data) for language in LANGUAGES)
    notes = (text(f"stock.note-{note}", language, **data) for language in LANGUAGES)
    return (figure, *titles, float(published), float(computed), unit, *notes)
