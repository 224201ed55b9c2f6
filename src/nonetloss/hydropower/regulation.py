"""How far the reservoirs of each state regulate the rivers below them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.findings import Finding, notice, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.derived import STORAGE
from nonetloss.hydropower.quantities import YEAR_S, dam_values, require, require_known
from nonetloss.hydropower.reach_order import ReachOrder, reach_order
from nonetloss.hydropower.regulated_flow import CLASSES, degree_of_regulation, regulated_km
from nonetloss.hydropower.states import States
from nonetloss.landscape.river import RiverNetwork

METHOD = Method(
    id="hydropower.regulation",
    question=Text(
        es="¿Cuánto regulan los embalses el caudal, justo abajo de cada represa y en cuántos km?",
        en="How much do reservoirs regulate the flow, just below each dam and along how many km?",
    ),
    function="nonetloss.hydropower.regulation:regulate",
    inputs=(ports.NETWORK, ports.STATES),
    outputs=(
        Port(
            "regulation",
            "Regulation",
            Text(
                es="Grado de regulación por represa y kilómetros regulados por estado.",
                en="Degree of regulation by dam and regulated kilometers by state.",
            ),
            unit="km",
        ),
    ),
    parameters=(),
    references=(
        "Lehner et al. 2011, doi 10.1890/100125",
        "Grill et al. 2015, doi 10.1088/1748-9326/10/1/015001",
    ),
    validity=Text(
        es="Volumen total sobre caudal medio: no dice cómo se opera el embalse. Los kilómetros "
        "necesitan tramos con caudal y orden de drenaje.",
        en="Storage over mean flow: it does not say how a reservoir is run. Kilometers need "
        "reaches with flow and drainage order.",
    ),
    example="- {step: regulation, method: hydropower.regulation}",
)


@dataclass(frozen=True, slots=True)
class Regulation:
    """Result of `regulate`.

    `dams`: state, dam, regulation_percent just below each dam that stands (own storage and all
    above it over the annual volume there). `table`: state, most_percent (at the most regulated
    dam; 0 without dams), and, where reaches have flow and order, regulated_2_km, regulated_10_km,
    regulated_30_km and affected_km (regulated by at least 2 % or above a dam); NaN where not.
    """

    table: pd.DataFrame
    dams: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def regulate(network: RiverNetwork, *, states: States) -> Regulation:
    """Degree of regulation of each state.

    Parameters
    ----------
    network : RiverNetwork
        Attributes of dams: `storage` or `volume` (m3; 0 of a plant that only runs the river)
        and `flow` (mean annual, m3/s). For kilometers `reaches` with the columns `piece`,
        `next_piece` (null at the mouth), `component`, `length_km` and `discharge_m3s`; a dam
        acts from the piece below the lowest of its upper component.
    states : States

    Raises
    ------
    InputError
        `hydropower.attribute-missing`, `hydropower.attribute-unit`,
        `hydropower.dams-without-value`, `hydropower.quantity`, those of
        `hydropower.reach_order` and `hydropower.regulated_flow`. A warning tells the kilometers
        below a dam of which no flow is known: they count as not regulated.
    """
    choices = states.choices
    table = dam_values(network, STORAGE, unit="m^3")
    storage = require_known(network, table, choices, name="storage")
    flow_table = dam_values(network, ("flow",), unit="m^3/s")
    flow = require_known(network, flow_table, choices, name="flow")
    percent = _below_dams(network, storage, flow, choices)
    rows = [
        (name, network.dams[d].id, percent[i, d])
        for i, name in enumerate(states.names)
        for d in np.flatnonzero(choices[i])
    ]
    dams = pd.DataFrame(rows, columns=["state", "dam", "regulation_percent"])
    summary = pd.DataFrame({"state": list(states.names), "most_percent": percent.max(axis=1)})
    order = reach_order(network)
    km = None if order is None else _kilometers(network, order, storage, choices)
    for name in (*(f"regulated_{c:g}_km" for c in CLASSES), "affected_km"):
        summary[name] = np.nan if km is None else km[name]
    units = {"regulation_percent": "%", "most_percent": "%"}
    units |= {name: "km" for name in summary.columns if name.endswith("_km")}
    summary.attrs["units"] = dams.attrs["units"] = units
    return Regulation(summary, dams, _flow_findings(order))


def _below_dams(
    network: RiverNetwork, storage: np.ndarray, flow: np.ndarray, choices: np.ndarray
) -> np.ndarray:
    """Percent (states, dams) just below each dam that stands; 0 where none does."""
    index = {component.id: u for u, component in enumerate(network.components)}
    # Storage above each component's lower end, its own dam included.
    above = np.zeros((len(choices), len(index)))
    for d, dam in enumerate(network.dams):
        above[:, index[dam.above]] += storage[:, d]
    below = {index[dam.above]: index[dam.below] for dam in network.dams}
    for u in range(len(index) - 1, 0, -1):
        above[:, below[u]] += above[:, u]
    stands = choices > 0
    require(flow[stands], name="flow", above=True)
    column = [index[dam.above] for dam in network.dams]
    volume = np.where(stands, flow, 1.0) * YEAR_S
    return np.where(stands, 100 * above[:, column] / volume, 0.0)


def _kilometers(
    network: RiverNetwork, order: ReachOrder, storage: np.ndarray, choices: np.ndarray
) -> pd.DataFrame:
    """Regulated and affected kilometers by state."""
    percent = degree_of_regulation(
        order.down, dam_reach=order.dam_reach, storage_m3=storage, volume_m3=order.volume_m3
    )
    km = regulated_km(percent, length_km=order.length_km)
    names = [f"regulated_{c:g}_km" for c in CLASSES]
    found = pd.DataFrame(dict(zip(names, km.T, strict=True)))
    cut = _above_a_dam(network, choices)
    column = {c.id: u for u, c in enumerate(network.components)}
    above = cut[:, [column[id] for id in order.component]]
    found["affected_km"] = ((above | (percent >= CLASSES[0])) * order.length_km).sum(axis=1)
    return found


def _flow_findings(order: ReachOrder | None) -> tuple[Finding, ...]:
    """What cannot be told of kilometers: all of them, or those below a dam without a flow."""
    if order is None:
        return (notice("regulation.no-reaches", "network"),)
    below = degree_of_regulation(
        order.down,
        dam_reach=order.dam_reach,
        storage_m3=np.ones(len(order.dam_reach)),
        volume_m3=np.ones(len(order.down)),
    )
    km = float(order.length_km[(below > 0) & np.isinf(order.volume_m3)].sum())
    return (warning("regulation.without-flow", "reaches", km=f"{km:.4g}"),) if km > 0 else ()


def _above_a_dam(network: RiverNetwork, choices: np.ndarray) -> np.ndarray:
    """Whether each component (states, components) lies above a dam that stands."""
    index = {component.id: u for u, component in enumerate(network.components)}
    between = {index[dam.above]: (index[dam.below], d) for d, dam in enumerate(network.dams)}
    cut = np.zeros((len(choices), len(index)), dtype=bool)
    for u in range(1, len(index)):
        below, d = between[u]
        cut[:, u] = cut[:, below] | (choices[:, d] > 0)
    return cut
