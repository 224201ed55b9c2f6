"""Maps of the forest sections: a raster in few classes under the layers of the study."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from shapely.geometry.base import BaseGeometry

from nonetloss.core.language import Language
from nonetloss.study.report.forest.model import RasterView
from nonetloss.study.report.labels import place
from nonetloss.study.report.maps import (
    Bounds,
    canvas,
    clipped,
    draw_layer,
    extent,
    furniture,
    name_labels,
)
from nonetloss.study.report.model import LayerView, Run
from nonetloss.study.report.words import amount, digits_for

# From pale to dark, so that they keep their order in gray and with any color vision.
RAMP = ("#fee8a6", "#fec44f", "#f08a1d", "#cc4c02", "#8c2d04", "#3f1302")
# Less on one side, more on the other; the middle is nearly white.
TURNING = ("#0b4f8a", "#5aa5d6", "#c9e2f3", "#f6e3cf", "#e58a3c", "#8c2d04")
NOTHING = "#e3ebe0"
PROJECT, BELT, AREA = "#0a2f5c", "#7a1f5c", "#4d5358"
CONCESSIONS = ("conservation-concession", "ecotourism-concession", "forest-concession")


@dataclass(frozen=True, slots=True)
class Shade:
    """Values from `low` to `high` (not included) have one color; `label` says so in the legend."""

    low: float
    high: float
    color: str
    label: str


def shades(values: np.ndarray, language: Language, *, unit: str = "") -> list[Shade]:
    """Up to six classes of a positive quantity, at round numbers (1, 2, 5 × a power of ten).

    The lowest and highest class are open; zero is no class of its own.
    """
    found = values[np.isfinite(values) & (values > 0)]
    if not found.size:
        return []
    top = float(np.quantile(found, 0.995))
    edges = _round_edges(top, len(RAMP))
    inner = [0.0, *edges, np.inf]
    made = []
    for i, color in enumerate(RAMP):
        low, high = inner[i], inner[i + 1]
        made.append(Shade(low, high, color, _range(low, high, language, unit)))
    return made


def _round_edges(top: float, count: int) -> list[float]:
    """`count` - 1 rising round numbers, the last one at or below `top`."""
    ladder = [m * 10.0**p for p in range(-12, 12) for m in (1.0, 2.0, 5.0)]
    reached = [v for v in ladder if v <= top] or ladder[:1]
    return reached[-(count - 1) :]


def _range(low: float, high: float, language: Language, unit: str) -> str:
    tail = f"\u00a0{unit}" if unit else ""
    if low == 0:
        return f"< {_edge(high, language)}{tail}"
    if not np.isfinite(high):
        return f"≥ {_edge(low, language)}{tail}"
    return f"{_edge(low, language)} – {_edge(high, language)}{tail}"


def _edge(value: float, language: Language) -> str:
    shown = amount(value, language, max(digits_for(value), int(max(0, -np.floor(np.log10(value))))))
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def turning(values: np.ndarray, language: Language, *, unit: str = "") -> list[Shade]:
    """Six classes about zero, at the same round numbers on both sides."""
    found = np.abs(values[np.isfinite(values)])
    found = found[found > 0]
    if not found.size:
        return []
    edges = _round_edges(float(np.quantile(found, 0.99)), 3)
    ends = [-np.inf, -edges[1], -edges[0], 0.0, edges[0], edges[1], np.inf]
    made = []
    for low, high, color in zip(ends[:-1], ends[1:], TURNING, strict=True):
        sign = "−" if high <= 0 else "+"
        near, far = sorted((abs(low), abs(high)))
        made.append(Shade(low, high, color, f"{sign} {_range(near, far, language, unit)}"))
    return made


def painted(values: np.ndarray, found: Sequence[Shade], *, zero: str = NOTHING) -> np.ndarray:
    """(rows, columns, 4) uint8: the color of each cell, nothing where it is NaN."""
    colors = np.zeros((*values.shape, 4), dtype=np.uint8)
    for shade in found:
        inside = (values >= shade.low) & (values < shade.high)
        colors[inside] = _rgba(shade.color)
    colors[values == 0] = _rgba(zero)
    colors[~np.isfinite(values)] = 0
    return colors


def coded(values: np.ndarray, colors: dict[int, str]) -> np.ndarray:
    """(rows, columns, 4) uint8 of codes; those without a color are not drawn."""
    made = np.zeros((*values.shape, 4), dtype=np.uint8)
    for code, color in colors.items():
        made[values == code] = _rgba(color)
    return made


def _rgba(color: str) -> np.ndarray:
    return np.round(255 * np.array(to_rgba(color))).astype(np.uint8)


def raster_map(
    run: Run,
    raster: RasterView,
    colors: np.ndarray,
    zones: gpd.GeoDataFrame | None,
    layers: Sequence[LayerView],
    language: Language,
    width: float,
    *,
    lines: Sequence[BaseGeometry] = (),
) -> Figure:
    """A raster in its colors, the layers over it, and the outlines of the zones over all.

    `lines` are drawn as planned roads.
    """
    bounds = extent([shapely.box(*raster.bounds)], width, 0.0)
    figure, axes = canvas(width, bounds, run.crs, language)
    left, bottom, right, top = raster.bounds
    axes.imshow(
        colors,
        extent=(left, right, bottom, top),
        origin="upper",
        interpolation="nearest",
        aspect="auto",
        zorder=1,
    )
    axes.set_xlim(bounds[0], bounds[2])
    axes.set_ylim(bounds[1], bounds[3])
    _over(axes, layers, bounds, width)
    draw_zones(axes, zones, bounds, width)
    for line in lines:
        _draw_lines(axes, line, bounds, width, "#000000", (0, (5, 2)))
    _named(axes, layers, bounds, width, furniture(axes, language))
    return figure


def cells_map(
    run: Run,
    cells: gpd.GeoDataFrame,
    colors: Sequence[str],
    zones: gpd.GeoDataFrame | None,
    layers: Sequence[LayerView],
    language: Language,
    width: float,
) -> Figure:
    """Cells as areas of one color each (`""`: outline only)."""
    shapes = list(cells.geometry)
    outlines = [] if zones is None else list(zones.geometry)
    bounds = extent([*shapes, *outlines], width, 0.03)
    figure, axes = canvas(width, bounds, run.crs, language)
    for shape, color in zip(shapes, colors, strict=True):
        if shape is None or not color:
            continue
        for part in shapely.get_parts(clipped(shape, bounds, width)):
            if part.geom_type == "Polygon":
                axes.fill(
                    *np.asarray(part.exterior.coords)[:, :2].T,
                    facecolor=color,
                    edgecolor="white",
                    lw=0.5,
                    zorder=2,
                )
    _over(axes, layers, bounds, width)
    draw_zones(axes, zones, bounds, width)
    _named(axes, layers, bounds, width, furniture(axes, language))
    return figure


def _over(axes: Axes, layers: Sequence[LayerView], bounds: Bounds, width: float) -> None:
    """Lines and points of the layers; areas would hide the raster under them."""
    for layer in layers:
        kinds = {str(k).removeprefix("Multi") for k in layer.features.geom_type.unique()}
        if "Polygon" in kinds and layer.kind != "river":
            for shape in layer.features.geometry:
                _draw_lines(axes, shape.boundary, bounds, width, *outline(layer))
        else:
            draw_layer(axes, layer, bounds, width)


def outline(layer: LayerView) -> tuple[str, object, float]:
    """Color, dashes and width of the outline of an area: that of a concession stands out."""
    if layer.kind in CONCESSIONS:
        return PROJECT, "solid", 2.2
    return AREA, (0, (1.5, 1.5)), 1.4


def draw_zones(axes: Axes, zones: gpd.GeoDataFrame | None, bounds: Bounds, width: float) -> None:
    """The project with a whole line, the leakage belt with a dashed one."""
    if zones is None or "zone" not in zones:
        return
    for name, shape in zip(zones["zone"].astype(str), zones.geometry, strict=True):
        color, dash = zone_look(name)
        _draw_lines(axes, shape.boundary, bounds, width, color, dash)


def zone_look(name: str) -> tuple[str, object]:
    """Color and dashes of the outline of a zone."""
    return (PROJECT, "solid") if name == "project" else (BELT, (0, (6, 2.5)))


def _draw_lines(
    axes: Axes,
    shape: BaseGeometry,
    bounds: Bounds,
    width: float,
    color: str,
    dash: object,
    thick: float = 2.2,
) -> None:
    """A line with a white edge."""
    for part in shapely.get_parts(clipped(shape, bounds, width)):
        if part.geom_type not in ("LineString", "LinearRing"):
            continue
        xy = np.asarray(part.coords)[:, :2].T
        if thick > 1.5:
            axes.plot(*xy, color="white", lw=thick + 1.8, zorder=9, solid_capstyle="round")
        axes.plot(*xy, color=color, lw=thick, ls=dash, zorder=10)


def _named(
    axes: Axes,
    layers: Sequence[LayerView],
    bounds: Bounds,
    width: float,
    taken: Sequence[Bbox],
) -> None:
    labels = name_labels(layers, bounds, width)
    boxes = list(taken)
    for label in labels:
        x, y = axes.transData.transform((label.x, label.y))
        boxes.append(Bbox.from_extents(x - 3, y - 3, x + 3, y + 3))
    place(axes, labels, taken=boxes)
