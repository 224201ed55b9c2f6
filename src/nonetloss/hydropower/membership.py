"""Which dams belong to all efficient portfolios, to none, or to some."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower.choice import front_notices
from nonetloss.hydropower.oriented import (
    FLECKER,
    FRONTIER,
    amount,
    label,
    oriented,
    require_same_dams,
)
from nonetloss.hydropower.ports import NETWORK
from nonetloss.hydropower.results import Frontier
from nonetloss.landscape.river import RiverNetwork

METHOD = Method(
    id="hydropower.membership",
    question=Text(
        es="¿Qué represas están en todos los portafolios eficientes, en algunos o en ninguno?",
        en="Which dams are in all efficient portfolios, in some or in none?",
    ),
    function="nonetloss.hydropower.membership:membership",
    inputs=(FRONTIER, NETWORK),
    outputs=(
        Port(
            "membership",
            "Membership",
            Text(
                es="Parte de los portafolios que tiene cada represa.",
                en="Share of portfolios with each dam.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "criterion",
            Text(es="Criterio de las franjas.", en="Criterion of the bands."),
            kind="text",
            default="energy",
        ),
        Parameter(
            "edges",
            Text(
                es="Bordes crecientes de las franjas en que se cuenta aparte, en la unidad del "
                "criterio.",
                en="Rising edges of the bands in which to count apart, in the unit of the "
                "criterion.",
            ),
            kind="list",
            optional=True,
        ),
    ),
    references=(FLECKER,),
    validity=Text(
        es="«Siempre» y «nunca» valen para este frente, sus criterios y sus límites. De varios "
        "portafolios con valores iguales el frente guarda uno: una represa que no está «nunca» "
        "puede estar en un gemelo.",
        en='"Always" and "never" hold for this front, its criteria and bounds. Of portfolios with '
        'equal values the front keeps one: a dam that is "never" built may stand in a twin.',
    ),
    example="- {step: membership, method: hydropower.membership, parameters: "
    "{edges: [2500 MW, 5000 MW, 8000 MW]}}",
)

ALWAYS, NEVER, SOME = "always", "never", "some"
_COLUMNS = ("dam", "status", "count", "portfolios", "share", "member")


@dataclass(frozen=True, slots=True)
class Membership:
    """Result of `membership`.

    `table`, over the whole front and in the order of the dams: dam, status ("" without a
    network), count, portfolios, share (0..1), member (`always`, `never`, `some`). `bands` has the
    same by band, with band (a text), low and high; empty without edges. `options`, for sites that
    have several: dam, option (its number), option_name, count, share.
    """

    criterion: str
    table: pd.DataFrame
    bands: pd.DataFrame
    options: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def membership(
    frontier: Frontier,
    *,
    network: RiverNetwork | None = None,
    criterion: str = "energy",
    edges: Sequence[Any] | None = None,
) -> Membership:
    """Count in how many portfolios of the front each dam stands.

    Parameters
    ----------
    frontier : Frontier
    network : RiverNetwork, optional
        For the status of the dams and the names of their options.
    criterion : str
        Of the bands; need not be there where there are no edges.
    edges : sequence of number or text with unit, optional
        Rising. A band has its lower edge, the last one also its upper one. None or empty: no
        bands.

    Raises
    ------
    InputError
        `selection.front-empty`, `selection.criterion-unknown`, `selection.edges` (fewer than two,
        or not rising), `selection.band-empty` (with the values nearest to it),
        `selection.other-network`, and the codes of units.
    """
    oriented(frontier)
    if network is not None:
        require_same_dams(frontier, network)
    table = _counted(frontier, network, np.ones(len(frontier), dtype=bool))
    bands = [
        _counted(frontier, network, inside).assign(
            band=f"{low:.10g}–{high:.10g}", low=low, high=high
        )
        for low, high, inside in _bands(frontier, criterion, edges or ())
    ]
    columns = ["band", "low", "high", *_COLUMNS]
    by_band = (
        pd.concat(bands, ignore_index=True)[columns] if bands else pd.DataFrame(columns=columns)
    )
    if bands:
        unit = label(frontier, criterion).unit
        by_band.attrs["units"] = {"low": unit, "high": unit}
    options = _options(frontier, network)
    return Membership(criterion, table, by_band, options, front_notices(frontier))


def _counted(frontier: Frontier, network: RiverNetwork | None, inside: np.ndarray) -> pd.DataFrame:
    portfolios = int(inside.sum())
    count = frontier.portfolios[inside].sum(axis=0)
    members = [ALWAYS if n == portfolios else NEVER if n == 0 else SOME for n in count]
    status = [""] * len(count) if network is None else [str(d.status) for d in network.dams]
    return pd.DataFrame(
        {
            "dam": [str(id) for id in frontier.dams],
            "status": status,
            "count": count.astype(np.int64),
            "portfolios": portfolios,
            "share": count / portfolios,
            "member": members,
        }
    )


def _bands(
    frontier: Frontier, criterion: str, edges: Sequence[Any]
) -> list[tuple[float, float, np.ndarray]]:
    if not len(edges):
        return []
    at = [amount(frontier, criterion, edge) for edge in edges]
    if len(at) < 2 or any(b <= a for a, b in pairwise(at)):
        raise InputError.because("selection.edges", criterion, value=offenders(edges, 20))
    turned = oriented(frontier, [criterion])
    values = frontier.values[criterion].to_numpy(dtype=np.float64)
    slack = turned.tolerance[0]
    made = []
    for i, (low, high) in enumerate(pairwise(at)):
        last = i == len(at) - 2
        inside = (values >= low - slack) & (values < high + (slack if last else -slack))
        if not inside.any():
            below, above = values[values < low], values[values >= high]
            raise InputError.because(
                "selection.band-empty",
                criterion,
                band=f"{low:.10g} – {high:.10g}",
                below=f"{below.max():.10g}" if len(below) else "–",
                above=f"{above.min():.10g}" if len(above) else "–",
            )
        made.append((low, high, inside))
    return made


def _options(frontier: Frontier, network: RiverNetwork | None) -> pd.DataFrame:
    rows = []
    for d, id in enumerate(frontier.dams):
        chosen = frontier.choices[:, d]
        known = int(chosen.max()) if network is None else len(network.dams[d].options)
        if known < 2:
            continue
        for k in range(1, known + 1):
            count = int((chosen == k).sum())
            name = "" if network is None else network.dams[d].options[k - 1].name
            rows.append((str(id), k, name, count, count / len(frontier)))
    return pd.DataFrame(rows, columns=["dam", "option", "option_name", "count", "share"])
