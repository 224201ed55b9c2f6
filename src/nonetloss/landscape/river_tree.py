"""Make one checked tree of components and dams, or say everything that is wrong with it.

Every component but the mouth has exactly one dam below it, and going down from dam to dam one
always comes to the mouth. Whatever breaks that is told at once, with the offenders by name.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, Severity, error, offenders
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source
from nonetloss.landscape.river import Attribute, Component, Dam, Id, RiverNetwork, Status
from nonetloss.landscape.river_values import value_findings


def build_network(
    components: Sequence[Component],
    dams: Sequence[Dam],
    *,
    name: str,
    dam_attributes: Mapping[str, Attribute],
    component_attributes: Mapping[str, Attribute],
    root: Id | None = None,
    exclusions: Iterable[Iterable[Id]] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
    found: Sequence[Finding] = (),
    crs: str | None = None,
    reaches: gpd.GeoDataFrame | None = None,
    reservoirs: gpd.GeoDataFrame | None = None,
    source: Source | None = None,
    title: Text | None = None,
) -> RiverNetwork:
    """The network, its components in an order from the mouth upward.

    Parameters
    ----------
    components, dams : sequences
        In any order; dams keep theirs. Ids of either must differ also as text.
    name : str
        How messages call the network, for example its file.
    dam_attributes, component_attributes : mapping of name to Attribute
        Every attribute that a dam or component carries must stand here, with its unit.
    root : id, optional
        Component of the mouth. None: the one component without a dam below it.
    exclusions : groups of dam ids
        At most one dam of each group may be built.
    ranges : mapping of attribute to (low, high), optional
        Besides those every network keeps (`landscape.river_values`).
    found : sequence of Finding
        What the reader found already; its errors are raised together with those found here.
    reservoirs : GeoDataFrame, optional
        Polygons with the columns `dam` and `option`; where a column `option` is absent or a cell
        empty, it is "".
    crs, reaches, source, title
        Passed on to the network.

    Raises
    ------
    InputError
        All of `river.no-component`, `river.repeated-component`, `river.repeated-dam`,
        `river.no-option`, `river.repeated-option`, `river.dam-off-river`, `river.two-ways-down`,
        `river.cycle`, `river.root-unknown`, `river.root-not-mouth`, `river.two-roots`,
        `river.orphan`, `river.exclusion-unknown`, `river.exclusion-built`, `river.out-of-range`,
        `river.infinite`, `river.unit-missing`, `river.reservoir-unknown`, `river.column-missing`
        that hold, and those in `found`.
    """
    groups = tuple(frozenset(group) for group in exclusions)
    problems = [f for f in found if f.severity is Severity.ERROR]
    problems += _identity_findings(components, dams, name=name)
    once = list({dam.id: dam for dam in reversed(dams)}.values())[::-1]
    tree, mouth = tree_findings([c.id for c in components], once, root=root, name=name)
    problems += tree
    problems += exclusion_findings(groups, dams, name=name)
    lakes, wrong = checked_reservoirs(reservoirs, dams, name=name)
    problems += wrong
    problems += value_findings(
        components,
        dams,
        name=name,
        dam_attributes=dam_attributes,
        component_attributes=component_attributes,
        ranges=ranges or {},
    )
    if problems or mouth is None:
        raise InputError(*problems)
    by_id = {component.id: component for component in components}
    return RiverNetwork(
        components=tuple(by_id[id] for id in upward(mouth, dams)),
        dams=tuple(dams),
        root=mouth,
        dam_attributes=MappingProxyType(dict(dam_attributes)),
        component_attributes=MappingProxyType(dict(component_attributes)),
        exclusions=groups,
        crs=crs,
        reaches=reaches,
        reservoirs=lakes,
        source=source,
        title=title,
    )


def upward(root: Id, dams: Sequence[Dam]) -> list[Id]:
    """Components that drain to `root`, each after the one below it, branches in order of dams."""
    above: dict[Id, list[Id]] = {}
    for dam in dams:
        above.setdefault(dam.below, []).append(dam.above)
    order: list[Id] = []
    waiting = [root]
    while waiting:
        order.append(waiting.pop())
        waiting.extend(reversed(above.get(order[-1], [])))
    return order


def tree_findings(
    components: Sequence[Id], dams: Sequence[Dam], *, root: Id | None, name: str
) -> tuple[list[Finding], Id | None]:
    """What keeps components and dams from being one tree, and the mouth if there is one."""
    if not components:
        return [error("river.no-component", name)], None
    known = set(components)
    found = _off_river(dams, known, name=name)
    down: dict[Id, Id] = {}
    ways: dict[Id, list[Id]] = {}
    for dam in dams:
        if dam.above in known and dam.below in known:
            down.setdefault(dam.above, dam.below)
            ways.setdefault(dam.above, []).append(dam.id)
    split = [f"{c} ({', '.join(map(str, ids))})" for c, ids in ways.items() if len(ids) > 1]
    if split:
        found.append(error("river.two-ways-down", name, offenders=offenders(split)))
    circles = cycles(down)
    if circles:
        shown = (" → ".join(map(str, [*circle, circle[0]])) for circle in circles)
        found.append(error("river.cycle", name, offenders=offenders(shown)))
    ends, mouth = _ends(list(dict.fromkeys(components)), down, ways, root, name=name)
    return found + ends, mouth


def cycles(down: Mapping[Id, Id]) -> list[list[Id]]:
    """Circles in a mapping of each component to the one below it, each from its least id."""
    seen: set[Id] = set()
    circles = []
    for start in down:
        path: list[Id] = []
        here: dict[Id, int] = {}
        at: Id | None = start
        while at is not None and at not in seen:
            seen.add(at)
            here[at] = len(path)
            path.append(at)
            at = down.get(at)
        if at is not None and at in here:
            circle = path[here[at] :]
            first = circle.index(min(circle, key=lambda id: (isinstance(id, str), id)))
            circles.append(circle[first:] + circle[:first])
    return circles


def _off_river(dams: Sequence[Dam], known: set[Id], *, name: str) -> list[Finding]:
    off = [
        f"{dam.id} ({', '.join(str(c) for c in (dam.above, dam.below) if c not in known)})"
        for dam in dams
        if not {dam.above, dam.below} <= known
    ]
    return [error("river.dam-off-river", name, offenders=offenders(off))] if off else []


def _ends(
    components: list[Id],
    down: Mapping[Id, Id],
    ways: Mapping[Id, list[Id]],
    root: Id | None,
    *,
    name: str,
) -> tuple[list[Finding], Id | None]:
    """Findings about components without a dam below, and the one that is the mouth."""
    found = []
    ends = [c for c in components if c not in down]
    met = set(down.values())
    alone = [c for c in ends if c not in met and c != root]
    if len(components) == 1:
        alone = []
    mouths = [c for c in ends if c not in alone]
    if root is not None and root not in components:
        listed = offenders(components)
        found.append(error("river.root-unknown", name, root=root, components=listed))
    elif root is not None and root in down:
        found.append(error("river.root-not-mouth", name, root=root, dams=offenders(ways[root])))
    if root is None and not mouths and alone:
        # Nothing but loose components: any of them could be the mouth.
        mouths, alone = alone, []
    if len(mouths) > 1:
        found.append(error("river.two-roots", name, offenders=offenders(mouths)))
    if alone:
        found.append(error("river.orphan", name, offenders=offenders(alone)))
    mouth = root if root is not None else next(iter(mouths), None)
    return found, mouth


def _identity_findings(
    components: Sequence[Component], dams: Sequence[Dam], *, name: str
) -> list[Finding]:
    found = []
    # As text, for that is what files and studies call them by: 1 and "1" would be one.
    twice = _repeated(str(component.id) for component in components)
    if twice:
        found.append(error("river.repeated-component", name, offenders=offenders(twice)))
    twice = _repeated(str(dam.id) for dam in dams)
    if twice:
        found.append(error("river.repeated-dam", name, offenders=offenders(twice)))
    empty = [dam.id for dam in dams if not dam.options]
    if empty:
        found.append(error("river.no-option", name, offenders=offenders(empty)))
    same = [dam.id for dam in dams if _repeated(option.name for option in dam.options)]
    if same:
        found.append(error("river.repeated-option", name, offenders=offenders(same)))
    return found


def exclusion_findings(
    groups: Sequence[frozenset[Id]], dams: Sequence[Dam], *, name: str
) -> list[Finding]:
    """Groups that name unknown dams, or of which more than one is built."""
    status = {dam.id: dam.status for dam in dams}
    unknown = sorted({str(id) for group in groups for id in group if id not in status})
    found = []
    if unknown:
        found.append(error("river.exclusion-unknown", name, offenders=offenders(unknown)))
    built = [
        " + ".join(sorted(str(id) for id in group if status.get(id) is Status.BUILT))
        for group in groups
        if sum(status.get(id) is Status.BUILT for id in group) > 1
    ]
    if built:
        found.append(error("river.exclusion-built", name, offenders=offenders(built)))
    return found


def checked_reservoirs(
    reservoirs: gpd.GeoDataFrame | None, dams: Sequence[Dam], *, name: str
) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    """Reservoirs with the ids and options of their dams, or which of them belong to none."""
    if reservoirs is None:
        return None, []
    if "dam" not in reservoirs.columns:
        columns = offenders([c for c in reservoirs.columns if c != reservoirs.geometry.name], 20)
        return None, [error("river.column-missing", name, missing="dam", columns=columns)]
    known = {(str(dam.id), option.name): dam.id for dam in dams for option in dam.options}
    options = (
        ["" if pd.isna(o) else str(o).strip() for o in reservoirs["option"]]
        if "option" in reservoirs.columns
        else [""] * len(reservoirs)
    )
    named = list(zip((str(dam) for dam in reservoirs["dam"]), options, strict=True))
    wrong = [f"{dam} ({o})" if o else dam for dam, o in named if (dam, o) not in known]
    if wrong:
        return None, [error("river.reservoir-unknown", name, offenders=offenders(wrong))]
    ids = [known[pair] for pair in named]
    return reservoirs.assign(dam=ids, option=options), []


def _repeated(ids: Iterable[Hashable]) -> list[Hashable]:
    return [id for id, count in Counter(ids).items() if count > 1]
