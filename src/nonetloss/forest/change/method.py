"""Change and fragmentation of a forest between dates: declaration and function."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import PROGRESS, STORE, WORKERS
from nonetloss.forest.change.dates import (
    ENCODINGS,
    FOREST,
    NON_FOREST,
    ForestDates,
    of_cover,
    of_rasters,
)
from nonetloss.forest.change.fragmentation import Fragmentation, fragmentation
from nonetloss.forest.change.transitions import (
    GAIN,
    LOSS,
    STABLE_FOREST,
    STABLE_NON_FOREST,
    Tally,
    cell_hectares,
    tally,
    transition_table,
)
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.landscape.crs import require_metric
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster, require_same_grid, windowed
from nonetloss.landscape.zone_cells import zone_raster
from nonetloss.numerics.windows import CellStore

PATTERN_TITLES: Final = (
    (0, Text(es="Fuera o desconocido", en="Outside or unknown")),
    (1, Text(es="Núcleo", en="Core")),
    (2, Text(es="Borde", en="Edge")),
    (3, Text(es="Perforación", en="Perforation")),
    (4, Text(es="Parche", en="Patch")),
    (5, Text(es="Sin bosque", en="No forest")),
)
_LOOKED_AT: Final = ("ends", "last", "all", "none")

METHOD = Method(
    id="forest.change",
    question=Text(
        es="¿Cuándo y dónde se fue el bosque, y cuánto del que queda está en un borde?",
        en="When and where did forest go, and how much of what remains lies at an edge?",
    ),
    function="nonetloss.forest.change.method:forest_change",
    inputs=(
        Port(
            "cover",
            "ForestCover",
            Text(
                es="Bosque en tres fechas, si no se dan rásteres propios.",
                en="Forest at three dates, unless rasters are given.",
            ),
            optional=True,
        ),
        Port(
            "forest",
            "Raster",
            Text(
                es="Uno por año (1 bosque, 0 no), o cobertura de copas y año de pérdida.",
                en="One for each year (1 forest, 0 none), or tree cover and year of loss.",
            ),
            optional=True,
            many=True,
        ),
        Port(
            "zones",
            "table",
            Text(
                es="Polígonos para los que se cuenta aparte.",
                en="Polygons that are counted apart.",
            ),
            optional=True,
        ),
        Port(
            "amount",
            "Raster",
            Text(
                es="Lo que cada celda pierde con su bosque (tCO2e por celda).",
                en="What each cell loses with its forest (tCO2e per cell).",
            ),
            optional=True,
        ),
        STORE,
        WORKERS,
        PROGRESS,
    ),
    outputs=(
        Port(
            "change",
            "ForestChange",
            Text(
                es="Pérdida por periodo y zona, mapa de cambio y fragmentación.",
                en="Loss by period and zone, map of change, and fragmentation.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "years",
            Text(
                es="Años de los rásteres, del más antiguo al más reciente.",
                en="Years of the rasters, from the oldest to the latest.",
            ),
            kind="list",
            low=1900.0,
            high=2200.0,
            optional=True,
        ),
        Parameter(
            "encoding",
            Text(
                es="«layers»: un ráster por año; «loss-year»: cobertura de copas en % y año de "
                "pérdida contado desde 2000.",
                en='"layers": one raster for each year; "loss-year": tree cover in % and year of '
                "loss counted from 2000.",
            ),
            kind="choice",
            choices=ENCODINGS,
            default="layers",
        ),
        Parameter(
            "canopy_percent",
            Text(
                es="Cobertura de copas desde la que hay bosque; solo con «loss-year».",
                en='Tree cover from which there is forest; with "loss-year" only.',
            ),
            unit="percent",
            default="30 percent",
            low=1.0,
            high=100.0,
        ),
        Parameter(
            "edge_m",
            Text(es="Ancho del borde del bosque.", en="Width of the edge of the forest."),
            unit="m",
            default="100 m",
            low=1.0,
            high=10000.0,
        ),
        Parameter(
            "distances_m",
            Text(
                es="Límites de las clases de distancia al borde.",
                en="Limits of the classes of distance to the edge.",
            ),
            kind="list",
            unit="m",
            default=(100.0, 300.0, 1000.0),
            low=1.0,
            high=100000.0,
        ),
        Parameter(
            "fragmentation_dates",
            Text(
                es="Fechas en que se mide la fragmentación: la primera y la última («ends»), la "
                "última, todas o ninguna.",
                en='Dates at which fragmentation is measured: the first and the last ("ends"), '
                "the last, all or none.",
            ),
            kind="choice",
            choices=_LOOKED_AT,
            default="ends",
        ),
        Parameter(
            "zone_field",
            Text(
                es="Columna con el nombre de cada zona.",
                en="Column with the name of each zone.",
            ),
            kind="text",
            default="zone",
        ),
    ),
    references=(
        "FAO 1995, Forest resources assessment 1990, FAO Forestry Paper 124 (compound rate)",
        "Hansen et al. 2013, doi 10.1126/science.1244693",
        "Vogt et al. 2007, doi 10.1007/s10980-006-9013-2",
        "Jaeger 2000, doi 10.1023/A:1008129329289",
    ),
    validity=Text(
        es="Cuenta lo que los mapas dicen: para superficies con error use forest.area. Lo "
        "desconocido no es bosque ni borde. Celdas cuadradas en un sistema en metros.",
        en="Counts what the maps say: for areas with their error use forest.area. The unknown is "
        "neither forest nor edge. Square cells in a system in meters.",
    ),
    example=(
        "- {step: change, method: forest.change, inputs: {forest: [forest-2000, forest-2010, "
        "forest-2020]}, parameters: {years: [2000, 2010, 2020], edge_m: 100 m}}"
    ),
)


@dataclass(frozen=True, slots=True)
class ForestChange:
    """What went, when and where, and the pattern of what is left.

    `transitions` and `by_zone` (with columns `zone` and `period`): see
    `transitions.transition_table`; with an amount also lost_amount (in the unit of the raster) and
    amount_unknown_ha. `class_areas` tells the codes of the map `change`: code, class, title_es,
    title_en, from_year, to_year, units (cells), area_ha; it serves as `areas` of `forest.area`.
    `fragmentation`, `edge_distance` and `patches`: see `fragmentation.Fragmentation`, one block for
    each date looked at. `pattern` is the map of the last of them (None if none was), and
    `pattern_legend` its codes.
    """

    transitions: pd.DataFrame
    by_zone: pd.DataFrame
    class_areas: pd.DataFrame
    fragmentation: pd.DataFrame
    edge_distance: pd.DataFrame
    patches: pd.DataFrame
    pattern_legend: pd.DataFrame
    change: WindowedRaster
    pattern: WindowedRaster | None
    findings: tuple[Finding, ...] = ()


def forest_change(
    cover: ForestCover | None = None,
    *,
    store: CellStore,
    forest: Sequence[Raster | WindowedRaster] = (),
    years: Sequence[float] | None = None,
    zones: gpd.GeoDataFrame | None = None,
    amount: Raster | WindowedRaster | None = None,
    encoding: str = "layers",
    canopy_percent: float = 30.0,
    edge_m: float = 100.0,
    distances_m: Sequence[float] = (100.0, 300.0, 1000.0),
    fragmentation_dates: str = "ends",
    zone_field: str = "zone",
    workers: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ForestChange:
    """Loss, gain and fragmentation of a forest.

    Parameters
    ----------
    cover : ForestCover, optional
        Used where no `forest` is given; what lies outside its jurisdiction is not counted.
    store : CellStore
        Room for the maps.
    forest, years, encoding, canopy_percent
        See `dates.of_rasters`. Rasters take the place of the cover.
    zones : GeoDataFrame, optional
        Polygons; `zone_field` names each, and those of one name are one zone. Later ones hold
        where they overlap.
    amount : Raster, optional
    edge_m, distances_m
        See `fragmentation.fragmentation`.
    fragmentation_dates : "ends", "last", "all" or "none"
    workers, progress : optional

    Raises
    ------
    InputError
        `change.no-source`, `change.nothing-known`, `change.no-forest`, `change.zone-field`,
        `change.zone-name`, and what `of_rasters` and `fragmentation` raise.
    GeometryError
        `crs.not-metric`, `crs.mixed`, `raster.other-grid`, `risk.cells-not-square`.
    """
    if forest:
        ruler: Raster | WindowedRaster = forest[0]
        dates = of_rasters(
            forest, years=years or (), encoding=encoding, canopy_percent=canopy_percent
        )
    elif cover is not None:
        ruler, dates = cover.codes, of_cover(cover)
    else:
        raise InputError.because("change.no-source", "forest.change")
    require_metric(ruler.crs, name="forest")
    names, placed, index = _zones(zones, zone_field, dates)
    held = None
    if amount is not None:
        held = windowed(amount)
        require_same_grid(ruler, held, name="amount")
    counted, drawn = tally(
        dates, zones=placed, zone_count=len(index), amount=held, store=store, workers=workers
    )
    assert drawn is not None
    _tell(progress, 0.3)
    transitions = _told(counted, slice(None), dates, held)
    by_zone = [
        _told(counted, [k + 1 for k, of in enumerate(index) if of == name], dates, held).assign(
            zone=name
        )
        for name in names
    ]
    classes = _class_areas(counted, dates)
    findings = _findings(counted, transitions, classes, by_zone, dates)
    seen: list[Fragmentation] = []
    at = _positions(fragmentation_dates, len(dates.years))
    for done, date in enumerate(at, start=1):
        name = "pattern" if date == at[-1] else f"pattern-{dates.years[date]:g}"
        seen.append(
            fragmentation(
                dates, date=date, edge_m=edge_m, distances_m=distances_m, store=store, name=name,
                workers=workers,
            )
        )  # fmt: skip
        _tell(progress, 0.3 + 0.7 * done / len(at))
    legend = [(code, title.es, title.en) for code, title in PATTERN_TITLES]
    return ForestChange(
        transitions=transitions,
        by_zone=_zone_first(by_zone),
        class_areas=classes,
        fragmentation=_stacked([one.summary for one in seen]),
        edge_distance=_stacked([one.distances for one in seen]),
        patches=_stacked([one.sizes for one in seen]),
        pattern_legend=pd.DataFrame(legend, columns=["code", "title_es", "title_en"]),
        change=drawn,
        pattern=seen[-1].pattern if seen else None,
        findings=findings,
    )


def _zones(
    zones: gpd.GeoDataFrame | None, field: str, dates: ForestDates
) -> tuple[list[str], WindowedRaster | None, list[str]]:
    """Names of zones, their cells, and the name of each polygon."""
    if zones is None or zones.empty:
        return [], None, []
    if field not in zones.columns:
        columns = offenders([c for c in zones.columns if c != zones.geometry.name], 20)
        raise InputError.because("change.zone-field", "zones", field=field, columns=columns)
    blank = zones[field].isna() | (zones[field].astype(str).str.strip() == "")
    if blank.any():
        rows = offenders(int(i) + 1 for i in np.flatnonzero(blank.to_numpy()))
        raise InputError.because("change.zone-name", "zones", field=field, rows=rows)
    index = [str(name).strip() for name in zones[field]]
    placed = zone_raster(zones, grid=dates.grid, crs=dates.crs, name="zones")
    return list(dict.fromkeys(index)), placed, index


def _told(
    counted: Tally, at: slice | list[int], dates: ForestDates, amount: WindowedRaster | None
) -> pd.DataFrame:
    """The transitions of some zones together."""
    hectare = cell_hectares(dates)
    table = transition_table(counted.pairs[at].sum(axis=0), years=dates.years, cell_ha=hectare)
    if amount is not None:
        table["lost_amount"] = counted.amounts[at].sum(axis=0)
        table["amount_unknown_ha"] = counted.amount_unknown[at].sum(axis=0) * hectare
        table.attrs["units"] = {"lost_amount": amount.unit}
    return table


def _zone_first(tables: list[pd.DataFrame]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame({"zone": pd.Series(dtype=object)})
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "zone", table.pop("zone"))
    spans = zip(table["from_year"], table["to_year"], strict=True)
    table.insert(1, "period", [f"{a:g}\u2013{b:g}" for a, b in spans])
    table.attrs = dict(tables[0].attrs)
    return table


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _class_areas(counted: Tally, dates: ForestDates) -> pd.DataFrame:
    """Cells of each class of the map of change; what is unknown or outside is none."""
    cells = counted.codes.sum(axis=0)
    first, last = dates.years[0], dates.years[-1]
    listed: list[tuple[int, str, Text, float, float]] = [
        (STABLE_FOREST, "stable-forest", Text(es="Bosque que queda", en="Forest that remains"),
         first, last),
        (STABLE_NON_FOREST, "stable-non-forest", Text(es="Sin bosque", en="No forest"),
         first, last),
        (GAIN, "gain", Text(es="Bosque que apareció", en="Forest that appeared"), first, last),
    ]  # fmt: skip
    for k in range(1, len(dates.years)):
        start, end = dates.years[k - 1], dates.years[k]
        span = f"{start:g}-{end:g}"
        title = Text(es=f"Bosque perdido {span}", en=f"Forest lost {span}")
        listed.append((LOSS + k, f"loss-{span}", title, start, end))
    rows = [
        (code, name, title.es, title.en, start, end, int(cells[code]))
        for code, name, title, start, end in listed
    ]
    columns = ["code", "class", "title_es", "title_en", "from_year", "to_year", "units"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(area_ha=table["units"] * cell_hectares(dates))


def _findings(
    counted: Tally,
    transitions: pd.DataFrame,
    classes: pd.DataFrame,
    by_zone: list[pd.DataFrame],
    dates: ForestDates,
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    known = classes["units"].sum()
    # Cells of the first period, whatever their state: all that lie inside.
    inside = int(counted.pairs[:, 0].sum())
    if known == 0:
        raise InputError.because("change.nothing-known", "forest")
    ever = counted.pairs[:, :, FOREST, :].sum() + counted.pairs[:, :, :, FOREST].sum()
    if ever == 0:
        raise InputError.because("change.no-forest", "forest")
    if known < inside:
        percent = round(100 * (1 - known / inside), 2)
        found.append(notice("change.unknown", "forest", percent=percent))
    present = classes.loc[classes["units"] > 0, "class"].tolist()
    if len(present) == 1:
        found.append(warning("change.one-class", "forest", name=present[0]))
    for row in transitions.itertuples():
        span = f"{row.from_year:g}-{row.to_year:g}"
        if row.lost_ha == 0:
            found.append(warning("change.period-without-loss", span))
    lost = counted.pairs[:, :, FOREST, NON_FOREST].sum()
    first = counted.codes[:, LOSS + 1 : LOSS + len(dates.years)].sum()
    if lost > first:
        hectares = round(float(lost - first) * cell_hectares(dates), 2)
        found.append(notice("change.lost-after-gain", "forest", hectares=hectares))
    empty = [
        str(table["zone"].iloc[0])
        for table in by_zone
        if table[["forest_start_ha", "forest_end_ha", "unknown_ha"]].to_numpy().sum() == 0
    ]
    if empty:
        found.append(warning("change.zone-without-forest", "zones", zones=offenders(empty)))
    return tuple(found)


def _positions(which: str, count: int) -> tuple[int, ...]:
    return {
        "ends": (0, count - 1),
        "last": (count - 1,),
        "all": tuple(range(count)),
        "none": (),
    }[which]


def _tell(progress: Callable[[str, float], None] | None, share: float) -> None:
    if progress is not None:
        progress("change", share)
