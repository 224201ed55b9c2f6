"""Place labels on a map so that none covers another or leaves the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text as Drawn
from matplotlib.transforms import Bbox

from nonetloss.study.report.figure import INK


@dataclass(frozen=True, slots=True)
class Label:
    """Text near a point of the map (data coordinates).

    `anchors` are further points where the same label may go (along a line, inside a polygon).
    `offset` is the free distance in pixels around the point (the radius of its symbol); 0 centers
    the label on the point. Labels are placed in the order given; `must` labels are drawn even if
    they find no free place. `reaches` multiply the offset when near places are taken; a thin line
    then leads from the point to the label.
    """

    text: str
    x: float
    y: float
    color: str = INK
    size: float = 11
    weight: str = "normal"
    style: str = "normal"
    offset: float = 6
    anchors: tuple[tuple[float, float], ...] = ()
    must: bool = False
    badge: bool = False
    reaches: tuple[float, ...] = (1.0,)


_AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def place(
    axes: Axes,
    labels: Sequence[Label],
    *,
    taken: Sequence[Bbox] = (),
    better_not: Sequence[Bbox] = (),
) -> list[Bbox]:
    """Draw what fits; the boxes (pixels) that are taken afterwards come back.

    Greedy in the order of `labels`: the first candidate place that lies inside the frame and
    meets no taken box; among those, one that meets no `better_not` box, if there is any (badges
    do not look at these). With tens of labels this is as good as it needs to be, and stable.
    """
    renderer = FigureCanvasAgg(axes.figure).get_renderer()  # type: ignore[arg-type]  # not a SubFigure
    frame = axes.get_window_extent(renderer)
    boxes = list(taken)
    lines = _array(better_not)
    for label in labels:
        drawn = _draw(axes, label)
        size = drawn.get_window_extent(renderer)
        pad = 5.0 if label.badge else 2.0
        width, height = size.width + 2 * pad, size.height + 2 * pad
        spots = list(_spots(axes, label, width, height))
        now = _array(boxes)
        open_spots = [b for b in spots if _free(b, now, frame)]
        crossed = _array(()) if label.badge else lines
        free = next((b for b in open_spots if _free(b, crossed, frame)), None)
        if free is None and open_spots:
            free = open_spots[0]
        if free is None and label.must:
            free = min(spots, key=lambda b: _overlap(b, now, frame))
        if free is None:
            drawn.remove()
            continue
        center = axes.transData.inverted().transform(
            ((free.x0 + free.x1) / 2, (free.y0 + free.y1) / 2)
        )
        drawn.set_position((float(center[0]), float(center[1])))
        if label.offset > 0:
            _lead(axes, label, free)
        boxes.append(free)
    return boxes


def _lead(axes: Axes, label: Label, box: Bbox) -> None:
    """A thin line from the point to a label that stands apart from it."""
    x, y = axes.transData.transform((label.x, label.y))
    nearest = (min(max(x, box.x0), box.x1), min(max(y, box.y0), box.y1))
    if np.hypot(nearest[0] - x, nearest[1] - y) < 1.8 * label.offset:
        return
    end = axes.transData.inverted().transform(nearest)
    axes.plot([label.x, end[0]], [label.y, end[1]], color=label.color, lw=0.7, zorder=19)


def _draw(axes: Axes, label: Label) -> Drawn:
    box = (
        {"boxstyle": "circle,pad=0.22", "facecolor": label.color, "edgecolor": "white", "lw": 1.2}
        if label.badge
        else None
    )
    drawn = axes.text(
        label.x,
        label.y,
        label.text,
        color="white" if label.badge else label.color,
        fontsize=label.size,
        fontweight="bold" if label.badge else label.weight,
        fontstyle=label.style,
        ha="center",
        va="center_baseline" if label.badge else "center",
        bbox=box,
        zorder=30 if label.badge else 20,
        clip_on=False,
        linespacing=1.05,
    )
    if not label.badge:
        drawn.set_gid(f"halo-{len(axes.texts)}")
    return drawn


def _spots(axes: Axes, label: Label, width: float, height: float) -> list[Bbox]:
    points = axes.transData.transform(np.array([(label.x, label.y), *label.anchors]))
    spots = []
    for reach in label.reaches:
        away = reach * label.offset
        for x, y in points:
            for across, up in _AROUND if label.offset > 0 else ((0, 0),):
                cx = x + across * (away + width / 2)
                cy = y + up * (away + height / 2)
                spots.append(Bbox.from_bounds(cx - width / 2, cy - height / 2, width, height))
    return spots


def _array(boxes: Sequence[Bbox]) -> np.ndarray:
    """(n, 4): left, bottom, right, top."""
    return np.array([b.extents for b in boxes], dtype=float).reshape(-1, 4)


def _free(box: Bbox, boxes: np.ndarray, frame: Bbox) -> bool:
    inside = box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1
    return bool(inside and not (_shared(box, boxes) > 0).any())


def _shared(box: Bbox, boxes: np.ndarray) -> np.ndarray:
    """Area that a box shares with each of many."""
    width = np.minimum(box.x1, boxes[:, 2]) - np.maximum(box.x0, boxes[:, 0])
    height = np.minimum(box.y1, boxes[:, 3]) - np.maximum(box.y0, boxes[:, 1])
    area: np.ndarray = np.clip(width, 0, None) * np.clip(height, 0, None)
    return area


def _overlap(box: Bbox, boxes: np.ndarray, frame: Bbox) -> float:
    """How bad a place is: what it covers, and ten times what leaves the frame."""
    inside = float(_shared(box, _array([frame]))[0])
    return float(_shared(box, boxes).sum()) + 10 * (box.width * box.height - inside)
