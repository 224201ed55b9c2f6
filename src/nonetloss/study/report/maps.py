"""Maps: alternatives over layers, dissimilar routes, corridor, offset parcels.

Every map has a scale bar, a north arrow, longitude and latitude on its frame, and no hidden layer.
Legends and source lines stand beside the map as HTML, where they wrap instead of overlapping.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox
from shapely.geometry.base import BaseGeometry

from nonetloss.core.language import Language, number
from nonetloss.study.report.figure import (
    BLACK,
    BLUE,
    GREEN,
    INK,
    LINE,
    MUTED,
    NARROW,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    blank,
)
from nonetloss.study.report.labels import Label, place
from nonetloss.study.report.model import CorridorView, LayerView, ParcelView, RouteView, Run

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """How areas of one role are drawn: never by color alone."""

    fill: str
    edge: str
    alpha: float
    hatch: str = ""
    dash: str = "solid"
    order: int = 3


ROLE_LOOKS = {
    "prohibited": Look(VERMILION, VERMILION, 0.22, "////", "solid", 5),
    "restricted": Look(ORANGE, "#b37a00", 0.22, "....", "dashed", 4),
    "accounted": Look(GREEN, "#007a58", 0.16, "", "solid", 3),
    "context": Look("#8a9097", "#7b8288", 0.12, "", "dotted", 2),
}
# Kinds that often stand side by side in one role.
KIND_HATCHES = {"ecotourism-concession": "|||", "private-conservation-area": "---"}
USER_COLORS = (BLUE, PURPLE, "#6a4c93", "#8c6d31", "#3d7ea6")
FOUND_COLOR = "#4a4a4a"
OTHER_COLORS = ("#00695c", "#7a1f5c", "#8a5a00", "#1a4a8a")
LINE_KINDS = {"river": SKY, "road": "#9a8f86", "border": "#4d4d4d"}


def route_color(run: Run, route: RouteView) -> str:
    """Black for the chosen route; a color for each route that a person drew and each dissimilar
    one; gray for the front, whose routes are variants of each other.
    """
    if route.name == run.chosen:
        return BLACK
    users = [r.name for r in run.routes if r.origin == "user"]
    if route.name in users:
        return USER_COLORS[users.index(route.name) % len(USER_COLORS)]
    others = [r.name for r in run.routes if r.groups == {"dissimilar"}]
    if route.name in others:
        return OTHER_COLORS[others.index(route.name) % len(OTHER_COLORS)]
    return FOUND_COLOR


def extent(geometries: Iterable[BaseGeometry], page_width: float, margin: float = 0.1) -> Bounds:
    """Bounds of all geometries with a margin, in a shape that suits the page.

    Never taller than 1.1 times the width, nor flatter than half of it; nearly square on a phone.
    """
    flattest = 0.5 if page_width > NARROW else 0.95
    boxes = np.array([g.bounds for g in geometries if g is not None and not g.is_empty])
    left, bottom = boxes[:, 0].min(), boxes[:, 1].min()
    right, top = boxes[:, 2].max(), boxes[:, 3].max()
    width, height = max(right - left, 1.0), max(top - bottom, 1.0)
    pad = margin * max(width, height)
    width, height = width + 2 * pad, height + 2 * pad
    grow_w = max(0.0, 0.9 * height - width) / 2
    grow_h = max(0.0, flattest * width - height) / 2
    return (
        float(left - pad - grow_w),
        float(bottom - pad - grow_h),
        float(right + pad + grow_w),
        float(top + pad + grow_h),
    )


def canvas(width: float, bounds: Bounds, crs: str, language: Language) -> tuple[Figure, Axes]:
    """An empty map with graticule, scale bar and north arrow; `bounds` fill the frame exactly."""
    left, bottom, right, top = bounds
    gutter_left, gutter_right, gutter_bottom, gutter_top = 46.0, 10.0, 24.0, 8.0
    inner = width - gutter_left - gutter_right
    tall = inner * (top - bottom) / (right - left)
    height = tall + gutter_bottom + gutter_top
    figure = blank(width, height)
    axes = figure.add_axes(
        (gutter_left / width, gutter_bottom / height, inner / width, tall / height)
    )
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(MUTED)
    axes.set_facecolor("#fbfbf8")
    graticule(axes, bounds, crs, language, width)
    return figure, axes


def graticule(axes: Axes, bounds: Bounds, crs: str, language: Language, width: float) -> None:
    """Meridians and parallels, labeled in degrees on the bottom and left sides of the frame."""
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    to_crs = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    left, bottom, right, top = bounds
    rim = np.linspace(0, 1, 41)
    xs = np.concatenate([left + rim * (right - left)] * 2 + [np.full(41, left), np.full(41, right)])
    ys = np.concatenate(
        [np.full(41, bottom), np.full(41, top)] + [bottom + rim * (top - bottom)] * 2
    )
    lon, lat = to_degrees.transform(xs, ys)
    wanted = 5 if width > NARROW else 3
    # A label needs room on both sides of its tick to stay inside the picture.
    room = 26 * (right - left) / width
    step = _round_step((lon.max() - lon.min()) / wanted)
    digits = 0 if step >= 1 else (1 if step >= 0.1 else 2)
    x_ticks, y_ticks = [], []
    for value in _multiples(lon.min(), lon.max(), step):
        run_lat = np.linspace(lat.min(), lat.max(), 60)
        x, y = to_crs.transform(np.full(60, value), run_lat)
        axes.plot(x, y, color=LINE, lw=0.6, zorder=0.5)
        at = float(np.interp(bottom, y, x))
        if left + room < at < right - room:
            x_ticks.append((at, _degrees(value, digits, language, "lon")))
    for value in _multiples(lat.min(), lat.max(), step):
        run_lon = np.linspace(lon.min(), lon.max(), 60)
        x, y = to_crs.transform(run_lon, np.full(60, value))
        axes.plot(x, y, color=LINE, lw=0.6, zorder=0.5)
        at = float(np.interp(left, x, y))
        if bottom + room < at < top - room:
            y_ticks.append((at, _degrees(value, digits, language, "lat")))
    axes.set_xticks([t for t, _ in x_ticks], [s for _, s in x_ticks], fontsize=10)
    axes.set_yticks(
        [t for t, _ in y_ticks], [s for _, s in y_ticks], fontsize=10, rotation=90, va="center"
    )
    axes.tick_params(length=3, pad=3)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)


def _multiples(low: float, high: float, step: float) -> np.ndarray:
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


def _round_step(rough: float) -> float:
    power = 10.0 ** np.floor(np.log10(rough))
    return float(power * min((m for m in (1, 2, 2.5, 5, 10) if m * power >= rough), default=10))


def _degrees(value: float, digits: int, language: Language, axis: str) -> str:
    if axis == "lon":
        side = ("O" if language == "es" else "W") if value < 0 else "E"
    else:
        side = "S" if value < 0 else "N"
    return f"{number(abs(value), language, digits)}° {side}"


def furniture(axes: Axes, language: Language) -> list[Bbox]:
    """Scale bar (lower right) and north arrow (upper right); the boxes they take, in pixels."""
    left, right = axes.get_xlim()
    frame = axes.get_window_extent()
    meters_per_pixel = (right - left) / frame.width
    rough = 0.22 * (right - left) / 1000
    length_km = float(_round_step(rough / 2.5)) if rough > 0 else 1.0
    bar = length_km * 1000 / meters_per_pixel
    x1, y0 = frame.x1 - 14, frame.y0 + 14
    x0 = x1 - bar
    inverse = axes.transData.inverted()

    def at(x: float, y: float) -> tuple[float, float]:
        point = inverse.transform((x, y))
        return float(point[0]), float(point[1])

    for start, end, color in ((x0, (x0 + x1) / 2, INK), ((x0 + x1) / 2, x1, "white")):
        corners = [at(start, y0), at(end, y0), at(end, y0 + 5), at(start, y0 + 5)]
        axes.add_patch(
            PathPatch(
                Path([*corners, corners[0]]), facecolor=color, edgecolor=INK, lw=0.8, zorder=25
            )
        )
    digits = 0 if length_km >= 1 else 1
    label = axes.text(
        *at((x0 + x1) / 2, y0 + 9),
        f"{number(length_km, language, digits)} km",
        fontsize=10.5,
        ha="center",
        va="bottom",
        zorder=25,
    )
    label.set_gid("halo-scale")
    nx, ny = frame.x1 - 20, frame.y1 - 40
    arrow = [at(nx, ny + 24), at(nx - 7, ny), at(nx, ny + 6), at(nx + 7, ny), at(nx, ny + 24)]
    axes.add_patch(PathPatch(Path(arrow), facecolor=INK, edgecolor="white", lw=0.8, zorder=25))
    north = axes.text(
        *at(nx, ny + 25), "N", fontsize=11, fontweight="bold", ha="center", va="bottom", zorder=25
    )
    north.set_gid("halo-north")
    wide = max(bar, 44)
    return [
        Bbox.from_extents(x1 - (wide + bar) / 2 - 6, y0 - 6, x1 + 8, y0 + 28),
        Bbox.from_extents(nx - 14, ny - 6, nx + 16, frame.y1),
    ]


def clipped(geometry: BaseGeometry, bounds: Bounds, width: float) -> BaseGeometry:
    """The part inside the frame, with no more detail than half a pixel shows."""
    pad = 0.02 * (bounds[2] - bounds[0])
    tolerance = 0.4 * (bounds[2] - bounds[0]) / width
    # Clipping first spares the work on what lies outside the frame.
    inside = shapely.clip_by_rect(
        geometry, bounds[0] - pad, bounds[1] - pad, bounds[2] + pad, bounds[3] + pad
    )
    simple: BaseGeometry = shapely.simplify(inside, tolerance, preserve_topology=True)
    return simple


def draw_layer(axes: Axes, layer: LayerView, bounds: Bounds, width: float) -> None:
    """Areas by role, lines by kind, points as small squares; one path for each type of geometry."""
    pixel = (bounds[2] - bounds[0]) / width
    inside = layer.features.geometry.cx[bounds[0] : bounds[2], bounds[1] : bounds[3]]
    parts = [p for geometry in inside for p in _parts(clipped(geometry, bounds, width))]
    areas = [p for p in parts if p.geom_type == "Polygon" and p.area > pixel**2]
    lines = [p for p in parts if p.geom_type == "LineString"]
    points = [p for p in parts if p.geom_type == "Point"]
    if areas:
        _draw_areas(axes, layer, areas)
    if lines:
        _draw_lines(axes, layer, lines)
    town = layer.kind == "town"
    for point in points:
        face = "white" if town else _point_color(layer)
        marker, size = ("o", 5.5) if town else ("s", 4)
        axes.plot(point.x, point.y, marker, ms=size, mfc=face, mec=INK, mew=1.0, zorder=12)


def _draw_areas(axes: Axes, layer: LayerView, areas: Sequence[BaseGeometry]) -> None:
    look = ROLE_LOOKS.get(layer.role, ROLE_LOOKS["context"])
    # Outer rings all turn the same way, so that areas that overlap do not cut each other out.
    turned = shapely.orient_polygons(np.array(areas, dtype=object))
    path = Path.make_compound_path(*(_polygon_path(p) for p in turned))
    if layer.kind == "river":
        axes.add_patch(PathPatch(path, facecolor=_alpha(SKY, 0.6), edgecolor=SKY, lw=0.4, zorder=6))
        return
    hatch = KIND_HATCHES.get(layer.kind, look.hatch)
    if hatch:
        # Apart from the fill, whose transparency would also fade the hatch.
        axes.add_patch(
            PathPatch(
                path,
                facecolor="none",
                edgecolor=look.edge,
                hatch=hatch,
                lw=0,
                zorder=look.order,
            )
        )
    axes.add_patch(
        PathPatch(
            path,
            facecolor=_alpha(look.fill, look.alpha),
            edgecolor=look.edge,
            linestyle=look.dash,
            lw=1.0,
            zorder=look.order,
        )
    )


def _point_color(layer: LayerView) -> str:
    return ROLE_LOOKS.get(layer.role, ROLE_LOOKS["context"]).fill


def _draw_lines(axes: Axes, layer: LayerView, lines: Sequence[BaseGeometry]) -> None:
    color = LINE_KINDS.get(layer.kind, ROLE_LOOKS.get(layer.role, ROLE_LOOKS["context"]).edge)
    dash = (0, (7, 2, 1.5, 2)) if layer.kind == "border" else "solid"
    path = Path.make_compound_path(*(Path(np.asarray(part.coords)[:, :2]) for part in lines))
    axes.add_patch(
        PathPatch(path, facecolor="none", edgecolor=color, lw=1.3, linestyle=dash, zorder=7)
    )


def _alpha(color: str, alpha: float) -> tuple[float, float, float, float]:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (red, green, blue, alpha)


def _parts(geometry: BaseGeometry) -> Sequence[BaseGeometry]:
    if geometry is None or geometry.is_empty:
        return ()
    return [p for p in shapely.get_parts(geometry, return_index=False) if not p.is_empty]


def _polygon_path(polygon: BaseGeometry) -> Path:
    rings = [polygon.exterior, *polygon.interiors]
    vertices, codes = [], []
    for ring in rings:
        xy = np.asarray(ring.coords)[:, :2]
        vertices.append(xy)
        codes.append([Path.MOVETO, *[Path.LINETO] * (len(xy) - 2), Path.CLOSEPOLY])
    return Path(np.concatenate(vertices), np.concatenate(codes))


def draw_route(
    axes: Axes, run: Run, route: RouteView, bounds: Bounds, width: float, *, quiet: bool = False
) -> None:
    """A route with a white edge: dashed if a person drew it, thick if it is the chosen one."""
    chosen = route.name == run.chosen
    color = route_color(run, route)
    thick = 3.2 if chosen else (1.4 if quiet else 2.1)
    dash = (0, (4, 1.6)) if route.origin == "user" and not chosen else "solid"
    for part in _parts(clipped(route.line, bounds, width)):
        if part.geom_type != "LineString":
            continue
        xy = np.asarray(part.coords)[:, :2]
        axes.plot(
            xy[:, 0], xy[:, 1], color="white", lw=thick + 2, zorder=14, solid_capstyle="round"
        )
        axes.plot(xy[:, 0], xy[:, 1], color=color, lw=thick, ls=dash, zorder=16 if chosen else 15)


def route_labels(run: Run, routes: Sequence[RouteView]) -> list[Label]:
    """Round badges, each where its route is farthest from the others."""
    labels = []
    for route in routes:
        others = shapely.union_all([r.line for r in routes if r.name != route.name])
        spots = [route.line.interpolate(s, normalized=True) for s in np.linspace(0.12, 0.88, 27)]
        if not others.is_empty:
            spots.sort(key=lambda p: -round(p.distance(others), 3))
        first, rest = spots[0], spots[1:]
        labels.append(
            Label(
                route.badge,
                first.x,
                first.y,
                color=route_color(run, route),
                size=10.5,
                offset=0,
                anchors=tuple((p.x, p.y) for p in rest),
                must=True,
                badge=True,
            )
        )
    return labels


def name_labels(layers: Sequence[LayerView], bounds: Bounds, width: float) -> list[Label]:
    """Proper names of towns, areas and rivers, most important first."""
    small = width <= NARROW
    order = {"town": 0, "prohibited": 1, "restricted": 2, "accounted": 3, "river": 4, "context": 5}
    found: list[tuple[int, float, Label]] = []
    frame = shapely.box(*bounds)
    for layer in layers:
        if not layer.label_field or layer.label_field not in layer.features:
            continue
        near = layer.features.cx[bounds[0] : bounds[2], bounds[1] : bounds[3]]
        for name, group in near.groupby(layer.label_field):
            geometry = shapely.union_all(group.geometry.array)
            inside = geometry.intersection(frame)
            if inside.is_empty or not str(name).strip():
                continue
            # "CN 1 (schematic)": what stands in parentheses is for the legend and the tables.
            short = str(name).split(" (")[0].strip()
            found.append(_name_label(layer, short, inside, order, small))
    found.sort(key=lambda item: (item[0], -item[1], item[2].text))
    return [label for _, _, label in found]


def _name_label(
    layer: LayerView, name: str, inside: BaseGeometry, order: dict[str, int], small: bool
) -> tuple[int, float, Label]:
    size = 10.0 if small else 11.0
    if inside.geom_type in ("Point", "MultiPoint"):
        point = inside.centroid
        rank = order.get(layer.kind, 3)
        return (
            rank,
            0.0,
            Label(
                name,
                point.x,
                point.y,
                size=size,
                weight="bold" if rank == 0 else "normal",
                offset=5,
            ),
        )
    if inside.area > 0 and layer.kind != "river":
        biggest = max(_parts(inside), key=lambda p: p.area)
        spots = _inner_points(biggest)
        look = ROLE_LOOKS.get(layer.role, ROLE_LOOKS["context"])
        color = {"prohibited": "#8f3d00", "restricted": "#7a5200", "accounted": "#005a41"}.get(
            layer.role, MUTED
        )
        label = Label(
            _wrap(name, 16),
            *spots[0],
            color=color,
            size=size,
            weight="bold" if look.hatch else "normal",
            offset=0,
            anchors=tuple(spots[1:]),
        )
        return order.get(layer.role, 3), float(inside.area), label
    line = inside if inside.length > 0 else inside.boundary
    along = [line.interpolate(s, normalized=True) for s in (0.5, 0.3, 0.7, 0.15, 0.85)]
    color = "#1f6f9f" if layer.kind == "river" else MUTED
    label = Label(
        name,
        along[0].x,
        along[0].y,
        color=color,
        size=size,
        style="italic",
        offset=3,
        anchors=tuple((p.x, p.y) for p in along[1:]),
    )
    return order.get(layer.kind, 5), float(line.length), label


def _inner_points(polygon: BaseGeometry) -> list[tuple[float, float]]:
    first = shapely.maximum_inscribed_circle(polygon).coords[0]
    left, bottom, right, top = polygon.bounds
    lattice = [
        (left + a * (right - left), bottom + b * (top - bottom))
        for b in np.linspace(0.15, 0.85, 6)
        for a in np.linspace(0.15, 0.85, 6)
    ]
    inside = [p for p in lattice if shapely.contains_xy(polygon, *p)]
    inside.sort(key=lambda p: (p[0] - first[0]) ** 2 + (p[1] - first[1]) ** 2)
    return [(float(first[0]), float(first[1])), *inside]


def _wrap(text: str, width: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width, break_long_words=False))


def base(
    run: Run, width: float, bounds: Bounds, language: Language, layers: Sequence[LayerView]
) -> tuple[Figure, Axes, list[Bbox]]:
    """Frame, layers (lowest role first) and furniture: what every map starts from."""
    figure, axes = canvas(width, bounds, run.crs, language)
    rank = {"context": 0, "accounted": 1, "restricted": 2, "prohibited": 3}
    for layer in sorted(layers, key=lambda v: (rank.get(v.role, 0), v.name)):
        draw_layer(axes, layer, bounds, width)
    return figure, axes, furniture(axes, language)


def site_labels(run: Run, language: Language) -> list[Label]:
    """Start and end of the project."""
    found = []
    for site in (run.start, run.end):
        if site is not None and site.title[language]:
            name = site.title[language]
            near = (1.0, 2.5, 4.0)
            found.append(
                Label(name, site.x, site.y, weight="bold", offset=7, must=True, reaches=near)
            )
    return found


def alternatives_map(
    run: Run,
    routes: Sequence[RouteView],
    layers: Sequence[LayerView],
    language: Language,
    width: float,
) -> Figure:
    """Map of routes over the layers of the study."""
    bounds = extent((r.line for r in routes), width)
    figure, axes, taken = base(run, width, bounds, language, layers)
    for route in sorted(routes, key=lambda r: (r.name == run.chosen, r.origin == "user", r.name)):
        draw_route(axes, run, route, bounds, width)
    badges = route_labels(run, routes)
    _finish(axes, run, language, badges, routes, layers, bounds, width, taken)
    return figure


def _finish(
    axes: Axes,
    run: Run,
    language: Language,
    first: list[Label],
    drawn: Sequence[RouteView],
    layers: Sequence[LayerView],
    bounds: Bounds,
    width: float,
    taken: list[Bbox],
) -> None:
    """Symbols of the two ends, and all labels: routes, ends, parcels, names by importance."""
    sites = site_labels(run, language)
    for site in sites:
        axes.plot(site.x, site.y, "o", ms=8, mfc="white", mec=BLACK, mew=2, zorder=18)
    names = name_labels(layers, bounds, width)
    known = {s.text for s in sites}
    taken = [*taken, *_point_boxes(axes, sites, layers)]
    better_not = _line_boxes(axes, drawn)
    badges = [label for label in first if label.badge]
    numbers = [label for label in first if not label.badge]
    labels = [*badges, *sites, *numbers, *[n for n in names if n.text not in known]]
    place(axes, labels, taken=taken, better_not=better_not)


def _line_boxes(axes: Axes, routes: Sequence[RouteView]) -> list[Bbox]:
    """Small boxes along the routes: names keep off them where they can."""
    boxes = []
    for route in routes:
        points = shapely.line_interpolate_point(route.line, np.linspace(0, 1, 80), normalized=True)
        for x, y in axes.transData.transform(shapely.get_coordinates(points)):
            boxes.append(Bbox.from_extents(x - 2, y - 2, x + 2, y + 2))
    return boxes


def _point_boxes(axes: Axes, sites: Sequence[Label], layers: Sequence[LayerView]) -> list[Bbox]:
    """What the symbols of towns and ends take, in pixels."""
    at = [(s.x, s.y, 5.0) for s in sites]
    for layer in layers:
        if layer.kind == "town":
            for point in layer.features.geometry:
                at += [(p.x, p.y, 3.0) for p in _parts(point) if p.geom_type == "Point"]
    boxes = []
    for x, y, radius in at:
        px, py = axes.transData.transform((x, y))
        boxes.append(Bbox.from_extents(px - radius, py - radius, px + radius, py + radius))
    return boxes


def corridor_map(
    run: Run,
    corridor: CorridorView,
    layers: Sequence[LayerView],
    language: Language,
    width: float,
    label: str,
    scale: float,
) -> Figure:
    """The corridor as an image: how much more the best route through each place would cost."""
    routes = [r for r in run.routes if r.name == run.chosen or r.origin == "least-cost"]
    bounds = corridor.bounds if not routes else extent((r.line for r in routes), width, 0.15)
    outline = [v for v in layers if v.role == "prohibited" or v.kind in ("river", "border", "town")]
    figure, axes = canvas(width, bounds, run.crs, language)
    values = np.asarray(corridor.values, dtype=float) / scale
    finite = values[np.isfinite(values)]
    top = float(np.nanquantile(finite, 0.98)) if finite.size else 1.0
    left, bottom, right, high = corridor.bounds
    image = axes.imshow(
        values,
        extent=(left, right, bottom, high),
        origin="upper",
        cmap="cividis_r",
        vmin=0,
        vmax=max(top, 1e-9),
        interpolation="nearest",
        zorder=1,
        alpha=0.85,
    )
    axes.set_xlim(bounds[0], bounds[2])
    axes.set_ylim(bounds[1], bounds[3])
    for layer in outline:
        draw_layer(axes, layer, bounds, width)
    for route in routes:
        draw_route(axes, run, route, bounds, width)
    taken = furniture(axes, language)
    badges = route_labels(run, routes)
    _finish(axes, run, language, badges, routes, outline, bounds, width, taken)
    _colorbar(figure, axes, image, label, language)
    return figure


def _colorbar(figure: Figure, axes: Axes, image: object, label: str, language: Language) -> None:
    """A bar below the map, in space added for it."""
    old_width, old_height = (72 * s for s in figure.get_size_inches())
    added = 52.0
    box = axes.get_position()
    new_height = old_height + added
    figure.set_size_inches(old_width / 72, new_height / 72)
    axes.set_position(
        (
            box.x0,
            (box.y0 * old_height + added) / new_height,
            box.width,
            box.height * old_height / new_height,
        )
    )
    bar = figure.add_axes((box.x0, 34 / new_height, box.width, 9 / new_height))
    colorbar = figure.colorbar(image, cax=bar, orientation="horizontal", extend="max")  # type: ignore[arg-type]  # AxesImage
    colorbar.set_label(label, fontsize=11, labelpad=3)
    colorbar.ax.tick_params(labelsize=10, length=3, pad=2)
    top = float(bar.get_xlim()[1])
    step = _round_step(top / 5)
    ticks = _multiples(0, top, step)
    digits = 0 if step >= 1 else (1 if step >= 0.1 else 2)
    colorbar.set_ticks(list(ticks), labels=[number(t, language, digits) for t in ticks])


def parcels_map(
    run: Run,
    parcels: Sequence[ParcelView],
    layers: Sequence[LayerView],
    language: Language,
    width: float,
) -> Figure:
    """Candidate parcels, the chosen ones filled, with the chosen route."""
    drawn = [p for p in parcels if p.geometry is not None]
    route = run.route(run.chosen)
    shapes = [p.geometry for p in drawn if p.geometry is not None]
    bounds = extent([*shapes, *([route.line] if route else [])], width)
    figure, axes, taken = base(run, width, bounds, language, layers)
    if route:
        draw_route(axes, run, route, bounds, width)
    labels = []
    # Several actions may stand on one land: the chosen one is drawn last, and named with them.
    for _, parcel in sorted(enumerate(parcels), key=lambda p: (p[1].chosen, p[0])):
        same = _same_land(parcels, parcel)
        if parcel.geometry is None:
            continue
        color = "#00694c" if parcel.chosen else MUTED
        for part in _parts(clipped(parcel.geometry, bounds, width)):
            if part.geom_type == "Polygon":
                axes.add_patch(
                    PathPatch(
                        _polygon_path(part),
                        facecolor=_alpha(GREEN, 0.75) if parcel.chosen else "white",
                        edgecolor=color,
                        lw=1.6 if parcel.chosen else 1.0,
                        ls="solid" if parcel.chosen else "dashed",
                        zorder=10,
                    )
                )
        if parcel is not next((p for p in same if p.chosen), same[0]):
            continue
        at = parcel.geometry.representative_point()
        spread = (parcel.geometry.area**0.5) * width / (bounds[2] - bounds[0])
        offset = 0.0 if spread > 22 else 4.0 + spread / 2
        labels.append(
            Label(
                " / ".join(str(n) for n, p in enumerate(parcels, start=1) if p in same),
                at.x,
                at.y,
                color=BLACK if parcel.chosen else MUTED,
                size=11,
                weight="bold",
                offset=offset,
                must=True,
                reaches=(1.0, 2.0, 3.0),
            )
        )
    lines = [route] if route else []
    _finish(axes, run, language, labels, lines, layers, bounds, width, taken)
    return figure


def _same_land(parcels: Sequence[ParcelView], one: ParcelView) -> list[ParcelView]:
    """Parcels drawn with the same outline as one of them, itself included."""
    here = one.geometry
    if here is None:
        return [one]
    return [p for p in parcels if p.geometry is not None and p.geometry.equals(here)]


def drawable(layers: Sequence[LayerView]) -> tuple[LayerView, ...]:
    """Layers that hold something to draw."""
    return tuple(v for v in layers if isinstance(v.features, gpd.GeoDataFrame) and len(v.features))
