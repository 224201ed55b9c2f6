"""The basin under one portfolio, for paper: which dams stand, and which rivers they cut off."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from shapely.geometry import LineString, MultiPoint

from nonetloss.core.language import Language
from nonetloss.study.report.dams.drawing import drawing
from nonetloss.study.report.dams.model import BasinDrawing, DamStudy
from nonetloss.study.report.dams.names import dam_label
from nonetloss.study.report.figure import BLUE, INK, NARROW, VERMILION, blank
from nonetloss.study.report.labels import Label, place
from nonetloss.study.report.maps import base, drawable, extent, name_labels
from nonetloss.study.report.model import Run
from nonetloss.study.report.words import word

CUT = "#9a8f86"
# More dams than this are drawn without names on the tree: rows would be thinner than letters.
NAMED = 120
# Symbol, face and edge of a dam by what becomes of it.
SIGNS = {
    "built": ("s", INK, "white"),
    "chosen": ("o", VERMILION, "white"),
    "open": ("o", "white", VERMILION),
    "forbidden": ("x", INK, INK),
}


def dam_signs(study: DamStudy, choices: np.ndarray) -> list[str]:
    """What becomes of each dam: "built" (stands today), "chosen", "open" or "forbidden"."""
    return [
        "built"
        if dam.status == "built" and stands
        else ("chosen" if stands else ("forbidden" if dam.status == "forbidden" else "open"))
        for dam, stands in zip(study.dams, choices > 0, strict=True)
    ]


def basin(study: DamStudy, choices: np.ndarray, language: Language, width: float) -> Figure:
    """A map where dams have places, else a tree; rivers solid while connected to the mouth."""
    drawn = drawing(study)
    if drawn.crs:
        return _map(study, drawn, choices, language, width)
    return _tree(study, drawn, choices, language, width)


def _rivers(axes: Axes, study: DamStudy, drawn: BasinDrawing, choices: np.ndarray) -> None:
    free = study.tree.free(choices)
    for state, color, dash, thick in (
        (True, BLUE, "solid", 2.0),
        (False, CUT, (0, (3, 2)), 1.4),
    ):
        lines = [line for component, line in drawn.lines if bool(free[component]) is state]
        if lines:
            axes.add_collection(
                LineCollection(lines, colors=color, linewidths=thick, linestyles=[dash], zorder=8)
            )


def _dams(
    axes: Axes, study: DamStudy, drawn: BasinDrawing, choices: np.ndarray, size: float
) -> None:
    signs = np.array(dam_signs(study, choices))
    for sign, (marker, face, edge) in SIGNS.items():
        at = drawn.dams[(signs == sign) & np.isfinite(drawn.dams).all(axis=1)]
        if len(at):
            axes.plot(
                *at.T,
                marker,
                ls="none",
                ms=size,
                mfc=face,
                mec=edge,
                mew=1.6 if sign in ("open", "forbidden") else 0.9,
                zorder={"chosen": 14, "built": 13}.get(sign, 12),
            )


def _labels(
    study: DamStudy, drawn: BasinDrawing, choices: np.ndarray, language: Language, size: float
) -> list[Label]:
    """Names, those of chosen dams first: where room is short, they have it."""
    signs = dam_signs(study, choices)
    rank = {"chosen": 0, "built": 1, "open": 2, "forbidden": 3}
    order = sorted(range(len(signs)), key=lambda i: (rank[signs[i]], i))
    return [
        Label(
            study.dams[i].name(language) or dam_label(study.dams[i], language),
            float(drawn.dams[i, 0]),
            float(drawn.dams[i, 1]),
            size=size,
            weight="bold" if signs[i] == "chosen" else "normal",
            offset=6,
            reaches=(1.0, 2.2),
        )
        for i in order
        if np.isfinite(drawn.dams[i]).all()
    ]


def _map(
    study: DamStudy, drawn: BasinDrawing, choices: np.ndarray, language: Language, width: float
) -> Figure:
    places = drawn.dams[np.isfinite(drawn.dams).all(axis=1)]
    lines = [LineString(line) for _, line in drawn.lines]
    bounds = extent([MultiPoint(places), *lines], width, 0.05)
    run = _in_crs(study.run, drawn.crs)
    layers = drawable(run.layers)
    figure, axes, taken = base(run, width, bounds, language, layers)
    _rivers(axes, study, drawn, choices)
    if study.reservoirs is not None and len(study.reservoirs):
        _reservoirs(axes, study, drawn.crs, choices)
    size = 7.0 if len(study.dams) < 150 else 4.5
    _dams(axes, study, drawn, choices, size)
    names = _labels(study, drawn, choices, language, 10 if width > NARROW else 9)
    labels = names if len(study.dams) <= NAMED else names[:60]
    taken += _symbol_boxes(axes, drawn.dams, size / 2)
    place(axes, [*labels, *name_labels(layers, bounds, width)], taken=taken)
    return figure


def _symbol_boxes(axes: Axes, places: np.ndarray, radius: float) -> list[Bbox]:
    """What the symbols of the dams take, in pixels: names keep off them."""
    known = places[np.isfinite(places).all(axis=1)]
    return [
        Bbox.from_extents(x - radius, y - radius, x + radius, y + radius)
        for x, y in axes.transData.transform(known)
    ]


def _in_crs(run: Run, crs: str) -> Run:
    """The run with its layers in the CRS of the drawing, if that is another one."""
    from dataclasses import replace

    if run.crs == crs:
        return run
    moved = tuple(
        replace(v, features=v.features.to_crs(crs))
        for v in drawable(run.layers)
        if v.features.crs is not None
    )
    return replace(run, crs=crs, layers=moved)


def _reservoirs(axes: Axes, study: DamStudy, crs: str, choices: np.ndarray) -> None:
    """Reservoirs of the dams that stand."""
    frame = study.reservoirs
    if frame is None or "dam" not in frame.columns:
        return
    standing = {d.id for d, c in zip(study.dams, choices, strict=True) if c > 0}
    shown = frame[frame["dam"].astype(str).isin(standing)]
    if len(shown):
        shown.to_crs(crs).plot(
            ax=axes, color="#56b4e9", alpha=0.6, edgecolor=BLUE, lw=0.5, zorder=7
        )
        axes.set_aspect("auto")
        axes.set(xlabel="", ylabel="")


def _tree(
    study: DamStudy, drawn: BasinDrawing, choices: np.ndarray, language: Language, width: float
) -> Figure:
    """The mouth at the left; each step to the right is one dam farther upstream."""
    points = np.concatenate([line for _, line in drawn.lines])
    rows, steps = float(points[:, 1].max()), float(points[:, 0].max())
    many = len(study.dams) > NAMED
    row = 9.0 if many else 24.0
    height = rows * row + 34
    figure = blank(width, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    # Names of the outermost dams stand to the right of them.
    right = (0.02 if many else (0.10 if width > NARROW else 0.22)) * steps
    axes.set_xlim(-0.02 * steps - 0.1, steps + right)
    axes.set_ylim(rows + 0.7, -0.7)
    _rivers(axes, study, drawn, choices)
    _dams(axes, study, drawn, choices, 5.0 if many else 8.0)
    mouth = word("dams.mouth", language)
    root = next(line for component, line in drawn.lines if study.tree.below[component] < 0)
    axes.text(
        float(root[0, 0]), float(root[0, 1]), mouth, fontsize=10, va="bottom", ha="left", zorder=20
    ).set_gid("halo-mouth")
    if not many:
        # On a phone there is room for the names of the new dams only; the table has them all.
        names = _labels(study, drawn, choices, language, 9.5 if width > NARROW else 9)
        place(axes, [n for n in names if width > NARROW or n.weight == "bold"])
    return figure
