"""Routes side by side: found and brought, priced on one surface, with what avoiding costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from nonetloss.avoid.avoidance import Lifted
from nonetloss.avoid.certificate import Certificate, certificate_table, certify
from nonetloss.avoid.pricing import Price, price_lines
from nonetloss.avoid.results import RouteResult
from nonetloss.avoid.surface import OUTSIDE_MAP, Surface
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.shapes import lines_of
from nonetloss.numerics.zonal import rasterize_touched

PRICE_COLUMNS = [
    "exclusion", "withheld", "cost_with_usd", "cost_without_usd", "price_usd", "price_on_grid_usd",
    "length_with_km", "length_without_km", "crossed_km",
]  # fmt: skip
_M_PER_KM = 1_000.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Tables over all lines, and what is to be said about those of the user.

    `table`: alternative, origin, proven, length_km, cost_usd, nature_qha, people, total_usd,
    buildable, crosses (layers, joined by commas), excess_usd (total over that of the least-cost
    route).
    """

    table: pd.DataFrame
    certificates: pd.DataFrame
    findings: tuple[Finding, ...]


def cheapest_line(best: RouteResult, others: Sequence[RouteResult]) -> RouteResult:
    """The least-cost route with the cheapest line that was drawn.

    Lines are free of the grid's directions, so one drawn from a slightly dearer route over cells
    may come out cheaper; then it serves. The cells, which carry the proof, stay.
    """
    line = min(
        (best, *(r for r in others if r.is_clear)), key=lambda r: (r.total_usd, r is not best)
    )
    if line is best:
        return best
    return replace(
        best,
        line=line.line,
        length_km=line.length_km,
        cost_usd=line.cost_usd,
        nature_qha=line.nature_qha,
        people=line.people,
        total_usd=line.total_usd,
        certificates=line.certificates,
    )


def compare(
    surface: Surface, users: Sequence[Alternative], own: Sequence[RouteResult]
) -> Comparison:
    """Price and certify the user's lines and set all lines side by side.

    Parameters
    ----------
    users : sequence of Alternative
        Lines. One that leaves the grid or crosses unknown ground has NaN in what is unknown.
    own : sequence of RouteResult
        The first is the least-cost route.
    """
    priced = price_lines([a.geometry for a in users], surface)
    proofs = [certify(a.geometry, surface.exclusions) for a in users]
    rows = []
    found: list[Finding] = []
    for alternative, price, proof in zip(users, priced, proofs, strict=True):
        crossed = [c.layer for c in proof if not c.holds]
        if _touches_unmapped(alternative.geometry, surface):
            crossed.append(OUTSIDE_MAP)
        rows.append(_row(alternative.name, str(alternative.origin), "", price, crossed))
        found += _findings(alternative, price, proof, surface)
    for r in own:
        price = Price(r.length_km, r.cost_usd, r.nature_qha, r.people, r.total_usd)
        crossed = [c.layer for c in r.certificates if not c.holds]
        rows.append(_row(r.name, str(r.origin), r.proven, price, crossed))
    table = pd.DataFrame(rows)
    table["excess_usd"] = table.total_usd - own[0].total_usd
    proven = [(a.name, proof) for a, proof in zip(users, proofs, strict=True)]
    proven += [(r.name, r.certificates) for r in own]
    return Comparison(table, certificate_table(proven), tuple(found))


def price_table(
    surface: Surface,
    best: RouteResult,
    lifted: Sequence[Lifted],
    drawn: Mapping[str, RouteResult],
) -> pd.DataFrame:
    """What each exclusion costs: the price of avoidance.

    Returns
    -------
    table
        exclusion (layer name, `*` for all that are not hidden), withheld, cost_with_usd and
        cost_without_usd (`total_usd` of the lines), price_usd (their difference, not negative),
        price_on_grid_usd (difference of least costs over cells, exact on the grid),
        length_with_km, length_without_km, crossed_km (of the cheaper line inside the exclusion).
        A hidden layer has its row with `withheld` True and no numbers: its price would tell how
        much it is in the way. It stays excluded in the row `*`.
    """
    rows: list[tuple[Any, ...]] = []
    vectors = {e.name: e for e in surface.exclusions}
    for lift in lifted:
        cheaper = drawn.get(lift.name, best)
        without = min(cheaper.total_usd, best.total_usd)
        crossed = sum(vectors[name].meters_inside(cheaper.line) for name in lift.names)
        rows.append(
            (
                lift.name, False, best.total_usd, without, best.total_usd - without,
                lift.saved_usd, best.length_km, cheaper.length_km, crossed / _M_PER_KM,
            )
        )  # fmt: skip
    rows += [(e.name, True, *[np.nan] * 7) for e in surface.exclusions if e.hidden]
    table = pd.DataFrame(rows, columns=PRICE_COLUMNS)
    return table.astype(dict.fromkeys(PRICE_COLUMNS[2:], float) | {"withheld": bool})


def _row(
    name: str, origin: str, proven: str, price: Price, crossed: Sequence[str]
) -> dict[str, Any]:
    return {
        "alternative": name,
        "origin": origin,
        "proven": proven,
        "length_km": price.length_km,
        "cost_usd": price.cost_usd,
        "nature_qha": price.nature_qha,
        "people": price.people,
        "total_usd": price.total_usd,
        "buildable": not crossed,
        "crosses": ", ".join(crossed),
    }


def _touches_unmapped(line: BaseGeometry, surface: Surface) -> bool:
    if OUTSIDE_MAP not in surface.blocked_by:
        return False
    touched = rasterize_touched(lines_of([line]), grid=surface.grid)
    return bool((touched & surface.blocked_by[OUTSIDE_MAP]).any())


def _findings(
    alternative: Alternative, price: Price, proof: tuple[Certificate, ...], surface: Surface
) -> list[Finding]:
    """That a user's route is not buildable, or cannot be priced whole."""
    title = {e.name: e.title for e in surface.exclusions}
    found = []
    crossed = [c for c in proof if not c.holds]
    if crossed:
        told = [
            c.layer if np.isnan(c.meters_inside) else f"{c.layer}: {c.meters_inside / 1000:.2f} km"
            for c in crossed
        ]
        layers = Text(
            es="; ".join(title[c.layer].es for c in crossed),
            en="; ".join(title[c.layer].en for c in crossed),
        )
        found.append(
            warning(
                "route.not-buildable",
                alternative.name,
                alternative=alternative.title,
                layers=layers,
                extents=offenders(told, 20),
            )
        )
    if np.isnan(price.total_usd):
        found.append(warning("route.not-priced", alternative.name, alternative=alternative.title))
    return found
