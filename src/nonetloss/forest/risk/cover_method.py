"""Read forest cover at three dates, and say what there was and what went."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import PROGRESS, WORKERS
from nonetloss.forest.risk.cover import (
    CODE_TITLES,
    PERIODS,
    UNKNOWN,
    ForestCover,
    Period,
    forest_at,
    lost_in,
)
from nonetloss.forest.risk.edges import pixel_m
from nonetloss.forest.risk.encodings import COUNT, ENCODINGS, HANSEN_ZERO, CodedCells, readable
from nonetloss.landscape.crs import require_metric
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster, require_same_grid, windowed
from nonetloss.landscape.zone_cells import zone_raster
from nonetloss.numerics.windows import Window, each, windows

_HECTARE_M2 = 10_000.0
_CODES = 9
# What a whole country may change in a year; more is rather a wrong map.
_FAST = 0.05


METHOD = Method(
    id="forest.cover",
    question=Text(
        es="¿Cuánto bosque había en cada fecha y cuánto se perdió entre ellas?",
        en="How much forest was there at each date, and how much was lost between them?",
    ),
    function="nonetloss.forest.risk.cover_method:forest_cover",
    inputs=(
        Port(
            "forest",
            "Raster",
            Text(
                es="Uno, dos o tres rásteres, según «encoding», en la misma cuadrícula.",
                en='One, two or three rasters, as "encoding" says, on one grid.',
            ),
            many=True,
        ),
        Port(
            "jurisdiction",
            "table",
            Text(
                es="Polígonos de la jurisdicción; lo de afuera no se ajusta ni se predice.",
                en="Polygons of the jurisdiction; what lies outside is neither fitted nor "
                "predicted.",
            ),
            optional=True,
        ),
        WORKERS,
        PROGRESS,
    ),
    outputs=(
        Port(
            "cover",
            "ForestCover",
            Text(es="Bosque en tres fechas.", en="Forest at three dates."),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "encoding",
            Text(
                es="Cómo dicen los rásteres qué es bosque: «layers», tres capas 0/1; "
                "«three-dates», 0 sin bosque, 1 perdido en el primer periodo, 2 en el segundo, "
                "3 queda; «fcbm», códigos 1 a 8 de VMD0055 (sin confirmar); «hansen», cobertura "
                "arbórea en % y año de pérdida desde 2000.",
                en='How the rasters tell forest: "layers", three layers 0/1; "three-dates", 0 '
                "no forest, 1 lost in the first period, 2 in the second, 3 remaining; "
                '"fcbm", codes 1 to 8 of VMD0055 (not confirmed); "hansen", tree cover in % '
                "and year of loss since 2000.",
            ),
            kind="choice",
            choices=ENCODINGS,
        ),
        Parameter(
            "years",
            Text(
                es="Los tres años, del más antiguo al más reciente.",
                en="The three years, from the oldest to the latest.",
            ),
            kind="list",
            low=1900.0,
            high=2200.0,
            reader="nonetloss.forest.risk.cover_method:read_years",
        ),
        Parameter(
            "absent",
            Text(
                es="Qué es una celda sin dato: desconocida (no es borde) o sin bosque.",
                en="What a cell without data is: unknown (no edge) or non-forest.",
            ),
            kind="choice",
            choices=("unknown", "non-forest"),
            default="unknown",
        ),
        Parameter(
            "canopy_percent",
            Text(
                es="Cobertura de copas desde la que hay bosque; solo con «hansen».",
                en='Canopy cover from which there is forest; with "hansen" only.',
            ),
            unit="percent",
            default="30 percent",
            low=1.0,
            high=100.0,
        ),
    ),
    references=(
        "Verra 2024, VT0007 v1.0 and VMD0055 v1.1 (codes of forest cover not confirmed)",
        "Hansen et al. 2013, doi 10.1126/science.1244693",
    ),
    validity=Text(
        es="Vale lo que valgan los mapas: un error de clasificación parece una pérdida. Celdas "
        "cuadradas en un sistema en metros.",
        en="As good as the maps: a classification error looks like a loss. Square cells in a "
        "system in meters.",
    ),
    example="""
      - step: cover
        method: forest.cover
        inputs: {forest: [forest-2000, forest-2010, forest-2020], jurisdiction: region}
        parameters: {encoding: layers, years: [2000, 2010, 2020]}
    """,
)


def forest_cover(
    forest: Sequence[Raster | WindowedRaster],
    *,
    encoding: str,
    years: Sequence[float],
    jurisdiction: gpd.GeoDataFrame | None = None,
    absent: str = "unknown",
    canopy_percent: float = 30.0,
    workers: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ForestCover:
    """Forest at three dates from rasters in memory or read by window.

    Parameters
    ----------
    forest : one to three rasters
        As many as `encoding` asks for. Absent are NaN, a value that the file declares to be no
        data and that is no code, and code 0 of "fcbm".
    encoding : "layers", "three-dates", "fcbm" or "hansen"
    years : three numbers
        Increasing.
    jurisdiction : GeoDataFrame, optional
        Polygons in the CRS of the rasters; everywhere without it.
    absent : "unknown" or "non-forest"
    canopy_percent : float
    workers, progress : optional

    Raises
    ------
    InputError
        `risk.rasters`, `risk.years`, `risk.years-order`, `risk.year-before-map` ("hansen" does
        not know the forest before 2000), `risk.code-unexpected`, `risk.nothing-inside`, and
        `risk.no-forest` if there is none inside at the first date.
    GeometryError
        `raster.other-grid`, `crs.not-metric`, `crs.mixed`, `risk.cells-not-square`.
    """
    if len(forest) != COUNT[encoding]:
        raise InputError.because(
            "risk.rasters", "forest", encoding=encoding, wanted=COUNT[encoding], n=len(forest)
        )
    dates = _three(years)
    parts = [windowed(part) for part in forest]
    for part in parts[1:]:
        require_same_grid(parts[0], part, name="forest")
    grid, crs = parts[0].grid, parts[0].crs
    require_metric(crs, name="forest")
    if encoding == "hansen" and dates[0] < HANSEN_ZERO:
        raise InputError.because(
            "risk.year-before-map", "years", year=f"{dates[0]:g}", first=HANSEN_ZERO
        )
    read = tuple(readable(part, encoding, k) for k, part in enumerate(parts))
    cells = CodedCells(read, encoding, dates, absent, canopy_percent)
    inside = None
    if jurisdiction is not None:
        inside = zone_raster(jurisdiction, grid=grid, crs=crs, name="jurisdiction")
    cover = ForestCover(WindowedRaster(cells, grid, crs, "", parts[0].source), dates, inside)
    pieces = windows(cells.shape)
    counts = np.zeros(_CODES, dtype=np.int64)
    for done, found in enumerate(each(partial(_counts, cover), pieces, workers=workers), start=1):
        counts += found
        if progress is not None:
            progress("cover", done / len(pieces))
    return _told(cover, counts)


def _three(years: Sequence[float]) -> tuple[float, float, float]:
    numbers = [y for y in years if not isinstance(y, str)]
    if len(years) != 3 or len(numbers) != 3:
        raise InputError.because("risk.years", "years", years=offenders(years))
    return float(numbers[0]), float(numbers[1]), float(numbers[2])


def read_years(
    given: Sequence[float], *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> tuple[float, float, float]:
    """Three years from the oldest to the latest; what layers and ecosystems there are is no matter.

    Raises
    ------
    InputError
        `risk.years`, `risk.years-order`.
    """
    first, middle, last = _three(given)
    if not first < middle < last:
        raise InputError.because(
            "risk.years-order", "years", years=offenders(f"{y:g}" for y in (first, middle, last))
        )
    return first, middle, last


def _counts(cover: ForestCover, window: Window) -> np.ndarray:
    codes = cover.codes.cells.read(window)
    if cover.inside is not None:
        codes = codes[cover.inside.cells.read(window) != 0]
    return np.bincount(codes.ravel(), minlength=_CODES)


def _told(cover: ForestCover, counts: np.ndarray) -> ForestCover:
    pixel_ha = pixel_m(cover.codes.grid) ** 2 / _HECTARE_M2
    every = np.arange(_CODES, dtype=np.uint8)
    forest = [float(counts[forest_at(every, date)].sum() * pixel_ha) for date in (1, 2, 3)]
    if not counts.sum():
        raise InputError.because("risk.nothing-inside", "jurisdiction")
    if forest[0] == 0:
        raise InputError.because("risk.no-forest", "cover", year=f"{cover.years[0]:g}")
    rows, findings = [], []
    starts: dict[Period, int] = {"calibration": 0, "confirmation": 1, "historical": 0}
    for period, start in starts.items():
        lost = float(counts[lost_in(every, period)].sum() * pixel_ha)
        length = cover.length(period)
        first = cover.years[start]
        per_year = lost / length
        share = per_year / forest[start] if forest[start] else float("nan")
        rows.append((period, first, first + length, lost, per_year, 100 * share))
        if lost == 0:
            findings.append(
                warning("risk.period-without-loss", period, first=first, last=first + length)
            )
        elif share > _FAST:
            percent = round(100 * share, 1)
            findings.append(
                warning("risk.fast-loss", period, period=PERIODS[period], percent=percent)
            )
    unknown = int(counts[UNKNOWN])
    if unknown:
        percent = round(100 * unknown / int(counts.sum()), 2)
        findings.append(notice("risk.cover-unknown", "cover", percent=percent))
    columns = ["period", "from_year", "to_year", "lost_ha", "ha_per_year", "percent_per_year"]
    return replace(
        cover,
        dates=pd.DataFrame({"date": [1, 2, 3], "year": cover.years, "forest_ha": forest}),
        periods=pd.DataFrame(rows, columns=columns),
        code_areas=_code_areas(every, counts, pixel_ha),
        findings=tuple(findings),
    )


def _code_areas(codes: np.ndarray, counts: np.ndarray, pixel_ha: float) -> pd.DataFrame:
    titles = [CODE_TITLES[code] for code in codes.tolist()]
    return pd.DataFrame(
        {
            "code": codes,
            "title_es": [title.es for title in titles],
            "title_en": [title.en for title in titles],
            "pixels": counts,
            "ha": counts * pixel_ha,
        }
    )
