"""What parcels may say but hardly mean: unknown actions, no gain, the same land twice."""

from collections.abc import Sequence

import numpy as np
import shapely

from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.candidates import OVERLAP
from nonetloss.offset.counterfactual.trajectories import HOLDING, RESTORING, action_of

# What is both at once has a word of its own in reports.
_BOTH = frozenset({"both", "ambas", "ambos"})
# The words that a study is advised to use.
ACTIONS = ("protection", "restoration", "both")


def doubts(parcels: Sequence[Parcel], *, source: str) -> list[Finding]:
    """Findings about sound parcels, none of which stops a run.

    `study.parcel-action` (warning), `study.parcel-no-gain` (warning), `study.parcels-overlap`
    (notice, of pairs that are not actions on one site).
    """
    found: list[Finding] = []
    known = HOLDING | RESTORING | _BOTH
    strange = [f"{p.name}: {p.action}" for p in parcels if p.action and action_of(p) not in known]
    if strange:
        listed = offenders(ACTIONS)
        found.append(warning("study.parcel-action", source, names=offenders(strange), known=listed))
    idle = [p.name for p in parcels if p.value_with.likely <= p.value_without.likely]
    if idle:
        found.append(warning("study.parcel-no-gain", source, names=offenders(idle, 20)))
    pairs = _sharing_land(parcels)
    if pairs:
        listed = offenders((f"{a.name} – {b.name}" for a, b in pairs), 20)
        found.append(notice("study.parcels-overlap", source, pairs=listed))
    return found


def _sharing_land(parcels: Sequence[Parcel]) -> list[tuple[Parcel, Parcel]]:
    """Pairs that share land, by the measure of the choice of parcels itself."""
    shapes = np.array([p.geometry for p in parcels], dtype=object)
    if len(shapes) < 2:
        return []
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = sorted((int(a), int(b)) for a, b in zip(first, second, strict=True) if a < b)
    found = []
    for a, b in pairs:
        one, other = parcels[a], parcels[b]
        if one.site and one.site == other.site:
            continue
        smaller = min(one.geometry.area, other.geometry.area)
        if shapely.intersection(one.geometry, other.geometry).area > OVERLAP * smaller:
            found.append((one, other))
    return found
