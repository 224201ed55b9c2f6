"""The data that the explorer carries inside the page: base64 of plain little-endian arrays.

Values are 32-bit floats, one array per criterion; what stands is one bit per dam and portfolio,
one array per dam (bit i of byte j is portfolio 8 j + i), padded to whole 32-bit words.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup

from nonetloss.core.language import Language
from nonetloss.study.report.dams.drawing import drawing
from nonetloss.study.report.dams.model import BasinDrawing, DamStudy
from nonetloss.study.report.dams.names import criterion_unit, dam_label, digits_of

# More portfolios than this would neither brush fluidly nor fit a file that people send around.
MOST = 100_000
# The basin is drawn on a sheet of this width, in whole units.
SHEET = 4_000


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on the front's axes that is no member of it, or that has a name."""

    kind: str
    label: str
    badge: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Stop:
    """A portfolio of the front that has a name: `row` is its number among all."""

    label: str
    row: int


def kept_rows(values: np.ndarray, always: Iterable[int], most: int = MOST) -> np.ndarray:
    """Rows that the page carries, ascending: all of them, or an even choice.

    Parameters
    ----------
    values : (n, criteria)
    always : rows that must be there: those with a name
    most : how many at most

    Returns
    -------
    (m,) int
        All rows where n <= `most`. Else the extremes of every criterion, `always`, and, sorted by
        the first criterion, one row after each equal number of rows.
    """
    count = len(values)
    if count <= most:
        return np.arange(count)
    ends = np.concatenate([np.nanargmin(values, axis=0), np.nanargmax(values, axis=0)])
    must = np.unique(np.concatenate([ends, np.array(sorted(always), dtype=int)]).astype(int))
    order = np.argsort(values[:, 0], kind="stable")
    order = order[~np.isin(order, must)]
    step = np.linspace(0, len(order) - 1, most - len(must)).round().astype(int)
    return np.sort(np.concatenate([must, order[np.unique(step)]]))


def base64_of(array: np.ndarray) -> str:
    """The bytes of an array, little-endian."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(little.tobytes()).decode("ascii")


def packed(stands: np.ndarray) -> np.ndarray:
    """(n,) bool as uint8 bits, lowest first, padded to a multiple of four bytes."""
    bits = np.packbits(stands, bitorder="little")
    return np.pad(bits, (0, -len(bits) % 4))


def embed(
    study: DamStudy,
    language: Language,
    *,
    marks: Sequence[Mark],
    stops: Sequence[Stop],
    words: Mapping[str, str],
    always: Iterable[int] = (),
    most: int = MOST,
) -> Markup:
    """The JSON of the explorer, safe inside a `<script type="application/json">`."""
    front = study.front
    rows = kept_rows(front.values, {*always, *(s.row for s in stops)}, most)
    values, choices = front.values[rows], front.choices[rows]
    place = {int(row): i for i, row in enumerate(rows)}
    content: dict[str, Any] = {
        "language": language,
        "name": study.run.study,
        "count": len(rows),
        "total": len(front),
        "criteria": [
            {
                "name": c.name,
                "title": c.title[language],
                "unit": criterion_unit(c, language),
                "sense": c.sense,
                "digits": digits_of(front.values[:, i]),
            }
            for i, c in enumerate(front.criteria)
        ],
        "values": [base64_of(values[:, i].astype("<f4")) for i in range(values.shape[1])],
        "dams": [
            {
                "id": d.id,
                "title": dam_label(d, language),
                "river": d.river,
                "status": d.status,
                "options": [base64_of(packed(choices[:, i] == k)) for k in range(1, d.options + 1)]
                if d.options > 1
                else [],
            }
            for i, d in enumerate(study.dams)
        ],
        "stands": [base64_of(packed(choices[:, i] > 0)) for i in range(len(study.dams))],
        "rows": base64_of(rows.astype("<u4")) if len(rows) < len(front) else "",
        "marks": [
            {
                "kind": m.kind,
                "label": m.label,
                "badge": m.badge,
                "values": [_finite(v) for v in m.values],
            }
            for m in marks
        ],
        "stops": [{"label": s.label, "row": place[s.row]} for s in stops],
        "tree": {
            "below": [int(i) for i in study.tree.below],
            "dam": [int(i) for i in study.tree.dam],
        },
        "basin": _basin(drawing(study)),
        "words": dict(words),
    }
    told = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(told.replace("<", "\\u003c").replace("\u2028", "\\u2028"))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _basin(basin: BasinDrawing) -> dict[str, Any]:
    """Lines and dams on a sheet with y downwards; lines no finer than the sheet shows."""
    points = np.concatenate([p for _, p in basin.lines] + [basin.dams])
    points = points[np.isfinite(points).all(axis=1)]
    low, high = points.min(axis=0), points.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    if basin.crs:
        scale = np.full(2, SHEET / span.max())
        move = np.array([low[0], high[1]])
        turn = np.array([1.0, -1.0])
        height = float(span[1] * scale[1])
        width = float(span[0] * scale[0])
    else:
        # Steps along the river may be stretched at will: the width is that of the page.
        width = float(SHEET)
        height = SHEET * max(0.12, (0.022 if span[1] < 150 else 0.012) * span[1])
        scale = np.array([width / span[0], height / span[1]])
        move, turn = low, np.array([1.0, 1.0])
    places: list[np.ndarray] = []
    owners: list[int] = []
    for component, line in basin.lines:
        flat = (line - move) * turn * scale
        if basin.crs:
            thin = shapely.simplify(shapely.LineString(flat), 4.0)
            flat = shapely.get_coordinates(thin)
        places.append(flat.round().astype("<u2"))
        owners.append(component)
    ends = np.cumsum([len(p) for p in places]).astype("<u4")
    dams = (basin.dams - move) * turn * scale
    return {
        "located": bool(basin.crs),
        "width": round(width),
        "height": round(height),
        "points": base64_of(np.concatenate(places)),
        "ends": base64_of(ends),
        "owners": base64_of(np.array(owners, dtype="<u2")),
        "dams": [None if np.isnan(p).any() else [round(float(v)) for v in p] for p in dams],
    }
